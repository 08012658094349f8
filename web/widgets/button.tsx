/** A push button, with or without a symbol before its word. */
import type { ReactNode } from "react";

export interface ButtonProps {
  readonly children: ReactNode;
  readonly onClick: () => void;
  readonly disabled?: boolean;
  /** The one that most people want next. */
  readonly primary?: boolean;
  readonly symbol?: ReactNode;
  readonly title?: string;
}

export function Button({ children, onClick, disabled = false, primary = false, symbol, title }: ButtonProps) {
  return (
    <button
      type="button"
      className={primary ? "button button-primary" : "button"}
      onClick={onClick}
      disabled={disabled}
      title={title}
    >
      {symbol}
      <span>{children}</span>
    </button>
  );
}
