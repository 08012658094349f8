/** The sections of a wasm binary, as far as a text of it needs them (WebAssembly specification, Binary Format: Modules). */
import { WasmReader } from "./reader.ts";

export interface FunctionType {
  readonly parameters: readonly string[];
  readonly results: readonly string[];
}

export interface Limits {
  readonly min: number;
  readonly max: number | null;
  readonly isShared: boolean;
}

export interface Table {
  readonly type: string;
  readonly limits: Limits;
}

export interface GlobalType {
  readonly type: string;
  readonly isMutable: boolean;
}

export type Imported =
  | { readonly kind: "func"; readonly type: number }
  | ({ readonly kind: "table" } & Table)
  | { readonly kind: "memory"; readonly limits: Limits }
  | ({ readonly kind: "global" } & GlobalType);

/** Kinds of what can be imported or exported, by their numbers. */
export const KINDS = ["func", "table", "memory", "global"] as const;

export interface Import {
  readonly module: string;
  readonly name: string;
  readonly what: Imported;
}

/** Instructions up to the end of `code`, their last `end` included. */
export interface Body {
  /** Types of the locals behind the parameters. */
  readonly locals: readonly string[];
  /** Byte of the binary at which it begins, with the locals. */
  readonly start: number;
  readonly code: WasmReader;
}

/** `offset`: an expression, for active segments. */
export interface Segment {
  readonly mode: "active" | "passive" | "declarative";
  readonly place: number;
  readonly offset: WasmReader | null;
}

export interface ElementSegment extends Segment {
  readonly type: string;
  /** Function indices, or expressions. */
  readonly items: readonly (number | WasmReader)[];
}

export interface DataSegment extends Segment {
  readonly bytes: Uint8Array;
}

export interface WasmModule {
  readonly types: FunctionType[];
  readonly imports: Import[];
  /** Type of each function, imported ones first. */
  readonly functions: number[];
  readonly tables: Table[];
  readonly memories: Limits[];
  readonly globals: { readonly type: GlobalType; readonly init: WasmReader }[];
  readonly exports: { readonly name: string; readonly kind: (typeof KINDS)[number]; readonly index: number }[];
  start: number | null;
  readonly elements: ElementSegment[];
  readonly data: DataSegment[];
  readonly bodies: Body[];
  /** Custom sections by name, but for that of names. */
  readonly custom: Map<string, WasmReader>;
  readonly functionNames: Map<number, string>;
  /** By function, then by local. */
  readonly localNames: Map<number, Map<number, string>>;
}

/** Throws an Error that names the byte at which `bytes` stop being a module. */
export function readModule(bytes: Uint8Array): WasmModule {
  const reader = new WasmReader(bytes);
  const head = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  if (bytes.length < 8 || head.some((byte, i) => bytes[i] !== byte)) reader.fail("there is no module of version 1");
  reader.offset = 8;
  const module: WasmModule = {
    ...{ types: [], imports: [], functions: [], tables: [], memories: [], globals: [], exports: [], start: null },
    ...{ elements: [], data: [], bodies: [], custom: new Map(), functionNames: new Map(), localNames: new Map() },
  };
  while (!reader.isAtEnd) {
    const id = reader.byte();
    readSection(module, id, reader.part(reader.u32()));
  }
  return module;
}

/** A custom section by its name, all others passed over; undefined: there is none. */
export function customSection(bytes: Uint8Array, wanted: string): WasmReader | undefined {
  const reader = new WasmReader(bytes, 8);
  while (!reader.isAtEnd) {
    const id = reader.byte();
    const section = reader.part(reader.u32());
    if (id === 0 && section.name() === wanted) return section;
  }
  return undefined;
}

function readSection(module: WasmModule, id: number, reader: WasmReader): void {
  switch (id) {
    case 0: {
      const name = reader.name();
      if (name === "name") readNames(module, reader);
      else module.custom.set(name, reader);
      return;
    }
    case 1:
      module.types.push(...reader.list(() => functionType(reader)));
      return;
    case 2:
      for (const { what } of reader.list((i) => (module.imports[i] = importOf(reader)))) {
        if (what.kind === "func") module.functions.push(what.type);
      }
      return;
    case 3:
      module.functions.push(...reader.list(() => reader.u32()));
      return;
    case 4:
      module.tables.push(...reader.list(() => table(reader)));
      return;
    case 5:
      module.memories.push(...reader.list(() => limits(reader)));
      return;
    case 6:
      module.globals.push(...reader.list(() => ({ type: globalType(reader), init: expression(reader) })));
      return;
    case 7:
      module.exports.push(...reader.list(() => ({ name: reader.name(), kind: kindOf(reader), index: reader.u32() })));
      return;
    case 8:
      module.start = reader.u32();
      return;
    case 9:
      module.elements.push(...reader.list(() => elementSegment(reader)));
      return;
    case 10:
      module.bodies.push(...reader.list(() => body(reader.part(reader.u32()))));
      return;
    case 11:
      module.data.push(...reader.list(() => dataSegment(reader)));
      return;
    // The number of data segments, for validators.
    case 12:
      return;
    default:
      reader.fail(`there is no section ${id}`);
  }
}

const VALUE_TYPES: Readonly<Record<number, string>> = {
  ...{ 127: "i32", 126: "i64", 125: "f32", 124: "f64", 123: "v128", 112: "funcref", 111: "externref" },
};

/** The type that a byte stands for. */
export function valueType(reader: WasmReader): string {
  const byte = reader.byte();
  return VALUE_TYPES[byte] ?? reader.fail(`0x${byte.toString(16)} is no type of values`, reader.offset - 1);
}

function functionType(reader: WasmReader): FunctionType {
  if (reader.byte() !== 0x60) reader.fail("there is no function type", reader.offset - 1);
  return { parameters: reader.list(() => valueType(reader)), results: reader.list(() => valueType(reader)) };
}

function limits(reader: WasmReader): Limits {
  const flags = reader.byte();
  if (flags > 3) reader.fail(`limits of kind ${flags}`, reader.offset - 1);
  return { min: reader.u32(), max: flags & 1 ? reader.u32() : null, isShared: (flags & 2) !== 0 };
}

function table(reader: WasmReader): Table {
  return { type: valueType(reader), limits: limits(reader) };
}

function globalType(reader: WasmReader): GlobalType {
  return { type: valueType(reader), isMutable: reader.byte() === 1 };
}

function kindOf(reader: WasmReader): (typeof KINDS)[number] {
  return KINDS[reader.byte()] ?? reader.fail("there is no such kind of import or export", reader.offset - 1);
}

function importOf(reader: WasmReader): Import {
  return { module: reader.name(), name: reader.name(), what: imported(reader) };
}

function imported(reader: WasmReader): Imported {
  const kind = kindOf(reader);
  switch (kind) {
    case "func":
      return { kind, type: reader.u32() };
    case "table":
      return { kind, ...table(reader) };
    case "memory":
      return { kind, limits: limits(reader) };
    case "global":
      return { kind, ...globalType(reader) };
  }
}

/** A constant expression: one instruction with an operand, and `end`. */
function expression(reader: WasmReader): WasmReader {
  const start = reader.offset;
  switch (reader.byte()) {
    case 0x41:
      reader.i32();
      break;
    case 0x42:
      reader.i64();
      break;
    case 0x43:
      reader.f32();
      break;
    case 0x44:
      reader.f64();
      break;
    case 0x23:
    case 0xd0:
    case 0xd2:
      reader.u32();
      break;
    default:
      reader.fail("there is no constant", start);
  }
  if (reader.byte() !== 0x0b) reader.fail("the constant does not end", reader.offset - 1);
  const end = reader.offset;
  reader.offset = start;
  return reader.part(end - start);
}

/** Bit 0: not active; bit 1: with a table's number, or declarative; bit 2: items are expressions. */
function elementSegment(reader: WasmReader): ElementSegment {
  const flags = reader.u32();
  const mode = flags & 1 ? (flags & 2 ? "declarative" : "passive") : "active";
  const place = mode === "active" && flags & 2 ? reader.u32() : 0;
  const offset = mode === "active" ? expression(reader) : null;
  // The kind of the items is left out where it can only be functions.
  const kind = (flags & 3) === 0 ? null : flags & 4 ? valueType(reader) : reader.byte();
  const type = typeof kind === "string" ? kind : "funcref";
  const items = reader.list(() => (flags & 4 ? expression(reader) : reader.u32()));
  return { mode, place, offset, type, items };
}

function dataSegment(reader: WasmReader): DataSegment {
  const flags = reader.u32();
  const place = flags === 2 ? reader.u32() : 0;
  const offset = flags === 1 ? null : expression(reader);
  return { mode: flags === 1 ? "passive" : "active", place, offset, bytes: reader.vector() };
}

function body(reader: WasmReader): Body {
  const start = reader.offset;
  const runs = reader.list(() => ({ count: reader.u32(), type: valueType(reader) }));
  const count = runs.reduce((sum, run) => sum + run.count, 0);
  // Engines allow no more; a text with more would be of no use.
  if (count > 50_000) reader.fail(`there are ${count} locals`);
  return { locals: runs.flatMap((run) => Array<string>(run.count).fill(run.type)), start, code: reader };
}

function readNames(module: WasmModule, reader: WasmReader): void {
  const nameMap = (from: WasmReader) => new Map(from.list(() => [from.u32(), from.name()] as const));
  while (!reader.isAtEnd) {
    const id = reader.byte();
    const part = reader.part(reader.u32());
    if (id === 1) for (const [index, name] of nameMap(part)) module.functionNames.set(index, name);
    if (id === 2) part.list(() => module.localNames.set(part.u32(), nameMap(part)));
  }
}
