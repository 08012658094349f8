/** One line for the first visit: what to try. */
import { Glyph } from "../widgets/glyph.tsx";
import "./first-hint.css";

export interface FirstHintProps {
  readonly onDismiss: () => void;
  /** null: there is no tour. */
  readonly onTour: (() => void) | null;
}

export function FirstHint({ onDismiss, onTour }: FirstHintProps) {
  return (
    <aside className="first-hint" aria-label="What to try">
      <p>
        A whole computer runs in this tab. Press <strong>Pause</strong>, click any register’s value, type another one,
        and press <strong>Run</strong>
        <span className="first-hint-keys">
          ; or press <kbd>F1</kbd> and look around
        </span>
        {onTour === null ? (
          "."
        ) : (
          <>
            , or{" "}
            <button type="button" className="link-button" onClick={onTour}>
              take a guided tour
            </button>
            .
          </>
        )}
      </p>
      <button type="button" aria-label="Dismiss" title="Dismiss" onClick={onDismiss}>
        <Glyph name="close" />
      </button>
    </aside>
  );
}
