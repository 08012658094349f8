/** That a gdb has the machine, or may come, in the status line; opens the dialog. */
import { type GdbModel, gdbSentence } from "../model/gdb-model.ts";
import { useStore } from "../widgets/use-store.ts";
import "./gdb.css";

export function GdbStatus({ model, onOpen }: { readonly model: GdbModel; readonly onOpen: () => void }) {
  const state = useStore(model.state);
  const shown = state.kind === "waiting" || state.kind === "attached";
  return (
    // Always there, so that a screen reader hears what comes into it.
    <div className="gdb-status" role="status">
      {shown && (
        <button type="button" className={`gdb-${state.kind}`} onClick={onOpen} title="Attach gdb…">
          {gdbSentence(state)}
        </button>
      )}
    </div>
  );
}
