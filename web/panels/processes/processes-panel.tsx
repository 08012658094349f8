/** Processes of the running Linux: who they are, what they do, and where they go on. */
import { memo, useCallback, useEffect, useRef, useState } from "react";
import type { LinuxView, Process } from "../../model/linux-model.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { isSameData } from "../../model/same-data.ts";
import { Chevron } from "../../widgets/chevron.tsx";
import { useStore } from "../../widgets/use-store.ts";
import { hexText } from "../../widgets/value-text.ts";
import { TableHead } from "../../widgets/table-head.tsx";
import { useMoment } from "../use-moment.ts";
import { ProcessDetailsView } from "./process-details.tsx";
import "./processes.css";

export function ProcessesPanel({ machine }: { readonly machine: MachineModel }) {
  const view = useProcesses(machine);
  const [filter, setFilter] = useState("");
  const [unfolded, setUnfolded] = useState<number | null>(null);
  const unfold = useCallback((pid: number): void => setUnfolded((known) => (known === pid ? null : pid)), []);
  const shown = view?.kind === "processes" ? view.list.filter((process) => matches(process, filter)) : [];
  return (
    <section className="panel processes" aria-label="Processes">
      <header className="panel-header">
        <h2>Processes</h2>
        <input
          type="search"
          className="field process-filter"
          aria-label="Find a process"
          placeholder="Find a process"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <span className="panel-hint">
          {view?.kind === "processes" ? `Linux ${view.kernel}, ${view.list.length} processes` : ""}
        </span>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <section className="panel-body" tabIndex={0} aria-label="Processes of the guest">
        {view === null && <p className="panel-empty">Processes appear here when a Linux runs.</p>}
        {view?.kind === "none" && <p className="panel-empty">{view.why}</p>}
        {view?.kind === "processes" && shown.length === 0 && (
          <p className="panel-empty">No process has such a name or pid.</p>
        )}
        {shown.length > 0 && (
          <table>
            <TableHead columns={["PID", "Name", "State", "Parent", "User ms", "Kernel ms", "Goes on at"]} />
            <tbody>
              {shown.map((process) => (
                <ProcessRows
                  key={process.pid}
                  machine={machine}
                  process={process}
                  unfolded={process.pid === unfolded}
                  onUnfold={unfold}
                />
              ))}
            </tbody>
          </table>
        )}
      </section>
    </section>
  );
}

/**
 * A running kernel changes its list while it is read, so that it may contradict itself: what was known then stays on show, for so
 * many looks at most.
 */
const MOST_MISSES = 10;

function useProcesses(machine: MachineModel): LinuxView | null {
  const moment = useMoment(machine, true);
  const symbols = useStore(machine.symbols.table);
  const [view, setView] = useState<LinuxView | null>(null);
  const misses = useRef(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when memory or names are others, so are the processes
  useEffect(() => {
    let current = true;
    void machine.linux.processes().then((next) => {
      if (!current) return;
      misses.current = next.kind === "none" && machine.view.get().kind === "running" ? misses.current + 1 : 0;
      const isMiss = misses.current > 0 && misses.current <= MOST_MISSES;
      setView((known) => ((isMiss && known?.kind === "processes") || isSameData(known, next) ? known : next));
    });
    return () => {
      current = false;
    };
  }, [machine, moment, symbols]);
  return view;
}

function matches({ name, pid }: Process, filter: string): boolean {
  const wanted = filter.trim().toLowerCase();
  return name.toLowerCase().includes(wanted) || String(pid) === wanted;
}

interface RowsProps {
  readonly machine: MachineModel;
  readonly process: Process;
  readonly unfolded: boolean;
  readonly onUnfold: (pid: number) => void;
}

const ProcessRows = memo(function ProcessRows({ machine, process, unfolded, onUnfold }: RowsProps) {
  const symbols = useStore(machine.symbols.table);
  const { pid, name, state, parent, current, kernelThread, resumesAt, userNs, systemNs } = process;
  const at = resumesAt === null ? "" : (symbols?.text(resumesAt) ?? hexText(resumesAt, 64));
  return (
    <>
      <tr className={current ? "process-current" : undefined} data-pid={pid}>
        <td>{pid}</td>
        <th scope="row">
          <button type="button" className="process-name" aria-expanded={unfolded} onClick={() => onUnfold(pid)}>
            <Chevron />
            {kernelThread ? `[${name}]` : name}
          </button>
        </th>
        <td>
          {current ? "▶ " : ""}
          {state}
        </td>
        <td>{parent}</td>
        <td>{millisecondsText(userNs)}</td>
        <td>{millisecondsText(systemNs)}</td>
        <td>
          {resumesAt !== null && (
            <button type="button" className="place-link" onClick={() => machine.places.showCode(resumesAt)}>
              {at}
            </button>
          )}
        </td>
      </tr>
      {unfolded && (
        <tr className="process-details">
          <td colSpan={7}>
            <div className="process-sheet">
              <ProcessDetailsView machine={machine} process={process} />
            </div>
          </td>
        </tr>
      )}
    </>
  );
}, isSameRow);

/** Each look brings other objects that mostly say the same. */
function isSameRow({ process: before, ...a }: RowsProps, { process: after, ...b }: RowsProps): boolean {
  return a.machine === b.machine && a.unfolded === b.unfolded && a.onUnfold === b.onUnfold && isSameData(before, after);
}

function millisecondsText(ns: bigint): string {
  return (ns / 1_000_000n).toLocaleString("en-US");
}
