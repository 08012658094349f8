/** The stops of variables.c and optimized.c, and the variables of all frames there, written as gdb writes them with the settings below. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { callStack, type StackFrame } from "../../../src/debug/call-stack.ts";
import { bareType, type DataType } from "../../../src/debug/data-types.ts";
import { bitsOf, bytesOf, dataPlace, valueText } from "../../../src/debug/data-values.ts";
import { elfFrames } from "../../../src/debug/frame-table.ts";
import { type FrameScope, frameVariables } from "../../../src/debug/frame-variables.ts";
import { elfFunctions, type FunctionTable } from "../../../src/debug/function-table.ts";
import { stackConvention } from "../../../src/debug/riscv64/stack-convention.ts";
import { elfSymbols, type SymbolTable } from "../../../src/debug/symbols.ts";
import { elfTypes } from "../../../src/debug/type-table.ts";
import type { FrameVariable } from "../../../src/debug/variable-bytes.ts";
import type { Machine } from "../../../src/worker/machine-client.ts";

/** Compiler, optimization, version of DWARF; of variables.c, and of optimized.c. */
export const FORMS = [
  ...["gcc-O0-5", "gcc-O2-5", "gcc-O2-4", "gcc-O1-3", "clang-O2-5", "clang-O1-4"],
  ...["optimized-gcc-O2-5", "optimized-gcc-O2-4", "optimized-clang-O2-5"],
];

/** How often a program stands at `stop` where gdb is asked: not in what has a thread's own variables, which it does not find. */
export function stopsOf(form: string): number {
  return form.startsWith("optimized") ? 6 : 5;
}

export const GDB_SETTINGS = [
  "set print entry-values no",
  "set print frame-arguments all",
  "set print symbol off",
  "set print repeats 0",
  "set print null-stop off",
];

export function compiled(form: string): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(new URL(`${form}.elf.gz`, import.meta.url))));
}

export interface Program {
  readonly symbols: SymbolTable;
  readonly functions: FunctionTable;
  readonly frames: ReturnType<typeof elfFrames>;
}

export function programOf(file: Uint8Array): Program {
  return { symbols: elfSymbols(file), functions: elfFunctions(file, elfTypes(file)), frames: elfFrames(file) };
}

/** Frames of a machine that stands, from the innermost. */
export async function stackOf(machine: Machine, program: Program): Promise<StackFrame[]> {
  const [cpu] = machine.cpus;
  await cpu.get(["CORE", "FP"]);
  const source = {
    register: (name: string) => cpu.read(name),
    memory: async (va: bigint, size: number) =>
      (await machine.readVirtual(va, size)).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n),
  };
  return callStack(stackConvention, source, program.frames);
}

/** Scopes of each of them; null for a frame of no known function. */
export async function scopesOf(machine: Machine, program: Program): Promise<(readonly FrameScope[] | null)[]> {
  const [cpu] = machine.cpus;
  const stack = await stackOf(machine, program);
  // gdb believes that calls leave every register as it was of which nothing is said.
  const register = async (frame: StackFrame, name: string) => frame.registers.get(name) ?? cpu.read(name);
  const memory = (va: bigint, length: number) => machine.readVirtual(va, length);
  const { names, threadPointer } = stackConvention;
  const from = { names, threadPointer, register, memory };
  return Promise.all(stack.map((_, index) => frameVariables([program.functions], stack, index, from)));
}

/**
 * Without what of a frame has been lost and bears the name of something before it: gdb lists variables of inlined functions twice that
 * a compiler has put into a block.
 */
function withoutRepeats(lines: readonly string[]): string {
  let names = new Set<string>();
  const kept = lines.filter((line) => {
    if (!line.startsWith("  ")) names = new Set();
    const [name, value] = line.split(" = ");
    if (value === "<optimized out>" && names.has(name)) return false;
    names.add(name);
    return true;
  });
  return kept.join("\n");
}

/** As gdb's "bt full" prints them, without addresses and lines. */
export async function backtrace(machine: Machine, program: Program): Promise<string> {
  const lines: string[] = [];
  const text = (variable: FrameVariable) => variableText(machine, variable);
  for (const scopes of await scopesOf(machine, program)) {
    for (const { name, parameters, locals } of scopes ?? []) {
      const all: string[] = [];
      for (const each of parameters) all.push(`${each.name}=${await text(each)}`);
      lines.push(`${name} (${all.join(", ")})`);
      for (const each of locals) lines.push(`  ${each.name} = ${await text(each)}`);
    }
  }
  return withoutRepeats(lines);
}

/** What gdb has an error for: numbers of 128 bits on its stack, and operations on a number and an address (in which clang has lost one part). */
const NOT_IN_GDB: Readonly<Record<string, string>> = {
  product: String(109n * 0x1234_5678_9abc_def1n),
  bits: "{kind = 0, count = 109, rest = -4}",
};

/** The same from what gdb has printed. */
export function withoutPlaces(printed: string): string {
  // Of a function that only has a name gdb says so.
  const known = printed.replaceAll(/^#.*\nNo symbol table info available\.\n/gm, "");
  const shown = known.split("\n").filter((line) => /^#\d|^ {8}\S/.test(line) && !/No locals/.test(line));
  return withoutRepeats(
    shown.map((line) =>
      line
        .replace(/^#\d+ +(0x[0-9a-f]+ in )?/, "")
        .replace(/ at \S+:\d+$/, "")
        .replace(/^ {8}/, "  ")
        .replace(/(\w+) = <error reading variable .*>$/, (_, name: string) => `${name} = ${NOT_IN_GDB[name]}`),
    ),
  );
}

/** As gdb writes it. */
export async function variableText(machine: Machine, { type, value }: FrameVariable): Promise<string> {
  if (value.kind === "none") return "<optimized out>";
  if (value.kind === "pointer") return "<synthetic pointer>";
  if (value.kind === "memory") return gdbText(type, await machine.readVirtual(value.address, bareType(type).bytes));
  const isMissing = (at: number, length: number) =>
    value.missing.some(({ first, end }) => first < at + length && at < end);
  return gdbText(type, value.bytes, isMissing);
}

/** gdb writes "52 '4'" as the page does, but no number in two ways. */
function gdbText(
  type: DataType,
  bytes: Uint8Array,
  isMissing: (at: number, length: number) => boolean = () => false,
  at = 0,
): string {
  const bare = bareType(type);
  if (bare.kind === "structure") {
    const fields = bare.fields().map((field) => {
      if (field.bits === null) return `${field.name} = ${gdbText(field.type, bytes, isMissing, at + field.offset)}`;
      const place = { ...dataPlace("", field.type, 0n), bits: field.bits };
      const length = bytesOf(place);
      const own = bytes.subarray(at + field.offset, at + field.offset + length);
      return `${field.name} = ${isMissing(at + field.offset, length) ? "<optimized out>" : bitsOf(place, own, true)}`;
    });
    return `{${fields.join(", ")}}`;
  }
  const place = dataPlace("", type, 0n);
  const own = bytes.subarray(at, at + bare.bytes);
  if (isMissing(at, bare.bytes)) return "<optimized out>";
  if (bare.kind === "array") {
    const shown = valueText(place, own, true);
    if (shown.startsWith('"')) return shown;
    const elements = Array.from({ length: bare.count }, (_, n) =>
      gdbText(bare.of, bytes, isMissing, at + n * bare.of.bytes),
    );
    return `{${elements.join(", ")}}`;
  }
  const bits = bitsOf(place, own, true);
  if (bare.kind === "pointer") return `0x${bits.toString(16)}`;
  if (bare.kind === "enumeration") return bare.names.find((each) => each.value === bits)?.name ?? String(bits);
  if (bare.kind === "number" && bare.meaning === "unsigned") {
    return bare.bytes === 1
      ? `${bits} '${bits > 126n ? `\\${bits.toString(8)}` : String.fromCharCode(Number(bits))}'`
      : `${bits}`;
  }
  return valueText(place, own, true);
}
