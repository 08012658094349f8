/** How one virtual address becomes a physical one, or why not: each entry with its bits, protection's word, the TLB's. */
import type { Translation, WalkLevel } from "../../model/address-space.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { useStore } from "../../widgets/use-store.ts";
import { hexText } from "../../widgets/value-text.ts";
import { TableHead } from "../../widgets/table-head.tsx";
import { bytesText } from "./bytes-text.ts";
import { useAnswer } from "../use-answer.ts";

export interface WalkViewProps {
  readonly machine: MachineModel;
  readonly address: bigint;
  readonly access: "load" | "store" | "fetch";
}

export function WalkView({ machine, address, access }: WalkViewProps) {
  const chosen = useStore(machine.space.chosen);
  const looks = useStore(machine.space.looks);
  const key = `${address} ${access} ${chosen?.space ?? ""} ${looks}`;
  const walk = useAnswer(machine, () => machine.space.translate(address, access), key);
  if (walk === null) return null;
  if (typeof walk === "string") return <p className="panel-note">{walk}</p>;
  return (
    <article className="walk" aria-label={`Walk of ${hexText(address, 64)}`}>
      <h3>
        {hexText(address, 64)} <span className="walk-scheme">{schemeText(walk, machine)}</span>
      </h3>
      {walk.levels.length > 0 && (
        <table>
          <TableHead columns={["Level", "Index", "Entry at", "Entry", "Bits", "Leads to"]} />
          <tbody>
            {walk.levels.map((level) => (
              <Level
                key={level.level}
                level={level}
                ends={walk.fault !== null && !level.leaf && level === walk.levels.at(-1)}
                machine={machine}
              />
            ))}
          </tbody>
        </table>
      )}
      <p className={walk.fault === null ? "walk-result" : "walk-result walk-fault"}>{resultText(walk, machine)}</p>
      {walk.protection !== null && (
        <p className="walk-word">
          Memory protection {walk.protection.allowed ? "allows it" : "forbids it"}: {walk.protection.why}
        </p>
      )}
      <p className="walk-word">
        {walk.cached === null
          ? chosen === null
            ? "The TLB holds nothing for it."
            : "What the TLB holds is about the present address space."
          : `The TLB holds ${hexText(walk.cached.pa, 64)}, a page of ${bytesText(walk.cached.pageBytes)}${walk.cached.device ? " of a device" : ""}${
              walk.pa !== null && walk.cached.pa !== walk.pa ? ", which is not what the tables say now" : ""
            }.`}
      </p>
    </article>
  );
}

interface LevelProps {
  readonly level: WalkLevel;
  /** The walk finds no page here. */
  readonly ends: boolean;
  readonly machine: MachineModel;
}

function Level({ level, ends, machine }: LevelProps) {
  return (
    <tr>
      <th scope="row">{level.level}</th>
      <td>{level.index}</td>
      <td>
        <button
          type="button"
          className="place-link walk-link"
          onClick={() => machine.places.showData(level.entryAddress, "physical")}
        >
          {hexText(level.entryAddress, 48)}
        </button>
      </td>
      <td>{hexText(level.entry, 64)}</td>
      <td>{level.flags.length === 0 ? "none" : level.flags.join(" ")}</td>
      <td>{ends ? "nothing" : `${level.leaf ? "page" : "table"} ${hexText(level.pa, 48)}`}</td>
    </tr>
  );
}

function schemeText(walk: Translation, machine: MachineModel): string {
  const mode = machine.registers.privilegeName(walk.privilege);
  return walk.scheme === "bare" ? `is physical in ${mode}-mode` : `under ${walk.scheme} for ${mode}-mode`;
}

function resultText(walk: Translation, machine: MachineModel): string {
  const page = walk.pageBytes > 0n ? `, in a page of ${bytesText(walk.pageBytes)}` : "";
  if (walk.fault === null) return walk.pa === null ? "No physical address." : `Physical ${hexText(walk.pa, 64)}${page}`;
  return `${machine.registers.causeText(false, walk.fault.cause)}: ${walk.fault.why}`;
}
