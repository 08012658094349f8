/** Cells of memory as text and back, patterns to search for, and the search itself. */
import { expect, test } from "vitest";
import {
  bytesOfBits,
  CELL_TYPES,
  type CellType,
  cellBits,
  cellText,
  parseBytes,
  parseCell,
} from "../../../web/model/cell-types.ts";
import { GuestMemory } from "../../../web/model/guest-memory.ts";
import { findBytes, parsePattern, valuePattern } from "../../../web/model/memory-search.ts";

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

test.each([
  ["u64", 0x8000_0210n, "unsigned", "10 02 00 80 00 00 00 00"],
  ["u16", BigInt.asUintN(64, -2n), "signed", "fe ff"],
  ["u8", 0xffn, "signed", "ff"],
  ["f32", 0x3ff8_0000_0000_0000n, "float", "00 00 c0 3f"],
  ["f64", 3n, "signed", "00 00 00 00 00 00 08 40"],
] as const)("a value to search for as %s", (name, value, meant, bytes) => {
  const pattern = valuePattern({ value, type: meant, text: "" }, type(name), "little");
  expect(pattern).toEqual(parsePattern(bytes));
});

test("a value that its type does not hold is refused", () => {
  expect(valuePattern({ value: 0x1_0000n, type: "unsigned", text: "" }, type("u16"), "little")).toEqual({
    kind: "error",
    text: "65536 does not fit u16: choose a wider type of cells, such as u64.",
  });
  expect(valuePattern({ value: 0n, type: "float", text: "" }, type("u8"), "little")).toEqual({
    kind: "error",
    text: "Expected an integer: the type of cells is u8.",
  });
});

test("a string: letters of cells, and a text with escapes as bytes", () => {
  expect([0x41n, 0n, 10n, 0x5cn, 0x80n].map((bits) => cellText(bits, type("string")))).toEqual([
    ..."A",
    "\\0",
    "\\n",
    "\\",
    "·",
  ]);
  expect(parseBytes("hé\\n\\\\n\\0", type("string"), "little")).toEqual({
    kind: "bytes",
    bytes: Uint8Array.of(0x68, 0xc3, 0xa9, 10, 0x5c, 0x6e, 0),
  });
  expect(parseBytes("a\\x", type("string"), "little")).toEqual({
    kind: "error",
    text: "Expected \\n, \\t, \\r, \\0 or \\\\ at character 2.",
  });
  expect(parseBytes("1234", type("u16"), "big")).toEqual({ kind: "bytes", bytes: Uint8Array.of(0x12, 0x34) });
});

test("the search crosses pieces and pages, skips holes, goes through ranges in order, and can be ended", async () => {
  const memory = new GuestMemory();
  const read = async (address: bigint, length: number) => {
    if (address < 0x4000n && address + BigInt(length) > 0x3000n) throw new RangeError("nothing there");
    const bytes = new Uint8Array(length);
    // Across the end of a piece of 1 MiB, and once in a range of its own.
    for (const place of [0x10_1ffen, 0x80_0000n]) {
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
  expect(await search(0x2000n, 0x20_0000n)).toBe(0x10_1ffen);
  expect(await search(0x10_1fffn, 0x20_0000n)).toBeNull();
  expect(await search(0x2000n, 0x20_0000n, () => false)).toBeNull();
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
        { first: 0n, end: 0x20_0000n },
      ],
      "virtual",
      () => true,
    ),
  ).toBe(0x80_0000n);
});
