/** A dialog above the page. Escape and a click beside it close it; the focus goes back to where it was. */
import { type ReactNode, useEffect, useRef } from "react";
import "./sheet.css";

export interface SheetProps {
  readonly title: string;
  readonly onClose: () => void;
  /** For what stands in columns. */
  readonly wide?: boolean;
  readonly children: ReactNode;
}

export function Sheet({ title, onClose, wide = false, children }: SheetProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it too
    <dialog
      ref={dialog}
      className={wide ? "sheet sheet-wide" : "sheet"}
      aria-label={title}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div className="sheet-body">{children}</div>
    </dialog>
  );
}
