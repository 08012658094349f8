/** The variables of a frame of the stack: which there are where it stands, and what each of them holds. */
import { addressAt, expressionAt } from "./address-lists.ts";
import type { StackFrame } from "./call-stack.ts";
import { bareType, type DataType } from "./data-types.ts";
import { ATTRIBUTE, TAG } from "./dwarf-entries.ts";
import { DwarfReader } from "./dwarf-reader.ts";
import type { FunctionPlace, FunctionTable, VariableEntry } from "./function-table.ts";
import {
  evaluateLocation,
  type LocationContext,
  type LocationPiece,
  type StackType,
  Unavailable,
} from "./location-expression.ts";
import { assembled, bytesOfNumber, GONE } from "./variable-bytes.ts";

/** Where a variable is, or what is known of its value. */
export type VariableValue =
  | { readonly kind: "memory"; readonly address: bigint }
  /** Held elsewhere, or not at all: its bytes, of which some may be missing, and in which registers (by DWARF's numbers) they are. */
  | {
      readonly kind: "bytes";
      readonly bytes: Uint8Array;
      readonly missing: readonly { readonly first: number; readonly end: number }[];
      readonly registers: readonly number[];
    }
  /** `isGone`: the compiler has kept nothing of it here; else `why`, a part of a sentence. */
  | { readonly kind: "none"; readonly isGone: boolean; readonly why: string };

export interface FrameVariable {
  readonly name: string;
  readonly type: DataType;
  readonly value: VariableValue;
}

/** Variables of a function, or of one that the compiler has put in its place. */
export interface FrameScope {
  readonly name: string;
  readonly isInlined: boolean;
  /** Of the values. */
  readonly littleEndian: boolean;
  readonly parameters: readonly FrameVariable[];
  /** Those of the innermost block first. */
  readonly locals: readonly FrameVariable[];
}

/** What values are read from. */
export interface VariableSource {
  /** Names of registers by DWARF's numbers; empty where there is none. */
  readonly names: readonly string[];
  /** Of a frame, or null: it is not known. */
  register(frame: StackFrame, name: string): Promise<bigint | null>;
  /** Bytes at a virtual address. Rejects with an Error if there are none. */
  memory(address: bigint, length: number): Promise<Uint8Array>;
}

const ENCODING = { address: 1, boolean: 2, signed: 5, signedCharacter: 6, unsigned: 7, unsignedCharacter: 8 };
/** A frame that claims more would only hold the page up. */
const MOST_VARIABLES = 1000;
/** Callers that are asked in all: each answer may ask its own caller, more than once. */
const MOST_QUESTIONS = 1000;
const UNKNOWN_TYPE: DataType = { kind: "none", name: "?", bytes: 0 };

/**
 * Scopes of a frame from the innermost, or null if no table knows its function. `frames`: the stack from the innermost; for what a
 * function was called with, its caller is asked. Throws an Error that says what of a table is damaged.
 */
export async function frameVariables(
  tables: readonly FunctionTable[],
  frames: readonly StackFrame[],
  index: number,
  source: VariableSource,
): Promise<readonly FrameScope[] | null> {
  const found = frameOf(tables, frames, index, source, { left: MOST_QUESTIONS });
  if (found === null) return null;
  const count = found.place.scopes.reduce((sum, { parameters, locals }) => sum + parameters.length + locals.length, 0);
  if (count > MOST_VARIABLES) throw new Error(`a function of ${count} variables`);
  const all = async (entries: readonly VariableEntry[]): Promise<FrameVariable[]> => {
    const variables: FrameVariable[] = [];
    for (const entry of entries) variables.push(await found.variable(entry));
    return variables;
  };
  const scopes: FrameScope[] = [];
  for (const { name, isInlined, parameters, locals } of found.place.scopes) {
    const { littleEndian } = found;
    scopes.push({ name, isInlined, littleEndian, parameters: await all(parameters), locals: await all(locals) });
  }
  return scopes;
}

function frameOf(
  tables: readonly FunctionTable[],
  frames: readonly StackFrame[],
  index: number,
  source: VariableSource,
  questions: { left: number },
): FrameReader | null {
  const frame = frames[index];
  if (frame === undefined) return null;
  // Of a frame that waits for a call, the call counts: behind it another block, or another function, may begin.
  const address = isUnderWay(frame) ? frame.pc : BigInt.asUintN(64, frame.pc - 1n);
  for (const table of tables) {
    const place = table.at(address);
    if (place !== null) return new FrameReader(tables, table, place, address, frames, index, source, questions);
  }
  return null;
}

function isUnderWay({ by }: StackFrame): boolean {
  return by === "machine" || by === "trap";
}

class FrameReader implements LocationContext {
  readonly wordBytes: number;
  readonly littleEndian: boolean;
  private readonly frame: StackFrame;
  private base: Promise<bigint> | null = null;

  constructor(
    private readonly tables: readonly FunctionTable[],
    private readonly table: FunctionTable,
    readonly place: FunctionPlace,
    private readonly address: bigint,
    private readonly frames: readonly StackFrame[],
    private readonly index: number,
    private readonly source: VariableSource,
    private readonly questions: { left: number },
  ) {
    this.wordBytes = table.elf.wordBytes;
    this.littleEndian = table.elf.littleEndian;
    this.frame = frames[index] as StackFrame;
  }

  /** Whatever is wrong with it alone is its value. */
  async variable(entry: VariableEntry): Promise<FrameVariable> {
    let type = UNKNOWN_TYPE;
    try {
      type = entry.type();
      return { name: entry.name, type, value: await this.value(entry, type) };
    } catch (error) {
      const why = (error as Error).message;
      const value = { kind: "none", isGone: false, why } as const;
      return {
        name: entry.name,
        type,
        value: error instanceof Unavailable ? value : { ...value, why: `its debug information is damaged: ${why}` },
      };
    }
  }

  private async value({ location, constant }: VariableEntry, type: DataType): Promise<VariableValue> {
    const { unit } = this.place.entry;
    const { bytes: length } = bareType(type);
    if (constant !== undefined && location === undefined) {
      const bytes =
        constant.kind === "block"
          ? constant.bytes
          : constant.kind === "text"
            ? new TextEncoder().encode(`${constant.value}\0`)
            : constant.kind === "number"
              ? bytesOfNumber(constant.value, length, this.littleEndian)
              : null;
      if (bytes === null) throw new Error("a constant of another kind");
      return { kind: "bytes", bytes, missing: [], registers: [] };
    }
    const code =
      location === undefined ? null : expressionAt(this.table.elf, unit, location, this.place.unit.base, this.address);
    if (code === null || code.length === 0) return GONE;
    return assembled(await evaluateLocation(code, this), length, this, (address, bytes) => this.read(address, bytes));
  }

  async register(number: number): Promise<bigint> {
    const name = this.source.names[number] ?? "";
    if (name === "") throw new Unavailable(`it is in register ${number} of DWARF, which is not read`);
    const value = await this.source.register(this.frame, name);
    if (value === null) throw new Unavailable(`it was in ${name}, which the calls have not kept`);
    return value;
  }

  async memory(address: bigint, length: number): Promise<bigint> {
    const bytes = await this.read(address, length);
    const order = this.littleEndian ? bytes.toReversed() : bytes;
    return order.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  private async read(address: bigint, length: number): Promise<Uint8Array> {
    try {
      return await this.source.memory(address, length);
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
    const code = value && expressionAt(this.table.elf, entry.unit, value, unit.base, this.address);
    if (code == null) throw new Unavailable("where its frame lies is not known");
    // An expression of a frame base that asks for it would never end.
    const context: LocationContext = Object.assign(Object.create(this) as LocationContext, {
      frameBase: () => Promise.reject(new Error("a frame base that refers to itself")),
    });
    return this.number(await evaluateLocation(code, context));
  }

  addressAt(index: number): bigint {
    return addressAt(this.table.elf, this.place.entry.unit, index);
  }

  typeAt(offset: number): StackType | null {
    const { part, entries } = this.place.unit;
    const entry = entries.get(part.start + offset);
    const encoding = entry?.attributes.get(ATTRIBUTE.encoding);
    const bytes = entry?.attributes.get(ATTRIBUTE.byteSize);
    if (entry?.tag !== TAG.base || encoding?.kind !== "number" || bytes?.kind !== "number") return null;
    const kind = Number(encoding.value);
    if (!Object.values(ENCODING).includes(kind)) return null;
    const isSigned = kind === ENCODING.signed || kind === ENCODING.signedCharacter;
    return { bytes: Number(bytes.value), isSigned };
  }

  /** As the debug information of the caller says it, if it is known what it called. */
  async atEntry(register: number): Promise<bigint> {
    if (this.questions.left-- <= 0) throw new Error("what a function was called with takes too many questions");
    const caller = isUnderWay(this.frames[this.index + 1] ?? this.frame)
      ? null
      : frameOf(this.tables, this.frames, this.index + 1, this.source, this.questions);
    const call = caller?.table.callBefore(caller.place, caller.frame.pc) ?? null;
    const unknown = new Unavailable("only what it was at the call is known, and not what that is");
    if (caller === null || call === null) throw unknown;
    // A function that the called one ended with has its caller, too.
    if (!caller.table.isSame(call.callee, this.place.entry)) throw unknown;
    for (const { location, value } of call.parameters) {
      if (isRegister(location, register, this.littleEndian))
        return caller.number(await evaluateLocation(value, caller));
    }
    throw unknown;
  }

  /** What an expression computes that is a number rather than a place. */
  private async number(pieces: readonly LocationPiece[]): Promise<bigint> {
    const at = pieces[0]?.at;
    if (pieces.length === 1 && at?.kind === "memory") return at.address;
    if (pieces.length === 1 && at?.kind === "value") return at.value;
    if (pieces.length === 1 && at?.kind === "register") return this.register(at.register);
    throw new Unavailable("it is computed from what is no number");
  }
}

function isRegister(code: Uint8Array, register: number, littleEndian: boolean): boolean {
  const reader = new DwarfReader(code, littleEndian);
  if (reader.isAtEnd) return false;
  const operation = reader.u8();
  if (operation === 0x90) return reader.count() === register;
  return operation === 0x50 + register && operation < 0x70;
}
