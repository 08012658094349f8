/**
 * Conditions that gdb sends as agent expressions (GDB manual, "The GDB Agent Expression Mechanism"): bytecode for a stack machine
 * becomes an expression of the debugger, which the machine's worker evaluates at each hit.
 */
import { InvalidPacket } from "./reply.ts";

/** Longer ones are no conditions that people write, nor does the debugger take them. */
const MOST_CHARACTERS = 3000;
const MOST_JUMPS = 64;
const MOST_DEPTH = 64;

/** What a register of gdb's is in an expression, or null if it has no name there. */
export type RegisterText = (number: number) => string | null;

/** Operations on the two topmost values, `a` below `b`. */
const BINARY: ReadonlyMap<number, (a: string, b: string) => string> = new Map([
  [0x02, (a, b) => `((u64)${a} + (u64)${b})`],
  [0x03, (a, b) => `((u64)${a} - (u64)${b})`],
  [0x04, (a, b) => `((u64)${a} * (u64)${b})`],
  [0x05, (a, b) => `((i64)${a} / (i64)${b})`],
  [0x06, (a, b) => `((u64)${a} / (u64)${b})`],
  [0x07, (a, b) => `((i64)${a} % (i64)${b})`],
  [0x08, (a, b) => `((u64)${a} % (u64)${b})`],
  [0x09, (a, b) => `((u64)${a} << ${b})`],
  [0x0a, (a, b) => `((i64)${a} >> ${b})`],
  [0x0b, (a, b) => `((u64)${a} >> ${b})`],
  [0x0f, (a, b) => `((u64)${a} & (u64)${b})`],
  [0x10, (a, b) => `((u64)${a} | (u64)${b})`],
  [0x11, (a, b) => `((u64)${a} ^ (u64)${b})`],
  [0x13, (a, b) => `((u64)${a} == (u64)${b})`],
  [0x14, (a, b) => `((i64)${a} < (i64)${b})`],
  [0x15, (a, b) => `((u64)${a} < (u64)${b})`],
]);

const UNARY: ReadonlyMap<number, (a: string) => string> = new Map([
  [0x0e, (a) => `(!${a})`],
  [0x12, (a) => `(~${a})`],
  [0x17, (a) => `(*(u8*)${a})`],
  [0x18, (a) => `(*(u16*)${a})`],
  [0x19, (a) => `(*(u32*)${a})`],
  [0x1a, (a) => `(*(u64*)${a})`],
]);

const EXT = 0x16;
const IF_GOTO = 0x20;
const GOTO = 0x21;
/** const8, const16, const32, const64. */
const FIRST_CONST = 0x22;
const LAST_CONST = 0x25;
const REG = 0x26;
const END = 0x27;
const DUP = 0x28;
const POP = 0x29;
const ZERO_EXT = 0x2a;
const SWAP = 0x2b;
const PICK = 0x32;
const ROT = 0x33;

/** Throws InvalidPacket for bytecode that is none, or does what a condition does not: trace, float, variables. */
export function conditionOf(code: Uint8Array, registerText: RegisterText): string {
  return new Translation(code, registerText).from(0, [], 0);
}

class Translation {
  constructor(
    private readonly code: Uint8Array,
    private readonly registerText: RegisterText,
  ) {}

  /** The value at the end, when the code goes on at `start` with `before` on the stack. */
  from(start: number, before: readonly string[], jumps: number): string {
    const stack = [...before];
    for (let at = start; ; ) {
      const op = this.byte(at);
      switch (op) {
        case END:
          return this.pop(stack);
        case GOTO:
          if (++jumps > MOST_JUMPS) this.refuse(at, "too many jumps");
          at = this.number(at + 1, 2);
          continue;
        case IF_GOTO: {
          if (++jumps > MOST_JUMPS) this.refuse(at, "too many jumps");
          const condition = this.pop(stack);
          const yes = this.from(this.number(at + 1, 2), stack, jumps);
          return this.checked(`(${condition} ? ${yes} : ${this.from(at + 3, stack, jumps)})`);
        }
        default:
          at = this.execute(at, op, stack);
      }
    }
  }

  /** Answers where the next operation is. */
  private execute(at: number, op: number, stack: string[]): number {
    const binary = BINARY.get(op);
    const unary = UNARY.get(op);
    if (binary !== undefined) {
      const b = this.pop(stack);
      this.push(stack, binary(this.pop(stack), b));
    } else if (unary !== undefined) {
      this.push(stack, unary(this.pop(stack)));
    } else if (op >= FIRST_CONST && op <= LAST_CONST) {
      const bytes = 1 << (op - FIRST_CONST);
      this.push(stack, `0x${this.wideNumber(at + 1, bytes).toString(16)}`);
      return at + 1 + bytes;
    } else {
      return this.executeOther(at, op, stack);
    }
    return at + 1;
  }

  private executeOther(at: number, op: number, stack: string[]): number {
    switch (op) {
      case EXT:
      case ZERO_EXT: {
        const bits = this.byte(at + 1);
        if (bits < 1 || bits > 64) this.refuse(at, `${bits} bits`);
        const value = this.pop(stack);
        const mask = (1n << BigInt(bits)) - 1n;
        const extended = `((i64)((u64)${value} << ${64 - bits}) >> ${64 - bits})`;
        this.push(stack, op === EXT ? extended : `((u64)${value} & 0x${mask.toString(16)})`);
        return at + 2;
      }
      case REG: {
        const number = this.number(at + 1, 2);
        this.push(stack, this.registerText(number) ?? this.refuse(at, `register ${number}`));
        return at + 3;
      }
      case DUP:
        this.push(stack, this.pick(stack, 0));
        return at + 1;
      case POP:
        this.pop(stack);
        return at + 1;
      case SWAP:
        this.push(stack, ...[this.pop(stack), this.pop(stack)]);
        return at + 1;
      case PICK:
        this.push(stack, this.pick(stack, this.byte(at + 1)));
        return at + 2;
      case ROT: {
        // a b c becomes c a b.
        const [c, b, a] = [this.pop(stack), this.pop(stack), this.pop(stack)];
        this.push(stack, c, a, b);
        return at + 1;
      }
      default:
        return this.refuse(at, `operation 0x${op.toString(16)}`);
    }
  }

  private push(stack: string[], ...values: readonly string[]): void {
    for (const value of values) stack.push(this.checked(value));
    if (stack.length > MOST_DEPTH) throw new InvalidPacket("agent expression: the stack overflows");
  }

  private checked(text: string): string {
    if (text.length > MOST_CHARACTERS) throw new InvalidPacket("agent expression: too long");
    return text;
  }

  private pop(stack: string[]): string {
    const value = stack.pop();
    if (value === undefined) throw new InvalidPacket("agent expression: the stack is empty");
    return value;
  }

  private pick(stack: readonly string[], below: number): string {
    const value = stack[stack.length - 1 - below];
    if (value === undefined) throw new InvalidPacket("agent expression: the stack is empty");
    return value;
  }

  private byte(at: number): number {
    const byte = this.code[at];
    if (byte === undefined) throw new InvalidPacket("agent expression: it has no end");
    return byte;
  }

  private number(at: number, bytes: number): number {
    return Number(this.wideNumber(at, bytes));
  }

  /** Operands have their highest byte first. */
  private wideNumber(at: number, bytes: number): bigint {
    let value = 0n;
    for (let n = 0; n < bytes; n++) value = (value << 8n) | BigInt(this.byte(at + n));
    return value;
  }

  private refuse(at: number, what: string): never {
    throw new InvalidPacket(`agent expression, byte ${at}: ${what}`);
  }
}
