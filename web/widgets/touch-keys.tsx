/** Keys that the keyboard of a touch screen lacks, in a row below what takes them. */
import type { ReactNode } from "react";
import "./touch-keys.css";

const KEYS = [
  ["Escape", "Esc"],
  ["Tab", "Tab"],
  ["Up", "↑"],
  ["Down", "↓"],
  ["Left", "←"],
  ["Right", "→"],
] as const;

export type TouchKey = (typeof KEYS)[number][0];

export interface TouchKeysProps {
  /** What the row is, for who cannot see it. */
  readonly label: string;
  /** Ctrl is held for the next key. */
  readonly control: boolean;
  readonly onControl: (held: boolean) => void;
  readonly onPress: (key: TouchKey) => void;
  /** Buttons before the keys. */
  readonly children?: ReactNode;
}

export function TouchKeys({ label, control, onControl, onPress, children }: TouchKeysProps) {
  return (
    <div className="touch-keys" role="toolbar" aria-label={label}>
      {children}
      <button type="button" aria-pressed={control} onClick={() => onControl(!control)}>
        Ctrl
      </button>
      {KEYS.map(([key, word]) => (
        <button key={key} type="button" aria-label={key} onClick={() => onPress(key)}>
          {word}
        </button>
      ))}
    </div>
  );
}
