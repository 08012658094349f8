/** Instructions of a window of memory: where they begin, holes, labels, arrows. */
import { expect, test } from "vitest";
import { INSTRUCTION_SET } from "../../../src/spec/riscv64/instruction-set.ts";
import { arrowsOf, type Line, linesIn } from "../../../web/model/disassembly.ts";
import { GuestMemory, type MemoryPart } from "../../../web/model/guest-memory.ts";
import { SymbolTable } from "../../../src/debug/symbols.ts";
import { symbolsBetween } from "../../../web/model/symbol-model.ts";

const BASE = 0x8000_0000n;
/** lui a5, 0x200c · c.nop · bltu a5, a4, back to the lui · c.jr ra */
const CODE = [0xb7, 0xc7, 0x00, 0x02, 0x01, 0x00, 0xe3, 0xed, 0xe7, 0xfe, 0x82, 0x80];

function part(bytes: readonly number[], holes: MemoryPart["holes"] = []): MemoryPart {
  return { first: BASE, bytes: Uint8Array.from(bytes), holes };
}

const texts = (lines: readonly Line[]) => lines.map(({ address, insn }) => `${address - BASE} ${insn?.text}`);

test("instructions of both lengths follow each other", () => {
  expect(texts(linesIn(part(CODE), BASE, INSTRUCTION_SET, null))).toEqual([
    "0 lui a5, 0x200c",
    "4 c.nop",
    "6 bltu a5, a4, 0x80000000",
    "10 c.jr ra",
  ]);
});

test("a window that begins in the middle of an instruction finds the start that leads to the address asked for", () => {
  // Read from offset 0, an instruction of four bytes ends at 4, and the next would go on to 8.
  const shifted = [0x93, 0x00, 0xb7, 0xc7, 0x03, 0x02, 0x01, 0x00];
  expect(texts(linesIn(part(shifted), BASE + 6n, INSTRUCTION_SET, null))).toEqual(["2 lui a5, 0x203c", "6 c.nop"]);
});

test("asked for the second half of an instruction, that half is decoded, and what runs into it is unknown", () => {
  const lines = linesIn(part(CODE.slice(0, 6)), BASE + 2n, INSTRUCTION_SET, null);
  expect(lines.map(({ address, bytes }) => [address - BASE, bytes.length])).toEqual([
    [0n, 2],
    [2n, 2],
    [4n, 2],
  ]);
  expect(lines[0]?.insn?.mnemonic).toBe("<unknown>");
});

test("functions begin lines, and give them labels and targets names", () => {
  const symbols = new SymbolTable([
    { name: "wait", address: BASE, size: 10, kind: "function" },
    { name: "leave", address: BASE + 10n, size: 2, kind: "function" },
  ]);
  const lines = linesIn(part(CODE), BASE, INSTRUCTION_SET, symbols);
  expect(lines.map(({ label, target }) => [label, target])).toEqual([
    ["wait", undefined],
    [undefined, undefined],
    [undefined, "wait"],
    ["leave", undefined],
  ]);
});

test("memory that cannot be read is one line that says why", () => {
  const lines = linesIn(
    part([...CODE, 0, 0, 0, 0], [{ start: 12, end: 16, why: "no RAM" }]),
    BASE,
    INSTRUCTION_SET,
    null,
  );
  expect(lines.at(-1)).toMatchObject({ address: BASE + 12n, insn: null, why: "no RAM" });
});

test("arrows: short ones in the nearest lane, those that overlap in the next, too long ones not at all", () => {
  const line = (n: number, target?: number): Line => ({
    address: BigInt(n),
    bytes: new Uint8Array(1),
    insn: {
      length: 1,
      mnemonic: "b",
      operands: "",
      text: "b",
      ...(target !== undefined && { target: BigInt(target) }),
    },
  });
  const lines = [line(0, 4), line(1, 2), line(2), line(3, 9), line(4)];
  expect(arrowsOf(lines, 2, 60)).toEqual([
    { from: 1, to: 2, lane: 0 },
    { from: 0, to: 4, lane: 1 },
  ]);
  expect(arrowsOf(lines, 2, 3)).toEqual([{ from: 1, to: 2, lane: 0 }]);
});

test("symbols of a range of addresses", () => {
  const table = new SymbolTable([
    { name: "b", address: 0x200n, size: 0, kind: "other" },
    { name: "a", address: 0x100n, size: 0x10, kind: "function" },
    { name: "c", address: 0x300n, size: 8, kind: "object" },
  ]);
  const names = (first: bigint, end: bigint) => symbolsBetween(table, first, end).map(({ name }) => name);
  expect([names(0x100n, 0x200n), names(0x101n, 0x301n), names(0x301n, 0x400n)]).toEqual([["a"], ["b", "c"], []]);
});

test("memory is read once a page until it is forgotten; a page that cannot be read is a hole", async () => {
  const memory = new GuestMemory();
  const asked: bigint[] = [];
  const read = async (address: bigint, length: number) => {
    asked.push(address);
    if (address === 0x2000n) throw new RangeError("nothing at 0x2000");
    return new Uint8Array(length).fill(Number(address >> 12n));
  };
  memory.attach({ readMemory: read, readVirtual: read, writeMemory: async () => {}, writeVirtual: async () => {} });
  const across = await memory.read(0x1ffen, 4, "virtual");
  expect([...across.bytes]).toEqual([1, 1, 0, 0]);
  expect(across.holes).toEqual([{ start: 2, end: 4, why: "nothing at 0x2000" }]);
  await memory.read(0x1000n, 16, "virtual");
  expect(asked).toEqual([0x1000n, 0x2000n]);
  expect(await memory.write(0x1000n, new Uint8Array(1), "virtual")).toBeNull();
  await memory.read(0x1000n, 16, "virtual");
  expect(asked).toEqual([0x1000n, 0x2000n, 0x1000n]);
});
