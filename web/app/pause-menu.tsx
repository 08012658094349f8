/** "Pause at next …": since Pause mostly lands where a kernel waits, these run on to something that happens. */
import type { NewStopPoint } from "../model/debug-model.ts";
import type { MachineModel } from "../model/machine-model.ts";
import { Chevron } from "../widgets/chevron.tsx";
import { Menu, type MenuItem } from "../widgets/menu.tsx";
import { useStore } from "../widgets/use-store.ts";

export interface PauseMenuProps {
  readonly machine: MachineModel;
  /** "below": a part of the Pause button. "above": beside the sentence that says where the machine stands, with words. */
  readonly side: "below" | "above";
  readonly onRunUntil?: () => void;
}

export function PauseMenu({ machine, side, onRunUntil }: PauseMenuProps) {
  const view = useStore(machine.view);
  const possible = view.kind === "running" || (view.kind === "stopped" && view.exitCode === undefined);
  if (!possible) return null;
  const worded = side === "above";
  return (
    <Menu
      label={worded ? "Pause at next … from here" : "Pause at next …"}
      className={worded ? "pause-menu-words" : "pause-menu"}
      items={() => [...nextPauses(machine), ...runUntil(onRunUntil)]}
      side={side}
    >
      {worded && <span>Pause at next …</span>}
      <Chevron />
    </Menu>
  );
}

function runUntil(act: (() => void) | undefined): MenuItem[] {
  return act === undefined ? [] : [{ key: "until", word: "Run until …", act, separated: true }];
}

/** What a machine of this target can be run to. */
export function nextPauses(machine: MachineModel): (MenuItem & { readonly word: string })[] {
  const item = (key: string, word: string, point: NewStopPoint | null) =>
    point === null
      ? []
      : [{ key, word: `Pause at the next ${word}`, act: () => void machine.control.pauseAt(point, word) }];
  const calls = machine.registers.systemCallCauses();
  const space = machine.registers.addressSpaceRegister();
  return [
    ...item("call", "system call", calls.length === 0 ? null : { kind: "trap", exceptions: calls }),
    ...item("trap", "trap of any kind", { kind: "trap", exceptions: "all", interrupts: "all" }),
    ...item("interrupt", "interrupt", { kind: "trap", interrupts: "all" }),
    ...item("exception", "exception", { kind: "trap", exceptions: "all" }),
    ...item("space", "process switch (another address space)", space === null ? null : { kind: "csr", name: space }),
    ...item("privilege", "change of privilege", { kind: "privilege" }),
  ];
}
