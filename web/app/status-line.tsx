/** One line that says in words how the machine stands, and what went wrong. */
import { useEffect, useState } from "react";
import type { LayoutModel } from "../model/layout-model.ts";
import type { MachineModel, MachineView } from "../model/machine-model.ts";
import { type StopNames, stopSentence } from "../model/stop-sentence.ts";
import { Button } from "../widgets/button.tsx";
import { Glyph, type GlyphName } from "../widgets/glyph.tsx";
import { GdbStatus } from "./gdb-status.tsx";
import { LayoutSwitch } from "./layout-switch.tsx";
import { PauseMenu } from "./pause-menu.tsx";
import { useStore } from "../widgets/use-store.ts";
import "./status-line.css";

const BUSY_WORDS = { saving: "Saving the machine …", loading: "Loading the snapshot …" } as const;

export interface StatusLineProps {
  readonly machine: MachineModel;
  readonly layouts: LayoutModel;
  readonly onGdb: () => void;
}

export function StatusLine({ machine, layouts, onGdb }: StatusLineProps) {
  const view = useStore(machine.view);
  const notice = useStore(machine.notice);
  const busy = useStore(machine.busy);
  const privilege = useStore(machine.registers.privilege);
  const guest = useStore(machine.guest);
  const process = useStore(machine.linux.current);
  const switched = useStore(machine.linux.switched);
  const symbols = useStore(machine.symbols.table);
  const waiting = useWaiting(machine, view);
  const names: StopNames = {
    privilege,
    process,
    switched,
    waiting,
    privilegeName: (number) => machine.registers.privilegeName(number),
    symbol: (address) => symbols?.text(address) ?? null,
    cause: (interrupt, cause) => machine.registers.causeText(interrupt, cause),
    point: (id) => machine.debug.points.get().find((point) => point.id === id),
  };
  return (
    <footer className={`status status-${view.kind}`}>
      <div className="status-text">
        <p className="status-state" role="status">
          <Glyph name={glyphOf(view)} />
          <span>{busy === null ? sentence(view, names, guest?.title ?? "") : BUSY_WORDS[busy]}</span>
        </p>
        {view.kind === "dead" && (
          <Button primary onClick={() => void machine.restart()}>
            Restart
          </Button>
        )}
        {notice !== null && (
          <p className={`status-notice status-${notice.kind}`} role="alert">
            <Glyph name={notice.kind === "done" ? "check" : "alert"} />
            <span>{notice.text}</span>
          </p>
        )}
      </div>
      {view.kind === "stopped" && view.reason === "pause" && <PauseMenu machine={machine} side="above" />}
      <GdbStatus model={machine.gdb} onOpen={onGdb} />
      <LayoutSwitch model={layouts} />
    </footer>
  );
}

/** Whether a machine that was paused stands where it waits for an interrupt, as most do. */
function useWaiting(machine: MachineModel, view: MachineView): boolean {
  const [waits, setWaits] = useState<MachineView | null>(null);
  useEffect(() => {
    const expression = machine.registers.waitingExpression();
    if (view.kind !== "stopped" || view.reason !== "pause" || expression === null) return;
    void machine.evaluate(expression).then((result) => {
      if (result.kind === "value" && result.value.value === 1n) setWaits(view);
    });
  }, [machine, view]);
  return waits === view;
}

function glyphOf(view: MachineView): GlyphName {
  if (view.kind === "running") return "run";
  if (view.kind === "dead" || view.kind === "failed") return "alert";
  if (view.kind !== "stopped") return "wait";
  return view.exitCode === undefined ? "pause" : "stop";
}

function sentence(view: MachineView, names: StopNames, title: string): string {
  switch (view.kind) {
    case "none":
      return "No machine";
    case "loading":
      return `Loading ${title}`;
    case "failed":
      return `${title} could not be started`;
    case "running":
      return "Running";
    case "dead":
      return `The worker died: ${view.message}. Registers and terminal show what was last known.`;
    case "stopped":
      return stopSentence(view, names);
  }
}
