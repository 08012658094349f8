/** The registers of the CPU by group: live while the machine runs, editable while it stands. */
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import type { GroupName } from "../../../src/spec/register-table.ts";
import type { MachineModel, MachineView } from "../../model/machine-model.ts";
import { type FoundGroup, findRegisters, registersNamed } from "../../model/register-search.ts";
import { Button } from "../../widgets/button.tsx";
import { useStore } from "../../widgets/use-store.ts";
import { GroupStrip } from "./group-strip.tsx";
import { RegisterGroup, RegisterRows, type RowContext } from "./register-group.tsx";
import "./registers.css";

const RATES_HZ = [1, 2, 5, 10, 30, 60];

export function RegistersPanel({ machine }: { readonly machine: MachineModel }) {
  const model = machine.registers;
  const groups = useStore(model.groups);
  const open = useStore(model.open);
  const pinned = useStore(model.pinned);
  const dirtyGroups = useStore(model.dirtyGroups);
  const view = useStore(machine.view);
  const copies = useStore(machine.copies);
  const [search, setSearch] = useState("");
  const wanted = useDeferredValue(search.trim());
  const body = useRef<HTMLDivElement>(null);
  const toggle = useCallback<RegisterModel["toggle"]>((name) => model.toggle(name), [model]);
  const standing = view.kind === "stopped" && view.exitCode === undefined;
  const context = useRowContext(machine, view.kind === "running", standing);
  const found = useMemo(() => (wanted === "" ? null : findRegisters(groups, wanted)), [groups, wanted]);
  const favourites = useMemo(() => registersNamed(groups, pinned), [groups, pinned]);
  useEffect(() => {
    const besides = [...favourites, ...(found ?? [])].map(({ group }) => group.row.name);
    void model.showBesides(new Set(besides));
  }, [model, favourites, found]);

  const reveal = (name: GroupName): void => {
    setSearch("");
    if (!open.has(name)) void model.toggle(name);
    requestAnimationFrame(() => body.current?.querySelector(`[aria-label="Group ${name}"]`)?.scrollIntoView());
  };

  return (
    <section className="panel registers" aria-label="Registers">
      <header className="panel-header">
        <h2>Registers</h2>
        <input
          type="search"
          className="field register-search"
          placeholder="Find a register"
          aria-label="Find a register"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <span className="panel-hint">{hint(view, dirtyGroups)}</span>
        {view.kind === "running" && <SamplingRate model={model} />}
        <Button onClick={() => void model.revert()} disabled={!standing || dirtyGroups === 0}>
          Revert
        </Button>
        <Button onClick={() => void model.apply()} disabled={!standing || dirtyGroups === 0} primary={dirtyGroups > 0}>
          Apply
        </Button>
      </header>
      {copies && (
        <p className="panel-note">
          Live values come as copies by message, which is slower: this page is not cross-origin isolated, so that the
          browser lets it share no memory with the machine.
        </p>
      )}
      {groups.length > 0 && <GroupStrip model={model} groups={groups} standing={standing} onReveal={reveal} />}
      <div className="panel-body" ref={body}>
        {groups.length === 0 && <p className="panel-empty">The registers appear here when a machine is there.</p>}
        {found !== null ? (
          <Found
            what={`Registers that match “${wanted}”`}
            none="No register has such a name."
            found={found}
            context={context}
          />
        ) : (
          <>
            {favourites.length > 0 && <Found what="Pinned" none="" found={favourites} context={context} />}
            {groups.map((group) => (
              <RegisterGroup
                key={group.row.name}
                group={group}
                open={open.has(group.row.name)}
                context={context}
                onToggle={toggle}
              />
            ))}
          </>
        )}
      </div>
    </section>
  );
}

function useRowContext(machine: MachineModel, running: boolean, standing: boolean): RowContext {
  const model = machine.registers;
  const errors = useStore(model.errors);
  const legalised = useStore(model.legalised);
  const pinned = useStore(model.pinned);
  const symbols = useStore(machine.symbols.table);
  const onEdit = useCallback<RegisterModel["edit"]>((name, value) => model.edit(name, value), [model]);
  const onPin = useCallback((name: string) => model.togglePin(name), [model]);
  return { running, standing, errors, legalised, pinned, symbols, model, onEdit, onPin };
}

interface FoundProps {
  readonly what: string;
  readonly none: string;
  readonly found: readonly FoundGroup[];
  readonly context: RowContext;
}

function Found({ what, none, found, context }: FoundProps) {
  return (
    <section className="group" aria-label={what}>
      <h3 className="group-heading found-heading">{what}</h3>
      {found.length === 0 && <p className="panel-empty">{none}</p>}
      <ul className="register-list">
        {found.map((part) => (
          <RegisterRows key={part.group.row.name} found={part} context={context} />
        ))}
      </ul>
    </section>
  );
}

function SamplingRate({ model }: { readonly model: RegisterModel }) {
  const hz = useStore(model.hz);
  return (
    <select
      className="field"
      aria-label="Readings a second"
      title="How often registers are read while the machine runs"
      value={hz}
      onChange={(event) => void model.setHz(Number(event.target.value))}
    >
      {RATES_HZ.map((rate) => (
        <option key={rate} value={rate}>
          {rate} Hz
        </option>
      ))}
    </select>
  );
}

type RegisterModel = MachineModel["registers"];

function hint(view: MachineView, dirtyGroups: number): string {
  if (view.kind === "running") return "live; pause to edit";
  if (view.kind === "dead") return "as last known";
  if (view.kind !== "stopped") return "";
  if (view.exitCode !== undefined) return "as the machine was left";
  return dirtyGroups > 0 ? "Run applies the edits too" : "click a value to edit it";
}
