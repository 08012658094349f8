/** Puts cases together to one executable for a bare machine. */

import { elfFile } from "../elf-file.ts";
import { Random } from "../random.ts";
import type { Case } from "./cases.ts";
import { harnessCode } from "./harness-code.ts";
import {
  CODE,
  CONTEXT,
  DESCRIPTOR,
  DESCRIPTORS,
  INDEX,
  MAX_CASES,
  PAGE_ORDER,
  PTES,
  SCRATCH,
  SCRATCH_BYTES,
  TABLE,
  TABLES,
  TEMPLATE,
} from "./layout.ts";
import { layOut } from "./unit.ts";
import { memoryWord } from "./values.ts";

export interface Program {
  readonly elf: Uint8Array;
  readonly cases: readonly PlacedCase[];
}

export interface PlacedCase extends Case {
  /** Address of the block. */
  readonly entry: bigint;
  readonly code: Uint8Array;
  /** Descriptor of the case: its state before the block runs. */
  readonly descriptor: BigUint64Array;
}

const EM_RISCV = 243;
const ECALL = [0x73, 0x00, 0x00, 0x00];
const PTE_V = 1n;
const PTE_U = 16n;
// V, R, X, A, D.
const CODE_LEAF = 0b11001011n;

/** The template of the scratch area is the same in all programs, so that a case can be taken out of one. */
function template(): BigUint64Array {
  const random = new Random(1);
  return BigUint64Array.from({ length: SCRATCH_BYTES / 8 }, () => memoryWord(random));
}

function pageTables(): BigUint64Array {
  const words = new BigUint64Array(TABLE.count * 512);
  const pageOf = (table: number) => (TABLES >> 12n) + BigInt(table);
  const pointer = (table: number) => (pageOf(table) << 10n) | PTE_V;
  for (const user of [0, 1]) {
    const root = (TABLE.sv39 + user) * 512;
    // 0x40000000: the scratch area by 4 KiB pages; 0x80000000: all of RAM as one page to be executed and read.
    words[root + 1] = pointer(TABLE.middle);
    words[root + 2] = ((CODE >> 12n) << 10n) | CODE_LEAF | (user ? PTE_U : 0n);
    words[(TABLE.sv48 + user) * 512] = pointer(TABLE.sv39 + user);
    words[(TABLE.sv57 + user) * 512] = pointer(TABLE.sv48 + user);
  }
  words[TABLE.middle * 512] = pointer(TABLE.leaf);
  return words;
}

function descriptorOf(given: Case, entry: bigint, end: bigint): BigUint64Array {
  const words = new BigUint64Array(DESCRIPTOR.count);
  given.x.forEach((value, i) => {
    words[DESCRIPTOR.x + i] = i === 0 ? 0n : value;
  });
  given.f.forEach((value, i) => {
    words[DESCRIPTOR.f + i] = value;
  });
  for (const name of ["fcsr", "mstatus", "satp", "menvcfg", "senvcfg", "mie", "sscratch", "sepc", "stval"] as const) {
    words[DESCRIPTOR[name]] = given[name];
  }
  for (let i = 0; i < PTES; i++) {
    const page = (SCRATCH >> 12n) + BigInt(PAGE_ORDER[i - 1] ?? 0);
    // An entry of 0 stays so; others get their page's number.
    words[DESCRIPTOR.ptes + i] = given.ptes[i] === 0n ? 0n : given.ptes[i] | (page << 10n);
  }
  words[DESCRIPTOR.entry] = entry;
  words[DESCRIPTOR.end] = end;
  return words;
}

export function buildProgram(cases: readonly Case[]): Program {
  if (cases.length > MAX_CASES) throw new RangeError(`${cases.length} cases, at most ${MAX_CASES} fit`);
  const blocks = cases.map(({ units }) => layOut(units));
  const bytes = (words: BigUint64Array) => new Uint8Array(words.buffer);
  let at = DESCRIPTORS + BigInt(cases.length * DESCRIPTOR.count * 8);
  const first = at;
  const placed = cases.map((given, i): PlacedCase => {
    const padding = given.pageOffset === undefined ? 0n : (BigInt(given.pageOffset) - at) & 4095n;
    const entry = at + padding;
    const end = entry + BigInt(blocks[i].length);
    at = end + BigInt(ECALL.length);
    return { ...given, entry, code: blocks[i], descriptor: descriptorOf(given, entry, end) };
  });
  if (at > INDEX) throw new RangeError(`the program ends at ${at.toString(16)}, above ${INDEX.toString(16)}`);
  const code = new Uint8Array(Number(at - first));
  const descriptors = new BigUint64Array(cases.length * DESCRIPTOR.count);
  placed.forEach(({ entry, code: block, descriptor }, i) => {
    const offset = Number(entry - first);
    code.set(block, offset);
    code.set(ECALL, offset + block.length);
    descriptors.set(descriptor, i * DESCRIPTOR.count);
  });
  const harness = harnessCode(cases.length);
  if (CODE + BigInt(harness.length) > CONTEXT) throw new RangeError("the harness overlaps its context");
  const elf = elfFile(EM_RISCV, CODE, [
    { address: CODE, bytes: harness },
    { address: TABLES, bytes: bytes(pageTables()) },
    { address: TEMPLATE, bytes: bytes(template()) },
    { address: DESCRIPTORS, bytes: bytes(descriptors) },
    { address: first, bytes: code },
  ]);
  return { elf, cases: placed };
}
