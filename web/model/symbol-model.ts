/** Names of guest addresses: of the program or kernel that is open, for every panel that shows an address. */
import type { DebugSymbol, SymbolTable } from "../../src/debug/symbols.ts";
import type { SymbolEntry } from "../../src/worker/page.ts";
import type { BundledGuest } from "./bundled-guests.ts";
import { parse, tableOf } from "./parsing.ts";
import { Store } from "./store.ts";

export type { SymbolTable } from "../../src/debug/symbols.ts";

/** What it tells of its names, so that expressions know them too. */
export interface SymbolListener {
  setSymbols(symbols: readonly SymbolEntry[]): Promise<void>;
}

export class SymbolModel {
  /** null: none are known. */
  readonly table = new Store<SymbolTable | null>(null);
  /** Which loading is the latest: earlier ones give up. */
  #turn = 0;
  #listener: SymbolListener | null = null;

  clear(): void {
    this.#turn++;
    this.#listener = null;
    this.table.set(null);
  }

  /** Names of a further program besides those that are known. */
  async add(more: SymbolTable): Promise<void> {
    const table = this.table.get()?.with(more) ?? more;
    this.table.set(table);
    await this.#listener?.setSymbols(table.symbols);
  }

  /** Loads the names that lie beside a guest or in its program. Answers why there are none though there should be, or null. */
  async load(guest: BundledGuest, machine: SymbolListener): Promise<string | null> {
    const turn = ++this.#turn;
    this.#listener = machine;
    try {
      const table = await loadSymbols(guest);
      if (turn !== this.#turn || table === null) return null;
      this.table.set(table);
      await machine.setSymbols(table.symbols);
      return null;
    } catch (error) {
      return turn === this.#turn ? `Names of addresses are not to be had: ${(error as Error).message}` : null;
    }
  }
}

async function loadSymbols(guest: BundledGuest): Promise<SymbolTable | null> {
  if (guest.symbols !== undefined) {
    return tableOf(await parse("list", { address: new URL(guest.symbols, document.baseURI).href }));
  }
  const program = guest.kernelBytes ?? (guest.kernel.endsWith(".elf") ? await bytesOf(guest.kernel) : null);
  if (program === null || program[0] !== 0x7f) return null;
  return tableOf(await parse("elf", { bytes: program }));
}

/** A file that lies beside the page. Throws an Error that names it. */
export async function bytesOf(path: string): Promise<Uint8Array> {
  return new Uint8Array(await (await get(path)).arrayBuffer());
}

async function get(path: string): Promise<Response> {
  const response = await fetch(new URL(path, document.baseURI));
  if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}`.trimEnd());
  return response;
}

/** Symbols from `first` to before `end`, by ascending address. */
export function symbolsBetween({ symbols }: SymbolTable, first: bigint, end: bigint): readonly DebugSymbol[] {
  const from = firstAtOrAbove(symbols, first);
  let to = from;
  while (to < symbols.length && (symbols[to] as DebugSymbol).address < end) to++;
  return symbols.slice(from, to);
}

function firstAtOrAbove(symbols: readonly DebugSymbol[], address: bigint): number {
  let low = 0;
  let high = symbols.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((symbols[middle] as DebugSymbol).address < address) low = middle + 1;
    else high = middle;
  }
  return low;
}
