/** Values that somebody types for data of a program, by their type: as valueText() writes them, and as a program in C would. */
import { bareType, type DataType } from "./data-types.ts";
import type { DataPlace } from "./data-values.ts";
import { bitsOfFloat, floatOf } from "./float-bits.ts";

export type InputBits =
  | { readonly kind: "bits"; readonly bits: bigint }
  /** `text`: what was expected. */
  | { readonly kind: "error"; readonly text: string };

/** Letters that stand for a character behind a backslash. */
const ESCAPES: Readonly<Record<string, number>> = { "0": 0, t: 9, n: 10, r: 13, "'": 39, "\\": 92 };
const MOST_NAMES = 8;

/** Whether inputBits() takes values of the type. */
export function isInput({ type }: DataPlace): boolean {
  const bare = bareType(type);
  if (bare.kind === "number" && bare.meaning === "float") return bare.bytes === 4 || bare.bytes === 8;
  return (bare.kind === "number" || bare.kind === "pointer" || bare.kind === "enumeration") && widthOf(bare) > 0;
}

/** What stands in the field at first: a value of so many bits, so that inputBits() gives them again. */
export function inputText(place: DataPlace, bits: bigint): string {
  const bare = bareType(place.type);
  const width = place.bits?.width ?? widthOf(bare);
  if (bare.kind === "pointer") return `0x${bits.toString(16)}`;
  if (bare.kind === "enumeration") {
    const value = bare.isSigned ? BigInt.asIntN(width, bits) : bits;
    return bare.names.find((each) => each.value === value)?.name ?? String(value);
  }
  if (bare.kind !== "number") return "";
  if (bare.meaning === "float") return decimalText(floatOf(bits, bare.bytes), bare.bytes);
  if (bare.meaning === "boolean" && bits < 2n) return bits === 0n ? "false" : "true";
  return String(isSigned(bare) ? BigInt.asIntN(width, bits) : bits);
}

/** The bits of what was typed; or what was expected. */
export function inputBits(place: DataPlace, text: string): InputBits {
  const bare = bareType(place.type);
  const width = place.bits?.width ?? widthOf(bare);
  // What is shown behind a value says the same in another way.
  const written = text.trim().replace(/\s*\((?:0x[0-9a-f]+|-?\d+)\)$/i, "");
  if (bare.kind === "enumeration") return enumerator(bare, written, width);
  if (bare.kind === "number" && bare.meaning === "float") return float(written, bare.bytes);
  if (bare.kind === "number" && bare.meaning === "boolean") {
    if (written === "false") return { kind: "bits", bits: 0n };
    if (written === "true") return { kind: "bits", bits: 1n };
    return whole(written, width, false, "true, false, or a number");
  }
  if (bare.kind === "number" && bare.meaning === "character") {
    const code = characterOf(written);
    if (code !== null) return inRange(code, width, false, text);
    // A char has a sign or not, as its program likes.
    return whole(written.replace(/^(-?\w+)\s+'.*'$/s, "$1"), width, null, "a letter such as 'A', or a number");
  }
  if (bare.kind === "pointer") return whole(written, width, false, "an address such as 0x80001000");
  return whole(written, width, isSigned(bare), "a number such as 31, 0x1f or 0b11111");
}

function widthOf(bare: DataType): number {
  return bare.bytes * 8;
}

function isSigned(bare: DataType): boolean {
  return bare.kind === "number" && bare.meaning === "signed";
}

/** null: neither a number nor anything else that stands for one. */
function numberOf(text: string): bigint | null {
  const match = /^([+-]?)(0x[0-9a-f]+(?:_[0-9a-f]+)*|0b[01]+(?:_[01]+)*|\d+(?:_\d+)*)$/i.exec(text);
  if (match === null) return null;
  const magnitude = BigInt((match[2] as string).replaceAll("_", ""));
  return match[1] === "-" ? -magnitude : magnitude;
}

function whole(text: string, width: number, isSigned: boolean | null, expected: string): InputBits {
  const value = numberOf(text);
  return value === null ? { kind: "error", text: `Expected ${expected}.` } : inRange(value, width, isSigned, text);
}

/** `isSigned`: null takes either. The bits of a signed number may be written in hexadecimal or binary digits, too. */
function inRange(value: bigint, width: number, isSigned: boolean | null, text: string): InputBits {
  const isBits = isSigned === true && /^\s*0[xb]/i.test(text);
  const least = isSigned === false ? 0n : -(1n << BigInt(width - 1));
  const most = (1n << BigInt(isSigned === true && !isBits ? width - 1 : width)) - 1n;
  if (value < least || value > most) return { kind: "error", text: `Expected a number from ${least} to ${most}.` };
  return { kind: "bits", bits: BigInt.asUintN(width, value) };
}

function enumerator(bare: DataType & { readonly kind: "enumeration" }, text: string, width: number): InputBits {
  const parts = text.split("|").map((part) => part.trim());
  const values = parts.map((part) => bare.names.find(({ name }) => name === part)?.value ?? numberOf(part));
  const names = bare.names.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = bare.names.length > MOST_NAMES ? " …" : "";
  if (values.includes(null)) {
    return { kind: "error", text: `Expected one of ${names.join(", ")}${more}, or a number.` };
  }
  const value = values.length === 1 ? values[0] : values.reduce((all, each) => (all ?? 0n) | (each ?? 0n), 0n);
  return inRange(value ?? 0n, width, bare.isSigned, text);
}

function float(text: string, bytes: number): InputBits {
  const plain = text.replace(/^([+-]?)inf(?:inity)?$/i, "$1Infinity").replace(/^[+-]?nan$/i, "NaN");
  const value = Number(plain);
  const isWritten = /^[+-]?(\d[\d.]*(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?|Infinity)$/i.test(plain) || plain === "NaN";
  if (!isWritten || (Number.isNaN(value) && plain !== "NaN")) {
    return { kind: "error", text: "Expected a number such as 1.5, -2e10, Infinity or NaN." };
  }
  const most = bytes === 4 ? 3.4028234663852886e38 : Number.MAX_VALUE;
  const kept = bytes === 4 ? Math.fround(value) : value;
  if (!Number.isFinite(kept) && !Number.isNaN(value) && !/Infinity/.test(plain)) {
    return { kind: "error", text: `Expected a number from -${most} to ${most}, Infinity or NaN.` };
  }
  return { kind: "bits", bits: bitsOfFloat(kept, bytes) };
}

/** The shortest decimal that reads back as the same float. */
function decimalText(value: number, bytes: number): string {
  if (Object.is(value, -0)) return "-0";
  for (let digits = 1; bytes === 4 && digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}

/** The code of a letter between quotes, or null. */
function characterOf(text: string): bigint | null {
  const match = /^'(?:\\x([0-9a-f]{1,2})|\\(.)|([^'\\]))'$/isu.exec(text);
  if (match === null) return null;
  if (match[1] !== undefined) return BigInt(`0x${match[1]}`);
  if (match[3] !== undefined) return BigInt(match[3].codePointAt(0) as number);
  const code = ESCAPES[match[2] as string];
  return code === undefined ? null : BigInt(code);
}
