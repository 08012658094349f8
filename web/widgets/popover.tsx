/** A button that opens a small card beside itself; Escape and a click elsewhere close it. */
import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import "./popover.css";

export interface PopoverProps {
  readonly label: string;
  readonly className: string;
  readonly children: ReactNode;
  /** What the card shows; made when it opens. */
  readonly content: (close: () => void) => ReactNode;
}

export function Popover({ label, className, children, content }: PopoverProps) {
  const [open, setOpen] = useState(false);
  const frame = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const card = useRef<HTMLDivElement>(null);
  const id = useId();

  useEffect(() => {
    if (!open) return;
    const place = card.current;
    // A card near the right edge of the window would be cut off.
    if (place !== null) {
      const over = place.getBoundingClientRect().right - (document.documentElement.clientWidth - 8);
      if (over > 0) place.style.marginLeft = `${-over}px`;
      place.querySelector<HTMLElement>("button:not(:disabled), input")?.focus();
    }
    const elsewhere = (event: Event): void => {
      if (!frame.current?.contains(event.target as Node)) setOpen(false);
    };
    const key = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener("pointerdown", elsewhere, true);
    document.addEventListener("keydown", key);
    return () => {
      document.removeEventListener("pointerdown", elsewhere, true);
      document.removeEventListener("keydown", key);
    };
  }, [open]);

  return (
    <span className="popover" ref={frame}>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        title={label}
        onClick={() => setOpen(!open)}
      >
        {children}
      </button>
      {open && (
        <div className="popover-card" id={id} ref={card} role="dialog" aria-label={label}>
          {content(() => setOpen(false))}
        </div>
      )}
    </span>
  );
}
