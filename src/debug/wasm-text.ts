/** A wasm binary as text, in the flat form of WebAssembly's text format. */
import { readInstructions, type WasmLine } from "./wasm/instructions.ts";
import {
  type FunctionType,
  type GlobalType,
  type Imported,
  type Limits,
  readModule,
  type Segment,
  type Table,
  type WasmModule,
} from "./wasm/module.ts";
import { namesOf, type WasmNames } from "./wasm/names.ts";
import type { WasmReader } from "./wasm/reader.ts";

export type { WasmLine } from "./wasm/instructions.ts";

/** One function of a module. */
export interface WasmFunction {
  /** As in "(func $f3 (type $t0) (param $l0 i32) (result i32)". */
  readonly head: string;
  /** As in "(local $l1 i64)", one for each. */
  readonly locals: readonly string[];
  /** Byte of the binary at which its body begins, with the locals. */
  readonly start: number;
  readonly lines: readonly WasmLine[];
}

/**
 * The whole module, which assembles to the same instructions again. Knows what WebAssembly 2.0 has without vectors, and
 * shared memory, atomics and tail calls. Throws an Error that names the byte at which `bytes` are wrong or not known.
 */
export function wasmText(bytes: Uint8Array): string {
  const module = readModule(bytes);
  const names = namesOf(module);
  const functions = functionsOf(module, names).flatMap(({ head, locals, lines }) => [
    `  ${head}`,
    ...locals.map((local) => `    ${local}`),
    ...lines.map(({ depth, text }) => `${"  ".repeat(depth + 1)}${text}`),
    "  )",
  ]);
  return ["(module", ...declarations(module, names).map((line) => `  ${line}`), ...functions, ")", ""].join("\n");
}

/** The functions that `bytes` define, in their order. See wasmText(). */
export function wasmFunctions(bytes: Uint8Array): WasmFunction[] {
  const module = readModule(bytes);
  return functionsOf(module, namesOf(module));
}

function functionsOf(module: WasmModule, names: WasmNames): WasmFunction[] {
  const imported = module.functions.length - module.bodies.length;
  if (imported !== module.imports.filter(({ what }) => what.kind === "func").length) {
    throw new Error("wasm: there are not as many bodies as functions");
  }
  return module.bodies.map(({ locals, start, code }, i) => {
    const func = imported + i;
    const { parameters, results } = typeOf(module, module.functions[func]!);
    const named = parameters.map((type, index) => ` (param ${names.local(func, index)} ${type})`).join("");
    const result = results.length === 0 ? "" : ` (result ${results.join(" ")})`;
    return {
      head: `(func ${names.func(func)} (type ${names.type(module.functions[func]!)})${named}${result}`,
      locals: locals.map((type, index) => `(local ${names.local(func, parameters.length + index)} ${type})`),
      start,
      lines: readInstructions(code, func, names),
    };
  });
}

function typeOf(module: WasmModule, index: number): FunctionType {
  const type = module.types[index];
  if (type === undefined) throw new Error(`wasm: there is no type ${index}`);
  return type;
}

/** All but the functions, a line each. */
function declarations(module: WasmModule, names: WasmNames): string[] {
  const { types, imports, tables, memories, globals, exports, start, elements, data } = module;
  const count = (kind: Imported["kind"]) => imports.filter(({ what }) => what.kind === kind).length;
  const constant = (code: WasmReader) => `(${readInstructions(code, -1, names)[0]!.text})`;
  const place = ({ mode, offset, place }: Segment, of: string) =>
    mode === "active"
      ? ` ${place === 0 ? "" : `(${of}) `}${constant(offset!)}`
      : mode === "declarative"
        ? " declare"
        : "";
  const seen = { func: 0, table: 0, memory: 0, global: 0 };
  const exported = { func: names.func, table: names.table, memory: names.memory, global: names.global };
  return [
    ...types.map((type, i) => `(type ${names.type(i)} (func${signature(type)}))`),
    ...imports.map(({ module, name, what }) => {
      const described = describeImport(what, seen[what.kind]++, names);
      return `(import ${quote(module)} ${quote(name)} (${described}))`;
    }),
    ...tables.map((table, i) => `(table ${names.table(count("table") + i)} ${tableText(table)})`),
    ...memories.map((limits, i) => `(memory ${names.memory(count("memory") + i)} ${limitsText(limits)})`),
    ...globals.map(
      ({ type, init }, i) => `(global ${names.global(count("global") + i)} ${globalText(type)} ${constant(init)})`,
    ),
    ...exports.map(({ name, kind, index }) => `(export ${quote(name)} (${kind} ${exported[kind](index)}))`),
    ...(start === null ? [] : [`(start ${names.func(start)})`]),
    ...elements.map((segment, i) => {
      const items = segment.items.map((item) => (typeof item === "number" ? names.func(item) : constant(item)));
      const ofFunctions = segment.items.every((item) => typeof item === "number");
      const kind = ofFunctions ? "func" : segment.type;
      const where = place(segment, `table ${names.table(segment.place)}`);
      return `(elem ${names.element(i)}${where} ${[kind, ...items].join(" ")})`;
    }),
    ...data.map((segment, i) => {
      const where = place(segment, `memory ${names.memory(segment.place)}`);
      return `(data ${names.data(i)}${where} ${quoteBytes(segment.bytes)})`;
    }),
  ];
}

function describeImport(what: Imported, index: number, names: WasmNames): string {
  switch (what.kind) {
    case "func":
      return `func ${names.func(index)} (type ${names.type(what.type)})`;
    case "table":
      return `table ${names.table(index)} ${tableText(what)}`;
    case "memory":
      return `memory ${names.memory(index)} ${limitsText(what.limits)}`;
    case "global":
      return `global ${names.global(index)} ${globalText(what)}`;
  }
}

function signature({ parameters, results }: FunctionType): string {
  const part = (what: string, types: readonly string[]) => (types.length === 0 ? "" : ` (${what} ${types.join(" ")})`);
  return part("param", parameters) + part("result", results);
}

function limitsText({ min, max, isShared }: Limits): string {
  return `${min}${max === null ? "" : ` ${max}`}${isShared ? " shared" : ""}`;
}

function tableText({ type, limits }: Table): string {
  return `${limitsText(limits)} ${type}`;
}

function globalText({ type, isMutable }: GlobalType): string {
  return isMutable ? `(mut ${type})` : type;
}

function quote(text: string): string {
  return quoteBytes(new TextEncoder().encode(text));
}

/** Letters as they are, all else as hexadecimal digits. */
function quoteBytes(bytes: Uint8Array): string {
  const isPlain = (byte: number) => byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
  const parts = Array.from(bytes, (byte) =>
    isPlain(byte) ? String.fromCharCode(byte) : `\\${byte.toString(16).padStart(2, "0")}`,
  );
  return `"${parts.join("")}"`;
}
