/** A CPU's interrupts: pending, enabled, who handles them, and why one is not taken. */
import type { InterruptState } from "../model/board-model.ts";
import type { MachineModel } from "../model/machine-model.ts";
import { TableHead } from "../widgets/table-head.tsx";

export interface InterruptTableProps {
  readonly machine: MachineModel;
  readonly cpu: number;
  readonly interrupts: readonly InterruptState[];
}

export function InterruptTable({ machine, cpu, interrupts }: InterruptTableProps) {
  return (
    <table aria-label={`Interrupts of CPU ${cpu}`}>
      <TableHead columns={["Interrupt", "Pending", "Enabled", "Handled in", "Is it taken?"]} />
      <tbody>
        {interrupts.map(({ cause, pending, enabled, handler, taken, why }) => (
          <tr key={cause} data-cause={cause} className={pending ? "interrupt-pending" : undefined}>
            <th scope="row">{machine.registers.causeText(true, cause)}</th>
            <td>{pending ? "■ yes" : "□ no"}</td>
            <td>{enabled ? "■ yes" : "□ no"}</td>
            <td>{machine.registers.privilegeName(handler)}-mode</td>
            <td>{taken ? "yes, before the next instruction" : `no: ${why}`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
