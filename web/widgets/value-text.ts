/** Integers of any width as text: the one place where the page writes and reads them. */

/** All digits that the width has, as in 0x00ff for 16 bits. */
export function hexText(value: bigint, bits: number): string {
  return `0x${value.toString(16).padStart(Math.ceil(bits / 4), "0")}`;
}

/** In groups of three digits. */
export function decimalText(value: bigint): string {
  return value.toLocaleString("en-US");
}

/** The same bits as a number in two's complement. */
export function signedText(value: bigint, bits: number): string {
  return decimalText(BigInt.asIntN(bits, value));
}

/** The bits of an IEEE 754 binary64 number, as the shortest decimal that reads back as the same number. */
export function doubleText(value: bigint): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, value);
  const number = view.getFloat64(0);
  return Object.is(number, -0) ? "-0" : String(number);
}

/** The low 32 bits as an IEEE 754 binary32 number, in the shortest decimal that reads back as the same number. */
export function floatText(value: bigint): string {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, Number(BigInt.asUintN(32, value)));
  const number = view.getFloat32(0);
  if (Object.is(number, -0)) return "-0";
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(number.toPrecision(digits));
    if (Math.fround(short) === number) return String(short);
  }
  return String(number);
}

/** All binary digits of the width, in groups of eight. */
export function binaryText(value: bigint, bits: number): string {
  return value
    .toString(2)
    .padStart(bits, "0")
    .replace(/(?<=[01])(?=(?:[01]{8})+$)/g, " ");
}

/** The bytes as ASCII, lowest address first; what cannot be printed is a dot. */
export function asciiText(value: bigint, bits: number): string {
  let text = "";
  for (let shift = 0; shift < bits; shift += 8) {
    const byte = Number((value >> BigInt(shift)) & 0xffn);
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
  }
  return text;
}

export type ParsedValue =
  | { readonly kind: "value"; readonly value: bigint }
  | { readonly kind: "error"; readonly text: string };

/**
 * The value behind hexadecimal (0x…), binary (0b…) or decimal digits, with an optional sign and with _ between digits.
 * Negative numbers become their two's complement in `bits` bits. Says what was expected if it is none, or does not fit.
 */
export function parseValue(text: string, bits: number): ParsedValue {
  const match = /^([+-]?)(0x[0-9a-f_]+|0b[01_]+|[0-9_]+)$/i.exec(text.trim());
  const digits = match?.[2].replaceAll("_", "") ?? "";
  if (match === null || !/[0-9a-f]$/i.test(digits) || digits.length === 0 || /^0[xb]$/i.test(digits)) {
    return { kind: "error", text: "Expected a number such as 0x1f, 31, -1 or 0b11111." };
  }
  const magnitude = BigInt(digits);
  const value = match[1] === "-" ? -magnitude : magnitude;
  const most = (1n << BigInt(bits)) - 1n;
  const least = -(1n << BigInt(bits - 1));
  if (value > most || value < least) {
    const range = bits > 16 ? `${hexText(most, bits)} at most, -${hexText(-least, 0)} at least` : `${least} to ${most}`;
    return { kind: "error", text: `Expected a number that fits ${bits} ${bits === 1 ? "bit" : "bits"}: ${range}.` };
  }
  return { kind: "value", value: BigInt.asUintN(bits, value) };
}
