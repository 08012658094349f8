/** Cells of memory as text and back, patterns to search for, and the search itself. */
import { expect, test } from "vitest";
import {
  bytesOfBits,
  CELL_TYPES,
  type CellType,
  cellBits,
  cellText,
  parseCell,
} from "../../../web/model/cell-types.ts";
import { GuestMemory } from "../../../web/model/guest-memory.ts";
import { findBytes, parsePattern } from "../../../web/model/memory-search.ts";

const type = (name: string) => CELL_TYPES.find((each) => each.name === name) as CellType;

test.each([
  ["u8", "ff", 0xffn, "ff"],
  ["u16", "0x7f", 0x7fn, "007f"],
  ["u32", "-1", 0xffff_ffffn, "ffffffff"],
  ["u64", "dead_beef", 0xdead_beefn, "00000000deadbeef"],
  ["i8", "-128", 0x80n, "-128"],
  ["i64", "-5", 0xffff_ffff_ffff_fffbn, "-5"],
  ["f32", "0.1", 0x3dcc_cccdn, "0.100000001"],
  ["f64", "-2e10", 0xc212_a05f_2000_0000n, "-20000000000"],
  ["f64", "NaN", 0x7ff8_0000_0000_0000n, "NaN"],
])("%s %s", (name, text, bits, shown) => {
  expect(parseCell(text, type(name))).toEqual({ kind: "bits", bits });
  expect(cellText(bits, type(name))).toBe(shown);
});

test.each([
  ["u8", "100", "Expected a value of 8 bits."],
  ["u8", "xyz", "Expected hexadecimal digits such as 7f."],
  ["i8", "128", "Expected a value of 8 bits."],
  ["i16", "", "Expected a number such as -5."],
  ["f64", "one", "Expected a number such as 1.5, -2e10, Infinity or NaN."],
])("no %s: %s", (name, text, sentence) => {
  expect(parseCell(text, type(name))).toEqual({ kind: "error", text: sentence });
});

test("bytes of either order", () => {
  expect([...bytesOfBits(0x1234n, 2, "little")]).toEqual([0x34, 0x12]);
  expect([...bytesOfBits(0x1234n, 2, "big")]).toEqual([0x12, 0x34]);
  expect(cellBits(Uint8Array.of(0, 0x34, 0x12), 1, 2, "little")).toBe(0x1234n);
  expect(cellBits(Uint8Array.of(0, 0x34, 0x12), 1, 2, "big")).toBe(0x3412n);
});

test("patterns", () => {
  expect(parsePattern('"hé"')).toEqual({ kind: "bytes", bytes: Uint8Array.of(0x68, 0xc3, 0xa9) });
  expect(parsePattern("de AD 01")).toEqual({ kind: "bytes", bytes: Uint8Array.of(0xde, 0xad, 1) });
  for (const text of ["", "d", "xy", '"']) expect(parsePattern(text)).toMatchObject({ kind: "error" });
});

test("the search crosses pieces and pages, skips holes, goes through ranges in order, and can be ended", async () => {
  const memory = new GuestMemory();
  const read = async (address: bigint, length: number) => {
    if (address === 0x3000n) throw new RangeError("nothing there");
    const bytes = new Uint8Array(length);
    // Across the end of the first piece of 64 KiB, and once in a range of its own.
    for (const place of [0x10ffen, 0x80_0000n]) {
      for (let n = 0n; n < 4n; n++) {
        if (place + n >= address && place + n < address + BigInt(length))
          bytes[Number(place + n - address)] = 0xa0 + Number(n);
      }
    }
    return bytes;
  };
  memory.attach({ readMemory: read, readVirtual: read, writeMemory: async () => {}, writeVirtual: async () => {} });
  const pattern = Uint8Array.of(0xa0, 0xa1, 0xa2, 0xa3);
  const search = (first: bigint, end: bigint, isCurrent = () => true) =>
    findBytes(memory, pattern, [{ first, end }], "virtual", isCurrent);
  expect(await search(0x1000n, 0x20000n)).toBe(0x10ffen);
  expect(await search(0x10fffn, 0x20000n)).toBeNull();
  expect(await search(0x1000n, 0x20000n, () => false)).toBeNull();
  // Zeros in a hole are no zeros.
  expect(
    await findBytes(memory, new Uint8Array(4096), [{ first: 0x2800n, end: 0x3800n }], "virtual", () => true),
  ).toBeNull();
  expect(
    await findBytes(
      memory,
      pattern,
      [
        { first: 0x80_0000n, end: 0x80_1000n },
        { first: 0n, end: 0x20000n },
      ],
      "virtual",
      () => true,
    ),
  ).toBe(0x80_0000n);
});
