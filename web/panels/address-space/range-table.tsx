/** What the page tables of the present address space map, as ranges with their permissions. */
import { memo } from "react";
import type { AddressRange } from "../../model/address-space.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { isSameData } from "../../model/same-data.ts";
import type { SymbolTable } from "../../model/symbol-model.ts";
import { useStore } from "../../widgets/use-store.ts";
import { hexText } from "../../widgets/value-text.ts";
import { TableHead } from "../../widgets/table-head.tsx";
import { bytesText } from "./bytes-text.ts";
import { useAnswer } from "../use-answer.ts";

/** A table of more rows nobody reads, and it would take long to draw. */
const MOST_ROWS = 400;

export interface RangeTableProps {
  readonly machine: MachineModel;
  readonly onWalk: (address: bigint) => void;
}

export const RangeTable = memo(function RangeTable({ machine, onWalk }: RangeTableProps) {
  const chosen = useStore(machine.space.chosen);
  const looks = useStore(machine.space.looks);
  const ranges = useAnswer(machine, () => machine.space.ranges(), `ranges ${chosen?.space ?? ""} ${looks}`);
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
        <TableHead columns={["Virtual", "Size", "Physical", "May", "Pages", "Begins with"]} />
        <tbody>
          {ranges.slice(0, MOST_ROWS).map((range) => (
            <RangeRow key={String(range.va)} range={range} symbols={symbols} onWalk={onWalk} />
          ))}
        </tbody>
      </table>
      {ranges.length > MOST_ROWS && <p className="panel-empty">and {ranges.length - MOST_ROWS} more.</p>}
    </article>
  );
});

interface RangeRowProps {
  readonly range: AddressRange;
  readonly symbols: SymbolTable | null;
  readonly onWalk: (address: bigint) => void;
}

const RangeRow = memo(function RangeRow({ range, symbols, onWalk }: RangeRowProps) {
  return (
    <tr>
      <th scope="row">
        <button type="button" className="place-link walk-link" onClick={() => onWalk(range.va)}>
          {hexText(range.va, 64)}
        </button>
      </th>
      <td>{bytesText(range.bytes)}</td>
      <td>{hexText(range.pa, 48)}</td>
      <td className="range-may">{mayText(range)}</td>
      <td>{bytesText(range.pageBytes)}</td>
      <td className="range-symbol">{symbols?.text(range.va) ?? ""}</td>
    </tr>
  );
}, isSameRow);

/** Each look brings other objects that mostly say the same. */
function isSameRow(a: RangeRowProps, b: RangeRowProps): boolean {
  return a.symbols === b.symbols && a.onWalk === b.onWalk && isSameData(a.range, b.range);
}

/** As in "r-x user", "rw- global". */
function mayText({ read, write, execute, user, global }: AddressRange): string {
  const letters = `${read ? "r" : "-"}${write ? "w" : "-"}${execute ? "x" : "-"}`;
  return `${letters}${user ? " user" : ""}${global ? " global" : ""}`;
}
