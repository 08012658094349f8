/**
 * The list of symbols that a Linux kernel keeps in its own read-only data (kernel/kallsyms.c, scripts/kallsyms.c of Linux 6):
 * names as numbers of tokens, addresses as offsets from one base. Nothing says where it lies; it is found by its form.
 */
import { rankedSymbols, type SymbolTable } from "./symbols.ts";

/** Memory that lies together, from a virtual address on. */
export interface MemoryBlock {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/** A list of fewer or of more names is no kernel's. */
const FEWEST = 200;
const MOST = 1 << 20;
const TOKENS = 256;
/** A marker is where each so many-th name begins. */
const NAMES_A_MARKER = 256;
/** No list of names is longer. */
const MOST_NAME_BYTES = 32 << 20;
/** Nor are all names together; the tokens of a hostile guest could make more of few bytes. */
const MOST_CHARACTERS = 64 << 20;
/** Names that are looked at in the search for the list: a hostile guest's memory could look like one everywhere. */
const MOST_LOOKS = 1 << 26;
const ZERO = 0x30;
/** Of a name's length: another byte follows (since Linux 6.1). */
const LONG = 0x80;

interface Tokens {
  /** Where the table begins, and where the index behind it ends. */
  readonly start: number;
  readonly end: number;
  readonly texts: readonly string[];
}

/** What the search may still do. */
interface Budget {
  looks: number;
}

interface Names {
  /** Where their count lies. */
  readonly start: number;
  /** Each begins with the letter of its type, as nm prints it. */
  readonly texts: readonly string[];
}

/** The kernel's symbols, or null if the memory holds no such list. */
export function findKallsyms({ address, bytes }: MemoryBlock): SymbolTable | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const left: Budget = { looks: MOST_LOOKS };
  for (let digits = nextDigits(bytes, 0); digits >= 0; digits = nextDigits(bytes, digits + 1)) {
    const tokens = tokensAround(bytes, view, digits);
    const names = tokens === null ? null : namesBefore(bytes, view, tokens, left);
    if (tokens === null || names === null) continue;
    const count = names.texts.length;
    // Linux 6.11 moved the addresses behind the tokens.
    const addresses = addressesAt(view, tokens.end, count) ?? addressesBefore(view, names.start, count);
    if (addresses === null) continue;
    const table = rankedSymbols(
      names.texts.map((text, index) => ({
        address: addresses[index] as bigint,
        type: text.charAt(0),
        name: text.slice(1),
      })),
    );
    // Its own tables are among the names of a kernel that lists data.
    const own = table.find("kallsyms_token_table");
    if (own === null || own.address === BigInt.asUintN(64, address + BigInt(tokens.start))) return table;
  }
  return null;
}

/** Where "0", "1" … "9" follow each other as strings: each digit is a token of its own, for each is part of some name. */
function nextDigits(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(ZERO, from); at >= 0; at = bytes.indexOf(ZERO, at + 1)) {
    let digit = 0;
    while (digit < 10 && bytes[at + 2 * digit] === ZERO + digit && bytes[at + 2 * digit + 1] === 0) digit++;
    if (digit === 10) return at;
  }
  return -1;
}

/** The table of 256 tokens in which the digit 0 is token 0x30, if an index follows that says the same. */
function tokensAround(bytes: Uint8Array, view: DataView, digits: number): Tokens | null {
  let start = digits;
  for (let token = 0; token < ZERO; token++) {
    start--;
    while (start > 0 && bytes[start - 1] !== 0) start--;
    if (start <= 0) return null;
  }
  const places: number[] = [];
  const texts: string[] = [];
  let at = start;
  for (let token = 0; token < TOKENS; token++) {
    places.push(at - start);
    const end = bytes.indexOf(0, at);
    if (end < 0) return null;
    texts.push(String.fromCharCode(...bytes.subarray(at, Math.min(end, at + NAMES_A_MARKER))));
    at = end + 1;
  }
  const index = aligned(at, 8);
  const end = index + 2 * TOKENS;
  if (end > bytes.length || !places.every((place, token) => view.getUint16(index + 2 * token, true) === place))
    return null;
  return { start, end, texts };
}

/** The names whose markers end before the tokens. */
function namesBefore(bytes: Uint8Array, view: DataView, tokens: Tokens, left: Budget): Names | null {
  const lowest = Math.max(0, tokens.start - MOST_NAME_BYTES);
  for (let start = aligned(tokens.start, 8) - 16; start >= lowest; start -= 8) {
    if (left.looks-- <= 0) return null;
    const count = view.getUint32(start, true);
    if (count < FEWEST || count > MOST || view.getUint32(start + 4, true) !== 0) continue;
    const texts = namesAt(bytes, view, start, count, tokens, left);
    if (texts !== null) return { start, texts };
  }
  return null;
}

function namesAt(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  count: number,
  tokens: Tokens,
  left: Budget,
): string[] | null {
  const first = start + 8;
  const places = new Uint32Array(count + 1);
  let at = first;
  for (let name = 0; name < count; name++) {
    if (left.looks-- <= 0) return null;
    places[name] = at;
    const length = bytes[at] as number;
    at += length & LONG ? 2 + ((length & (LONG - 1)) | ((bytes[at + 1] as number) << 7)) : 1 + length;
    if (length === 0 || at >= tokens.start) return null;
  }
  places[count] = at;
  const markers = aligned(at, 8);
  if (markers + 4 * Math.ceil(count / NAMES_A_MARKER) > tokens.start) return null;
  for (let name = 0; name < count; name += NAMES_A_MARKER) {
    const marker = view.getUint32(markers + (4 * name) / NAMES_A_MARKER, true);
    if (marker !== (places[name] as number) - first) return null;
  }
  let characters = 0;
  const texts: string[] = [];
  for (let name = 0; name < count; name++) {
    const place = places[name] as number;
    let text = "";
    for (let n = place + ((bytes[place] as number) & LONG ? 2 : 1); n < (places[name + 1] as number); n++) {
      text += tokens.texts[bytes[n] as number];
    }
    characters += text.length;
    if (characters > MOST_CHARACTERS) return null;
    texts.push(text);
  }
  return texts;
}

/** Addresses from offsets at `at`, behind which lies what they count from. */
function addressesAt(view: DataView, at: number, count: number): readonly bigint[] | null {
  const base = aligned(at + 4 * count, 8);
  return base + 8 > view.byteLength ? null : addressesFrom(view, at, count, view.getBigUint64(base, true));
}

/** The same where the names begin right behind that base. */
function addressesBefore(view: DataView, names: number, count: number): readonly bigint[] | null {
  const offsets = names - 8 - aligned(4 * count, 8);
  return offsets < 0 ? null : addressesFrom(view, offsets, count, view.getBigUint64(names - 8, true));
}

function addressesFrom(view: DataView, offsets: number, count: number, base: bigint): readonly bigint[] | null {
  // The base is the lowest address of all, a kernel's; the others ascend from it.
  if (base < 1n << 63n || view.getUint32(offsets, true) !== 0) return null;
  const addresses: bigint[] = [];
  for (let index = 0, last = 0; index < count; index++) {
    const offset = view.getUint32(offsets + 4 * index, true);
    if (offset < last) return null;
    last = offset;
    addresses.push(BigInt.asUintN(64, base + BigInt(offset)));
  }
  return addresses;
}

function aligned(at: number, bytes: number): number {
  return Math.ceil(at / bytes) * bytes;
}
