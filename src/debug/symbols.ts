/** Names of addresses: from an ELF file's symbol table, or a kernel's list of symbols; found by address, name or beginning. */
import { firstWhere } from "./address-index.ts";
import { elfSections } from "./elf-sections.ts";
import { stringAt } from "./string-table.ts";

export interface DebugSymbol {
  readonly name: string;
  readonly address: bigint;
  /** Bytes; 0: not known. */
  readonly size: number;
  readonly kind: "function" | "object" | "other";
}

/** A symbol and how far behind its address another lies. */
export interface SymbolPlace {
  readonly symbol: DebugSymbol;
  readonly offset: bigint;
}

const SHT_SYMTAB = 2;
const STT_OBJECT = 1;
const STT_FUNC = 2;
const STT_SECTION = 3;
const STT_FILE = 4;
const SHN_UNDEF = 0;
const STB_LOCAL = 0;
/** Where no size is known, a symbol reaches no further than this. */
const FARTHEST = 1n << 20n;

export class SymbolTable {
  /** By ascending address; at one address functions first, then objects, and names that others can see before local ones. */
  readonly symbols: readonly DebugSymbol[];
  /** Made when the first name is asked for. */
  private names: ReadonlyMap<string, DebugSymbol> | null = null;
  /** Made when the first address is asked for. */
  private byAddress: Uint32Array | null = null;
  /** Symbols by ascending name. */
  private sorted: readonly DebugSymbol[] | null = null;

  constructor(symbols: readonly DebugSymbol[]) {
    const ascend = symbols.every((symbol, n) => n === 0 || symbols[n - 1].address <= symbol.address);
    this.symbols = ascend
      ? symbols
      : [...symbols].sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  }

  /** The symbol that an address belongs to: the nearest at or below, unless it ends before. */
  at(address: bigint): SymbolPlace | null {
    const { symbols, places: all } = this;
    const symbolAt = (index: number): DebugSymbol => symbols[index] as DebugSymbol;
    const last = all[firstWhere(all, (index) => symbolAt(index).address > address) - 1];
    if (last === undefined) return null;
    const nearest = symbolAt(last).address;
    const offset = address - nearest;
    const found =
      all[
        firstWhere(all, (index) => {
          const symbol = symbolAt(index);
          return symbol.address > nearest || (symbol.address === nearest && reachOf(symbol) > offset);
        })
      ];
    const symbol = found === undefined ? null : symbolAt(found);
    return symbol?.address === nearest ? { symbol, offset } : null;
  }

  /** Indices of those symbols that reach further than all better names of the same address. */
  private get places(): Uint32Array {
    if (this.byAddress !== null) return this.byAddress;
    const places = new Uint32Array(this.symbols.length);
    let count = 0;
    let last: DebugSymbol | null = null;
    for (const [index, symbol] of this.symbols.entries()) {
      if (last?.address === symbol.address && reachOf(symbol) <= reachOf(last)) continue;
      places[count++] = index;
      last = symbol;
    }
    this.byAddress = places.subarray(0, count);
    return this.byAddress;
  }

  /** "name" or "name+0x1c", or null if no symbol is near. */
  text(address: bigint): string | null {
    const place = this.at(address);
    if (place === null) return null;
    return place.offset === 0n ? place.symbol.name : `${place.symbol.name}+0x${place.offset.toString(16)}`;
  }

  find(name: string): DebugSymbol | null {
    return this.byName.get(name) ?? null;
  }

  /** Of symbols with the same name the lowest. */
  private get byName(): ReadonlyMap<string, DebugSymbol> {
    if (this.names !== null) return this.names;
    const names = new Map<string, DebugSymbol>();
    for (const symbol of this.symbols) if (!names.has(symbol.name)) names.set(symbol.name, symbol);
    this.names = names;
    return names;
  }

  /** Symbols whose names begin so, by ascending name; at most `most`. */
  withPrefix(prefix: string, most = 50): DebugSymbol[] {
    this.sorted ??= [...this.byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const low = firstWhere(this.sorted, ({ name }) => name >= prefix);
    const found: DebugSymbol[] = [];
    while (found.length < most && this.sorted[low + found.length]?.name.startsWith(prefix)) {
      found.push(this.sorted[low + found.length]);
    }
    return found;
  }

  /** Both tables as one. */
  with(other: SymbolTable): SymbolTable {
    return new SymbolTable([...this.symbols, ...other.symbols]);
  }
}

/** Bytes from its address on that a symbol may name. */
function reachOf({ size }: DebugSymbol): bigint {
  return size === 0 ? FARTHEST : BigInt(size);
}

/** Symbols of an ELF file's .symtab. Throws an Error if the file is none, or is damaged. */
export function elfSymbols(file: Uint8Array): SymbolTable {
  const { sections, littleEndian, wordBytes } = elfSections(file);
  const wide = wordBytes === 8;
  const entryBytes = wide ? 24 : 16;
  const found: { symbol: DebugSymbol; rank: number }[] = [];
  // There is one at most (gABI, "Section Types"); others could be the same bytes again.
  const table = sections.find(({ type }) => type === SHT_SYMTAB);
  if (table !== undefined) {
    const { bytes, link } = table;
    const strings = sections[link]?.bytes ?? new Uint8Array(0);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + entryBytes <= bytes.length; at += entryBytes) {
      const info = view.getUint8(at + (wide ? 4 : 12));
      const section = view.getUint16(at + (wide ? 6 : 14), littleEndian);
      const kind = info & 15;
      const name = stringAt(strings, view.getUint32(at, littleEndian));
      // Names such as ".L3", "$x" and "$d" are the assembler's own.
      if (section === SHN_UNDEF || kind === STT_SECTION || kind === STT_FILE || /^($|\.L|\$[xd])/.test(name)) continue;
      const address = wide ? view.getBigUint64(at + 8, littleEndian) : BigInt(view.getUint32(at + 4, littleEndian));
      const size = wide ? Number(view.getBigUint64(at + 16, littleEndian)) : view.getUint32(at + 8, littleEndian);
      const symbol = { name, address, size, kind: kindName(kind) };
      const kindRank = kind === STT_FUNC ? 0 : kind === STT_OBJECT ? 1 : 2;
      found.push({ symbol, rank: 2 * kindRank + (info >> 4 === STB_LOCAL ? 1 : 0) });
    }
  }
  // The table keeps this order among symbols of one address.
  return new SymbolTable(found.sort((a, b) => a.rank - b.rank).map(({ symbol }) => symbol));
}

function kindName(type: number): DebugSymbol["kind"] {
  if (type === STT_FUNC) return "function";
  return type === STT_OBJECT ? "object" : "other";
}

/**
 * Symbols as `nm` and a kernel's /proc/kallsyms list them: a line each, "address type name"; what follows the name (a module)
 * is left out. A symbol ends where the next begins. Throws an Error that names the line that is none.
 */
export function listedSymbols(text: string): SymbolTable {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const listed = lines.map((line, index) => {
    const match = /^([0-9a-fA-F]{1,16}) (\S) (\S+)/.exec(line);
    if (match === null) throw new Error(`line ${index + 1} is not "address type name": ${line.slice(0, 80)}`);
    return { address: BigInt(`0x${match[1]}`), type: match[2], name: match[3] };
  });
  return rankedSymbols(listed);
}

/** A line of such a list. */
export interface ListedSymbol {
  readonly address: bigint;
  /** Letter of its type, as nm prints it. */
  readonly type: string;
  readonly name: string;
}

/** A table of listed symbols: what an address is best called comes first, and each ends where the next begins. */
export function rankedSymbols(listed: readonly ListedSymbol[]): SymbolTable {
  const known = listed.filter(({ name }) => !/^(\.L|\$[xd])/.test(name));
  known.sort((a, b) => {
    if (a.address !== b.address) return a.address < b.address ? -1 : 1;
    // Names such as __text_start mark a place that a function's own name describes better.
    const marks = Number(isMark(a.name)) - Number(isMark(b.name));
    return (
      marks || rankOf(a.type) - rankOf(b.type) || Number(a.name.startsWith("__")) - Number(b.name.startsWith("__"))
    );
  });
  let next = 0;
  return new SymbolTable(
    known.map(({ address, type, name }, index) => {
      if (next <= index) next = index + 1;
      while (next < known.length && known[next].address === address) next++;
      const size = next < known.length ? Number(known[next].address - address) : 0;
      return { name, address, size, kind: listedKind(type) };
    }),
  );
}

/** Where a linker has let something begin or end, rather than what lies there. */
function isMark(name: string): boolean {
  return /_(start|end|begin)$|^__(start|stop|end)_/.test(name);
}

function listedKind(type: string): DebugSymbol["kind"] {
  if (/[tTwW]/.test(type)) return "function";
  return /[dDbBrRgGsSvV]/.test(type) ? "object" : "other";
}

/** Functions that others can see come first. */
function rankOf(type: string): number {
  const order = "TWtwDBRdbr".indexOf(type);
  return order < 0 ? 99 : order;
}
