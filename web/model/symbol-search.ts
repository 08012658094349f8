/** Finding symbols by letters of their names, or by an address. */
import type { DebugSymbol } from "../../src/debug/symbols.ts";
import type { SymbolTable } from "./symbol-model.ts";

export type SymbolKind = "all" | DebugSymbol["kind"];

/** Names that contain `text`, whatever the case, those that begin with it first; or the symbol to which an address (0x…) belongs. */
export function findSymbols(
  table: SymbolTable,
  text: string,
  kind: SymbolKind,
  order: "address" | "name",
): readonly DebugSymbol[] {
  const wanted = text.trim().toLowerCase();
  const all = kind === "all" ? table.symbols : table.symbols.filter((symbol) => symbol.kind === kind);
  if (/^0x[0-9a-f]{1,16}$/.test(wanted)) {
    const place = table.at(BigInt(wanted));
    return place === null ? [] : [place.symbol];
  }
  const found = wanted === "" ? [...all] : all.filter(({ name }) => name.toLowerCase().includes(wanted));
  if (order === "name") found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  if (wanted === "") return found;
  const rank = ({ name }: DebugSymbol): number => {
    const lower = name.toLowerCase();
    return lower === wanted ? 0 : lower.startsWith(wanted) ? 1 : 2;
  };
  const ranked = found.map((symbol) => ({ symbol, rank: rank(symbol) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ symbol }) => symbol);
}

/** A symbol in words, as in "main, 150 bytes from 0x80000220". */
export function symbolAt({ name, address, size }: DebugSymbol): string {
  const length = size === 0 ? "from" : `${size.toLocaleString("en-US")} bytes from`;
  return `${name}, ${length} 0x${address.toString(16)}`;
}
