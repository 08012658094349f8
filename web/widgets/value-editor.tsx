/** A value that becomes a text field when it is clicked. Text that is no value stays, with a sentence that says what was expected. */
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { hexText, parseValue } from "./value-text.ts";
import "./value-editor.css";

export interface ValueEditorProps {
  /** What is edited, for those who do not see where it stands. */
  readonly label: string;
  readonly value: bigint;
  readonly bits: number;
  readonly children: ReactNode;
  /** Takes a new value; answers why not, or null. */
  readonly onCommit: (value: bigint) => Promise<string | null>;
}

export function ValueEditor({ value, bits, onCommit, ...rest }: ValueEditorProps) {
  const commit = async (text: string): Promise<string | null> => {
    const parsed = parseValue(text, bits);
    return parsed.kind === "error" ? parsed.text : onCommit(parsed.value);
  };
  return <TextEditor {...rest} text={hexText(value, bits)} onCommit={commit} />;
}

export interface TextEditorProps {
  readonly label: string;
  /** What stands in the field at first. */
  readonly text: string;
  readonly children: ReactNode;
  /** Takes what was typed; answers why not, or null. */
  readonly onCommit: (text: string) => Promise<string | null>;
}

export function TextEditor({ label, text, children, onCommit }: TextEditorProps) {
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
  return <TextField label={label} text={text} onCommit={onCommit} onClose={close} />;
}

type FieldProps = Omit<TextEditorProps, "children"> & { readonly onClose: (byKey: boolean) => void };

function TextField({ label, text: given, onCommit, onClose }: FieldProps) {
  // What is shown may change while somebody types.
  const [original] = useState(given);
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
    const refusal = await onCommit(text);
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
        <span ref={bringIntoSight} className="complaint value-error" id={errorId} role="alert">
          {error}
        </span>
      )}
    </span>
  );
}

function bringIntoSight(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}
