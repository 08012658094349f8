/** Each CPU's interrupts: pending, enabled, who handles them, and why one is not taken. Below, what the devices ask for. */
import { Fragment } from "react";
import type { BoardLook } from "../../model/board-model.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { InterruptTable } from "../interrupt-table.tsx";
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
        <Fragment key={cpu}>
          <h3>Interrupts of CPU {cpu}</h3>
          <InterruptTable machine={machine} cpu={cpu} interrupts={interrupts} />
        </Fragment>
      ))}
      {controller !== undefined && (
        <>
          <SourcesView machine={machine} look={look} device={controller} />
          <button type="button" className="place-link" onClick={() => onChoose(controller.device.name)}>
            {controller.device.title}
          </button>
        </>
      )}
    </article>
  );
}
