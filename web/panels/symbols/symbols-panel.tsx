/** Names of addresses, of the program or kernel that runs: found by their letters, shown where they lie. */
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useMemo, useRef, useState } from "react";
import type { MachineModel } from "../../model/machine-model.ts";
import { findSymbols, type SymbolKind, symbolAt } from "../../model/symbol-search.ts";
import { Button } from "../../widgets/button.tsx";
import { useStore } from "../../widgets/use-store.ts";
import { hexText } from "../../widgets/value-text.ts";
import "./symbols.css";

const ROW = 22;
/** Rows drawn beyond the view. */
const SPARE = 8;
const KIND_WORDS: Readonly<Record<Exclude<SymbolKind, "all">, string>> = {
  function: "function",
  object: "data",
  other: "",
};

export function SymbolsPanel({ machine }: { readonly machine: MachineModel }) {
  const table = useStore(machine.symbols.table);
  const [text, setText] = useState("");
  const [kind, setKind] = useState<SymbolKind>("all");
  const [order, setOrder] = useState<"address" | "name">("address");
  const [chosen, setChosen] = useState(0);
  const [problem, setProblem] = useState<string | null>(null);
  // Tens of thousands of names: what is typed appears at once, what is found a moment later.
  const wanted = useDeferredValue(text);
  const found = useMemo(
    () => (table === null ? [] : findSymbols(table, wanted, kind, order)),
    [table, wanted, kind, order],
  );
  const frame = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, rows: 40 });
  const id = useId();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is there as soon as there are names
  useEffect(() => {
    const list = frame.current;
    if (list === null) return;
    const observer = new ResizeObserver(() => list.clientHeight > 0 && setView(seen(list)));
    observer.observe(list);
    return () => observer.disconnect();
  }, [table]);
  /** What is found anew is shown from its beginning. */
  const begin = (): void => {
    setChosen(0);
    if (frame.current !== null) frame.current.scrollTop = 0;
  };
  const select = (index: number): void => {
    const next = Math.min(found.length - 1, Math.max(0, index));
    setChosen(next);
    const list = frame.current;
    if (list === null) return;
    const y = next * ROW;
    if (y < list.scrollTop) list.scrollTop = y;
    else if (y + ROW > list.scrollTop + list.clientHeight) list.scrollTop = y + ROW - list.clientHeight;
  };
  const symbol = found[chosen];
  const show = (index: number): void => {
    // Who is quicker than the list means what has been typed.
    const now = table === null || wanted === text ? found : findSymbols(table, text, kind, order);
    const target = now[index];
    if (target === undefined) return;
    if (target.kind === "object") machine.places.showData(target.address);
    else machine.places.showCode(target.address);
  };
  const key = (event: KeyboardEvent): void => {
    const page = Math.max(1, view.rows - 2);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      select(chosen + step);
    } else if (event.key === "Enter") {
      event.preventDefault();
      show(chosen);
    }
  };
  const first = Math.max(0, Math.min(view.top - SPARE, found.length));
  const end = Math.min(found.length, view.top + view.rows + SPARE);

  return (
    <section className="panel symbols" aria-label="Symbols">
      <header className="panel-header">
        <h2>Symbols</h2>
        <input
          type="search"
          className="field symbol-filter"
          aria-label="Find a symbol or an address"
          placeholder="Name or address"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            begin();
          }}
          onKeyDown={key}
          spellCheck={false}
          autoComplete="off"
        />
        <select
          className="field"
          aria-label="Kind of symbol"
          value={kind}
          onChange={(event) => {
            setKind(event.target.value as SymbolKind);
            begin();
          }}
        >
          <option value="all">all</option>
          <option value="function">functions</option>
          <option value="object">data</option>
        </select>
        <select
          className="field"
          aria-label="Order of symbols"
          value={order}
          onChange={(event) => {
            setOrder(event.target.value as "address" | "name");
            begin();
          }}
        >
          <option value="address">by address</option>
          <option value="name">by name</option>
        </select>
        <span className="panel-hint">
          {table === null
            ? ""
            : `${found.length.toLocaleString("en-US")} of ${table.symbols.length.toLocaleString("en-US")}`}
        </span>
        <Button
          onClick={() => symbol !== undefined && void machine.debug.toggleAt(symbol.address).then(setProblem)}
          disabled={symbol === undefined || symbol.kind === "object"}
        >
          Break here
        </Button>
      </header>
      {problem !== null && (
        <p className="panel-note" role="alert">
          {problem}
        </p>
      )}
      {table === null ? (
        <p className="panel-empty">Nothing is known of this machine’s names.</p>
      ) : (
        <div
          className="symbol-list"
          hidden={found.length === 0}
          ref={frame}
          role="listbox"
          tabIndex={0}
          aria-label="Symbols found"
          aria-activedescendant={chosen >= first && chosen < end ? `${id}-${chosen}` : undefined}
          onScroll={() => frame.current !== null && setView(seen(frame.current))}
          onKeyDown={key}
        >
          <div role="presentation" style={{ height: first * ROW }} />
          {found.slice(first, end).map((each, n) => {
            const index = first + n;
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
              <div
                key={index}
                id={`${id}-${index}`}
                className="symbol-row"
                role="option"
                tabIndex={-1}
                aria-selected={index === chosen}
                aria-setsize={found.length}
                aria-posinset={index + 1}
                title={`${symbolAt(each)}. Click to show it.`}
                onClick={() => {
                  setChosen(index);
                  show(index);
                }}
              >
                <span className="symbol-address">{hexText(each.address, 64)}</span>
                <span className="symbol-name">{each.name}</span>
                <span className="symbol-kind">{KIND_WORDS[each.kind]}</span>
                <span className="symbol-size">{each.size === 0 ? "" : each.size.toLocaleString("en-US")}</span>
              </div>
            );
          })}
          <div role="presentation" style={{ height: Math.max(0, found.length - end) * ROW }} />
        </div>
      )}
      {table !== null && found.length === 0 && (
        <p className="panel-empty">No symbol has these letters, or lies at this address.</p>
      )}
    </section>
  );
}

function seen(list: HTMLElement) {
  return { top: Math.floor(list.scrollTop / ROW), rows: Math.ceil(list.clientHeight / ROW) + 1 };
}
