/** A register's value and the symbol that it points to; while the machine runs, written past React, sixty times a second. */
import { useLayoutEffect, useRef } from "react";
import { fieldMask, type RegisterRow as Row } from "../../../src/spec/register-table.ts";
import type { GroupView } from "../../model/register-model.ts";
import type { Store } from "../../model/store.ts";
import type { SymbolTable } from "../../model/symbol-model.ts";
import { HexValue } from "../../widgets/hex-value.tsx";
import { hexText } from "../../widgets/value-text.ts";

/** Where the values of a running machine come from: a group, and the register's place in it. */
export interface LiveSource {
  readonly view: Store<GroupView>;
  readonly index: number;
}

/** Smaller values are numbers rather than addresses. */
const LEAST_ADDRESS = 0x1000n;

/** What lies at the value, if it can be an address, and something is known to lie there. */
export function symbolText(row: Row, value: bigint, symbols: SymbolTable | null): string | null {
  const isAddress = row.format === undefined || row.format === "int" || row.format === "pc";
  return isAddress && value >= LEAST_ADDRESS ? (symbols?.text(value) ?? null) : null;
}

/** How many characters wide the longest value is: 0x and its digits, and the word for it. */
export function widthOf(row: Row): number {
  const words = Object.values(wordsOf(row) ?? {}).map((word) => word.length + 2);
  return 2 + Math.ceil(row.bits / 4) + Math.max(0, ...words);
}

/** Names of values, where the whole register is one value with names. */
function wordsOf(row: Row) {
  return row.fields?.length === 1 ? row.fields[0]?.values : undefined;
}

function wordFor(row: Row, value: bigint): string | undefined {
  const field = row.fields?.[0];
  return field === undefined ? undefined : wordsOf(row)?.[Number((value & fieldMask(field)) >> BigInt(field.lsb))];
}

/** In hexadecimal, and by name where it has one. */
export function RegisterValue({ row, value }: { readonly row: Row; readonly value: bigint }) {
  const word = wordFor(row, value);
  return (
    <>
      {word !== undefined && <span className="value-meaning">{word}</span>}
      <HexValue value={value} bits={row.bits} />
    </>
  );
}

interface LiveProps {
  readonly row: Row;
  readonly live: LiveSource;
}

/** The same, of the running machine. */
export function LiveValue({ row, live }: LiveProps) {
  const word = useRef<HTMLSpanElement>(null);
  const hex = useRef<HTMLSpanElement>(null);
  useLive(live, (value) => {
    write(word.current, wordFor(row, value) ?? "");
    write(hex.current, hexText(value, row.bits));
  });
  return (
    <span className="value">
      {wordsOf(row) !== undefined && <span className="value-meaning" ref={word} />}
      <span className="hex" ref={hex} />
    </span>
  );
}

/** The symbol to which a register of the running machine points. */
export function LiveSymbol({ row, live, symbols }: LiveProps & { readonly symbols: SymbolTable | null }) {
  const cell = useRef<HTMLSpanElement>(null);
  useLive(live, (value) => write(cell.current, symbolText(row, value, symbols) ?? ""), symbols);
  return <span className="register-symbol" ref={cell} />;
}

/** `show` hears each value that is another one than before, in the frame in which it was read; all anew with another `key`. */
function useLive({ view, index }: LiveSource, show: (value: bigint) => void, key?: unknown): void {
  const latest = useRef(show);
  latest.current = show;
  // biome-ignore lint/correctness/useExhaustiveDependencies: with another key the same value is shown otherwise
  useLayoutEffect(() => {
    let shown: bigint | undefined;
    const update = (): void => {
      const value = view.get().values?.[index];
      if (value === undefined || value === shown) return;
      shown = value;
      latest.current(value);
    };
    update();
    return view.subscribe(update);
  }, [view, index, key]);
}

/** A new text node costs more than other characters in the one that is there. */
function write(cell: HTMLElement | null, text: string): void {
  const node = cell?.firstChild;
  if (node instanceof Text) {
    if (node.data !== text) node.data = text;
  } else if (text !== "") cell?.append(text);
}
