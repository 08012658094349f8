// The table of instructions: complete, unambiguous, and encoded as recorded from LLVM 19 (test/peers/llvm-riscv64.test.ts).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { disassemble } from "../../../src/debug/disassembler.ts";
import { checkTable, extractField, insertField } from "../../../src/spec/instruction-table.ts";
import { INSTRUCTION_SET } from "../../../src/spec/riscv64/instruction-set.ts";
import { INSTRUCTIONS } from "../../../src/spec/riscv64/instructions.ts";
import { bytesOf, expandInsn, isReserved, isRowOf, ROWS, randomWords } from "./encodings.ts";

const recorded = (file: string): string[][] =>
  readFileSync(join(import.meta.dirname, "recorded", file), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" "));

const rowOf = (insn: number, bits: number) => ROWS.find((row) => row.encoding.bits === bits && isRowOf(row, insn));

test("finds nothing wrong with the table", () => {
  expect(checkTable(INSTRUCTIONS)).toEqual([]);
});

test("every field of every row gives back what was put in", () => {
  const next = randomWords(4);
  for (const { name, encoding } of ROWS) {
    for (const field of encoding.fields.keys()) {
      const insn = (encoding.match | (next() & ~encoding.mask & (encoding.bits === 16 ? 0xffff : -1))) >>> 0;
      const value = extractField(encoding, field, next());
      expect(extractField(encoding, field, insertField(encoding, field, insn, value)), `${name} ${field}`).toBe(value);
    }
  }
});
test("are all there, by extension", () => {
  const count: Record<string, number> = {};
  for (const { ext } of INSTRUCTIONS) count[ext] = (count[ext] ?? 0) + 1;
  expect(count).toEqual({
    I: 52 + 1, // fence.tso counts as one
    M: 13,
    A: 22,
    F: 30,
    D: 32,
    Zicsr: 6,
    Zifencei: 1,
    Zihintpause: 1,
    Zicond: 2,
    Zba: 8,
    Zbb: 24,
    Zbc: 3,
    Zbs: 8,
    Zicbom: 3,
    Zicboz: 1,
    Zicbop: 3,
    Zfhmin: 8,
    Zawrs: 2,
    Svinval: 3,
    S: 2,
    "M-mode": 2,
    Zca: 36,
    Zcd: 4,
    Zcb: 12,
  });
});

test("recorded from llvm-objdump 19: every row has encodings, and each decodes and prints alike", () => {
  const lines = recorded("disassembly.txt");
  const seen = new Set<string>();
  for (const [address, insnHex, ...words] of lines) {
    const bits = insnHex.length * 4;
    const insn = Number.parseInt(insnHex, 16);
    const text = words.join(" ");
    const ours = disassemble(Uint8Array.from(bytesOf(insn, bits)), BigInt(`0x${address}`), INSTRUCTION_SET);
    expect(ours.text, insnHex).toBe(text);
    expect(ours.length * 8, insnHex).toBe(bits);
    const name = words[0].replace(/\.(aq|rl|aqrl)$/, "");
    if (name !== "<unknown>" && name !== "c.unimp") {
      expect(rowOf(insn, bits)?.name, insnHex).toBe(name);
      seen.add(name);
    }
  }
  expect(INSTRUCTIONS.map(({ name }) => name).filter((name) => !seen.has(name))).toEqual([]);
});

test("expand as recorded from LLVM 19", () => {
  const seen = new Set<string>();
  for (const [shortHex, longHex, name] of recorded("expansions.txt")) {
    const insn = Number.parseInt(shortHex, 16);
    const found = rowOf(insn, 16);
    expect(found?.name, shortHex).toBe(name);
    if (found !== undefined) expect(expandInsn(found, insn).toString(16).padStart(8, "0"), shortHex).toBe(longHex);
    seen.add(name);
  }
  const short = ROWS.filter(({ encoding }) => encoding.bits === 16).map(({ name }) => name);
  expect(short.filter((name) => !seen.has(name))).toEqual([]);
});

test("reserved encodings are illegal", () => {
  const reserved = (name: string, insn: number) => {
    const found = ROWS.find((r) => r.name === name);
    return found !== undefined && isRowOf(found, insn) && isReserved(found, insn);
  };
  expect(reserved("c.addi4spn", 0x0000)).toBe(true);
  expect(reserved("c.jr", 0x8002)).toBe(true);
  expect(reserved("c.lui", 0x6081)).toBe(true);
  expect(reserved("c.addi16sp", 0x6101)).toBe(true);
  expect(reserved("c.lwsp", 0x4002)).toBe(true);
  expect(reserved("c.addiw", 0x2001)).toBe(true);
  // fadd.s with rm 4, 5, 6, 7
  expect([4, 5, 6, 7].map((rm) => reserved("fadd.s", 0x00000053 | (rm << 12)))).toEqual([false, true, true, false]);
});
