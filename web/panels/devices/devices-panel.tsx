/** Devices: a map of what lies where, and of each device its registers, its state, and what becomes of its interrupt. */
import { useState } from "react";
import type { MachineModel } from "../../model/machine-model.ts";
import { useStore } from "../../widgets/use-store.ts";
import { DeviceView } from "./device-view.tsx";
import { InterruptView } from "./interrupt-view.tsx";
import { MemoryMap } from "./memory-map.tsx";
import { RangeView } from "./range-view.tsx";
import { useAnswer } from "../use-answer.ts";
import "./devices.css";

/** Chosen when nobody has chosen anything. */
const INTERRUPTS = "interrupts";

export function DevicesPanel({ machine }: { readonly machine: MachineModel }) {
  const info = useStore(machine.info);
  const running = useStore(machine.view).kind === "running";
  const [chosen, setChosen] = useState(INTERRUPTS);
  const look = useAnswer(machine, () => machine.board.look(), `look ${info?.target}`, { running: true });
  const map = useAnswer(machine, () => machine.board.map(), `map ${info?.target}`);
  if (look === null || map === null || typeof look === "string" || typeof map === "string") {
    return (
      <section className="panel devices" aria-label="Devices">
        <p className="panel-empty">
          {typeof look === "string" ? look : "Devices appear here when a machine is there."}
        </p>
      </section>
    );
  }
  const device = look.devices.find((one) => one.device.name === chosen);
  const range = map.find(({ name }) => name === chosen);
  return (
    <section className="panel devices" aria-label="Devices">
      <header className="panel-header">
        <h2>Devices</h2>
        <span className="panel-hint">
          The board {look.board.name}
          {running ? ", read twice a second" : ""}
        </span>
      </header>
      <div className="devices-body">
        <nav className="devices-map" aria-label="Memory map">
          <button
            type="button"
            className="map-range map-interrupts"
            aria-current={chosen === INTERRUPTS}
            onClick={() => setChosen(INTERRUPTS)}
          >
            <span>Interrupts</span>
          </button>
          <MemoryMap look={look} ranges={map} chosen={chosen} onChoose={setChosen} />
        </nav>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
        <section className="panel-body" tabIndex={0} aria-label="What is chosen">
          {device !== undefined ? (
            <DeviceView key={chosen} machine={machine} look={look} device={device} />
          ) : range !== undefined ? (
            <RangeView machine={machine} range={range} />
          ) : (
            <InterruptView machine={machine} look={look} onChoose={setChosen} />
          )}
        </section>
      </div>
    </section>
  );
}
