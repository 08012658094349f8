/** Memory as the program's structures: from what somebody types to a place, and from a place to rows. */
import { isInput } from "../../src/debug/data-input.ts";
import { bareType, type DataType, typeText } from "../../src/debug/data-types.ts";
import {
  bitsOf,
  bytesOf,
  type DataPlace,
  dataPlace,
  hasParts,
  partsOf,
  valueText,
} from "../../src/debug/data-values.ts";
import type { TypeTable } from "../../src/debug/type-table.ts";
import type { AddressKind, GuestMemory, MemoryPart } from "./guest-memory.ts";
import type { MachineModel } from "./machine-model.ts";

export type { DataPlace } from "../../src/debug/data-values.ts";

/** What is wrong with what has been typed: which of the fields, and why. */
export interface PlaceProblem {
  readonly field: "type" | "at";
  readonly text: string;
}

/** Bytes of a variable that memory does not hold: places of it are offsets in them. */
export interface HeldBytes {
  readonly bytes: Uint8Array;
  /** Of these nothing is known. */
  readonly missing: readonly { readonly first: number; readonly end: number }[];
  /** What holds them, such as registers. */
  readonly where: string;
  readonly parts: readonly HeldPart[];
}

/** Bytes from `first` to before `end` that are in one place. */
export interface HeldPart {
  readonly first: number;
  readonly end: number;
  /**
   * Changes some of them, `offset` from `first` on; `number`: they are all of a number. Answers why not, or null. A text: why nobody can.
   */
  readonly write:
    | ((offset: number, bytes: Uint8Array, number: { readonly isSigned: boolean } | null) => Promise<string | null>)
    | string;
}

/** What places are read from. */
export type PlaceSource = AddressKind | HeldBytes;

/** One row: a place with its value. */
export interface DataRow {
  readonly place: DataPlace;
  readonly type: string;
  /** null: its memory cannot be read, and `why`. */
  readonly value: string | null;
  readonly why: string;
  /** Of a value that can be written as a number; else 0. */
  readonly bits: bigint;
  /** Value of a pointer; 0 of all else. */
  readonly pointer: bigint;
  readonly hasParts: boolean;
}

/** Names to choose among: a program may have thousands. */
const MOST_NAMES = 2000;

/** Names of types and of variables of all programs. Throws an Error if one's debug information is damaged. */
export function knownNames(machine: MachineModel): {
  readonly types: readonly string[];
  readonly variables: readonly string[];
} {
  const tables = tablesOf(machine);
  const unique = (names: readonly string[]) => [...new Set(names)].slice(0, MOST_NAMES);
  return {
    types: unique(tables.flatMap((table) => table.names)),
    variables: unique(tables.flatMap((table) => table.variableNames)),
  };
}

/**
 * The place that is meant: a type at an address or expression; without a type `at` is the name of a variable, which has one.
 * A type ending in * or [n] is made of the one before.
 */
export async function findPlace(
  machine: MachineModel,
  typeName: string,
  at: string,
): Promise<DataPlace | PlaceProblem> {
  const name = at.trim();
  if (name === "") return { field: "at", text: "Expected an address, an expression, or a variable of the program." };
  let type: DataType | null = null;
  try {
    const tables = tablesOf(machine);
    if (typeName.trim() === "") {
      for (const table of tables) {
        const variable = table.variable(name);
        if (variable !== null) return dataPlace(name, variable.type, variable.address);
      }
      return { field: "type", text: `Expected a type: ${name} is no variable of the program.` };
    }
    type = writtenType(tables, typeName);
  } catch (error) {
    return { field: "type", text: `The debug information cannot be used: ${(error as Error).message}.` };
  }
  if (type === null) return { field: "type", text: `The program has no type ${typeName.trim()}.` };
  const result = await machine.evaluate(name);
  if (result.kind === "error") return { field: "at", text: `At character ${result.position + 1}: ${result.text}` };
  if (result.value.type === "float") return { field: "at", text: "Expected an address, not a float." };
  return dataPlace(/^[\w.]+$/.test(name) ? name : `(${name})`, type, result.value.value);
}

/** The place with what is there. */
export async function readRow(
  memory: GuestMemory,
  place: DataPlace,
  source: PlaceSource,
  littleEndian: boolean,
): Promise<DataRow> {
  const length = bytesOf(place);
  const type = `${typeText(place.type)}${place.bits === null ? "" : ` : ${place.bits.width}`}`;
  const row = { place, type, why: "", bits: 0n, pointer: 0n };
  const part = typeof source === "string" ? await memory.read(place.address, length, source) : heldPart(source, place);
  const hole = part.holes[0];
  if (length > 0 && hole !== undefined) return { ...row, value: null, why: hole.why, hasParts: false };
  const value = valueText(place, part.bytes, littleEndian);
  const bits = isInput(place) ? bitsOf(place, part.bytes, littleEndian) : 0n;
  const isPointer = bareType(place.type).kind === "pointer" && place.bits === null;
  // A pointer to nothing has nothing behind it.
  const pointer = isPointer && length <= 8 ? bits : 0n;
  return { ...row, value, bits, pointer, hasParts: hasParts(place) && !(isPointer && pointer === 0n) };
}

function heldPart({ bytes, missing }: HeldBytes, place: DataPlace): Pick<MemoryPart, "bytes" | "holes"> {
  const start = Number(place.address);
  const end = start + bytesOf(place);
  const isGone = end > bytes.length || missing.some((gap) => gap.first < end && start < gap.end);
  return {
    bytes: bytes.subarray(start, end),
    holes: isGone ? [{ start: 0, end: end - start, why: "optimized out" }] : [],
  };
}

/** What the rows below a row are read from: a pointer points to memory, whatever holds it. */
export function sourceBelow({ place }: DataRow, source: PlaceSource): PlaceSource {
  return typeof source !== "string" && bareType(place.type).kind === "pointer" ? "virtual" : source;
}

/** Rows below a row. Throws an Error if the debug information is damaged. */
export function placesBelow({ place, pointer }: DataRow): readonly DataPlace[] {
  return partsOf(place, pointer);
}

function tablesOf(machine: MachineModel): readonly TypeTable[] {
  return machine.programs.files.get().map((program) => program.types());
}

function writtenType(tables: readonly TypeTable[], text: string): DataType | null {
  const match = /^(.*?)((?:\s*\*|\s*\[\s*\d{1,9}\s*\])*)\s*$/s.exec(text);
  let type: DataType | null = null;
  for (const table of tables) type ??= table.find(match?.[1] ?? "");
  const bytes = tables.length === 0 ? 0 : (tables[0] as TypeTable).addressBytes;
  const made = [...(match?.[2] ?? "").matchAll(/\*|\d+/g)].map(([sign]) => sign);
  // As in C: stars belong to the type, counts to what there are so many of, the last one innermost.
  for (const _ of made.filter((sign) => sign === "*")) {
    const to: DataType | null = type;
    if (to !== null) type = { kind: "pointer", bytes, to: () => to };
  }
  for (const sign of made.filter((each) => each !== "*").reverse()) {
    if (type !== null) type = { kind: "array", of: type, count: Number(sign), bytes: type.bytes * Number(sign) };
  }
  return type;
}
