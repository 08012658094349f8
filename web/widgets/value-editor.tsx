/** A value that becomes a text field when it is clicked. Text that is no value stays, with a sentence that says what was expected. */
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { hexText, parseValue } from "./value-text.ts";

export interface ValueEditorProps {
  /** What is edited, for those who do not see where it stands. */
  readonly label: string;
  readonly value: bigint;
  readonly bits: number;
  readonly children: ReactNode;
  /** Takes a new value; answers why not, or null. */
  readonly onCommit: (value: bigint) => Promise<string | null>;
}

export function ValueEditor({ label, value, bits, children, onCommit }: ValueEditorProps) {
  const [editing, setEditing] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const refocus = useRef(false);

  useEffect(() => {
    if (editing || !refocus.current) return;
    refocus.current = false;
    button.current?.focus();
  }, [editing]);

  if (!editing) {
    return (
      <button type="button" ref={button} className="value value-editable" onClick={() => setEditing(true)}>
        <span className="spoken">Edit {label}: </span>
        {children}
      </button>
    );
  }
  const close = (byKey: boolean): void => {
    refocus.current = byKey;
    setEditing(false);
  };
  return <ValueField label={label} value={value} bits={bits} onCommit={onCommit} onClose={close} />;
}

type FieldProps = Omit<ValueEditorProps, "children"> & { readonly onClose: (byKey: boolean) => void };

function ValueField({ label, value, bits, onCommit, onClose }: FieldProps) {
  const original = hexText(value, bits);
  const [text, setText] = useState(original);
  const [error, setError] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const errorId = useId();

  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);

  const commit = async (byKey: boolean): Promise<void> => {
    if (text.trim() === original) return onClose(byKey);
    const parsed = parseValue(text, bits);
    const refusal = parsed.kind === "error" ? parsed.text : await onCommit(parsed.value);
    if (refusal === null) onClose(byKey);
    else setError(refusal);
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    // The same key press would go on to the button that takes the field's place.
    event.preventDefault();
    if (event.key === "Enter") void commit(true);
    else onClose(true);
  };

  return (
    <span className="value-field">
      <input
        ref={field}
        className="value-input"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setError(null);
        }}
        onKeyDown={key}
        onBlur={() => void commit(false)}
        size={Math.max(original.length, 6)}
        aria-label={`New value of ${label}`}
        aria-invalid={error !== null}
        aria-describedby={error === null ? undefined : errorId}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
      />
      {error !== null && (
        <span className="value-error" id={errorId} role="alert">
          {error}
        </span>
      )}
    </span>
  );
}
