/** Traps, interrupts and changes of privilege as they happened, in words; and which interrupts are pending now, or why not taken. */
import { memo, useMemo, useState } from "react";
import type { MachineModel } from "../../model/machine-model.ts";
import type { TrapEvent } from "../../model/trap-record.ts";
import { Button } from "../../widgets/button.tsx";
import { useStore } from "../../widgets/use-store.ts";
import { hexText } from "../../widgets/value-text.ts";
import { TableHead } from "../../widgets/table-head.tsx";
import { PendingInterrupts } from "./pending-interrupts.tsx";
import "./traps.css";

const KIND_WORDS: Readonly<Record<TrapEvent["kind"], string>> = {
  exception: "△ exception",
  interrupt: "↯ interrupt",
  return: "↩ return",
};

/** While the machine runs, and with it the list, nobody reads further down. */
const ROWS_WHILE_RUNNING = 50;

export function TrapsPanel({ machine }: { readonly machine: MachineModel }) {
  const { traps, debug } = machine;
  const recording = useStore(traps.points).length > 0;
  const lines = useStore(debug.log);
  const symbols = useStore(machine.symbols.table);
  const [problem, setProblem] = useState<string | null>(null);
  const running = useStore(machine.view).kind === "running";
  const lanes = traps.privileges.length;
  const events = useMemo(() => keyed(traps.eventsOf(lines)).reverse(), [traps, lines]);
  const shown = running ? events.slice(0, ROWS_WHILE_RUNNING) : events;
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
          {recording ? hint(shown.length < events.length) : "exceptions, interrupts, returns"}
        </span>
        <Button onClick={() => debug.clearLog()} disabled={lines.length === 0}>
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
            <TableHead columns={["Step", "Since", "In", "Kind", "Cause", "At", "Value"]} />
            <tbody>
              {shown.map(([key, event], index) => {
                const before = events[index + 1]?.[1];
                return (
                  <TrapRow
                    {...event}
                    key={key}
                    since={before === undefined ? null : event.steps - before.steps}
                    lanes={lanes}
                    at={symbols?.text(event.pc) ?? hexText(event.pc, 64)}
                    machine={machine}
                  />
                );
              })}
            </tbody>
          </table>
        )}
      </section>
    </section>
  );
}

function hint(more: boolean): string {
  return more ? `the latest ${ROWS_WHILE_RUNNING}; the others at a stop` : "each of them costs the machine a stop";
}

/** Each event with a name that it keeps while others come; several may share a step. */
function keyed(events: readonly TrapEvent[]): (readonly [key: string, event: TrapEvent])[] {
  const seen = new Map<bigint, number>();
  return events.map((event) => {
    const nth = seen.get(event.steps) ?? 0;
    seen.set(event.steps, nth + 1);
    return [`${event.steps}-${nth}`, event] as const;
  });
}

interface TrapRowProps extends TrapEvent {
  /** Steps since the event before; null: of the first one nobody knows. */
  readonly since: bigint | null;
  readonly lanes: number;
  /** The place in words. */
  readonly at: string;
  readonly machine: MachineModel;
}

/** It never changes again: only rows of new events are drawn. */
const TrapRow = memo(function TrapRow({ machine, since, lanes, at, ...event }: TrapRowProps) {
  return (
    <tr>
      <td>{event.steps.toLocaleString("en-US")}</td>
      <td>{since === null ? "" : `+${since.toLocaleString("en-US")}`}</td>
      <td>
        <Lanes count={lanes} rank={event.rank} />
        {event.to}-mode
      </td>
      <td>{KIND_WORDS[event.kind]}</td>
      <td>{event.cause}</td>
      <td>
        <button type="button" className="place-link" onClick={() => machine.places.showCode(event.pc)}>
          {at}
        </button>
      </td>
      <td>{event.value === 0n ? "" : `0x${event.value.toString(16)}`}</td>
    </tr>
  );
});

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
