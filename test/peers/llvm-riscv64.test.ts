// The instruction table against LLVM 19 itself. With VITRINE_RECORD=1 it also rewrites test/spec/riscv64/recorded, from
// which the tests in test/spec/riscv64 do without LLVM.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { disassemble } from "../../src/debug/disassembler.ts";
import { CSRS } from "../../src/spec/riscv64/csrs.ts";
import { INSTRUCTION_SET } from "../../src/spec/riscv64/instruction-set.ts";
import { bytesOf, encodingsOf, expandInsn, isReserved, isRowOf, ROWS, randomWords } from "../spec/riscv64/encodings.ts";
import { llvmCsrNumbers, llvmDisassemble } from "../spec/riscv64/llvm.ts";

const hex = (value: number, bits: number): string => value.toString(16).padStart(bits / 4, "0");

/** Compares with the recorded file, or writes it. */
function record(file: string, lines: readonly string[]): void {
  const path = join(import.meta.dirname, "../spec/riscv64/recorded", file);
  const text = `${lines.join("\n")}\n`;
  if (process.env.VITRINE_RECORD === "1") writeFileSync(path, text);
  else expect(readFileSync(path, "utf8"), "VITRINE_RECORD=1 writes it anew").toBe(text);
}

interface Insn {
  readonly insn: number;
  readonly bits: number;
}

/** Lays instructions one after another from address 0, and calls back for those where LLVM begins one too. */
function compare(insns: readonly Insn[], check: (insn: Insn, pc: number, llvm: string, ours: string) => void): void {
  const code = Uint8Array.from(insns.flatMap(({ insn, bits }) => bytesOf(insn, bits)));
  const llvm = llvmDisassemble(code, false);
  let pc = 0;
  for (const insn of insns) {
    const { text, length } = disassemble(code.subarray(pc), BigInt(pc), INSTRUCTION_SET);
    expect(length * 8, hex(insn.insn, insn.bits)).toBe(insn.bits);
    const theirs = llvm.get(pc);
    if (theirs === undefined) throw new Error(`LLVM has no instruction at ${pc}, ${hex(insn.insn, insn.bits)}`);
    check(insn, pc, theirs, text);
    pc += length;
  }
}

/** Where the manual, or plain sense, is against what LLVM 19 prints. */
function expected({ insn, bits }: Insn, llvm: string): string {
  // The no-aliases form of a hint that has a name of its own.
  if (insn === 0x0100000f) return "pause";
  if (bits === 16 && (insn & 0xe003) === 0x6001 && (insn & 0x0f80) !== 0x0100) {
    // c.lui with imm=0 is reserved, also with rd=x0, and its immediate is 20 bits of lui's also where it is a hint.
    const imm = ((insn >> 2) & 0x1f) | ((insn >> 7) & 0x20);
    if (imm === 0) return "<unknown>";
    if ((insn & 0x0f80) === 0) return `c.lui zero, 0x${((imm ^ 0x20) - 0x20 < 0 ? 0xfffc0 + imm : imm).toString(16)}`;
  }
  return llvm;
}

test("every 16-bit encoding disassembles as by llvm-objdump", () => {
  const insns = Array.from({ length: 0x10000 }, (_, insn) => ({ insn, bits: 16 })).filter(
    ({ insn }) => (insn & 3) !== 3,
  );
  let seen = 0;
  compare(insns, (insn, _, llvm, ours) => {
    seen++;
    expect(ours, hex(insn.insn, 16)).toBe(expected(insn, llvm));
  });
  expect(seen).toBe(0xc000);
});

test("32-bit encodings of every row, and random words, disassemble as by llvm-objdump", () => {
  const next = randomWords(2);
  const insns = ROWS.filter((row) => row.encoding.bits === 32).flatMap((row) =>
    encodingsOf(row, 60, next).map((insn) => ({ insn, bits: 32 })),
  );
  for (let i = 0; i < 100_000; i++) {
    const insn = (next() | 3) >>> 0;
    // 48 bits and more begin with 11111: LLVM skips as many bytes, here they are illegal instructions of 32 bits.
    if ((insn & 0x1f) !== 0x1f) insns.push({ insn, bits: 32 });
  }
  compare(insns, (insn, _, llvm, ours) => expect(ours, hex(insn.insn, 32)).toBe(expected(insn, llvm)));
});

test("the bundled kernel's code disassembles as by llvm-objdump", () => {
  const folder = join(import.meta.dirname, "../../public/guests/linux");
  const image = gunzipSync(readFileSync(join(folder, "Image.gz")));
  const symbols = gunzipSync(readFileSync(join(folder, "vmlinux.symbols.gz"))).toString();
  const offset = (name: string) =>
    Number(BigInt(`0x${new RegExp(`^([0-9a-f]+) \\S ${name}$`, "m").exec(symbols)![1]}`) & 0xfff_ffffn);
  const different: string[] = [];
  let compared = 0;
  for (const [from, to] of [
    ["_stext", "_etext"],
    ["_sinittext", "_einittext"],
  ] as const) {
    const code = image.subarray(offset(from), offset(to));
    const llvm = llvmDisassemble(code, false);
    for (let pc = 0; pc < code.length; ) {
      const { text, length } = disassemble(code.subarray(pc), BigInt(pc), INSTRUCTION_SET);
      const insn = length === 2 ? code.readUInt16LE(pc) : code.readUInt32LE(pc);
      const theirs = expected({ insn, bits: 8 * length }, llvm.get(pc) ?? "nothing");
      if (text !== theirs) different.push(`${from}+0x${pc.toString(16)}: ${text} / ${theirs}`);
      compared++;
      pc += length;
    }
  }
  expect(different).toEqual([]);
  expect(compared).toBeGreaterThan(1_500_000);
});

test("the recorded encodings are up to date", () => {
  const next = randomWords(1);
  const insns = ROWS.flatMap((row) => encodingsOf(row, 4, next).map((insn) => ({ insn, bits: row.encoding.bits })));
  insns.push({ insn: 0, bits: 16 });
  const lines: string[] = [];
  compare(insns, (insn, pc, llvm, ours) => {
    expect(ours).toBe(expected(insn, llvm));
    lines.push(`${pc.toString(16)} ${hex(insn.insn, insn.bits)} ${expected(insn, llvm)}`);
  });
  record("disassembly.txt", lines);
});

test("every compressed instruction expands to one that llvm-objdump prints alike", () => {
  const next = randomWords(3);
  const lines: string[] = [];
  const slots: { name: string; insn: number; expanded: number }[] = [];
  for (const row of ROWS.filter((r) => r.encoding.bits === 16)) {
    for (let insn = 0; insn < 0x10000; insn++) {
      if (isRowOf(row, insn) && !isReserved(row, insn))
        slots.push({ name: row.name, insn, expanded: expandInsn(row, insn) });
    }
    for (const insn of encodingsOf(row, 4, next)) {
      if (!isReserved(row, insn)) lines.push(`${hex(insn, 16)} ${hex(expandInsn(row, insn), 32)} ${row.name}`);
    }
  }
  const nop = bytesOf(0x0001, 16);
  const short = llvmDisassemble(Uint8Array.from(slots.flatMap(({ insn }) => [...bytesOf(insn, 16), ...nop])), true);
  const long = llvmDisassemble(Uint8Array.from(slots.flatMap(({ expanded }) => bytesOf(expanded, 32))), true);
  const different = new Map<string, string>();
  slots.forEach(({ name, insn }, i) => {
    const [a = "", b = ""] = [short.get(4 * i), long.get(4 * i)];
    if (a !== b && !isSameInWords(name, a, b)) different.set(name, `${hex(insn, 16)}: ${a} / ${b}`);
  });
  expect(different).toEqual(new Map());
  record("expansions.txt", lines);
});

/** Where LLVM writes the compressed and the full instruction differently though they do the same. */
function isSameInWords(name: string, short: string, long: string): boolean {
  // Hints, which it does not expand: the full instruction must change nothing.
  if (short.startsWith("c.")) return /^nop$|^\S+ zero, |^(mv|slli|srli|srai) (\w+), \2(, 0x0)?$/.test(long);
  // The manual expands c.mv to add, LLVM to addi.
  return name === "c.mv" && short === long.replace(/^add (\w+), zero, /, "mv $1, ");
}

test("the assembler knows the CSRs by the same numbers", () => {
  const numbers = llvmCsrNumbers(CSRS.map(({ name }) => name));
  const lines = CSRS.flatMap(({ name, number }, i) => {
    // LLVM 19 has no name for tinfo.
    if (name === "tinfo") expect(numbers[i]).toBeUndefined();
    else expect(`${name} ${numbers[i]}`).toBe(`${name} ${number}`);
    return numbers[i] === undefined ? [] : [`${hex(numbers[i], 12)} ${name}`];
  });
  record("csr-numbers.txt", lines);
});
