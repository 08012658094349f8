/** Traps and interrupts in the order in which they happened, with cause, place and value in words. */
import { useMemo, useState } from "react";
import type { MachineModel } from "../../model/machine-model.ts";
import { Button } from "../../widgets/button.tsx";
import { useStore } from "../../widgets/use-store.ts";
import { hexText } from "../../widgets/value-text.ts";
import "./traps.css";

export function TrapsPanel({ machine }: { readonly machine: MachineModel }) {
  const { traps, debug } = machine;
  const recording = useStore(traps.point) !== null;
  const lines = useStore(debug.log);
  const symbols = useStore(machine.symbols.table);
  const [problem, setProblem] = useState<string | null>(null);
  const events = useMemo(() => [...traps.eventsOf(lines)].reverse(), [traps, lines]);
  return (
    <section className="panel traps" aria-label="Traps">
      <header className="panel-header">
        <h2>Traps</h2>
        <button
          type="button"
          className="toggle"
          aria-pressed={recording}
          onClick={() => void (recording ? traps.stop() : traps.start().then(setProblem))}
        >
          Record
        </button>
        <span className="panel-hint">
          {recording ? "each trap costs the machine a stop" : "exceptions, interrupts and who handles them"}
        </span>
        <Button onClick={() => debug.log.set([])} disabled={lines.length === 0}>
          Clear
        </Button>
      </header>
      {problem !== null && (
        <p className="panel-note" role="alert">
          {problem}
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <section className="panel-body" tabIndex={0} aria-label="Recorded traps">
        {events.length === 0 ? (
          <p className="panel-empty">
            {recording ? "Nothing has happened yet." : "Press Record: each trap is listed here, the latest first."}
          </p>
        ) : (
          <table>
            <thead>
              <tr>
                {["Step", "Since", "Kind", "Cause", "At", "Value", "To"].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {events.map((event, index) => {
                const before = events[index + 1];
                return (
                  // biome-ignore lint/suspicious/noArrayIndexKey: several may share a step after a reset
                  <tr key={`${event.steps}-${index}`}>
                    <td>{event.steps.toLocaleString("en-US")}</td>
                    <td>{before === undefined ? "" : `+${(event.steps - before.steps).toLocaleString("en-US")}`}</td>
                    <td>{event.interrupt ? "↯ interrupt" : "△ exception"}</td>
                    <td>{event.cause}</td>
                    <td>
                      <button type="button" className="trap-at" onClick={() => machine.places.showCode(event.pc)}>
                        {symbols?.text(event.pc) ?? hexText(event.pc, 64)}
                      </button>
                    </td>
                    <td>{event.value === 0n ? "" : `0x${event.value.toString(16)}`}</td>
                    <td>{event.to}-mode</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        )}
      </section>
    </section>
  );
}
