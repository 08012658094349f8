/** What else steps can do, and whether interrupts are taken meanwhile: beside the buttons that step. */
import type { MachineModel } from "../model/machine-model.ts";
import { Chevron } from "../widgets/chevron.tsx";
import { Menu, type MenuItem } from "../widgets/menu.tsx";
import { useStore } from "../widgets/use-store.ts";
import type { Command } from "./commands.ts";

/** Names of commands. */
const MOVES = ["thousand", "until"];
/** The same, where the source of what is executed is known. */
const LINES = ["line", "line-over"];

export interface StepMenuProps {
  readonly machine: MachineModel;
  readonly commands: () => readonly Command[];
}

export function StepMenu({ machine, commands }: StepMenuProps) {
  const interrupts = useStore(machine.control.stepInterrupts);
  const held = interrupts === "held";
  const items = (): MenuItem[] => {
    const pc = machine.registers.pc.get();
    const hasLine = pc !== null && machine.programs.lineAt(pc) !== null;
    const all = commands().filter(({ enabled }) => enabled);
    const moves = [...(hasLine ? LINES : []), ...MOVES].flatMap((name) => all.filter(({ id }) => id === name));
    return [
      ...moves.map(({ id, title, act }) => ({ key: id, word: id === "until" ? "Run until …" : title, act })),
      {
        key: "interrupts",
        word: "Steps hold interrupts back",
        note: held
          ? "Step, Over and Out take no interrupt, and timers stand still; what a call runs takes them as ever."
          : "Step, Over and Out take interrupts as they come: a step may lead into a handler.",
        checked: held,
        separated: moves.length > 0,
        act: () => machine.control.stepInterrupts.set(held ? "taken" : "held"),
      },
    ];
  };
  return (
    <Menu
      label={`More steps; interrupts are ${held ? "held back" : "taken"}`}
      className={held ? "step-menu" : "step-menu step-menu-taken"}
      items={items}
    >
      {!held && (
        <span className="step-mark" aria-hidden="true">
          ↯
        </span>
      )}
      <Chevron />
    </Menu>
  );
}
