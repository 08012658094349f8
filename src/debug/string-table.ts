/**
 * Strings of a section, by offset. Linkers let one string end another, but a crafted file could let each of many names be nearly the
 * whole section: so each is decoded once, and all of them together are no longer than a few times the section.
 */

const decoder = new TextDecoder();
/** Times the length of the section, and some bytes more. */
const MOST_REPEATED = 8;
const ALWAYS = 1 << 16;

interface StringTable {
  readonly known: Map<number, string>;
  /** Bytes that may still be decoded. */
  left: number;
}

const tables = new WeakMap<Uint8Array, StringTable>();

/**
 * The string that begins at `offset` and ends with a 0 byte; empty if there is none. Throws an Error if too many strings of these bytes
 * lie within each other.
 */
export function stringAt(strings: Uint8Array, offset: number): string {
  if (!(offset < strings.length)) return "";
  let table = tables.get(strings);
  if (table === undefined) {
    table = { known: new Map(), left: strings.length * MOST_REPEATED + ALWAYS };
    tables.set(strings, table);
  }
  let text = table.known.get(offset);
  if (text === undefined) {
    if (table.left <= 0) throw new Error("too many strings lie within each other");
    const found = strings.indexOf(0, offset);
    const end = found < 0 ? strings.length : found;
    table.left -= end - offset;
    text = decoder.decode(strings.subarray(offset, end));
    table.known.set(offset, text);
  }
  return text;
}
