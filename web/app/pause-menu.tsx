/** "Pause at next …": since Pause mostly lands where a kernel waits, these run on to something that happens. */
import type { NewStopPoint } from "../model/debug-model.ts";
import type { MachineModel } from "../model/machine-model.ts";
import { Chevron } from "../widgets/chevron.tsx";
import { Menu, type MenuItem } from "../widgets/menu.tsx";
import { useStore } from "../widgets/use-store.ts";

export interface PauseMenuProps {
  readonly machine: MachineModel;
  readonly onRunUntil: () => void;
}

export function PauseMenu({ machine, onRunUntil }: PauseMenuProps) {
  const view = useStore(machine.view);
  const possible = view.kind === "running" || (view.kind === "stopped" && view.exitCode === undefined);
  return possible ? (
    <Menu label="Pause at next …" className="pause-menu" items={() => items(machine, onRunUntil)}>
      <Chevron />
    </Menu>
  ) : null;
}

function items(machine: MachineModel, onRunUntil: () => void): MenuItem[] {
  const item = (key: string, word: string, point: NewStopPoint | null): MenuItem[] =>
    point === null
      ? []
      : [{ key, word: `Pause at the next ${word}`, act: () => void machine.control.pauseAt(point, word) }];
  const calls = machine.registers.systemCallCauses();
  const space = machine.registers.addressSpaceRegister();
  return [
    ...item("call", "system call", calls.length === 0 ? null : { kind: "trap", exceptions: calls }),
    ...item("interrupt", "interrupt", { kind: "trap", interrupts: "all" }),
    ...item("exception", "exception", { kind: "trap", exceptions: "all" }),
    ...item("space", "switch of the address space", space === null ? null : { kind: "csr", name: space }),
    ...item("privilege", "change of privilege", { kind: "privilege" }),
    { key: "until", word: "Run until …", act: onRunUntil, separated: true },
  ];
}
