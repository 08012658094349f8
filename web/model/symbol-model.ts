/** Names of guest addresses: of the program or kernel that is open, for every panel that shows an address. */
import type { SymbolEntry } from "../../src/worker/page.ts";
import { Store } from "./store.ts";

/** Farther above the last symbol an address belongs to nobody whose size is not known. */
const FARTHEST = 1n << 20n;

export class SymbolTable {
  /** By ascending address; of several at one address the one that names code or data best comes last. */
  readonly entries: readonly SymbolEntry[];
  readonly #byName = new Map<string, SymbolEntry>();

  constructor(entries: Iterable<SymbolEntry>) {
    this.entries = [...entries].sort((a, b) =>
      a.address < b.address ? -1 : a.address > b.address ? 1 : rank(a) - rank(b),
    );
    for (const entry of this.entries) this.#byName.set(entry.name, entry);
  }

  byName(name: string): SymbolEntry | undefined {
    return this.#byName.get(name);
  }

  /** Symbols from `first` to before `end`. */
  between(first: bigint, end: bigint): readonly SymbolEntry[] {
    return this.entries.slice(this.#above(first - 1n), this.#above(end - 1n));
  }

  /** The symbol at or nearest below an address, and how far above its start that lies. */
  at(address: bigint): { readonly symbol: SymbolEntry; readonly offset: bigint } | null {
    const low = this.#above(address);
    const symbol = this.entries[low - 1];
    if (symbol === undefined) return null;
    const offset = address - symbol.address;
    if (offset >= (symbol.size > 0 ? BigInt(symbol.size) : FARTHEST)) return null;
    // The last of all, of unknown size, names no more than its own address.
    if (symbol.size === 0 && low === this.entries.length && offset > 0n) return null;
    return { symbol, offset };
  }

  /** How many symbols lie at or below an address. */
  #above(address: bigint): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.entries[middle] as SymbolEntry).address <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** As in do_idle+0x3a, or null. */
  nameOf(address: bigint): string | null {
    const found = this.at(address);
    if (found === null) return null;
    return found.offset === 0n ? found.symbol.name : `${found.symbol.name}+0x${found.offset.toString(16)}`;
  }
}

function rank({ kind }: SymbolEntry): number {
  return kind === "function" ? 2 : kind === "object" ? 1 : 0;
}

export class SymbolModel {
  /** null: none are known. */
  readonly table = new Store<SymbolTable | null>(null);
}
