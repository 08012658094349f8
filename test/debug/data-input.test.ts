/** Values that somebody types for data: by type, with exact bits or what was expected; and what the field shows reads back the same. */
import { describe, expect, test } from "vitest";
import { inputBits, inputText, isInput } from "../../src/debug/data-input.ts";
import type { DataType } from "../../src/debug/data-types.ts";
import { bytesOf, type DataPlace, dataPlace, valueText } from "../../src/debug/data-values.ts";
import { bitsOfFloat } from "../../src/debug/float-bits.ts";

type Meaning = (DataType & { kind: "number" })["meaning"];
const number = (name: string, bytes: number, meaning: Meaning): DataPlace =>
  dataPlace(name, { kind: "number", name, bytes, meaning }, 0n);

const NAMES = [
  { name: "RED", value: 0n },
  { name: "GREEN", value: 2n },
  { name: "BLUE", value: 4n },
  { name: "LOST", value: -1n },
];
const U8: DataType = { kind: "number", name: "u8", bytes: 1, meaning: "unsigned" };
const PLACES = {
  u8: number("u8", 1, "unsigned"),
  i8: number("i8", 1, "signed"),
  u64: number("u64", 8, "unsigned"),
  i64: number("i64", 8, "signed"),
  u128: number("u128", 16, "unsigned"),
  bool: number("bool", 1, "boolean"),
  char: number("char", 1, "character"),
  float: number("float", 4, "float"),
  double: number("double", 8, "float"),
  pointer: dataPlace("p", { kind: "pointer", bytes: 8, to: () => U8 }, 0n),
  colour: dataPlace("c", { kind: "enumeration", name: "enum c", bytes: 4, isSigned: true, names: NAMES }, 0n),
  flags: { ...number("u32", 4, "unsigned"), bits: { shift: 3, width: 5 } },
  delta: { ...number("int", 4, "signed"), bits: { shift: 3, width: 5 } },
} as const;
type Name = keyof typeof PLACES;

test.each<[Name, string, bigint]>([
  ["u8", "255", 255n],
  ["u8", "200 (0xc8)", 200n],
  ["u8", " 0b1000_0001 ", 129n],
  ["i8", "-128", 0x80n],
  ["i8", "0xff", 0xffn],
  ["u64", "0xffff_ffff_ffff_ffff", 0xffff_ffff_ffff_ffffn],
  ["i64", "-1", 0xffff_ffff_ffff_ffffn],
  ["u128", "142982762953553144989", 142982762953553144989n],
  ["bool", "true", 1n],
  ["bool", "false", 0n],
  ["bool", "2", 2n],
  ["bool", "true (2)", 1n],
  ["char", "'A'", 65n],
  ["char", "65 'A'", 65n],
  ["char", "'\\n'", 10n],
  ["char", "'\\x7F'", 127n],
  ["char", "-1", 255n],
  ["char", "39 '''", 39n],
  ["float", "0.1", 0x3dcccccdn],
  ["float", "-inf", 0xff800000n],
  ["double", "-2e10", bitsOfFloat(-2e10, 8)],
  ["double", ".5", 0x3fe0000000000000n],
  ["double", "NaN", 0x7ff8000000000000n],
  ["pointer", "0x80001000", 0x8000_1000n],
  ["colour", "GREEN", 2n],
  ["colour", "GREEN (2)", 2n],
  ["colour", "GREEN | BLUE", 6n],
  ["colour", "LOST", 0xffff_ffffn],
  ["colour", "9", 9n],
  ["flags", "31", 31n],
  ["delta", "-16", 16n],
])("%s: %s", (name, text, bits) => {
  expect(inputBits(PLACES[name], text)).toEqual({ kind: "bits", bits });
});

test.each<[Name, string, string]>([
  ["u8", "256", "Expected a number from 0 to 255."],
  ["u8", "-1", "Expected a number from 0 to 255."],
  ["i8", "128", "Expected a number from -128 to 127."],
  ["i8", "0x100", "Expected a number from -128 to 255."],
  ["u64", "lots", "Expected a number such as 31, 0x1f or 0b11111."],
  ["u64", "", "Expected a number such as 31, 0x1f or 0b11111."],
  ["u64", "1__0", "Expected a number such as 31, 0x1f or 0b11111."],
  ["i64", "9223372036854775808", "Expected a number from -9223372036854775808 to 9223372036854775807."],
  ["bool", "yes", "Expected true, false, or a number."],
  ["char", "'ab'", "Expected a letter such as 'A', or a number."],
  ["char", "'€'", "Expected a number from 0 to 255."],
  ["float", "1e39", "Expected a number from -3.4028234663852886e+38 to 3.4028234663852886e+38, Infinity or NaN."],
  ["double", "1.5.2", "Expected a number such as 1.5, -2e10, Infinity or NaN."],
  ["double", "0x10", "Expected a number such as 1.5, -2e10, Infinity or NaN."],
  ["pointer", "-1", "Expected a number from 0 to 18446744073709551615."],
  ["pointer", "main", "Expected an address such as 0x80001000."],
  ["colour", "PINK", "Expected one of RED, GREEN, BLUE, LOST, or a number."],
  ["colour", "4294967295", "Expected a number from -2147483648 to 2147483647."],
  ["flags", "32", "Expected a number from 0 to 31."],
  ["delta", "16", "Expected a number from -16 to 15."],
])("%s takes no %s", (name, text, expected) => {
  expect(inputBits(PLACES[name], text)).toEqual({ kind: "error", text: expected });
});

describe("what is shown can be typed again", () => {
  test.each(Object.entries(PLACES))("%s", (_, place) => {
    const width = place.bits?.width ?? bytesOf(place) * 8;
    const all = (1n << BigInt(width)) - 1n;
    for (const bits of [0n, 1n, 2n, 6n, all >> 1n, all - 1n, all, 0x41n & all]) {
      if (place.type.kind === "number" && place.type.meaning === "float" && bits >= 0x7f80_0000n) continue;
      expect(inputBits(place, inputText(place, bits))).toEqual({ kind: "bits", bits });
      if (place.bits !== null || place.type.kind !== "number" || place.type.meaning === "boolean") continue;
      const bytes = Uint8Array.from({ length: bytesOf(place) }, (_, n) => Number((bits >> BigInt(8 * n)) & 0xffn));
      expect(inputBits(place, valueText(place, bytes, true))).toEqual({ kind: "bits", bits });
    }
  });
});

test("what is no single value is not asked for", () => {
  const none = { kind: "none", name: "code", bytes: 0 } as const;
  const types: readonly DataType[] = [
    none,
    { kind: "array", bytes: 8, of: none, count: 8 },
    { kind: "structure", name: "struct s", bytes: 8, isUnion: false, fields: () => [] },
    { kind: "number", name: "long double", bytes: 16, meaning: "float" },
  ];
  expect(types.map((type) => isInput(dataPlace("x", type, 0n)))).toEqual([false, false, false, false]);
  expect(Object.values(PLACES).every(isInput)).toBe(true);
});
