/** The page tables as a tree: each entry with its bits, and the table to which it leads when it is unfolded. */
import { Fragment, memo, useState } from "react";
import type { TableEntry } from "../../model/address-space.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { Chevron } from "../../widgets/chevron.tsx";
import { useStore } from "../../widgets/use-store.ts";
import { hexText } from "../../widgets/value-text.ts";
import { TableHead } from "../../widgets/table-head.tsx";
import { bytesText } from "./bytes-text.ts";
import { useAnswer } from "../use-answer.ts";

type Path = readonly number[];

export const TableTree = memo(function TableTree({ machine }: { readonly machine: MachineModel }) {
  const root = useTable(machine, []);
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const toggle = (path: Path): void => {
    const next = new Set(unfolded);
    if (!next.delete(path.join())) next.add(path.join());
    setUnfolded(next);
  };
  if (root === null || typeof root === "string") return null;
  return (
    <article className="tables" aria-label="Page tables">
      <h3>
        Page tables <span className="walk-scheme">{root.scheme}, the root at </span>
        <Physical machine={machine} address={root.address} />
      </h3>
      <table>
        <TableHead columns={["Virtual", "Covers", "Bits", "Leads to", "Entry"]} />
        <tbody>
          <Entries machine={machine} path={[]} unfolded={unfolded} onToggle={toggle} />
        </tbody>
      </table>
    </article>
  );
});

interface EntriesProps {
  readonly machine: MachineModel;
  readonly path: Path;
  readonly unfolded: ReadonlySet<string>;
  readonly onToggle: (path: Path) => void;
}

/** Rows of the table at `path`, and below each unfolded one those of its table. */
function Entries({ machine, path, unfolded, onToggle }: EntriesProps) {
  const table = useTable(machine, path);
  if (table === null) return null;
  if (typeof table === "string") return <Remark depth={path.length}>{table}</Remark>;
  if (table.entries.length === 0) return <Remark depth={path.length}>All 512 entries are 0.</Remark>;
  return table.entries.map((entry) => {
    const own = [...path, entry.index];
    const isOpen = unfolded.has(own.join());
    return (
      <Fragment key={entry.index}>
        <Entry machine={machine} entry={entry} depth={path.length} isOpen={isOpen} onToggle={() => onToggle(own)} />
        {isOpen && <Entries machine={machine} path={own} unfolded={unfolded} onToggle={onToggle} />}
      </Fragment>
    );
  });
}

interface EntryProps {
  readonly machine: MachineModel;
  readonly entry: TableEntry;
  readonly depth: number;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function Entry({ machine, entry, depth, isOpen, onToggle }: EntryProps) {
  const { index, level, va, bytes, flags, invalid, leaf, pa, entryAddress } = entry;
  const leads = invalid === null && !leaf;
  return (
    <tr data-level={level} data-index={index} className={invalid === null ? undefined : "tables-invalid"}>
      <th scope="row" style={{ paddingLeft: 16 * depth }}>
        {leads ? (
          <button type="button" className="tables-fold" aria-expanded={isOpen} onClick={onToggle}>
            <Chevron />
            {hexText(va, 64)}
          </button>
        ) : (
          <span className="tables-leaf">{hexText(va, 64)}</span>
        )}
      </th>
      <td>{bytesText(bytes)}</td>
      <td>{flags.length === 0 ? "none" : flags.join(" ")}</td>
      <td>
        {invalid === null ? (
          <>
            {leaf ? "page " : "table "}
            <Physical machine={machine} address={pa} />
          </>
        ) : (
          <span className="tables-why">{invalid}</span>
        )}
      </td>
      <td>
        <span className="walk-word">{index} at </span>
        <Physical machine={machine} address={entryAddress} />
      </td>
    </tr>
  );
}

function Remark({ depth, children }: { readonly depth: number; readonly children: string }) {
  return (
    <tr>
      <td colSpan={5} style={{ paddingLeft: 16 * depth + 22 }} className="walk-word">
        {children}
      </td>
    </tr>
  );
}

function Physical({ machine, address }: { readonly machine: MachineModel; readonly address: bigint }) {
  return (
    <button type="button" className="place-link walk-link" onClick={() => machine.places.showData(address, "physical")}>
      {hexText(address, 48)}
    </button>
  );
}

function useTable(machine: MachineModel, path: Path) {
  const chosen = useStore(machine.space.chosen);
  const looks = useStore(machine.space.looks);
  return useAnswer(machine, () => machine.space.table(path), `table ${path.join()} ${chosen?.space ?? ""} ${looks}`);
}
