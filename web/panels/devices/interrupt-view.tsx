/** Each CPU's interrupts: pending, enabled, who handles them, and why one is not taken. Below, what the devices ask for. */
import type { BoardLook, InterruptState } from "../../model/board-model.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { SourcesView } from "./sources-view.tsx";

export interface InterruptViewProps {
  readonly machine: MachineModel;
  readonly look: BoardLook;
  readonly onChoose: (device: string) => void;
}

export function InterruptView({ machine, look, onChoose }: InterruptViewProps) {
  const controller = look.devices.find(({ device }) => device.name === look.board.interruptController);
  return (
    <article className="device" aria-label="Interrupts">
      {look.interrupts.map((interrupts, cpu) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: CPUs are numbered
        <Interrupts key={cpu} machine={machine} cpu={cpu} interrupts={interrupts} />
      ))}
      {controller !== undefined && (
        <>
          <SourcesView machine={machine} look={look} device={controller} />
          <button type="button" className="device-link" onClick={() => onChoose(controller.device.name)}>
            {controller.device.title}
          </button>
        </>
      )}
    </article>
  );
}

interface Props {
  readonly machine: MachineModel;
  readonly cpu: number;
  readonly interrupts: readonly InterruptState[];
}

function Interrupts({ machine, cpu, interrupts }: Props) {
  return (
    <>
      <h3>Interrupts of CPU {cpu}</h3>
      <table aria-label={`Interrupts of CPU ${cpu}`}>
        <thead>
          <tr>
            {["Interrupt", "Pending", "Enabled", "Handled in", "Is it taken?"].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {interrupts.map(({ cause, pending, enabled, handler, taken, why }) => (
            <tr key={cause} data-cause={cause} className={pending ? "device-pending" : undefined}>
              <th scope="row">{machine.registers.causeText(true, cause)}</th>
              <td>{pending ? "■ yes" : "□ no"}</td>
              <td>{enabled ? "■ yes" : "□ no"}</td>
              <td>{machine.registers.privilegeName(handler)}-mode</td>
              <td>{taken ? "yes, before the next instruction" : `no: ${why}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
