/** How bytes of memory are read as values, and values written as bytes. */

export interface CellType {
  readonly name: string;
  readonly bytes: number;
  /** Letters that its widest value needs. */
  readonly letters: number;
  readonly kind: "unsigned" | "signed" | "float" | "string";
}

export const CELL_TYPES: readonly CellType[] = [
  ...[1, 2, 4, 8].map((bytes) => ({ name: `u${bytes * 8}`, bytes, letters: bytes * 2, kind: "unsigned" as const })),
  ...[1, 2, 4, 8].map((bytes) => ({
    name: `i${bytes * 8}`,
    bytes,
    letters: [4, 6, 11, 20][Math.log2(bytes)] as number,
    kind: "signed" as const,
  })),
  { name: "f32", bytes: 4, letters: 15, kind: "float" },
  { name: "f64", bytes: 8, letters: 24, kind: "float" },
  // A cell is a letter; a whole text is written at once.
  { name: "string", bytes: 1, letters: 2, kind: "string" },
];

/** Letters that stand for a byte behind a backslash. */
const ESCAPES: Readonly<Record<string, number>> = { 0: 0, t: 9, n: 10, r: 13, "\\": 92 };

/** The bits of a cell, the byte at the lowest address least significant unless the target has them the other way round. */
export function cellBits(bytes: Uint8Array, offset: number, length: number, order: "little" | "big"): bigint {
  let value = 0n;
  for (let n = 0; n < length; n++) {
    const at = order === "little" ? offset + length - 1 - n : offset + n;
    value = (value << 8n) | BigInt(bytes[at] ?? 0);
  }
  return value;
}

export function bytesOfBits(value: bigint, length: number, order: "little" | "big"): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, n) => Number((value >> BigInt(8 * n)) & 0xffn));
  return order === "little" ? bytes : bytes.reverse();
}

/** As it stands in the grid: hexadecimal digits, a signed decimal, the shortest decimal of a float, or a letter. */
export function cellText(bits: bigint, type: CellType): string {
  if (type.kind === "string") return letterText(Number(bits));
  if (type.kind === "unsigned") return bits.toString(16).padStart(type.bytes * 2, "0");
  if (type.kind === "signed") return BigInt.asIntN(type.bytes * 8, bits).toString();
  const view = new DataView(new ArrayBuffer(8));
  if (type.bytes === 8) {
    view.setBigUint64(0, bits);
    return String(view.getFloat64(0));
  }
  view.setUint32(0, Number(bits));
  return Number(view.getFloat32(0).toPrecision(9)).toString();
}

function letterText(byte: number): string {
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
  const named = Object.entries(ESCAPES).find(([, value]) => value === byte);
  return named === undefined ? "·" : `\\${named[0]}`;
}

/** What is to be written at an address, as people type it: a value of the type, or a text with \n, \t, \r, \0 and \\. */
export function parseBytes(
  text: string,
  type: CellType,
  order: "little" | "big",
): { readonly kind: "bytes"; readonly bytes: Uint8Array } | { readonly kind: "error"; readonly text: string } {
  if (type.kind !== "string") {
    const parsed = parseCell(text, type);
    return parsed.kind === "error" ? parsed : { kind: "bytes", bytes: bytesOfBits(parsed.bits, type.bytes, order) };
  }
  const wrong = /\\(?![0tnr\\])/.exec(text.replaceAll("\\\\", "\\0"));
  if (wrong !== null) {
    return { kind: "error", text: `Expected \\n, \\t, \\r, \\0 or \\\\ at character ${wrong.index + 1}.` };
  }
  const plain = text.replace(/\\(.)/g, (_, letter: string) => String.fromCharCode(ESCAPES[letter] as number));
  return { kind: "bytes", bytes: new TextEncoder().encode(plain) };
}

export type ParsedCell =
  | { readonly kind: "bits"; readonly bits: bigint }
  | { readonly kind: "error"; readonly text: string };

/** A value as people type it: for unsigned cells digits are hexadecimal as shown, also with 0x; decimal for the others. */
export function parseCell(text: string, type: CellType): ParsedCell {
  const trimmed = text.trim();
  if (type.kind === "float") {
    const number = Number(trimmed);
    if (trimmed === "" || (Number.isNaN(number) && !/^nan$/i.test(trimmed))) {
      return { kind: "error", text: "Expected a number such as 1.5, -2e10, Infinity or NaN." };
    }
    const view = new DataView(new ArrayBuffer(8));
    if (type.bytes === 8) view.setFloat64(0, number);
    else view.setFloat32(0, number);
    return { kind: "bits", bits: type.bytes === 8 ? view.getBigUint64(0) : BigInt(view.getUint32(0)) };
  }
  const bits = BigInt(type.bytes * 8);
  const isHex = type.kind === "unsigned";
  const match = (isHex ? /^(-?)(?:0x)?([0-9a-f_]+)$/i : /^([+-]?)([0-9_]+|0x[0-9a-f_]+)$/i).exec(trimmed);
  const digits = match?.[2]?.replaceAll("_", "") ?? "";
  if (match === null || digits === "" || digits === "0x") {
    return { kind: "error", text: `Expected ${isHex ? "hexadecimal digits such as 7f" : "a number such as -5"}.` };
  }
  const magnitude = BigInt(isHex ? `0x${digits}` : digits);
  const value = match[1] === "-" ? -magnitude : magnitude;
  const least = -(1n << (bits - 1n));
  const most = isHex ? (1n << bits) - 1n : (1n << (bits - 1n)) - 1n;
  if (value < least || value > most) return { kind: "error", text: `Expected a value of ${bits} bits.` };
  return { kind: "bits", bits: BigInt.asUintN(Number(bits), value) };
}
