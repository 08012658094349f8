/** The machine's console: what the guest prints, and the keyboard for it. */
import { useEffect, useRef, useState } from "react";
import type { MachineModel } from "../../model/machine-model.ts";
import type { Theme } from "../../model/settings.ts";
import { TERMINAL_COLOURS } from "../../theme/terminal-colours.ts";
import { type TouchKey, TouchKeys } from "../../widgets/touch-keys.tsx";
import { TerminalView } from "./terminal-view.ts";
import "@xterm/xterm/css/xterm.css";
import "./terminal.css";

export interface TerminalPanelProps {
  readonly machine: Pick<MachineModel, "console">;
  readonly theme: Theme;
  /** The screen is also text for programs that read it aloud. */
  readonly screenReader: boolean;
  /** The focus stays where it is when the terminal appears. */
  readonly quiet?: boolean;
}

/** What a terminal sends for them. */
const TOUCH_DATA: Readonly<Record<TouchKey, string>> = {
  Escape: "\x1b",
  Tab: "\t",
  Up: "\x1b[A",
  Down: "\x1b[B",
  Left: "\x1b[D",
  Right: "\x1b[C",
};

export function TerminalPanel({ machine: { console }, theme, screenReader, quiet = false }: TerminalPanelProps) {
  const screen = useRef<HTMLDivElement>(null);
  const exit = useRef<HTMLParagraphElement>(null);
  const view = useRef<TerminalView | null>(null);
  const firstTheme = useRef(theme);
  const firstQuiet = useRef(quiet);
  const [control, setControl] = useState(false);
  /** The same for those who do not wait for the next drawing. */
  const controlNow = useRef(false);
  controlNow.current = control;

  useEffect(() => {
    if (screen.current === null) return;
    const terminal = new TerminalView(screen.current, TERMINAL_COLOURS[firstTheme.current], {
      onInput: (data) => {
        const isLetter = typeof data === "string" && /^[@-_a-z]$/i.test(data);
        if (controlNow.current) setControl(false);
        console.write(controlNow.current && isLetter ? String.fromCharCode(data.charCodeAt(0) & 0x1f) : data);
      },
      onResize: (columns, rows) => console.resize(columns, rows),
      onLeave: () => exit.current?.focus(),
    });
    view.current = terminal;
    const endOutput = console.onOutput((bytes) => terminal.write(bytes));
    const endClear = console.onClear(() => terminal.reset());
    // Whoever is somewhere already, as in a menu, is left there.
    const isFree = document.activeElement === null || document.activeElement === document.body;
    if (!firstQuiet.current && isFree) terminal.focus();
    return () => {
      endOutput();
      endClear();
      terminal.dispose();
      view.current = null;
    };
  }, [console]);

  useEffect(() => {
    if (view.current !== null) view.current.theme = TERMINAL_COLOURS[theme];
  }, [theme]);

  useEffect(() => {
    if (view.current !== null) view.current.screenReader = screenReader;
  }, [screenReader]);

  const press = (key: TouchKey): void => {
    console.write(TOUCH_DATA[key]);
    view.current?.focus();
  };

  return (
    <section className="panel terminal takes-keys" aria-label="Terminal">
      <header className="panel-header">
        <h2>Terminal</h2>
        <p className="panel-hint" ref={exit} tabIndex={-1}>
          <kbd>Ctrl</kbd> <kbd>F6</kbd> gives the keyboard back to the page
        </p>
      </header>
      <div className="terminal-frame">
        <div className="terminal-screen" ref={screen} />
      </div>
      <TouchKeys
        label="Keys for the terminal"
        control={control}
        onControl={(held) => {
          setControl(held);
          view.current?.focus();
        }}
        onPress={press}
      />
    </section>
  );
}
