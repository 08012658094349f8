/** Writes the tables in which a Linux kernel keeps its symbols (scripts/kallsyms.c of Linux), for tests of what finds them. */

export interface ListedName {
  readonly address: bigint;
  readonly type: string;
  readonly name: string;
}

/** Pairs that are written as one token, at numbers that no name uses. */
const PAIRS = ["sys_", "init", "do_"] as const;

/**
 * The tables, as they lie at a multiple of 8, and where in them the count of names, the markers, the tokens and their index begin.
 * `addresses`: before the names (until Linux
 * 6.10) or behind the tokens.
 */
export function writeKallsyms(names: readonly ListedName[], addresses: "before" | "behind") {
  const bytes: number[] = [];
  const align = (): void => {
    while (bytes.length % 8 !== 0) bytes.push(0);
  };
  const number = (value: number | bigint, size: number): void => {
    for (let n = 0; n < size; n++) bytes.push(Number((BigInt(value) >> BigInt(8 * n)) & 0xffn));
  };
  const base = (names[0] as ListedName).address;
  const writeAddresses = (): void => {
    for (const { address } of names) number(address - base, 4);
    align();
    number(base, 8);
  };
  if (addresses === "before") writeAddresses();
  number(names.length, 4);
  align();
  const first = bytes.length;
  const markers: number[] = [];
  for (const [index, { type, name }] of names.entries()) {
    if (index % 256 === 0) markers.push(bytes.length - first);
    const tokens = tokensOf(type + name);
    if (tokens.length < 0x80) bytes.push(tokens.length);
    else bytes.push((tokens.length & 0x7f) | 0x80, tokens.length >> 7);
    bytes.push(...tokens);
  }
  align();
  const marked = bytes.length;
  for (const marker of markers) number(marker, 4);
  align();
  const tokens = bytes.length;
  const places: number[] = [];
  for (let token = 0; token < 256; token++) {
    places.push(bytes.length - tokens);
    const text =
      token === 0 ? "~" : (PAIRS[token - 1] ?? (token >= 0x20 && token < 0x7f ? String.fromCharCode(token) : ""));
    bytes.push(...new TextEncoder().encode(text), 0);
  }
  align();
  const index = bytes.length;
  for (const place of places) number(place, 2);
  align();
  if (addresses === "behind") writeAddresses();
  return { bytes: Uint8Array.from(bytes), count: first - 8, markers: marked, tokens, index };
}

function tokensOf(text: string): number[] {
  const tokens: number[] = [];
  for (let at = 0; at < text.length; ) {
    const pair = PAIRS.findIndex((pair) => text.startsWith(pair, at));
    tokens.push(pair < 0 ? text.charCodeAt(at) : pair + 1);
    at += pair < 0 ? 1 : (PAIRS[pair] as string).length;
  }
  return tokens;
}
