/** Guest memory as cells of any type, virtual or physical: go to, search, edit. */
import { type FormEvent, useEffect, useRef, useState } from "react";
import { CELL_TYPES, type CellType, parseBytes } from "../../model/cell-types.ts";
import type { AddressKind } from "../../model/guest-memory.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { findBytes, parsePattern, valuePattern } from "../../model/memory-search.ts";
import { ExpressionField, type ExpressionProblem } from "../../widgets/expression-field.tsx";
import { useStore } from "../../widgets/use-store.ts";
import { hexText } from "../../widgets/value-text.ts";
import { MemoryGrid } from "./memory-grid.tsx";
import { StructureView } from "./structure-view.tsx";
import "./memory.css";

export function MemoryPanel({ machine }: { readonly machine: MachineModel }) {
  const info = useStore(machine.info);
  const set = useStore(machine.instructionSet);
  const symbols = useStore(machine.symbols.table);
  const wish = useStore(machine.places.data);
  const [kind, setKind] = useState<AddressKind>("virtual");
  const [type, setType] = useState<CellType>(CELL_TYPES[0] as CellType);
  const [focus, setFocus] = useState<{ readonly address: bigint } | null>(null);
  const [selected, setSelected] = useState(0n);
  const [problem, setProblem] = useState<string | null>(null);
  const [structured, setStructured] = useState(false);

  const view = useStore(machine.view);
  /** Nobody has chosen a place yet, and the machine has stopped nowhere. */
  const open = useRef(true);

  const show = (address: bigint, shownKind: AddressKind): void => {
    open.current = false;
    setKind(shownKind);
    setFocus({ address });
    setSelected(address);
    setProblem(null);
  };
  // A panel that is shown again has its effects again, but each wish counts once.
  const heard = useRef<typeof wish>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each wish is shown once
  useEffect(() => {
    if (wish === heard.current) return;
    heard.current = wish;
    if (wish !== null) show(wish.address, wish.kind);
  }, [wish]);
  useEffect(() => {
    if (info === null || !open.current) return;
    if (view.kind !== "stopped") return setFocus(null);
    // Around pc there is memory for certain, as long as the machine stands.
    open.current = view.reason === "created";
    const start = view.pc - (view.pc % 16n);
    setFocus({ address: start });
    setSelected(start);
  }, [info, view]);

  const goTo = async (text: string): Promise<ExpressionProblem | null> => {
    const result = await machine.evaluate(text);
    if (result.kind === "error") return result;
    show(result.value.value, kind);
    return null;
  };
  const write = async (address: bigint, bytes: Uint8Array): Promise<boolean> => {
    open.current = false;
    const refusal = await machine.memory.write(address, bytes, kind);
    setProblem(refusal);
    return refusal === null;
  };
  const typed = async (address: bigint, byte: number): Promise<void> => {
    // At once: who types fast means the next byte with the next key.
    setSelected(address + 1n);
    if (!(await write(address, Uint8Array.of(byte)))) setSelected(address);
  };

  if (info === null || set === null) {
    return (
      <section className="panel memory" aria-label="Memory">
        <p className="panel-empty">Memory appears here when a machine is there.</p>
      </section>
    );
  }
  const symbol = kind === "virtual" ? (symbols?.text(selected) ?? null) : null;
  return (
    <section className="panel memory" aria-label="Memory">
      <header className="panel-header">
        <h2>Memory</h2>
        <ExpressionField label="Show address" placeholder="Address or expression" onEnter={goTo} />
        <select
          className="field"
          aria-label="Kind of address"
          value={kind}
          onChange={(event) => {
            const next = event.target.value as AddressKind;
            if (focus !== null) show(selected, next);
            else if (next === "physical") show(info.ramStart, next);
          }}
        >
          <option value="virtual">virtual</option>
          <option value="physical">physical</option>
        </select>
        <select
          className="field"
          aria-label="Type of cells"
          value={type.name}
          onChange={(event) => setType(CELL_TYPES.find(({ name }) => name === event.target.value) as CellType)}
        >
          {CELL_TYPES.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <button
          type="button"
          className="toggle"
          aria-pressed={structured}
          title="Fields of the program’s structures, with their values"
          onClick={() => setStructured(!structured)}
        >
          Structure
        </button>
        <Search
          machine={machine}
          kind={kind}
          type={type}
          order={set.byteOrder}
          from={selected}
          onFound={(at) => show(at, kind)}
          onProblem={setProblem}
        />
      </header>
      {problem !== null && (
        <p className="panel-note" role="alert">
          {problem}
        </p>
      )}
      {focus === null ? (
        <p className="panel-empty">
          Memory around pc appears here when the machine stops; an address or expression above shows it at once.
        </p>
      ) : (
        <>
          <MemoryGrid
            machine={machine}
            kind={kind}
            type={type}
            order={set.byteOrder}
            focus={focus}
            selected={selected}
            onSelect={(address) => {
              open.current = false;
              setSelected(address);
            }}
            onType={(address, byte) => void typed(address, byte)}
          />
          {structured && (
            <StructureView
              machine={machine}
              kind={kind}
              order={set.byteOrder}
              selected={selected}
              onShow={(address) => show(address, kind)}
            />
          )}
          <footer className="memory-footer">
            <span className="memory-selected">
              {hexText(selected, 64)}
              {symbol !== null && <span className="memory-symbol">{symbol}</span>}
            </span>
            <Write
              type={type}
              order={set.byteOrder}
              onWrite={(bytes) => write(selected, bytes)}
              onProblem={setProblem}
            />
          </footer>
        </>
      )}
    </section>
  );
}

interface SearchProps {
  readonly machine: MachineModel;
  readonly kind: AddressKind;
  /** As what a value is searched. */
  readonly type: CellType;
  readonly order: "little" | "big";
  readonly from: bigint;
  readonly onFound: (address: bigint) => void;
  readonly onProblem: (text: string | null) => void;
}

function Search({ machine, kind, type, order, from, onFound, onProblem }: SearchProps) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const turn = useRef(0);
  const patternOf = async (): Promise<ReturnType<typeof parsePattern>> => {
    const expression = /^\s*=(.*)$/.exec(text)?.[1];
    if (expression === undefined) return parsePattern(text);
    const result = await machine.evaluate(expression);
    if (result.kind === "value") return valuePattern(result.value, type, order);
    const before = text.length - expression.length;
    return { kind: "error", text: `At character ${before + result.position + 1}: ${result.text}` };
  };
  const search = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const mine = ++turn.current;
    const pattern = await patternOf();
    if (mine !== turn.current) return;
    if (pattern.kind === "error") return onProblem(pattern.text);
    onProblem(null);
    setBusy(true);
    const ranges = await machine.searchRanges(kind, from + 1n);
    const found = await findBytes(machine.memory, pattern.bytes, ranges, kind, () => mine === turn.current);
    if (mine !== turn.current) return;
    setBusy(false);
    if (found === null) onProblem(`${text} stands nowhere in ${kind} memory.`);
    else onFound(found);
  };
  return (
    <form onSubmit={(event) => void search(event)} className="memory-search">
      <input
        type="search"
        className="field"
        aria-label="Find bytes, text or a value"
        placeholder='Find de ad, "text", =value'
        title={`Bytes (de ad), a text in quotes, or = and an expression: its value as ${type.name}`}
        value={text}
        onChange={(event) => {
          turn.current++;
          setBusy(false);
          setText(event.target.value);
        }}
        spellCheck={false}
        autoComplete="off"
      />
      {busy && <span role="status">Searching …</span>}
    </form>
  );
}

interface WriteProps {
  readonly type: CellType;
  readonly order: "little" | "big";
  readonly onWrite: (bytes: Uint8Array) => Promise<boolean>;
  readonly onProblem: (text: string | null) => void;
}

function Write({ type, order, onWrite, onProblem }: WriteProps) {
  const [text, setText] = useState("");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const parsed = parseBytes(text, type, order);
    if (parsed.kind === "error") return onProblem(parsed.text);
    if (await onWrite(parsed.bytes)) setText("");
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="memory-write">
      <input
        className="field"
        aria-label={`New value, ${type.name}`}
        placeholder={`New ${type.name}`}
        value={text}
        onChange={(event) => setText(event.target.value)}
        spellCheck={false}
        autoComplete="off"
      />
      <button type="submit" className="toggle" disabled={text.trim() === ""}>
        Write
      </button>
    </form>
  );
}
