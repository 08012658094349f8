/** The registers of the CPU by group: live while the machine runs, editable while it stands. */
import { useCallback } from "react";
import type { MachineModel, MachineView } from "../../model/machine-model.ts";
import { Button } from "../../widgets/button.tsx";
import { useStore } from "../../widgets/use-store.ts";
import { RegisterGroup } from "./register-group.tsx";
import "./registers.css";

export function RegistersPanel({ machine }: { readonly machine: MachineModel }) {
  const model = machine.registers;
  const groups = useStore(model.groups);
  const open = useStore(model.open);
  const errors = useStore(model.errors);
  const dirtyGroups = useStore(model.dirtyGroups);
  const view = useStore(machine.view);
  const copies = useStore(machine.copies);
  const toggle = useCallback<RegisterModel["toggle"]>((name) => model.toggle(name), [model]);
  const edit = useCallback<RegisterModel["edit"]>((name, value) => model.edit(name, value), [model]);
  const standing = view.kind === "stopped" && view.exitCode === undefined;
  return (
    <section className="panel registers" aria-label="Registers">
      <header className="panel-header">
        <h2>Registers</h2>
        <span className="panel-hint">{hint(view, dirtyGroups)}</span>
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
      <div className="panel-body">
        {groups.length === 0 && <p className="panel-empty">The registers appear here when a machine is there.</p>}
        {groups.map((group) => (
          <RegisterGroup
            key={group.row.name}
            group={group}
            open={open.has(group.row.name)}
            standing={standing}
            errors={errors}
            model={model}
            onToggle={toggle}
            onEdit={edit}
          />
        ))}
      </div>
    </section>
  );
}

type RegisterModel = MachineModel["registers"];

function hint(view: MachineView, dirtyGroups: number): string {
  if (view.kind === "running") return "live · pause to edit";
  if (view.kind === "dead") return "as last known";
  if (view.kind !== "stopped") return "";
  if (view.exitCode !== undefined) return "as the machine was left";
  return dirtyGroups > 0 ? "Run applies the edits too" : "click a value to edit it";
}
