/** Traps, interrupts and changes of privilege as they happened, in words; and which interrupts are pending now, or why not taken. */
import { useMemo, useState } from "react";
import type { MachineModel } from "../../model/machine-model.ts";
import type { TrapEvent } from "../../model/trap-record.ts";
import { Button } from "../../widgets/button.tsx";
import { useStore } from "../../widgets/use-store.ts";
import { hexText } from "../../widgets/value-text.ts";
import { PendingInterrupts } from "./pending-interrupts.tsx";
import "./traps.css";

const KIND_WORDS: Readonly<Record<TrapEvent["kind"], string>> = {
  exception: "△ exception",
  interrupt: "↯ interrupt",
  return: "↩ return",
};

export function TrapsPanel({ machine }: { readonly machine: MachineModel }) {
  const { traps, debug } = machine;
  const recording = useStore(traps.points).length > 0;
  const lines = useStore(debug.log);
  const symbols = useStore(machine.symbols.table);
  const [problem, setProblem] = useState<string | null>(null);
  const { privileges } = traps;
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
          {recording ? "each of them costs the machine a stop" : "exceptions, interrupts, returns"}
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
        <PendingInterrupts machine={machine} />
        {events.length === 0 ? (
          <p className="panel-empty">
            {recording
              ? "Nothing has happened yet."
              : "Press Record: each trap and each return from one is listed here, the latest first."}
          </p>
        ) : (
          <table aria-label="Traps and returns, the latest first">
            <thead>
              <tr>
                {["Step", "Since", "In", "Kind", "Cause", "At", "Value"].map((name) => (
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
                    <td>
                      <Lanes count={privileges.length} rank={event.rank} />
                      {event.to}-mode
                    </td>
                    <td>{KIND_WORDS[event.kind]}</td>
                    <td>{event.cause}</td>
                    <td>
                      <button type="button" className="trap-at" onClick={() => machine.places.showCode(event.pc)}>
                        {symbols?.text(event.pc) ?? hexText(event.pc, 64)}
                      </button>
                    </td>
                    <td>{event.value === 0n ? "" : `0x${event.value.toString(16)}`}</td>
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

/** A line of the picture that the rows make from top to bottom: in which privilege the machine is, lowest first. */
function Lanes({ count, rank }: { readonly count: number; readonly rank: number }) {
  return (
    <span className="trap-lanes" aria-hidden="true">
      {Array.from({ length: count }, (_, lane) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lanes are numbered
        <i key={lane} className={lane === rank ? "trap-lane-here" : undefined} />
      ))}
    </span>
  );
}
