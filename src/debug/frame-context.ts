/** What the expressions of a function's debug information mean in one frame of the stack, its callers asked where that takes them. */
import { addressAt, expressionAt, type ListBudget, lowAddress } from "./address-lists.ts";
import type { StackFrame } from "./call-stack.ts";
import { ATTRIBUTE, TAG } from "./dwarf-entries.ts";
import type { AttributeValue, DwarfUnit } from "./dwarf-forms.ts";
import { DwarfReader } from "./dwarf-reader.ts";
import type { CallEntry, FunctionPlace, FunctionTable } from "./function-table.ts";
import { type LocationContext, Unavailable } from "./location-context.ts";
import { evaluateNumber } from "./location-expression.ts";
import { OP } from "./location-operations.ts";
import type { StackType } from "./stack-arithmetic.ts";

/** What values are read from. */
export interface VariableSource {
  /** Names of registers by DWARF's numbers; empty where there is none. */
  readonly names: readonly string[];
  /** Name of the register from which a thread's own variables are counted. */
  readonly threadPointer: string;
  /** Of a frame, or null: it is not known. */
  register(frame: StackFrame, name: string): Promise<bigint | null>;
  /** Bytes at a virtual address. Rejects with an Error if there are none. */
  memory(address: bigint, length: number): Promise<Uint8Array>;
}

/** A stack, and who knows its functions. */
export interface FramesOfTables {
  readonly tables: readonly FunctionTable[];
  /** From the innermost. */
  readonly frames: readonly StackFrame[];
  readonly source: VariableSource;
  /** Callers that may still be asked: each answer may ask its own caller, more than once. */
  readonly questions: { left: number };
  /** Of all lists of locations. */
  readonly lists: ListBudget;
}

const ENCODING = { address: 1, boolean: 2, float: 4, signed: 5, signedCharacter: 6, unsigned: 7, unsignedCharacter: 8 };

/** null: no table knows the function of the frame, or there is no such frame. Throws an Error that says what of a table is damaged. */
export function frameContext(stack: FramesOfTables, index: number): FrameContext | null {
  const frame = stack.frames[index];
  if (frame === undefined) return null;
  // Of a frame that waits for a call, the call counts: behind it another block, or another function, may begin.
  const address = isUnderWay(frame) ? frame.pc : BigInt.asUintN(64, frame.pc - 1n);
  for (const table of stack.tables) {
    const place = table.at(address);
    if (place !== null) return new FrameContext(stack, index, table, place, address);
  }
  return null;
}

function isUnderWay({ by }: StackFrame): boolean {
  return by === "machine" || by === "trap";
}

export class FrameContext implements LocationContext {
  readonly wordBytes: number;
  readonly littleEndian: boolean;
  readonly offsetBytes: number;
  private readonly frame: StackFrame;
  private base: Promise<bigint> | null = null;

  constructor(
    private readonly stack: FramesOfTables,
    private readonly index: number,
    readonly table: FunctionTable,
    readonly place: FunctionPlace,
    readonly address: bigint,
  ) {
    this.wordBytes = table.elf.wordBytes;
    this.littleEndian = table.elf.littleEndian;
    this.offsetBytes = place.entry.unit.offsetBytes;
    this.frame = stack.frames[index] as StackFrame;
  }

  async register(number: number): Promise<bigint> {
    const { source } = this.stack;
    const name = source.names[number] ?? "";
    if (name === "") throw new Unavailable(`it is in register ${number} of DWARF, which is not read`);
    const value = await source.register(this.frame, name);
    if (value === null) throw new Unavailable(`it was in ${name}, which the calls have not kept`);
    return value;
  }

  async memory(address: bigint, length: number): Promise<bigint> {
    const bytes = await this.read(address, length);
    const order = this.littleEndian ? bytes.toReversed() : bytes;
    return order.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  /** Rejects with an Unavailable if there are none. */
  async read(address: bigint, length: number): Promise<Uint8Array> {
    try {
      return await this.stack.source.memory(address, length);
    } catch (error) {
      throw new Unavailable((error as Error).message);
    }
  }

  frameAddress(): bigint {
    const { frameAddress } = this.frame;
    if (frameAddress === null) throw new Unavailable("where its frame lies is not known");
    return frameAddress;
  }

  /** Evaluated once. */
  frameBase(): Promise<bigint> {
    this.base ??= this.evaluateBase();
    return this.base;
  }

  private async evaluateBase(): Promise<bigint> {
    const { entry, unit } = this.place;
    const value = entry.attributes.get(ATTRIBUTE.frameBase);
    const code = value && this.expression(entry.unit, value, unit.base);
    if (code == null) throw new Unavailable("where its frame lies is not known");
    // An expression of a frame base that asks for it would never end.
    const context: LocationContext = Object.assign(Object.create(this) as LocationContext, {
      frameBase: () => Promise.reject(new Error("a frame base that refers to itself")),
    });
    return evaluateNumber(code, context);
  }

  /** The expression that a location has where the frame stands, or null. Addresses of its list count from `base`. */
  expression(unit: DwarfUnit, location: AttributeValue, base: bigint): Uint8Array | null {
    return expressionAt(this.table.elf, unit, location, base, this.address, this.stack.lists);
  }

  addressAt(index: number): bigint {
    return addressAt(this.table.elf, this.place.entry.unit, index);
  }

  typeAt(offset: number): StackType | null {
    const { part, entries } = this.place.unit;
    const entry = entries.get(part.start + offset);
    const encoding = entry?.attributes.get(ATTRIBUTE.encoding);
    const size = entry?.attributes.get(ATTRIBUTE.byteSize);
    if (entry?.tag !== TAG.base || encoding?.kind !== "number" || size?.kind !== "number") return null;
    const [kind, bytes] = [Number(encoding.value), Number(size.value)];
    const isFloat = kind === ENCODING.float;
    if (!Object.values(ENCODING).includes(kind) || (isFloat && bytes !== 4 && bytes !== 8)) return null;
    return { bytes, isSigned: kind === ENCODING.signed || kind === ENCODING.signedCharacter, isFloat };
  }

  procedure(offset: number, inUnit: boolean): Uint8Array {
    const entry = this.table.entryAt(inUnit ? this.place.unit.part.start + offset : offset);
    const location = entry?.attributes.get(ATTRIBUTE.location);
    if (entry === null || location === undefined) return new Uint8Array(0);
    return this.expression(entry.unit, location, this.place.unit.base) ?? new Uint8Array(0);
  }

  async threadAddress(offset: bigint): Promise<bigint> {
    const start = await this.stack.source.register(this.frame, this.stack.source.threadPointer);
    if (start === null || start === 0n) throw new Unavailable("it is a thread’s own, and there is no thread");
    return BigInt.asUintN(this.wordBytes * 8, start + offset);
  }

  /** As the debug information of the caller says it, if it is known what it called. */
  async atEntry(register: number): Promise<bigint> {
    return this.argument(({ location }) => location !== null && isRegister(location, register, this.littleEndian));
  }

  async passed(offset: number): Promise<bigint> {
    const wanted = this.table.origins(this.place.unit.part.start + offset);
    return this.argument(({ of }) => of !== null && wanted.includes(of));
  }

  private async argument(isMeant: (parameter: CallEntry["parameters"][number]) => boolean): Promise<bigint> {
    const { stack, place } = this;
    if (stack.questions.left-- <= 0) throw new Error("what a function was called with takes too many questions");
    const caller = isUnderWay(stack.frames[this.index + 1] ?? this.frame) ? null : frameContext(stack, this.index + 1);
    const call = caller?.table.callBefore(caller.place, caller.frame.pc) ?? null;
    const unknown = new Unavailable("only what it was at the call is known, and not what that is");
    if (caller === null || call === null) throw unknown;
    // A function that the called one ended with has its caller, too.
    const { callee, target } = call;
    if (callee !== null) {
      if (!caller.table.isSame(callee, place.entry)) throw unknown;
    } else if (target === null || (await evaluateNumber(target, caller)) !== lowAddress(this.table.elf, place.entry)) {
      throw unknown;
    }
    const found = call.parameters.find(isMeant);
    if (found === undefined) throw unknown;
    return evaluateNumber(found.value, caller);
  }
}

function isRegister(code: Uint8Array, register: number, littleEndian: boolean): boolean {
  const reader = new DwarfReader(code, littleEndian);
  if (reader.isAtEnd) return false;
  const operation = reader.u8();
  if (operation === OP.registerX) return reader.count() === register;
  return operation === OP.register + register && operation < OP.base;
}
