/** A field to find commands by their words; Enter does the one that is marked. */
import { type KeyboardEvent, useId, useState } from "react";
import { Sheet } from "../widgets/sheet.tsx";
import type { Command } from "./commands.ts";
import "./commands.css";

export function CommandPalette({
  commands,
  onClose,
}: {
  readonly commands: readonly Command[];
  readonly onClose: () => void;
}) {
  const [text, setText] = useState("");
  const [marked, setMarked] = useState(0);
  const id = useId();
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = commands.filter(
    ({ enabled, title }) => enabled && words.every((word) => title.toLowerCase().includes(word)),
  );
  const current = found[Math.min(marked, found.length - 1)];
  const perform = (command: Command | undefined): void => {
    if (command === undefined) return;
    onClose();
    command.act();
  };
  const key = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      const next = (Math.min(marked, found.length - 1) + step + found.length) % found.length;
      setMarked(next);
      document.getElementById(`${id}-${found[next]?.id}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      perform(current);
    }
  };
  return (
    <Sheet title="Commands" onClose={onClose}>
      <input
        className="palette-field"
        role="combobox"
        aria-label="Find a command"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={current === undefined ? undefined : `${id}-${current.id}`}
        placeholder="Find a command"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setMarked(0);
        }}
        onKeyDown={key}
        spellCheck={false}
        autoComplete="off"
      />
      <div className="palette-list" id={id} role="listbox" aria-label="Commands" tabIndex={-1}>
        {found.map((command) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
          <div
            key={command.id}
            id={`${id}-${command.id}`}
            className="palette-item"
            role="option"
            tabIndex={-1}
            aria-selected={command === current}
            onClick={() => perform(command)}
          >
            <span>{command.title}</span>
            {command.keys !== undefined && <kbd>{command.keys}</kbd>}
          </div>
        ))}
        {found.length === 0 && <p className="panel-empty">No command has these words.</p>}
      </div>
    </Sheet>
  );
}
