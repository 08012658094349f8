/** One group of registers: a heading that unfolds it, with class and state in words, and its registers in table order. */

import { useMemo, useSyncExternalStore } from "react";
import type { GroupName } from "../../../src/spec/register-table.ts";
import type { GroupSlot } from "../../../src/spec/slot-layout.ts";
import type { GroupView, Legalised, RegisterErrors, RegisterModel } from "../../model/register-model.ts";
import type { FoundGroup } from "../../model/register-search.ts";
import type { SymbolTable } from "../../model/symbol-model.ts";
import { Chevron } from "../../widgets/chevron.tsx";
import { useGroupState } from "./use-group-state.ts";
import { RegisterRow } from "./register-row.tsx";

const CLASS_WORDS = {
  RUNTIME: { word: "runtime", title: "The program's own state, changed by the instructions that it executes" },
  RESET_EXTRA: { word: "reset", title: "Configuration that a reset changes" },
  FULL_EXTRA: { word: "full", title: "Identity, or state that runs by itself" },
} as const;

const STATE_TITLES = {
  stale: "Not as in the CPU: what is shown is the latest sample",
  clean: "As in the CPU",
  dirty: "With edits that the CPU has not seen",
} as const;

/** What all rows of the panel are given. */
export interface RowContext {
  readonly running: boolean;
  /** The machine stands, so that registers can be edited. */
  readonly standing: boolean;
  readonly errors: RegisterErrors;
  readonly legalised: ReadonlyMap<string, Legalised>;
  readonly pinned: readonly string[];
  readonly symbols: SymbolTable | null;
  readonly model: RegisterModel;
  readonly onEdit: (name: string, value: bigint) => Promise<string | null>;
  readonly onPin: (name: string) => void;
}

export interface RegisterGroupProps {
  readonly group: GroupSlot;
  readonly open: boolean;
  readonly context: RowContext;
  readonly onToggle: (name: GroupName) => void;
}

export function RegisterGroup({ group, open, context, onToggle }: RegisterGroupProps) {
  const { name, doc, class: groupClass } = group.row;
  const state = useGroupState(context.model, name);
  const { word, title } = CLASS_WORDS[groupClass];
  const bodyId = `group-${name}`;
  const found = useMemo(() => ({ group, registers: inReadingOrder(group) }), [group]);
  return (
    <section className="group" aria-label={`Group ${name}`}>
      <h3 className="group-heading">
        <button type="button" aria-expanded={open} aria-controls={bodyId} onClick={() => onToggle(name)}>
          <Chevron />
          <span className="group-name">{name}</span>
          <span className="group-doc">{doc}</span>
          <span className="chip" title={title}>
            {word}
          </span>
          <span className={`chip chip-${state}`} title={STATE_TITLES[state]}>
            {state}
          </span>
        </button>
      </h3>
      <ul className="register-list" id={bodyId} hidden={!open}>
        {open && <RegisterRows found={found} context={context} />}
      </ul>
    </section>
  );
}

/** The program counter, which everybody looks for, comes first. */
function inReadingOrder({ registers }: GroupSlot): FoundGroup["registers"] {
  const all = registers.map((slot, index) => ({ slot, index }));
  const isPc = ({ slot: { row } }: (typeof all)[number]) => row.format === "pc" && row.csr === undefined;
  return [...all.filter(isPc), ...all.filter((each) => !isPc(each))];
}

const NOTHING_YET: GroupView = { state: "stale", values: null, edited: [], changed: [] };
const nothingYet = (): GroupView => NOTHING_YET;

/** Some registers of one group. */
export function RegisterRows({ found, context }: { readonly found: FoundGroup; readonly context: RowContext }) {
  const { model, running, standing, errors, legalised, pinned, symbols, onEdit, onPin } = context;
  const view = model.view(found.group.row.name);
  // Of a running machine the rows themselves show each value.
  const { values, edited, changed } = useSyncExternalStore(view.subscribe, running ? nothingYet : view.get);
  const sources = useMemo(() => found.registers.map(({ index }) => ({ view, index })), [view, found]);
  return found.registers.map(({ slot: { row, readonly }, index }, place) => (
    <RegisterRow
      key={row.name}
      row={row}
      value={values?.[index]}
      live={running ? (sources[place] ?? null) : null}
      editable={standing && !readonly}
      edited={edited[index] ?? false}
      changed={changed[index] ?? false}
      error={errors.get(row.name)}
      legalised={legalised.get(row.name)}
      pinned={pinned.includes(row.name)}
      symbols={symbols}
      onEdit={onEdit}
      onPin={onPin}
    />
  ));
}
