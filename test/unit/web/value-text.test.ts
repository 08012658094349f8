/** Numbers as people type and read them in the page. */
import { expect, test } from "vitest";
import { decimalText, doubleText, hexText, parseValue, signedText } from "../../../web/widgets/value-text.ts";

test.each([
  ["0x1f", 64, 31n],
  ["31", 64, 31n],
  [" 0b1_1111 ", 8, 31n],
  ["0XFF", 8, 255n],
  ["-1", 64, 0xffff_ffff_ffff_ffffn],
  ["-128", 8, 128n],
  ["-0x80", 8, 128n],
  ["+7", 3, 7n],
  ["0x1_0000_0000_0000_0000_0000", 128, 1n << 80n],
  ["1", 1, 1n],
])("%s in %d bits", (text, bits, value) => {
  expect(parseValue(text, bits)).toEqual({ kind: "value", value });
});

const SHAPE = "Expected a number such as 0x1f, 31, -1 or 0b11111.";
test.each([
  ["", 64, SHAPE],
  ["0x", 64, SHAPE],
  ["_", 64, SHAPE],
  ["0x_", 64, SHAPE],
  ["0b12", 64, SHAPE],
  ["1.5", 64, SHAPE],
  ["ra", 64, SHAPE],
  ["--1", 64, SHAPE],
  ["256", 8, "Expected a number that fits 8 bits: -128 to 255."],
  ["-129", 8, "Expected a number that fits 8 bits: -128 to 255."],
  ["2", 1, "Expected a number that fits 1 bit: -1 to 1."],
  [
    "0x10000000000000000",
    64,
    "Expected a number that fits 64 bits: 0xffffffffffffffff at most, -0x8000000000000000 at least.",
  ],
])("%s in %d bits is refused", (text, bits, sentence) => {
  expect(parseValue(text, bits)).toEqual({ kind: "error", text: sentence });
});

test("values as text", () => {
  expect(hexText(0x1234n, 64)).toBe("0x0000000000001234");
  expect(hexText(1n, 1)).toBe("0x1");
  expect(hexText(5n, 80)).toBe("0x00000000000000000005");
  expect(decimalText(1234567n)).toBe("1,234,567");
  expect(signedText(0xffff_fffen, 32)).toBe("-2");
  expect(doubleText(0x3ff8_0000_0000_0000n)).toBe("1.5");
  expect(doubleText(0x8000_0000_0000_0000n)).toBe("-0");
  expect(doubleText(0xffff_ffff_3f80_0000n)).toBe("NaN");
});
