/** What the page tables of the present address space map, as ranges with their permissions. */
import type { MachineModel } from "../../model/machine-model.ts";
import type { AddressRange } from "../../model/address-space.ts";
import { useStore } from "../../widgets/use-store.ts";
import { hexText } from "../../widgets/value-text.ts";
import { bytesText } from "./bytes-text.ts";
import { useLook } from "./use-look.ts";

/** A table of more rows nobody reads, and it would take long to draw. */
const MOST_ROWS = 400;

export interface RangeTableProps {
  readonly machine: MachineModel;
  readonly onWalk: (address: bigint) => void;
}

export function RangeTable({ machine, onWalk }: RangeTableProps) {
  const chosen = useStore(machine.space.chosen);
  const ranges = useLook(machine, () => machine.space.ranges(), `ranges ${chosen?.space ?? ""}`);
  const symbols = useStore(machine.symbols.table);
  if (ranges === null) return <p className="panel-empty">The ranges appear here when a machine is there.</p>;
  if (typeof ranges === "string") return <p className="panel-empty">{ranges}</p>;
  if (ranges.length === 0)
    return <p className="panel-empty">Addresses are physical: there are no page tables in force.</p>;
  const whole = ranges.reduce((sum, { bytes }) => sum + bytes, 0n);
  return (
    <article className="ranges" aria-label="Mapped ranges">
      <h3>
        {ranges.length.toLocaleString("en-US")} ranges, {bytesText(whole)} mapped
      </h3>
      <table>
        <thead>
          <tr>
            {["Virtual", "Size", "Physical", "May", "Pages", "Begins with"].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ranges.slice(0, MOST_ROWS).map((range) => (
            <tr key={String(range.va)}>
              <th scope="row">
                <button type="button" className="walk-link" onClick={() => onWalk(range.va)}>
                  {hexText(range.va, 64)}
                </button>
              </th>
              <td>{bytesText(range.bytes)}</td>
              <td>{hexText(range.pa, 48)}</td>
              <td className="range-may">{mayText(range)}</td>
              <td>{bytesText(range.pageBytes)}</td>
              <td className="range-symbol">{symbols?.text(range.va) ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {ranges.length > MOST_ROWS && <p className="panel-empty">and {ranges.length - MOST_ROWS} more.</p>}
    </article>
  );
}

/** As in "r-x user", "rw- global". */
function mayText({ read, write, execute, user, global }: AddressRange): string {
  const letters = `${read ? "r" : "-"}${write ? "w" : "-"}${execute ? "x" : "-"}`;
  return `${letters}${user ? " user" : ""}${global ? " global" : ""}`;
}
