/** What stands in front of the panels while there is nothing in them: progress, or why there is no machine. */
import type { ReactNode } from "react";
import type { BundledGuest } from "../model/bundled-guests.ts";
import { Button } from "../widgets/button.tsx";
import "./stage-message.css";

export function Loading({ title, loaded, total }: { title: string; loaded: number; total: number }) {
  const known = total > 0;
  return (
    <div className="card">
      <h2 id="loading-title">Loading {title}</h2>
      <progress
        aria-labelledby="loading-title"
        {...(known ? { max: total, value: Math.min(loaded, total) } : {})}
        className="progress"
      />
      <p className="card-hint">{known ? `${megabytes(loaded)} of ${megabytes(total)} MB` : "…"}</p>
    </div>
  );
}

export interface MessageProps {
  readonly title: string;
  readonly message: string;
  readonly children?: ReactNode;
  readonly action?: { readonly word: string; readonly act: () => void };
}

export function Message({ title, message, children, action }: MessageProps) {
  return (
    <div className="card" role="alert">
      <h2>{title}</h2>
      <p className="card-message">{message}</p>
      {children}
      {action !== undefined && (
        <Button primary onClick={action.act}>
          {action.word}
        </Button>
      )}
    </div>
  );
}

/** The machines to choose from, with a sentence each. */
export function GuestList({ guests, onOpen }: { guests: readonly BundledGuest[]; onOpen: (g: BundledGuest) => void }) {
  return (
    <ul className="guest-list">
      {guests.map((guest) => (
        <li key={guest.id}>
          <button type="button" onClick={() => onOpen(guest)}>
            <strong>{guest.title}</strong>
            <span>{guest.description}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
