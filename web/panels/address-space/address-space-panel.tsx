/** Address translation: the walk of one virtual address, the page tables as a tree, and the ranges that they map. */
import { useState } from "react";
import type { MachineModel } from "../../model/machine-model.ts";
import { ExpressionField, type ExpressionProblem } from "../../widgets/expression-field.tsx";
import { useStore } from "../../widgets/use-store.ts";
import { Button } from "../../widgets/button.tsx";
import { RangeTable } from "./range-table.tsx";
import { TableTree } from "./table-tree.tsx";
import { WalkView } from "./walk-view.tsx";
import "./address-space.css";

type Access = "load" | "store" | "fetch";

const ACCESS_WORDS: Readonly<Record<Access, string>> = {
  load: "by a load",
  store: "by a store",
  fetch: "by execution",
};

export function AddressSpacePanel({ machine }: { readonly machine: MachineModel }) {
  const [address, setAddress] = useState<bigint | null>(null);
  const [access, setAccess] = useState<Access>("load");
  const running = useStore(machine.view).kind === "running";
  const chosen = useStore(machine.space.chosen);
  const walk = async (text: string): Promise<ExpressionProblem | null> => {
    const result = await machine.evaluate(text);
    if (result.kind === "error") return result;
    setAddress(result.value.value);
    return null;
  };
  return (
    <section className="panel address-space" aria-label="Address space">
      <header className="panel-header">
        <h2>Address space</h2>
        <ExpressionField label="Walk of address" placeholder="Address to walk: pc, sp, main" onEnter={walk} />
        <select
          className="field"
          aria-label="Kind of access"
          value={access}
          onChange={(event) => setAccess(event.target.value as Access)}
        >
          {Object.entries(ACCESS_WORDS).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
        {chosen !== null && (
          <span className="space-chosen">
            of {chosen.name}
            <Button onClick={() => machine.space.choose(null)} title="Back to the address space of the machine’s CPU">
              Present one
            </Button>
          </span>
        )}
        {running && (
          <>
            <span className="panel-hint">as of the last look</span>
            <Button onClick={() => machine.space.lookAgain()}>Look again</Button>
          </>
        )}
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <section className="panel-body" tabIndex={0} aria-label="Walk and ranges">
        {address !== null && <WalkView machine={machine} address={address} access={access} />}
        <div className="space-whole">
          <TableTree machine={machine} />
          <RangeTable machine={machine} onWalk={setAddress} />
        </div>
      </section>
    </section>
  );
}
