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
  // What a switch of processes is depends on it, even while the list is open.
  useStore(machine.linux.switchedAt);
  const possible = view.kind === "running" || (view.kind === "stopped" && view.exitCode === undefined);
  if (!possible) return null;
  const worded = side === "above";
  return (
    <Menu
      label={worded ? "Pause at next … from here" : "Pause at next …"}
      className={worded ? "pause-menu-words" : "pause-menu"}
      items={() => [...nextPauses(machine), ...runUntil(onRunUntil)]}
      side={side}
      onOpen={() => void machine.linux.lookForSwitch()}
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
  const item = (key: string, word: string, point: NewStopPoint | null, note?: string) => {
    if (point === null) return [];
    const act = () => void machine.control.pauseAt(point, word);
    return [{ key, word: `Pause at the next ${word}`, act, ...(note !== undefined && { note }) }];
  };
  const calls = machine.registers.systemCallCauses();
  return [
    ...item("call", "system call", calls.length === 0 ? null : { kind: "trap", exceptions: calls }),
    ...item("trap", "trap of any kind", { kind: "trap", exceptions: "all", interrupts: "all" }),
    ...item("interrupt", "interrupt", { kind: "trap", interrupts: "all" }),
    ...item("exception", "exception", { kind: "trap", exceptions: "all" }),
    ...switches(machine, item),
    ...item("privilege", "change of privilege", { kind: "privilege" }),
  ];
}

/** Where a Linux is known: to any other of its tasks. Elsewhere what any system has: to other page tables. */
function switches<T>(
  machine: MachineModel,
  item: (key: string, word: string, point: NewStopPoint, note: string) => T[],
) {
  const address = machine.linux.switchedAt.get();
  if (address !== null) {
    const note = "From any task of this Linux to another: processes, their threads, threads of the kernel.";
    return item("process", "process switch", { kind: "execute", address }, note);
  }
  const name = machine.registers.addressSpaceRegister();
  if (name === null) return [];
  const note = `A write of ${name}. Where a Linux is known, each switch of its processes is offered instead.`;
  return item("space", "switch of the address space", { kind: "csr", name }, note);
}
