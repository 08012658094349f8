/** Operations on two values of DWARF's stack machine (DWARF 5, sections 2.5.1.4 and 2.5.1.5). */

/** A whole number's type: that of a value on the stack which is not just an address. */
export interface StackType {
  readonly bytes: number;
  readonly isSigned: boolean;
}

/** A value on the stack: its bits, unsigned, and its type unless it is an address's. */
export interface Operand {
  readonly bits: bigint;
  readonly type: StackType | null;
}

const OP = {
  and: 0x1a,
  div: 0x1b,
  minus: 0x1c,
  mod: 0x1d,
  mul: 0x1e,
  or: 0x21,
  plus: 0x22,
  shl: 0x24,
  shr: 0x25,
  shra: 0x26,
  xor: 0x27,
  eq: 0x29,
  ge: 0x2a,
  gt: 0x2b,
  le: 0x2c,
  lt: 0x2d,
  ne: 0x2e,
} as const;
const ALL: ReadonlySet<number> = new Set(Object.values(OP));

export function isOnTwo(operation: number): boolean {
  return ALL.has(operation);
}

/** `second` was on top; `width`: bits of the first one's type. A truth has no type. Throws an Error if it divides by 0. */
export function combined(
  operation: number,
  first: Operand,
  second: Operand,
  width: number,
): { readonly value: bigint; readonly isTruth: boolean } {
  // Addresses count as signed where it matters, but for the remainder.
  const isSigned = first.type?.isSigned ?? true;
  const a = isSigned ? BigInt.asIntN(width, first.bits) : first.bits;
  const b = isSigned ? BigInt.asIntN(width, second.bits) : second.bits;
  const truth = truthOf(operation, a, b);
  if (truth !== null) return { value: truth ? 1n : 0n, isTruth: true };
  if ((operation === OP.div || operation === OP.mod) && (b === 0n || second.bits === 0n)) {
    throw new Error("a location expression divides by 0");
  }
  return { value: resultOf(operation, first, second, a, b, width), isTruth: false };
}

function truthOf(operation: number, a: bigint, b: bigint): boolean | null {
  switch (operation) {
    case OP.eq:
      return a === b;
    case OP.ne:
      return a !== b;
    case OP.ge:
      return a >= b;
    case OP.gt:
      return a > b;
    case OP.le:
      return a <= b;
    case OP.lt:
      return a < b;
    default:
      return null;
  }
}

/** `a` and `b`: the numbers that the two are, by the sign of their type. */
function resultOf(operation: number, first: Operand, second: Operand, a: bigint, b: bigint, width: number): bigint {
  // Further than its width nothing is left, and a long shift would fill memory.
  const distance = second.bits < BigInt(width) ? second.bits : BigInt(width);
  switch (operation) {
    case OP.and:
      return first.bits & second.bits;
    case OP.or:
      return first.bits | second.bits;
    case OP.xor:
      return first.bits ^ second.bits;
    case OP.plus:
      return a + b;
    case OP.minus:
      return a - b;
    case OP.mul:
      return a * b;
    case OP.div:
      return a / b;
    case OP.mod:
      return first.type === null ? first.bits % second.bits : a % b;
    case OP.shl:
      return first.bits << distance;
    case OP.shr:
      return first.bits >> distance;
    default:
      return BigInt.asIntN(width, first.bits) >> distance;
  }
}
