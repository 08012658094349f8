/** Symbols as a few flat pieces: these pass from one thread to another at once, where many thousand objects take their time. */
import type { DebugSymbol } from "./symbols.ts";

export interface PackedSymbols {
  /** Joined by NUL, which no name contains. */
  readonly names: string;
  readonly addresses: BigUint64Array<ArrayBuffer>;
  /** Bytes; 0: not known. */
  readonly sizes: Float64Array<ArrayBuffer>;
  /** Indices into KINDS. */
  readonly kinds: Uint8Array<ArrayBuffer>;
}

const KINDS: readonly DebugSymbol["kind"][] = ["function", "object", "other"];

export function packSymbols(symbols: readonly DebugSymbol[]): PackedSymbols {
  const count = symbols.length;
  const addresses = new BigUint64Array(count);
  const sizes = new Float64Array(count);
  const kinds = new Uint8Array(count);
  symbols.forEach(({ address, size, kind }, index) => {
    addresses[index] = address;
    sizes[index] = size;
    kinds[index] = KINDS.indexOf(kind);
  });
  return { names: symbols.map(({ name }) => name).join("\0"), addresses, sizes, kinds };
}

/** The symbols again, in the same order, `most` of them at a time. */
export function* unpackSymbols(packed: PackedSymbols, most = Number.POSITIVE_INFINITY): Generator<DebugSymbol[]> {
  const { addresses, sizes, kinds } = packed;
  const names = addresses.length === 0 ? [] : packed.names.split("\0");
  for (let first = 0; first < names.length; first += most) {
    yield names.slice(first, first + most).map((name, n) => ({
      name,
      address: addresses[first + n] as bigint,
      size: sizes[first + n] as number,
      kind: KINDS[kinds[first + n] as number] as DebugSymbol["kind"],
    }));
  }
}
