/** Operations on values of DWARF's stack machine (DWARF 5, sections 2.5.1.4 to 2.5.1.6). */
import { bitsOfFloat, floatOf } from "./float-bits.ts";

/** A number's type: that of a value on the stack which is not just an address. Floats have 4 or 8 bytes. */
export interface StackType {
  readonly bytes: number;
  readonly isSigned: boolean;
  readonly isFloat: boolean;
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

/** `second` was on top; `width`: bits of the first one's type. A truth has no type. Throws an Error if it has no result. */
export function combined(
  operation: number,
  first: Operand,
  second: Operand,
  width: number,
): { readonly value: bigint; readonly isTruth: boolean } {
  if (first.type?.isFloat) return combinedFloats(operation, first.bits, second.bits, first.type.bytes);
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

function combinedFloats(
  operation: number,
  first: bigint,
  second: bigint,
  bytes: number,
): { readonly value: bigint; readonly isTruth: boolean } {
  const [a, b] = [floatOf(first, bytes), floatOf(second, bytes)];
  const truth = truthOf(operation, a, b);
  if (truth !== null) return { value: truth ? 1n : 0n, isTruth: true };
  // One operation of two floats, done with more bits and rounded again, is the same as done at once.
  const value = {
    [OP.plus]: () => a + b,
    [OP.minus]: () => a - b,
    [OP.mul]: () => a * b,
    [OP.div]: () => a / b,
  }[operation];
  if (value === undefined) throw new Error(`operation 0x${operation.toString(16)} on floats`);
  return { value: bitsOfFloat(value(), bytes), isTruth: false };
}

function truthOf<T extends bigint | number>(operation: number, a: T, b: T): boolean | null {
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

/** The same number in another type, null: an address's. What a float is as a whole number is cut off towards 0. */
export function converted({ bits, type }: Operand, to: StackType | null): bigint {
  if (type?.isFloat) {
    const value = floatOf(bits, type.bytes);
    if (to?.isFloat) return bitsOfFloat(value, to.bytes);
    return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
  }
  const value = type?.isSigned ? BigInt.asIntN(type.bytes * 8, bits) : bits;
  return to?.isFloat ? bitsOfFloat(Number(value), to.bytes) : value;
}

/** Without its sign, or with the other one; `width`: bits of its type. */
export function withSign({ bits, type }: Operand, width: number, how: "none" | "other"): bigint {
  if (type?.isFloat) {
    const value = floatOf(bits, type.bytes);
    return bitsOfFloat(how === "none" ? Math.abs(value) : -value, type.bytes);
  }
  const value = BigInt.asIntN(width, bits);
  return how === "other" || value < 0n ? -value : value;
}
