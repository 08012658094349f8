/** The variables of a frame of the stack: which there are where it stands, and what each of them holds. */
import { listBudget } from "./address-lists.ts";
import type { StackFrame } from "./call-stack.ts";
import { bareType, type DataType } from "./data-types.ts";
import { type FrameContext, frameContext, type VariableSource } from "./frame-context.ts";
import type { FunctionTable, VariableEntry } from "./function-table.ts";
import { Unavailable } from "./location-context.ts";
import { evaluateLocation, type LocationKind } from "./location-expression.ts";
import {
  assembled,
  bytesOfNumber,
  computedBytes,
  type FrameVariable,
  GONE,
  type VariableValue,
} from "./variable-bytes.ts";

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

/** A frame that claims more would only hold the page up. */
const MOST_VARIABLES = 1000;
/** Callers that are asked in all. */
const MOST_QUESTIONS = 1000;
/** Pointers to pointers that are in no memory; damaged ones may point to themselves. */
const MOST_POINTERS = 8;
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
  const lists = { entries: tables.reduce((sum, { elf }) => sum + listBudget(elf).entries, 0) };
  const context = frameContext({ tables, frames, source, questions: { left: MOST_QUESTIONS }, lists }, index);
  if (context === null) return null;
  const { place, littleEndian } = context;
  const known = place.scopes();
  const count = known.reduce((sum, { parameters, locals }) => sum + parameters.length + locals.length, 0);
  if (count > MOST_VARIABLES) throw new Error(`a function of ${count} variables`);
  const all = async (entries: readonly VariableEntry[]): Promise<FrameVariable[]> => {
    const variables: FrameVariable[] = [];
    for (const entry of entries) variables.push(await variableOf(context, entry));
    return variables;
  };
  const scopes: FrameScope[] = [];
  for (const { name, isInlined, parameters, locals } of known) {
    scopes.push({ name, isInlined, littleEndian, parameters: await all(parameters), locals: await all(locals) });
  }
  return scopes;
}

/** Whatever is wrong with it alone is its value. */
async function variableOf(context: FrameContext, entry: VariableEntry): Promise<FrameVariable> {
  let type = UNKNOWN_TYPE;
  try {
    type = entry.type();
    return { name: entry.name, type, value: await valueIn(context, entry, type, 0) };
  } catch (error) {
    return { name: entry.name, type, value: refusal(error as Error) };
  }
}

function refusal(error: Error): VariableValue {
  const why = error instanceof Unavailable ? error.message : `its debug information is damaged: ${error.message}`;
  return { kind: "none", isGone: false, why };
}

/** `depth`: pointers that have led to it. */
async function valueIn(
  context: FrameContext,
  { name, location, constant }: VariableEntry,
  type: DataType,
  depth: number,
): Promise<VariableValue> {
  const { place, littleEndian } = context;
  const { bytes: length } = bareType(type);
  if (constant !== undefined && location === undefined) {
    const bytes =
      constant.kind === "block"
        ? constant.bytes
        : constant.kind === "text"
          ? new TextEncoder().encode(`${constant.value}\0`)
          : constant.kind === "number"
            ? bytesOfNumber(constant.value, length, littleEndian)
            : null;
    if (bytes === null) throw new Error("a constant of another kind");
    return computedBytes(bytes);
  }
  const code = location === undefined ? null : context.expression(place.entry.unit, location, place.unit.base);
  if (code === null || code.length === 0) return GONE;
  const pieces = await evaluateLocation(code, context);
  const only = pieces.length === 1 && pieces[0]?.bits === null ? pieces[0].at : null;
  if (only?.kind === "pointer") return pointer(context, name, type, only, depth);
  return assembled(pieces, length, context, (address, bytes) => context.read(address, bytes));
}

/** A pointer into what is in no memory, or no longer; where it is in memory, its address. */
async function pointer(
  context: FrameContext,
  name: string,
  type: DataType,
  to: LocationKind & { readonly kind: "pointer" },
  depth: number,
): Promise<VariableValue> {
  if (depth >= MOST_POINTERS) throw new Error("a pointer that leads to itself");
  const bare = bareType(type);
  const pointed = bare.kind === "pointer" ? bare.to() : UNKNOWN_TYPE;
  const entry = context.table.variableAt(to.entry);
  if (entry === null) throw new Unavailable("it points to something that the compiler has put nowhere");
  // What is behind an offset has the pointer's type; a procedure that computes it has none at all.
  const whole = entry.type();
  const asked = bareType(whole).kind === "none" ? pointed : whole;
  const value = await valueIn(context, entry, asked, depth + 1).catch(refusal);
  if (value.kind === "memory") {
    return computedBytes(bytesOfNumber(value.address + to.offset, bare.bytes, context.littleEndian));
  }
  const target = { name: `*${name}`, type: pointed };
  if (value.kind !== "bytes" || to.offset === 0n) return { kind: "pointer", target: { ...target, value } };
  return { kind: "pointer", target: { ...target, value: behind(value, Number(to.offset), bareType(pointed).bytes) } };
}

/** `length` bytes from `offset` on. */
function behind(value: VariableValue & { readonly kind: "bytes" }, offset: number, length: number): VariableValue {
  const { bytes, missing, parts } = value;
  if (!(offset >= 0 && offset + length <= bytes.length)) throw new Unavailable("it points beside what it points to");
  const within = <T extends { readonly first: number; readonly end: number }>(all: readonly T[]): T[] =>
    all.flatMap((each) => {
      const [first, end] = [Math.max(each.first - offset, 0), Math.min(each.end - offset, length)];
      return first < end ? [{ ...each, first, end }] : [];
    });
  // Of a part of a part it is no longer known where it begins.
  const cut = within(parts).map((part) => ({ ...part, at: { kind: "computed" } as const }));
  return { kind: "bytes", bytes: bytes.subarray(offset, offset + length), missing: within(missing), parts: cut };
}
