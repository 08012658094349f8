/** Searching guest memory for bytes, a text or a value. */
import type { Evaluated } from "../../src/worker/page.ts";
import { bytesOfBits, type CellType, parseCell } from "./cell-types.ts";
import type { Machine } from "../../src/worker/page.ts";
import type { AddressKind, GuestMemory, MemoryPart } from "./guest-memory.ts";

export type ParsedPattern =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "error"; readonly text: string };

/** "text" in quotes, or hexadecimal bytes as in de ad be ef. */
export function parsePattern(text: string): ParsedPattern {
  const quoted = /^"(.+)"?$/.exec(text.trim());
  if (quoted !== null) {
    return { kind: "bytes", bytes: new TextEncoder().encode((quoted[1] as string).replace(/"$/, "")) };
  }
  const digits = text.replaceAll(/\s+/g, "");
  if (/^(?:[0-9a-f]{2})+$/i.test(digits)) {
    return { kind: "bytes", bytes: Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)) };
  }
  return {
    kind: "error",
    text: 'Expected bytes such as de ad be ef, a text such as "Linux", or a value such as =main.',
  };
}

/** The bytes of an expression's value as one cell of a type; integers must fit it, signed or unsigned. */
export function valuePattern(
  { value, type: meant }: Evaluated,
  type: CellType,
  order: "little" | "big",
): ParsedPattern {
  const whole = meant === "signed" ? BigInt.asIntN(64, value) : value;
  let bits = whole;
  if (type.kind === "float") {
    const number = meant === "float" ? doubleOf(value) : Number(whole);
    const parsed = parseCell(String(number), type);
    if (parsed.kind === "error") return parsed;
    bits = parsed.bits;
  } else {
    if (meant === "float") return { kind: "error", text: `Expected an integer: the type of cells is ${type.name}.` };
    const width = BigInt(8 * type.bytes);
    if (whole < -(1n << (width - 1n)) || whole >= 1n << width) {
      return { kind: "error", text: `${whole} does not fit ${type.name}: choose a wider type of cells, such as u64.` };
    }
  }
  return { kind: "bytes", bytes: bytesOfBits(BigInt.asUintN(8 * type.bytes, bits), type.bytes, order) };
}

function doubleOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

const CHUNK = 1 << 20;

/** Addresses from `first` to before `end`. */
export interface SearchRange {
  readonly first: bigint;
  readonly end: bigint;
}

/** All memory of one kind, from an address to the end, then from the beginning. */
export async function searchRanges(
  machine: Pick<Machine, "info" | "addressRanges">,
  kind: AddressKind,
  from: bigint,
): Promise<readonly SearchRange[]> {
  const { ramStart, memory } = machine.info;
  let all: readonly SearchRange[] = [{ first: ramStart, end: ramStart + BigInt(memory) }];
  if (kind === "virtual") {
    const ranges = await machine.addressRanges().catch(() => []);
    if (ranges.length > 0) all = ranges.map(({ va, bytes }) => ({ first: va, end: va + bytes }));
  }
  const later = all
    .filter(({ end }) => end > from)
    .map(({ first, end }) => ({ first: first > from ? first : from, end }));
  return [...later, ...all.filter(({ first }) => first < from)];
}

/**
 * The first place at or after the beginning of the ranges where the bytes stand; null: nowhere. Memory that cannot be read is
 * skipped. `isCurrent` is asked between pieces: false ends the search.
 */
export async function findBytes(
  memory: GuestMemory,
  pattern: Uint8Array,
  ranges: readonly SearchRange[],
  kind: AddressKind,
  isCurrent: () => boolean,
): Promise<bigint | null> {
  for (const { first, end } of ranges) {
    for (let at = first; at < end; at += BigInt(CHUNK)) {
      if (!isCurrent()) return null;
      const rest = end - at;
      // The next piece begins with what could be the pattern's beginning.
      const length = Number(rest < BigInt(CHUNK) ? rest : BigInt(CHUNK)) + pattern.length - 1;
      const { bytes, holes } = await piece(memory, at, length, kind);
      for (let found = indexOf(bytes, pattern, 0); found >= 0; found = indexOf(bytes, pattern, found + 1)) {
        const isReal = holes.every(({ start, end: stop }) => found + pattern.length <= start || found >= stop);
        if (isReal) return at + BigInt(found);
      }
    }
  }
  return null;
}

/** In one message where all of it can be read, else page by page. */
async function piece(memory: GuestMemory, first: bigint, length: number, kind: AddressKind): Promise<MemoryPart> {
  try {
    return { first, bytes: await memory.copy(first, length, kind), holes: [] };
  } catch {
    return memory.read(first, length, kind);
  }
}

function indexOf(bytes: Uint8Array, pattern: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(pattern[0] as number, from); at >= 0; at = bytes.indexOf(pattern[0] as number, at + 1)) {
    if (at + pattern.length > bytes.length) return -1;
    let n = 1;
    while (n < pattern.length && bytes[at + n] === pattern[n]) n++;
    if (n === pattern.length) return at;
  }
  return -1;
}
