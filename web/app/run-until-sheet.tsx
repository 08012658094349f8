/** Runs the machine until an address is reached, a condition holds, or so many instructions are over. */
import { useState } from "react";
import { runUntil, type UntilKind } from "../model/run-until.ts";
import type { MachineModel } from "../model/machine-model.ts";
import { Button } from "../widgets/button.tsx";
import { ExpressionField } from "../widgets/expression-field.tsx";
import { Sheet } from "../widgets/sheet.tsx";
import { useStore } from "../widgets/use-store.ts";
import "./run-until.css";

const KINDS: readonly { kind: UntilKind; word: string; placeholder: string; note: string }[] = [
  {
    kind: "address",
    word: "an address is reached",
    placeholder: "Address or symbol, as in main + 4",
    note: "Breakpoints on the way stop it earlier.",
  },
  {
    kind: "condition",
    word: "a condition holds",
    placeholder: "Expression, as in a0 == 3 && s1 > 0x10",
    note: "It is evaluated at every instruction, which is slow: a breakpoint with a condition runs at full speed.",
  },
  {
    kind: "steps",
    word: "so many instructions are over",
    placeholder: "Number, as in 1000000",
    note: "Instructions that trap count too; interrupts are taken as they come.",
  },
];

export function RunUntilSheet({ machine, onClose }: { readonly machine: MachineModel; readonly onClose: () => void }) {
  const view = useStore(machine.view);
  const [busy, setBusy] = useState(false);
  const standing = view.kind === "stopped" && view.exitCode === undefined;
  return (
    <Sheet title="Run until" onClose={onClose}>
      <header className="sheet-head">
        <h2>Run until …</h2>
        <Button onClick={onClose}>Close</Button>
      </header>
      <div className="sheet-scroll run-until">
        {view.kind === "running" && (
          <div className="run-until-first">
            <p role="status">The machine must stand for this.</p>
            <Button onClick={() => void machine.control.pause()}>Pause it</Button>
          </div>
        )}
        {!standing && view.kind !== "running" && (
          <p role="status">There is nothing that could run: the machine is off.</p>
        )}
        {KINDS.map(({ kind, word, placeholder, note }) => (
          <section key={kind} aria-label={`Until ${word}`}>
            <h3>{word}</h3>
            <div className="run-until-field">
              <ExpressionField
                label={`Until ${word}`}
                placeholder={placeholder}
                button="Run"
                disabled={!standing || busy}
                onEnter={async (text) => {
                  setBusy(true);
                  const problem = await runUntil(machine, kind, text, onClose);
                  setBusy(false);
                  return problem;
                }}
              />
            </div>
            <p className="run-until-note">{note}</p>
          </section>
        ))}
      </div>
    </Sheet>
  );
}
