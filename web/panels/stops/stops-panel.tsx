/** What stops the machine: a list to switch, change and remove, and a form for new ones. */
import { type ReactNode, useState } from "react";
import type { MachineModel } from "../../model/machine-model.ts";
import { type PointNames, pointText } from "../../model/stop-point-text.ts";
import { TRAP_MARK } from "../../model/trap-record.ts";
import { Button } from "../../widgets/button.tsx";
import { Glyph } from "../../widgets/glyph.tsx";
import { useStore } from "../../widgets/use-store.ts";
import type { Point } from "./stop-fields.ts";
import { StopForm } from "./stop-form.tsx";
import "./stops.css";

const KIND_WORDS: Readonly<Record<Point["kind"], string>> = {
  execute: "Breakpoint",
  watch: "Watchpoint",
  register: "Register",
  csr: "Control register",
  trap: "Trap",
  privilege: "Privilege",
  console: "Console",
};

export function StopsPanel({ machine }: { readonly machine: MachineModel }) {
  const points = useStore(machine.debug.points);
  const hits = useStore(machine.debug.hits);
  const symbols = useStore(machine.symbols.table);
  const [problem, setProblem] = useState<string | null>(null);
  const [edited, setEdited] = useState<number | null>(null);
  const names: PointNames = {
    symbol: (address) => symbols?.text(address) ?? null,
    privilegeName: (number) => machine.registers.privilegeName(number),
    cause: (interrupt, cause) => machine.registers.causeText(interrupt, cause),
    space: (space) => machine.space.nameOf(space),
  };
  return (
    <section className="panel stops" aria-label="Breakpoints">
      <header className="panel-header">
        <h2>Breakpoints</h2>
        <span className="panel-hint">
          {points.length === 0 ? "The machine stops where these are hit." : `${points.length} in all`}
        </span>
        <Button
          onClick={() => void machine.debug.removeAll().then(setProblem)}
          disabled={points.length === 0}
          title="Remove all of them"
        >
          Remove all
        </Button>
      </header>
      {problem !== null && (
        <p className="panel-note" role="alert">
          {problem}
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <section className="panel-body" tabIndex={0} aria-label="Stop points">
        <ul className="stop-list">
          {points.map((point) => (
            <StopRow
              key={point.id}
              machine={machine}
              point={point}
              hits={hits.get(point.id) ?? 0}
              words={pointText(point, names)}
              onProblem={setProblem}
              onEdit={point.id === edited ? null : () => setEdited(point.id)}
            >
              {point.id === edited && <StopForm machine={machine} edited={point} onDone={() => setEdited(null)} />}
            </StopRow>
          ))}
        </ul>
        <StopForm machine={machine} edited={null} onDone={() => {}} />
        <LogLines machine={machine} />
      </section>
    </section>
  );
}

/** What log points have printed, the latest last. */
function LogLines({ machine }: { readonly machine: MachineModel }) {
  const lines = useStore(machine.debug.log).filter(({ text }) => !text.startsWith(TRAP_MARK));
  if (lines.length === 0) return null;
  return (
    <ol className="stop-log" aria-label="Printed by stop points">
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a list that only grows at its end
        <li key={index}>
          <span>{line.steps.toLocaleString("en-US")}</span> {line.text}
        </li>
      ))}
    </ol>
  );
}

interface RowProps {
  readonly machine: MachineModel;
  readonly point: Point;
  readonly hits: number;
  readonly words: string;
  readonly onProblem: (text: string | null) => void;
  /** null: it is being changed. */
  readonly onEdit: (() => void) | null;
  readonly children: ReactNode;
}

function StopRow({ machine, point, hits, words, onProblem, onEdit, children }: RowProps) {
  const { debug } = machine;
  const enabled = point.enabled !== false;
  const label = `${KIND_WORDS[point.kind]} ${point.id}`;
  const isRecord = point.log?.startsWith(TRAP_MARK) ?? false;
  const address = "address" in point ? point.address : null;
  const show = (): void => {
    if (address === null) return;
    if (point.kind === "watch") machine.places.showData(address);
    else machine.places.showCode(address);
  };
  return (
    <li className={enabled ? "stop-row" : "stop-row stop-off"}>
      <input
        type="checkbox"
        aria-label={`${label} is on`}
        checked={enabled}
        onChange={() => void debug.change({ ...point, enabled: !enabled }).then(onProblem)}
      />
      <div className="stop-words">
        <p>
          <span className="stop-kind">{label}</span>{" "}
          {address === null ? (
            words
          ) : (
            <button type="button" className="place-link stop-place" onClick={show}>
              {words}
            </button>
          )}
        </p>
        <p className="stop-extras">
          {point.condition !== undefined && (
            <span>
              if <code>{point.condition}</code>
            </span>
          )}
          {isRecord && <span>recorded in Traps</span>}
          {point.log !== undefined && !isRecord && (
            <span>
              prints <code>{point.log}</code>
            </span>
          )}
          {(point.ignore ?? 0) > 0 && <span>after {point.ignore} hits</span>}
          {point.temporary && <span>once</span>}
          <span>
            {hits} {hits === 1 ? "hit" : "hits"}
          </span>
          {onEdit !== null && !isRecord && (
            <button type="button" className="place-link stop-place" aria-label={`Change ${label}`} onClick={onEdit}>
              Change …
            </button>
          )}
        </p>
        {children}
      </div>
      <button
        type="button"
        className="stop-remove"
        aria-label={`Remove ${label}`}
        title="Remove"
        onClick={() => void debug.remove(point.id).then(onProblem)}
      >
        <Glyph name="close" />
      </button>
    </li>
  );
}
