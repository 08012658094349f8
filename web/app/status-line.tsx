/** One line that says in words how the machine stands, and what went wrong. */
import type { LayoutModel } from "../model/layout-model.ts";
import type { MachineModel, MachineView } from "../model/machine-model.ts";
import { Button } from "../widgets/button.tsx";
import { Glyph, type GlyphName } from "../widgets/glyph.tsx";
import { LayoutSwitch } from "./layout-switch.tsx";
import { useStore } from "../widgets/use-store.ts";
import { decimalText, hexText } from "../widgets/value-text.ts";

const BUSY_WORDS = { saving: "Saving the machine …", loading: "Loading the snapshot …" } as const;

export interface StatusLineProps {
  readonly machine: MachineModel;
  readonly layouts: LayoutModel;
}

export function StatusLine({ machine, layouts }: StatusLineProps) {
  const view = useStore(machine.view);
  const notice = useStore(machine.notice);
  const busy = useStore(machine.busy);
  const privilege = useStore(machine.registers.privilege);
  const guest = useStore(machine.guest);
  return (
    <footer className={`status status-${view.kind}`}>
      <div className="status-text">
        <p className="status-state" role="status">
          <Glyph name={glyphOf(view)} />
          <span>{busy === null ? sentence(view, privilege, guest?.title ?? "") : BUSY_WORDS[busy]}</span>
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
      <LayoutSwitch model={layouts} />
    </footer>
  );
}

function glyphOf(view: MachineView): GlyphName {
  if (view.kind === "running") return "run";
  if (view.kind === "dead" || view.kind === "failed") return "alert";
  if (view.kind !== "stopped") return "wait";
  return view.exitCode === undefined ? "pause" : "stop";
}

function sentence(view: MachineView, privilege: string | null, title: string): string {
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
      return stopSentence(view, privilege);
  }
}

function stopSentence(view: MachineView & { kind: "stopped" }, privilege: string | null): string {
  const place = `at ${hexText(view.pc, 1)}${privilege === null ? "" : ` in ${privilege}-mode`}`;
  const count = `after ${decimalText(view.steps)} ${view.steps === 1n ? "instruction" : "instructions"}`;
  switch (view.reason) {
    case "created":
      return `Switched on and paused ${place}, before the first instruction`;
    case "pause":
    case "step":
      return `Paused ${place}, ${count}`;
    case "poweroff":
      return `Powered off (exit code ${view.exitCode ?? 0}) ${count}. Reset switches it on again.`;
    case "failure":
      return `Ended with failure (exit code ${view.exitCode ?? 0}) ${count}. Reset switches it on again.`;
    case "reset":
      return `The guest asked for a reset ${place}, ${count}`;
    default:
      return `Stopped ${place}, ${count}`;
  }
}
