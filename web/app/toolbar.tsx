/** The bar at the top: which machine, what it should do, how fast it is. */
import type { BundledGuest } from "../model/bundled-guests.ts";
import type { MachineModel } from "../model/machine-model.ts";
import type { Theme } from "../model/settings.ts";
import { Button } from "../widgets/button.tsx";
import { Glyph } from "../widgets/glyph.tsx";
import type { Command } from "./commands.ts";
import { MoreMenu } from "./more-menu.tsx";
import { PauseMenu } from "./pause-menu.tsx";
import { SnapshotButtons } from "./snapshot-buttons.tsx";
import { StepMenu } from "./step-menu.tsx";
import { useStore } from "../widgets/use-store.ts";
import "./toolbar.css";

export interface ToolbarProps {
  readonly machine: MachineModel;
  readonly guests: readonly BundledGuest[];
  readonly onOpen: (guest: BundledGuest) => void;
  readonly theme: Theme;
  readonly onTheme: (theme: Theme) => void;
  readonly onHelp: () => void;
  readonly onMachines: () => void;
  readonly onRunUntil: () => void;
  readonly commands: () => readonly Command[];
}

export function Toolbar(props: ToolbarProps) {
  const { machine, guests, onOpen, theme, onTheme, onHelp, onMachines, onRunUntil, commands } = props;
  const view = useStore(machine.view);
  const guest = useStore(machine.guest);
  const running = view.kind === "running";
  const off = view.kind === "stopped" && (view.reason === "poweroff" || view.reason === "failure");
  const standing = view.kind === "stopped" && !off;
  const other = theme === "dark" ? "light" : "dark";
  return (
    <header className="toolbar">
      <h1 className="product">
        <Logo />
        <span>Vitrine</span>
      </h1>
      <label className="machine-choice">
        <span className="visually-hidden">Machine</span>
        <select
          value={guest?.id ?? ""}
          disabled={guests.length === 0}
          onChange={(event) => {
            const chosen = guests.find(({ id }) => id === event.target.value);
            if (chosen !== undefined) onOpen(chosen);
          }}
        >
          {guest === null && <option value="">Choose a machine</option>}
          {guest !== null && !guests.includes(guest) && <option value={guest.id}>{guest.title}</option>}
          {guests.map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        className="theme-switch"
        onClick={onMachines}
        aria-label="Machines"
        title="Machines, options, files"
      >
        <Glyph name="machines" />
      </button>
      {guest !== null && (
        <span className="architecture" title={guest.description}>
          {guest.target}
        </span>
      )}
      <div className="commands">
        <Button
          symbol={<Glyph name="run" />}
          onClick={() => void machine.control.run()}
          disabled={!standing}
          primary={standing}
          title="Let the machine run; pending edits are applied first (F8)"
        >
          Run
        </Button>
        <Button
          symbol={<Glyph name="pause" />}
          onClick={() => void machine.control.pause()}
          disabled={!running}
          title="Stop at the next instruction (F8)"
        >
          Pause
        </Button>
        <PauseMenu machine={machine} side="below" onRunUntil={onRunUntil} />
        <Button
          symbol={<Glyph name="step" />}
          onClick={() => void machine.control.step()}
          disabled={!standing}
          title="Execute one instruction (F11)"
        >
          Step
        </Button>
        <Button
          symbol={<Glyph name="over" />}
          onClick={() => void machine.control.move({ kind: "over" })}
          disabled={!standing}
          title="Execute one instruction, a call as a whole (F10)"
        >
          Over
        </Button>
        <Button
          symbol={<Glyph name="out" />}
          onClick={() => void machine.control.move({ kind: "out" })}
          disabled={!standing}
          title="Run until the function returns (Shift+F11)"
        >
          Out
        </Button>
        {(running || standing) && <StepMenu machine={machine} commands={commands} />}
        <Button
          symbol={<Glyph name="reset" />}
          onClick={() => void machine.control.reset()}
          disabled={!running && view.kind !== "stopped"}
          title="Switch off and on again"
        >
          Reset
        </Button>
      </div>
      <SnapshotButtons machine={machine} />
      <MoreMenu commands={commands} />
      <Rate machine={machine} />
      <button
        type="button"
        className="theme-switch help-switch"
        onClick={onHelp}
        aria-label="Help"
        title="Keys and commands (?)"
      >
        ?
      </button>
      <button
        type="button"
        className="theme-switch"
        onClick={() => onTheme(other)}
        aria-label={`Use the ${other} theme`}
        title={`Use the ${other} theme`}
      >
        <Glyph name={theme === "dark" ? "sun" : "moon"} />
      </button>
    </header>
  );
}

function Rate({ machine }: { readonly machine: MachineModel }) {
  const rate = useStore(machine.reader.rate);
  const compiled = useStore(machine.reader.compiledShare);
  return (
    <span
      className="rate"
      title="Million instructions that the guest executes in a second, and how many of them in compiled code"
    >
      <span className="rate-number">{rate === null ? "–" : rateText(rate / 1e6)}</span> MIPS
      {compiled !== null && <span className="rate-compiled"> · compiled {Math.round(compiled * 100)} %</span>}
    </span>
  );
}

function rateText(mips: number): string {
  return mips >= 100 ? mips.toFixed(0) : mips.toFixed(1);
}

function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect x="3.75" y="5.75" width="24.5" height="20.5" rx="3.5" fill="none" stroke="currentColor" strokeWidth="2.2" />
      <path d="M9 12l4.5 4L9 20M17 20h6" fill="none" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" />
    </svg>
  );
}
