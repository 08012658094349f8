/** DWARF's stack machine: where the value of a variable is, or what it is (DWARF 5, section 2.5 and 2.6; and GCC's names for DWARF 4). */
import { DwarfReader } from "./dwarf-reader.ts";
import { combined, isOnTwo, type Operand, type StackType } from "./stack-arithmetic.ts";

export type { StackType } from "./stack-arithmetic.ts";

/** The frame that an expression belongs to. Addresses and values are unsigned. */
export interface LocationContext {
  readonly wordBytes: number;
  readonly littleEndian: boolean;
  /** By DWARF's number. Throws an Unavailable if the frame does not know it. */
  register(number: number): Promise<bigint>;
  /** A number of 1, 2, 4 or 8 bytes in the target's order. Rejects with an Unavailable if there is no memory. */
  memory(address: bigint, bytes: number): Promise<bigint>;
  /** What DW_AT_frame_base says. */
  frameBase(): Promise<bigint>;
  /** The canonical frame address. */
  frameAddress(): bigint;
  /** The n-th of the unit's addresses. */
  addressAt(index: number): bigint;
  /** Of the entry at this offset in the unit; null: it is no whole number. */
  typeAt(offset: number): StackType | null;
  /** What a register held when the function was called. */
  atEntry(register: number): Promise<bigint>;
}

export type LocationKind =
  | { readonly kind: "memory"; readonly address: bigint }
  | { readonly kind: "register"; readonly register: number }
  /** The value itself, which has no place. */
  | { readonly kind: "value"; readonly value: bigint }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** The compiler kept nothing. */
  | { readonly kind: "nothing" };

/** A part of a variable. */
export interface LocationPiece {
  readonly at: LocationKind;
  /** Bytes that it gives to the variable; null: all. */
  readonly bytes: number | null;
}

/** Something is right, but cannot be known here; the message is a part of a sentence. */
export class Unavailable extends Error {}

/** A loop that does more is damage. */
const MOST_STEPS = 2000;
const MOST_DEPTH = 256;

const OP = {
  addr: 0x03,
  deref: 0x06,
  const1u: 0x08,
  const8s: 0x0f,
  constu: 0x10,
  consts: 0x11,
  dup: 0x12,
  drop: 0x13,
  over: 0x14,
  pick: 0x15,
  swap: 0x16,
  rot: 0x17,
  abs: 0x19,
  neg: 0x1f,
  not: 0x20,
  plusConstant: 0x23,
  branch: 0x28,
  skip: 0x2f,
  literal: 0x30,
  register: 0x50,
  base: 0x70,
  registerX: 0x90,
  frameBase: 0x91,
  baseX: 0x92,
  piece: 0x93,
  derefSize: 0x94,
  nop: 0x96,
  frameAddress: 0x9c,
  bitPiece: 0x9d,
  implicitValue: 0x9e,
  stackValue: 0x9f,
  implicitPointer: 0xa0,
  addressIndex: 0xa1,
  constantIndex: 0xa2,
  entryValue: 0xa3,
  constType: 0xa4,
  registerType: 0xa5,
  derefType: 0xa6,
  convert: 0xa8,
  reinterpret: 0xa9,
  uninitialized: 0xf0,
} as const;

/** What GCC writes for DWARF 4 has become an operation of DWARF 5. */
const GNU: Readonly<Record<number, number>> = {
  242: OP.implicitPointer,
  243: OP.entryValue,
  244: OP.constType,
  245: OP.registerType,
  246: OP.derefType,
  247: OP.convert,
  249: OP.reinterpret,
  251: OP.addressIndex,
  252: OP.constantIndex,
};

/**
 * Parts of the variable in order; one that is all of it has no size. Rejects with an Unavailable, or with an Error that says what is
 * damaged.
 */
export async function evaluateLocation(
  code: Uint8Array,
  context: LocationContext,
  initial: readonly bigint[] = [],
): Promise<readonly LocationPiece[]> {
  const reader = new DwarfReader(code, context.littleEndian);
  const machine = new StackMachine(context, initial);
  const pieces: LocationPiece[] = [];
  // What the operations since the last piece have said, if it is not the address on top of the stack.
  let said: LocationKind | null = null;
  const take = (): LocationKind => {
    if (said !== null) return said;
    return machine.isEmpty ? { kind: "nothing" } : { kind: "memory", address: machine.popAddress() };
  };
  for (let steps = 0; !reader.isAtEnd; steps++) {
    if (steps >= MOST_STEPS) throw new Error("a location expression has no end");
    const written = reader.u8();
    const operation = GNU[written] ?? written;
    if (operation === OP.piece || operation === OP.bitPiece) {
      pieces.push({ at: take(), bytes: pieceBytes(reader, operation) });
      said = null;
      continue;
    }
    if (said !== null) {
      if (operation === OP.uninitialized || operation === OP.nop) continue;
      throw new Error(`operation 0x${written.toString(16)} behind a whole location`);
    }
    if (operation >= OP.register && operation < OP.base) {
      said = { kind: "register", register: operation - OP.register };
    } else if (operation === OP.registerX) said = { kind: "register", register: reader.count() };
    else if (operation === OP.stackValue) said = { kind: "value", value: machine.pop().bits };
    else if (operation === OP.implicitValue) said = { kind: "bytes", bytes: bytesOf(reader, reader.count()) };
    else if (operation === OP.implicitPointer) {
      throw new Unavailable("it points to something that the compiler has put nowhere");
    } else await machine.execute(operation, written, reader);
  }
  if (pieces.length > 0) return pieces;
  return [{ at: take(), bytes: null }];
}

function pieceBytes(reader: DwarfReader, operation: number): number {
  if (operation === OP.piece) return reader.count();
  const bits = reader.count();
  const offset = reader.count();
  if (bits % 8 !== 0 || offset !== 0) throw new Unavailable("it is put together of bits");
  return bits / 8;
}

function bytesOf(reader: DwarfReader, length: number): Uint8Array {
  const from = reader.at;
  reader.skip(length);
  return reader.bytes.subarray(from, from + length);
}

class StackMachine {
  private readonly stack: Operand[];

  constructor(
    private readonly context: LocationContext,
    initial: readonly bigint[],
  ) {
    this.stack = initial.map((bits) => ({ bits, type: null }));
  }

  get isEmpty(): boolean {
    return this.stack.length === 0;
  }

  pop(): Operand {
    const top = this.stack.pop();
    if (top === undefined) throw new Error("a location expression takes more than is on its stack");
    return top;
  }

  popAddress(): bigint {
    return BigInt.asUintN(this.wordBits, this.pop().bits);
  }

  private get wordBits(): number {
    return this.context.wordBytes * 8;
  }

  private widthOf(type: StackType | null): number {
    return type === null ? this.wordBits : type.bytes * 8;
  }

  private push(value: bigint, type: StackType | null = null): void {
    if (this.stack.length >= MOST_DEPTH) throw new Error("a location expression fills its stack");
    this.stack.push({ bits: BigInt.asUintN(this.widthOf(type), value), type });
  }

  private peek(depth: number): Operand {
    const found = this.stack.at(-1 - depth);
    if (found === undefined) throw new Error("a location expression takes more than is on its stack");
    return found;
  }

  async execute(operation: number, written: number, reader: DwarfReader): Promise<void> {
    const { context } = this;
    if (isOnTwo(operation)) return this.binary(operation);
    if (operation >= OP.literal && operation < OP.register) return this.push(BigInt(operation - OP.literal));
    if (operation >= OP.base && operation < OP.registerX) return this.pushBase(operation - OP.base, reader.sleb());
    if (operation >= OP.const1u && operation <= OP.const8s) {
      const size = 1 << ((operation - OP.const1u) >> 1);
      const value = reader.unsigned(size);
      return this.push(operation % 2 === 0 ? value : BigInt.asIntN(size * 8, value));
    }
    switch (operation) {
      case OP.addr:
        return this.push(reader.unsigned(context.wordBytes));
      case OP.addressIndex:
      case OP.constantIndex:
        return this.push(context.addressAt(reader.count()));
      case OP.constu:
        return this.push(reader.uleb());
      case OP.consts:
        return this.push(reader.sleb());
      case OP.dup:
        return this.again(0);
      case OP.over:
        return this.again(1);
      case OP.pick:
        return this.again(reader.u8());
      case OP.drop:
        this.pop();
        return;
      case OP.swap:
        this.stack.push(this.pop(), this.pop());
        return;
      case OP.rot: {
        const [first, second, third] = [this.pop(), this.pop(), this.pop()];
        this.stack.push(first, third, second);
        return;
      }
      case OP.deref:
        return this.load(context.wordBytes, null);
      case OP.derefSize:
        return this.load(reader.u8(), null);
      case OP.derefType: {
        const bytes = reader.u8();
        return this.load(bytes, this.typeAt(reader.count()));
      }
      case OP.abs:
        return this.unary((value) => (value < 0n ? -value : value));
      case OP.neg:
        return this.unary((value) => -value);
      case OP.not:
        return this.unary((value) => ~value);
      case OP.plusConstant: {
        const { bits, type } = this.pop();
        return this.push(bits + reader.uleb(), type);
      }
      case OP.branch:
      case OP.skip: {
        const distance = BigInt.asIntN(16, BigInt(reader.u16()));
        const to = reader.at + Number(distance);
        if (operation === OP.branch && this.pop().bits === 0n) return;
        if (to < 0 || to > reader.end) throw new Error("a location expression branches out of itself");
        reader.at = to;
        return;
      }
      case OP.baseX: {
        const register = reader.count();
        return this.pushBase(register, reader.sleb());
      }
      case OP.frameBase: {
        const offset = reader.sleb();
        return this.push((await context.frameBase()) + offset);
      }
      case OP.frameAddress:
        return this.push(context.frameAddress());
      case OP.entryValue:
        return this.push(await context.atEntry(registerOf(bytesOf(reader, reader.count()), context.littleEndian)));
      case OP.constType: {
        const type = this.typeAt(reader.count());
        return this.push(reader.unsigned(reader.u8()), type);
      }
      case OP.registerType: {
        const register = reader.count();
        return this.push(await context.register(register), this.typeAt(reader.count()));
      }
      case OP.convert: {
        const { bits, type } = this.pop();
        const offset = reader.count();
        const value = type?.isSigned ? BigInt.asIntN(type.bytes * 8, bits) : bits;
        return this.push(value, offset === 0 ? null : this.typeAt(offset));
      }
      case OP.reinterpret: {
        const { bits } = this.pop();
        const offset = reader.count();
        return this.push(bits, offset === 0 ? null : this.typeAt(offset));
      }
      case OP.nop:
      case OP.uninitialized:
        return;
      default:
        throw new Unavailable(`its location takes operation 0x${written.toString(16)}, which is not evaluated here`);
    }
  }

  private again(depth: number): void {
    const { bits, type } = this.peek(depth);
    this.push(bits, type);
  }

  private async pushBase(register: number, offset: bigint): Promise<void> {
    this.push((await this.context.register(register)) + offset);
  }

  private async load(bytes: number, type: StackType | null): Promise<void> {
    if (![1, 2, 4, 8].includes(bytes) || bytes > this.widthOf(type) / 8) throw new Error(`a load of ${bytes} bytes`);
    this.push(await this.context.memory(this.popAddress(), bytes), type);
  }

  private typeAt(offset: number): StackType {
    const type = this.context.typeAt(offset);
    if (type === null) throw new Unavailable("it is computed with numbers that are not whole");
    if (![1, 2, 4, 8, 16].includes(type.bytes)) throw new Error(`a number of ${type.bytes} bytes`);
    return type;
  }

  private unary(operation: (value: bigint) => bigint): void {
    const { bits, type } = this.pop();
    this.push(operation(BigInt.asIntN(this.widthOf(type), bits)), type);
  }

  private binary(operation: number): void {
    const second = this.pop();
    const first = this.pop();
    const { value, isTruth } = combined(operation, first, second, this.widthOf(first.type));
    this.push(value, isTruth ? null : first.type);
  }
}

/** The register whose value at the call is meant: compilers write nothing else there. */
function registerOf(code: Uint8Array, littleEndian: boolean): number {
  const reader = new DwarfReader(code, littleEndian);
  const operation = reader.u8();
  const isShort = operation >= OP.register && operation < OP.base;
  const register = isShort ? operation - OP.register : operation === OP.registerX ? reader.count() : null;
  if (register === null || !reader.isAtEnd) throw new Unavailable("only what it was at the call is known");
  return register;
}
