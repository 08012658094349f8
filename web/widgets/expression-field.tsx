/** A field for an expression: Enter evaluates it; what is wrong is said below, with a mark under the character. */
import { type FormEvent, useId, useState } from "react";
import "./expression-field.css";

/** What is wrong, and at which character. */
export interface ExpressionProblem {
  readonly position: number;
  readonly text: string;
}

export interface ExpressionFieldProps {
  readonly label: string;
  readonly placeholder: string;
  /** Answers what is wrong, or null. */
  readonly onEnter: (text: string) => Promise<ExpressionProblem | null>;
  /** A button beside it does what Enter does. */
  readonly button?: string;
  /** Nothing can be entered now. */
  readonly disabled?: boolean;
}

export function ExpressionField({ label, placeholder, onEnter, button, disabled = false }: ExpressionFieldProps) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<{ readonly of: string; readonly what: ExpressionProblem } | null>(null);
  const id = useId();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (disabled) return;
    const what = await onEnter(text);
    setProblem(what === null ? null : { of: text, what });
  };
  return (
    <form className="expression" onSubmit={(event) => void submit(event)}>
      <input
        className="field"
        aria-label={label}
        placeholder={placeholder}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setProblem(null);
        }}
        onKeyDown={(event) => event.key === "Escape" && setProblem(null)}
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : id}
        spellCheck={false}
        autoComplete="off"
      />
      {button !== undefined && (
        <button type="submit" className="toggle" disabled={disabled}>
          {button}
        </button>
      )}
      {problem !== null && (
        <div className="complaint expression-problem" id={id} role="alert">
          <pre aria-hidden="true">
            {problem.of}
            {"\n"}
            {" ".repeat(problem.what.position)}^
          </pre>
          <p>
            At character {problem.what.position + 1}: {problem.what.text}
          </p>
        </div>
      )}
    </form>
  );
}
