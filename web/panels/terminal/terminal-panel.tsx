/** The machine's console: what the guest prints, and the keyboard for it. */
import { useEffect, useRef } from "react";
import type { MachineModel } from "../../model/machine-model.ts";
import type { Theme } from "../../model/settings.ts";
import { TERMINAL_COLOURS } from "../../theme/terminal-colours.ts";
import { TerminalView } from "./terminal-view.ts";
import "@xterm/xterm/css/xterm.css";
import "./terminal.css";

export interface TerminalPanelProps {
  readonly machine: Pick<MachineModel, "console">;
  readonly theme: Theme;
}

export function TerminalPanel({ machine: { console }, theme }: TerminalPanelProps) {
  const screen = useRef<HTMLDivElement>(null);
  const exit = useRef<HTMLParagraphElement>(null);
  const view = useRef<TerminalView | null>(null);
  const firstTheme = useRef(theme);

  useEffect(() => {
    if (screen.current === null) return;
    const terminal = new TerminalView(screen.current, TERMINAL_COLOURS[firstTheme.current], {
      onInput: (data) => console.write(data),
      onResize: (columns, rows) => console.resize(columns, rows),
      onLeave: () => exit.current?.focus(),
    });
    view.current = terminal;
    const endOutput = console.onOutput((bytes) => terminal.write(bytes));
    const endClear = console.onClear(() => terminal.reset());
    terminal.focus();
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

  return (
    <section className="panel terminal" aria-label="Terminal">
      <header className="panel-header">
        <h2>Terminal</h2>
        <p className="panel-hint" ref={exit} tabIndex={-1}>
          <kbd>Ctrl</kbd> <kbd>F6</kbd> gives the keyboard back to the page
        </p>
      </header>
      <div className="terminal-frame">
        <div className="terminal-screen" ref={screen} />
      </div>
    </section>
  );
}
