/** Searching guest memory for bytes, a text or a value. */
import type { AddressKind, GuestMemory } from "./guest-memory.ts";

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
  return { kind: "error", text: 'Expected bytes such as de ad be ef, or a text such as "Linux".' };
}

const CHUNK = 1 << 16;

/** Addresses from `first` to before `end`. */
export interface SearchRange {
  readonly first: bigint;
  readonly end: bigint;
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
      const { bytes, holes } = await memory.read(at, length, kind);
      for (let found = indexOf(bytes, pattern, 0); found >= 0; found = indexOf(bytes, pattern, found + 1)) {
        const isReal = holes.every(({ start, end: stop }) => found + pattern.length <= start || found >= stop);
        if (isReal) return at + BigInt(found);
      }
    }
  }
  return null;
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
