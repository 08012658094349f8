/** What `<vitrine-machine>` shows: a bar with commands, the panels, and a line that says how the machine stands. */
import type { ReactNode } from "react";
import { Loading, Message } from "../app/stage-message.tsx";
import type { BundledGuest } from "../model/bundled-guests.ts";
import type { MachineModel, MachineView } from "../model/machine-model.ts";
import { stopSentence } from "../model/stop-sentence.ts";
import type { Store } from "../model/store.ts";
import { ScreenPanel } from "../panels/screen/screen-panel.tsx";
import { RegistersPanel } from "../panels/registers/registers-panel.tsx";
import { TerminalPanel } from "../panels/terminal/terminal-panel.tsx";
import { Button } from "../widgets/button.tsx";
import { Glyph } from "../widgets/glyph.tsx";
import { usePreferredTheme } from "../widgets/use-preferred-theme.ts";
import { useStore } from "../widgets/use-store.ts";
import type { ElementOptions } from "./attributes.ts";
import { ROOT_CLASS } from "./shadow-styles.ts";

import "../theme/theme.css";
import "../theme/panel.css";
import "./embedded-frame.css";

/** What the element knows before and besides its machine. */
export interface ElementView {
  readonly options: ElementOptions;
  /** The machine that Start opens; null: not known yet. */
  readonly guest: BundledGuest | null;
  /** Sentences about attributes, and about what could not be loaded. */
  readonly problems: readonly string[];
}

export interface EmbeddedFrameProps {
  readonly model: MachineModel;
  readonly view: Store<ElementView>;
  /** Opens the machine, or opens it again. */
  readonly onStart: () => void;
}

export function EmbeddedFrame({ model, view, onStart }: EmbeddedFrameProps) {
  const { options, guest, problems } = useStore(view);
  const state = useStore(model.view);
  const opened = useStore(model.guest);
  const preferred = usePreferredTheme();
  const theme = options.theme ?? preferred;
  const title = (opened ?? guest)?.title ?? "Machine";
  const { panels } = options;
  return (
    <div className={`${ROOT_CLASS} embedded`} data-theme={theme}>
      <section className="embedded-machine" aria-label={title}>
        <Bar model={model} title={title} state={state} onStart={onStart} />
        <div className="embedded-stage">
          <div className={`embedded-panels embedded-${panels.size}`}>
            {panels.has("terminal") && <TerminalPanel machine={model} theme={theme} screenReader={false} quiet />}
            {panels.has("screen") && <ScreenPanel machine={model} />}
            {panels.has("registers") && <RegistersPanel machine={model} />}
          </div>
          <Front state={state} guest={guest} title={title} problems={problems} onStart={onStart} />
        </div>
        <Foot model={model} state={state} />
      </section>
    </div>
  );
}

interface BarProps {
  readonly model: MachineModel;
  readonly title: string;
  readonly state: MachineView;
  readonly onStart: () => void;
}

function Bar({ model, title, state, onStart }: BarProps) {
  const running = state.kind === "running";
  const standing = state.kind === "stopped" && state.exitCode === undefined;
  const there = running || state.kind === "stopped";
  return (
    <header className="embedded-bar">
      <h2>{title}</h2>
      {state.kind === "dead" && (
        <Button primary symbol={<Glyph name="reset" />} onClick={onStart}>
          Restart
        </Button>
      )}
      <Button
        symbol={<Glyph name={running ? "pause" : "run"} />}
        onClick={() => void (running ? model.control.pause() : model.control.run())}
        disabled={!running && !standing}
        primary={standing}
      >
        {running ? "Pause" : "Run"}
      </Button>
      <Button symbol={<Glyph name="reset" />} onClick={() => void reset(model)} disabled={!there}>
        Reset
      </Button>
    </header>
  );
}

/** Somebody who switches a machine off and on again wants to see it start. */
async function reset(model: MachineModel): Promise<void> {
  const isOver = model.view.get().kind === "stopped";
  await model.control.reset();
  if (isOver) await model.control.run();
}

interface FrontProps {
  readonly state: MachineView;
  readonly guest: BundledGuest | null;
  readonly title: string;
  readonly problems: readonly string[];
  readonly onStart: () => void;
}

/** What stands before the panels while there is no machine in them. */
function Front({ state, guest, title, problems, onStart }: FrontProps): ReactNode {
  if (problems.length > 0) {
    return (
      <div className="card" role="alert">
        <h2>This machine cannot be shown</h2>
        {problems.map((problem) => (
          <p key={problem} className="card-message">
            {problem}
          </p>
        ))}
      </div>
    );
  }
  if (state.kind === "loading") return <Loading title={title} loaded={state.loaded} total={state.total} />;
  if (state.kind === "failed") {
    return (
      <Message
        title={`${title} could not be started`}
        message={state.message}
        action={{ word: "Try again", act: onStart }}
      />
    );
  }
  if (state.kind !== "none") return null;
  if (guest === null) return <Loading title="" loaded={0} total={0} />;
  return (
    <div className="card embedded-start">
      <h2>{guest.title}</h2>
      <p className="card-hint">{guest.description}</p>
      <Button primary symbol={<Glyph name="run" />} onClick={onStart}>
        Start
      </Button>
    </div>
  );
}

function Foot({ model, state }: { readonly model: MachineModel; readonly state: MachineView }) {
  const notice = useStore(model.notice);
  const privilege = useStore(model.registers.privilege);
  const symbols = useStore(model.symbols.table);
  const names = {
    privilege,
    process: null,
    privilegeName: (number: number) => model.registers.privilegeName(number),
    symbol: (address: bigint) => symbols?.text(address) ?? null,
    cause: (interrupt: boolean, cause: number) => model.registers.causeText(interrupt, cause),
    point: () => undefined,
  };
  return (
    <footer className="embedded-foot">
      <p role="status">{sentence(state, names)}</p>
      {notice !== null && <p role="alert">{notice.text}</p>}
    </footer>
  );
}

function sentence(state: MachineView, names: Parameters<typeof stopSentence>[1]): string {
  switch (state.kind) {
    case "none":
      return "Switched off";
    case "loading":
      return "Loading";
    case "failed":
      return "Could not be started";
    case "running":
      return "Running";
    case "dead":
      return `The worker died: ${state.message}`;
    case "stopped":
      return stopSentence(state, names);
  }
}
