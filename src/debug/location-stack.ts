/** DWARF's stack machine (DWARF 5, section 2.5): what computes an address or a value. */
import { DwarfReader } from "./dwarf-reader.ts";
import { type LocationContext, Unavailable } from "./location-context.ts";
import { OP } from "./location-operations.ts";
import { combined, converted, isOnTwo, type Operand, type StackType, withSign } from "./stack-arithmetic.ts";

const MOST_DEPTH = 256;

export class StackMachine {
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
      case OP.neg: {
        const operand = this.pop();
        const how = operation === OP.abs ? "none" : "other";
        return this.push(withSign(operand, this.widthOf(operand.type), how), operand.type);
      }
      case OP.not: {
        const { bits, type } = this.pop();
        if (type?.isFloat) throw new Error("the complement of a float");
        return this.push(~bits, type);
      }
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
        return this.push(await context.atEntry(registerOf(reader.block(reader.count()), context.littleEndian)));
      case OP.parameter:
        return this.push(await context.passed(reader.u32()));
      case OP.threadAddress:
        return this.push(await context.threadAddress(this.popAddress()));
      case OP.constType: {
        const type = this.typeAt(reader.count());
        return this.push(constantOf(reader, reader.u8(), context.littleEndian), type);
      }
      case OP.registerType: {
        const register = reader.count();
        return this.push(await context.register(register), this.typeAt(reader.count()));
      }
      case OP.convert: {
        const operand = this.pop();
        const offset = reader.count();
        const type = offset === 0 ? null : this.typeAt(offset);
        return this.push(converted(operand, type), type);
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
    if (type === null) throw new Unavailable("it is computed with numbers that are not read here");
    if (![1, 2, 4, 8, 16].includes(type.bytes)) throw new Error(`a number of ${type.bytes} bytes`);
    return type;
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

function constantOf(reader: DwarfReader, bytes: number, littleEndian: boolean): bigint {
  if (bytes !== 16) return reader.unsigned(bytes);
  const [first, second] = [reader.u64(), reader.u64()];
  return littleEndian ? first | (second << 64n) : second | (first << 64n);
}
