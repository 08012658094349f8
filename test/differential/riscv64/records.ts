/** Reads what programs have written down, finds differences and puts them into words. */

import { disassemble } from "../../../src/debug/disassembler.ts";
import { INSTRUCTION_SET } from "../../../src/spec/riscv64/instruction-set.ts";
import { FLOAT_NAMES, INTEGER_NAMES } from "../../../src/spec/riscv64/registers.ts";
import { DESCRIPTOR, END, INDEX, SCRATCH, STATE } from "./layout.ts";
import type { PlacedCase } from "./program.ts";

const hex = (value: bigint | undefined): string => (value === undefined ? "nothing" : `0x${value.toString(16)}`);

/** Doublewords of the record of each case. */
export function recordsOf(words: BigUint64Array, cases: number): BigUint64Array[] {
  const start = (i: number) => (i < cases ? Number(words[i] - INDEX) / 8 : words.length);
  return Array.from({ length: cases }, (_, i) => words.subarray(start(i), start(i + 1)));
}

interface Outcome {
  readonly traps: readonly string[];
  readonly state: BigUint64Array;
  /** Changed doublewords of the scratch area. */
  readonly memory: ReadonlyMap<bigint, bigint>;
}

export function trapEndOf(record: BigUint64Array): number {
  return record.findIndex((word, i) => i % 3 === 0 && word === END);
}

export function parse(record: BigUint64Array): Outcome {
  const trapEnd = trapEndOf(record);
  const traps: string[] = [];
  for (let at = 0; at < trapEnd; at += 3) {
    traps.push(`cause ${record[at]} at ${hex(record[at + 1])}, tval ${hex(record[at + 2])}`);
  }
  const memoryStart = trapEnd + 1 + STATE.length;
  const memory = new Map<bigint, bigint>();
  for (let at = memoryStart; at + 1 < record.length; at += 2) memory.set(record[at], record[at + 1]);
  return { traps, state: record.subarray(trapEnd + 1, memoryStart), memory };
}

function nameOf(state: string): string {
  const [, kind, number] = /^([xf])(\d+)$/.exec(state) ?? [];
  if (kind === undefined) return state;
  return `${state} (${(kind === "x" ? INTEGER_NAMES : FLOAT_NAMES)[Number(number)]})`;
}

// mstatus.FS and SD: QEMU does not set them for all instructions that raise flags.
const FS_SD = (3n << 13n) | (1n << 63n);
const MSTATUS = STATE.indexOf("mstatus");
const FLOAT = [STATE.indexOf("f0"), STATE.indexOf("fcsr") + 1] as const;

/** The record without what may differ: FS and SD of mstatus. */
export function comparable(record: BigUint64Array): BigUint64Array {
  const copy = record.slice();
  const at = trapEndOf(copy) + 1 + MSTATUS;
  if (at < copy.length) copy[at] &= ~FS_SD;
  return copy;
}

/** What mstatus.FS must be at the end of a case: Dirty if the floating-point state has changed. */
function statusFault(record: BigUint64Array, { descriptor }: PlacedCase): string[] {
  const { state } = parse(record);
  const changed = state.subarray(...FLOAT).some((value, i) => value !== descriptor[DESCRIPTOR.f + i]);
  const dirty = (state[MSTATUS] & FS_SD) === FS_SD;
  const off = (descriptor[DESCRIPTOR.mstatus] & FS_SD) === 0n;
  if (off && changed) return ["mstatus.FS is Off, yet floating-point registers have changed"];
  return !off && changed && !dirty
    ? [`mstatus ${hex(state[MSTATUS])}: FS is not Dirty, yet registers have changed`]
    : [];
}

/** What differs, one line each; empty for equal records. */
function differences(ours: BigUint64Array, theirs: BigUint64Array): string[] {
  if (ours.length === theirs.length && ours.every((word, i) => word === theirs[i])) return [];
  const [a, b] = [parse(ours), parse(theirs)];
  const lines: string[] = [];
  for (let i = 0; i < Math.max(a.traps.length, b.traps.length); i++) {
    if (a.traps[i] !== b.traps[i])
      lines.push(`trap ${i}: Vitrine ${a.traps[i] ?? "none"}; QEMU ${b.traps[i] ?? "none"}`);
  }
  STATE.forEach((name, i) => {
    if (a.state[i] !== b.state[i]) lines.push(`${nameOf(name)}: Vitrine ${hex(a.state[i])}; QEMU ${hex(b.state[i])}`);
  });
  for (const index of new Set([...a.memory.keys(), ...b.memory.keys()])) {
    const [x, y] = [a.memory.get(index), b.memory.get(index)];
    const was = (value: bigint | undefined) => (value === undefined ? "unchanged" : hex(value));
    if (x !== y) lines.push(`memory ${hex(SCRATCH + index * 8n)}: Vitrine ${was(x)}; QEMU ${was(y)}`);
  }
  return lines;
}

/** What is wrong with a record of Vitrine's, given QEMU's: differences, and a wrong mstatus.FS. */
export function faultsOf(ours: BigUint64Array, theirs: BigUint64Array, placed: PlacedCase): string[] {
  return [...differences(comparable(ours), comparable(theirs)), ...statusFault(ours, placed)];
}

/** The block in assembler, and the registers that it reads. */
export function listing({ code, entry, descriptor, setting, units }: PlacedCase): string {
  const lines = [setting];
  const used = new Set<string>();
  const dropped = new Set<number>();
  let at = 0;
  for (const insn of units.flat()) {
    if (insn.dropped) dropped.add(at);
    at += insn.bytes;
  }
  for (at = 0; at < code.length; ) {
    const { length, text } = disassemble(code.subarray(at), entry + BigInt(at), INSTRUCTION_SET);
    const bytes = [...code.subarray(at, at + length)].reverse();
    if (!dropped.has(at)) {
      const word = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
      lines.push(`  ${(entry + BigInt(at)).toString(16)}: ${word.padStart(8)}  ${text}`);
      for (const name of text.match(/\b[a-z]+\d*\b/g) ?? []) used.add(name);
    }
    at += length;
  }
  INTEGER_NAMES.forEach((name, i) => {
    if (used.has(name)) lines.push(`  ${name} = ${hex(descriptor[DESCRIPTOR.x + i])}`);
  });
  FLOAT_NAMES.forEach((name, i) => {
    if (used.has(name)) lines.push(`  ${name} = ${hex(descriptor[DESCRIPTOR.f + i])}`);
  });
  for (const name of ["fcsr", "mstatus", "satp", "menvcfg"] as const)
    lines.push(`  ${name} = ${hex(descriptor[DESCRIPTOR[name]])}`);
  const ptes = [...descriptor.subarray(DESCRIPTOR.ptes, DESCRIPTOR.entry)].map(hex);
  lines.push(`  ptes = ${ptes.join(" ")}`);
  return lines.join("\n");
}
