/** In one line which interrupts are pending; unfolded, of each why it is or is not taken. */
import type { MachineModel } from "../../model/machine-model.ts";
import { InterruptTable } from "../interrupt-table.tsx";
import { useAnswer } from "../use-answer.ts";

export function PendingInterrupts({ machine }: { readonly machine: MachineModel }) {
  const look = useAnswer(machine, () => machine.board.look(), "interrupts", { running: true });
  if (look === null || typeof look === "string") return null;
  return look.interrupts.map((interrupts, cpu) => {
    const pending = interrupts.filter((interrupt) => interrupt.pending);
    const words = pending.map(
      ({ cause, taken, why }) =>
        `${machine.registers.causeText(true, cause)}${taken ? ", taken before the next instruction" : `, not taken: ${why}`}`,
    );
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: CPUs are numbered
      <details className="trap-pending" key={cpu}>
        <summary>{words.length === 0 ? "No interrupt is pending" : `Pending: ${words.join("; ")}`}</summary>
        <InterruptTable machine={machine} cpu={cpu} interrupts={interrupts} />
      </details>
    );
  });
}
