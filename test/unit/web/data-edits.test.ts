/** Edits of a program's data: in memory, with bit fields among their neighbours, and in what holds a variable, part by part. */
import { expect, test } from "vitest";
import type { DataType } from "../../../src/debug/data-types.ts";
import { dataPlace } from "../../../src/debug/data-values.ts";
import { editData, fieldText, fixedBecause } from "../../../web/model/data-edits.ts";
import { GuestMemory } from "../../../web/model/guest-memory.ts";
import { type HeldBytes, type PlaceSource, readRow } from "../../../web/model/typed-memory.ts";

const u32: DataType = { kind: "number", name: "u32", bytes: 4, meaning: "unsigned" };
const i16: DataType = { kind: "number", name: "i16", bytes: 2, meaning: "signed" };

/** One page of memory from 0 on. */
function memoryOf(bytes: Uint8Array) {
  const memory = new GuestMemory();
  const read = async (at: bigint, length: number) => {
    if (at > 0n) throw new Error("no memory");
    return bytes.slice(Number(at), Number(at) + length);
  };
  const write = async (at: bigint, values: Uint8Array) => bytes.set(values, Number(at));
  memory.attach({ readMemory: read, writeMemory: write, readVirtual: read, writeVirtual: write });
  return memory;
}

test("memory: a number, and a bit field whose neighbours stay", async () => {
  const bytes = new Uint8Array(4096).fill(0xaa, 0, 16);
  const memory = memoryOf(bytes);
  const edit = async (type: DataType, address: bigint, bits: { shift: number; width: number } | null, text: string) => {
    const row = await readRow(memory, { ...dataPlace("x", type, address), bits }, "virtual", true);
    return [fieldText(row), await editData(memory, row, "virtual", true, text)];
  };
  expect(await edit(u32, 4n, null, "0x12345678")).toEqual(["2863311530", null]);
  expect([...bytes.subarray(3, 9)]).toEqual([0xaa, 0x78, 0x56, 0x34, 0x12, 0xaa]);
  expect(await edit(u32, 8n, { shift: 3, width: 7 }, "127")).toEqual(["85", null]);
  expect([...bytes.subarray(8, 11)]).toEqual([0xfa, 0xab, 0xaa]);
  expect(await edit(i16, 0n, null, "-2")).toEqual(["-21846", null]);
  expect([...bytes.subarray(0, 3)]).toEqual([0xfe, 0xff, 0xaa]);
  expect(await edit(i16, 0n, null, "32768")).toEqual(["-2", "Expected a number from -32768 to 32767."]);
  expect((await readRow(memory, dataPlace("x", u32, 8192n), "virtual", true)).value).toBe(null);
});

test("what holds a variable: all of a number, a part of it, and what cannot be changed", async () => {
  const written: unknown[] = [];
  const part = (name: string, first: number, end: number): HeldBytes["parts"][number] => ({
    first,
    end,
    write: async (offset, bytes, number) => {
      written.push([name, offset, [...bytes], number]);
      return name === "stubborn" ? "It is locked." : null;
    },
  });
  const held = (...parts: HeldBytes["parts"]): HeldBytes => ({
    bytes: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    missing: [],
    where: "",
    parts,
  });
  const memory = memoryOf(new Uint8Array(4096));
  const edit = async (source: PlaceSource, type: DataType, at: bigint, text: string) => {
    const row = await readRow(memory, dataPlace("x", type, at), source, true);
    return editData(memory, row, source, true, text);
  };
  // The whole register is that number's; a structure's fields share one; a number may lie in two.
  expect(await edit(held(part("a", 0, 4), part("b", 4, 8)), u32, 4n, "9")).toBe(null);
  expect(await edit(held(part("a", 0, 8)), i16, 6n, "-1")).toBe(null);
  expect(await edit(held(part("a", 0, 3), part("b", 3, 8)), u32, 1n, "0x04030201")).toBe(null);
  expect(written.splice(0)).toEqual([
    ["b", 0, [9, 0, 0, 0], { isSigned: false }],
    ["a", 6, [0xff, 0xff], null],
    ["a", 1, [1, 2], null],
    ["b", 0, [3, 4], null],
  ]);
  expect(await edit(held(part("stubborn", 0, 8)), i16, 0n, "1")).toBe("It is locked.");
  const why = "Nothing holds it.";
  const half = held(part("a", 0, 2), { first: 2, end: 8, write: why });
  expect(await edit(half, i16, 0n, "1")).toBe(null);
  expect(written.splice(0)).toHaveLength(2);
  // Nothing is changed if a part cannot be.
  expect(await edit(half, u32, 0n, "1")).toBe(why);
  expect(written).toEqual([]);
  const row = await readRow(memory, dataPlace("x", u32, 0n), half, true);
  expect(fixedBecause(row, half)).toBe(why);
});
