/** A button that opens a list of commands; arrow keys go through it, Escape and a click elsewhere close it. */
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import "./menu.css";

export interface MenuItem {
  readonly key: string;
  readonly word: ReactNode;
  /** What the word alone does not say, below it. */
  readonly note?: string;
  readonly act: () => void;
  /** With a check mark or room for one. */
  readonly checked?: boolean;
  /** Begins a new part of the list. */
  readonly separated?: boolean;
}

export interface MenuProps {
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
  readonly items: () => readonly MenuItem[];
  /** Where the list opens, seen from the button. */
  readonly side?: "below" | "above";
  /** The list is about to be shown. */
  readonly onOpen?: () => void;
}

export function Menu({ label, className, children, items, side = "below", onOpen }: MenuProps) {
  const [open, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();

  useEffect(() => {
    if (!open) return;
    frame.current?.querySelector<HTMLElement>('[role^="menuitem"]')?.focus();
    const elsewhere = (event: Event): void => {
      if (!frame.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", elsewhere, true);
    document.addEventListener("focusin", elsewhere);
    return () => {
      document.removeEventListener("pointerdown", elsewhere, true);
      document.removeEventListener("focusin", elsewhere);
    };
  }, [open]);

  const key = (event: KeyboardEvent): void => {
    if (!open) return;
    const list = [...(frame.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])];
    const at = list.indexOf(document.activeElement as HTMLElement);
    const targets: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
    const target = targets[event.key];
    if (target !== undefined) {
      event.preventDefault();
      list.at(target % list.length)?.focus();
    } else if (event.key === "Escape") {
      event.preventDefault();
      setOpen(false);
      button.current?.focus();
    }
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the list, which has the focus
    <div className={`menu ${className ?? ""}`} ref={frame} onKeyDown={key}>
      <button
        ref={button}
        type="button"
        className="menu-button"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => {
          if (!open) onOpen?.();
          setOpen(!open);
        }}
      >
        {children}
      </button>
      {open && (
        <div className={`menu-list menu-${side}`} id={id} role="menu" aria-label={label}>
          {items().map(({ key: itemKey, word, note, act, checked, separated }) => (
            <button
              key={itemKey}
              type="button"
              tabIndex={-1}
              {...(checked === undefined
                ? { role: "menuitem" }
                : { role: "menuitemcheckbox", "aria-checked": checked })}
              {...(note !== undefined && {
                "aria-labelledby": `${id}-${itemKey}`,
                "aria-describedby": `${id}-${itemKey}-note`,
              })}
              className={separated ? "menu-item menu-separated" : "menu-item"}
              onClick={() => {
                setOpen(false);
                button.current?.focus();
                act();
              }}
            >
              {checked !== undefined && (
                <span className="menu-check" aria-hidden="true">
                  {checked ? "✓" : ""}
                </span>
              )}
              {note === undefined ? (
                word
              ) : (
                <span>
                  <span id={`${id}-${itemKey}`}>{word}</span>
                  <span id={`${id}-${itemKey}-note`} className="menu-note">
                    {note}
                  </span>
                </span>
              )}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
