/** Keys of the page, and what the marks in it mean. */
import type { ReactNode } from "react";
import { Button } from "../widgets/button.tsx";
import { Sheet } from "../widgets/sheet.tsx";
import type { Command } from "./commands.ts";
import "./commands.css";

const MARKS: readonly (readonly [string, string])[] = [
  ["●", "group of registers as in the CPU (clean)"],
  ["○", "group not fetched, or the latest sample (stale)"],
  ["◆", "group with edits that the CPU has not seen (dirty); beside a register: changed since the last stop"],
  ["▶", "the next instruction"],
];

export function HelpSheet({
  commands,
  onPalette,
  onClose,
  children,
}: {
  readonly commands: readonly Command[];
  /** Opens the palette in its place. */
  readonly onPalette: () => void;
  readonly onClose: () => void;
  /** What else helps, below the keys. */
  readonly children?: ReactNode;
}) {
  return (
    <Sheet title="Help" onClose={onClose}>
      <header className="sheet-head">
        <h2>Keys and marks</h2>
        <Button onClick={onClose}>Close</Button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <div className="sheet-scroll" tabIndex={0}>
        <dl className="help-list">
          {commands
            .filter(({ keys }) => keys !== undefined)
            .map(({ id, title, keys }) => (
              <div key={id}>
                <dt>
                  <kbd>{keys}</kbd>
                </dt>
                <dd>{title}</dd>
              </div>
            ))}
          <div>
            <dt>
              <kbd>Ctrl+F6</kbd>
            </dt>
            <dd>In the terminal: leave it; it keeps every other key while it has the focus</dd>
          </div>
          <div>
            <dt>
              <kbd>↑ ↓ Enter</kbd>
            </dt>
            <dd>In lists: go through them; at an instruction that jumps, Enter shows where to</dd>
          </div>
        </dl>
        <p className="help-more">
          By default Step, Over and Out hold interrupts back, and timers stand still meanwhile, as when gdb steps in
          QEMU. The arrow beside Out says so and changes it.
        </p>
        <p className="help-more">
          All else (panels, machines, files, export, links, tours) has a command too:{" "}
          <button type="button" className="link-button" onClick={onPalette}>
            find it by its words
          </button>
          .
        </p>
        <dl className="help-list">
          {MARKS.map(([mark, meaning]) => (
            <div key={mark}>
              <dt className="help-mark">{mark}</dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
        {children}
      </div>
    </Sheet>
  );
}
