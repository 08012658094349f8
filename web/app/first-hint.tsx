/** One line for the first visit: what to try. */
import { Glyph } from "../widgets/glyph.tsx";

export function FirstHint({ onDismiss }: { readonly onDismiss: () => void }) {
  return (
    <aside className="first-hint" aria-label="What to try">
      <p>
        A whole computer runs in this tab. Press <strong>Pause</strong>, click any register’s value, type another one,
        and press <strong>Run</strong>; or press <kbd>F1</kbd> and look around.
      </p>
      <button type="button" aria-label="Dismiss" title="Dismiss" onClick={onDismiss}>
        <Glyph name="close" />
      </button>
    </aside>
  );
}
