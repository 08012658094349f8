/** A place of the program's data as a row with its value, which unfolds into rows of its fields, elements, or what it points to. */
import { useEffect, useId, useState } from "react";
import { editData, fieldText, fixedBecause } from "../model/data-edits.ts";
import type { MachineModel } from "../model/machine-model.ts";
import {
  type DataPlace,
  type DataRow,
  type PlaceSource,
  placesBelow,
  readRow,
  sourceBelow,
} from "../model/typed-memory.ts";
import { Chevron } from "../widgets/chevron.tsx";
import { useStore } from "../widgets/use-store.ts";
import { TextEditor } from "../widgets/value-editor.tsx";
import "./data-rows.css";

const INDENT = 16;
const NAME_WIDTH = 176;

export interface DataRowsProps {
  readonly machine: MachineModel;
  readonly place: DataPlace;
  readonly source: PlaceSource;
  readonly littleEndian: boolean;
  readonly onShow: (address: bigint) => void;
  readonly depth?: number;
  /** Pixels: values stand below each other, however deep their names. */
  readonly nameWidth?: number;
  /** Whether it is unfolded at first. */
  readonly isOpen?: boolean;
  /** Values stay what they are while this is so. */
  readonly isStill?: boolean;
}

export function DataRows(props: DataRowsProps) {
  const { machine, place, source, onShow, depth = 0, isOpen = depth === 0, nameWidth = NAME_WIDTH } = props;
  const row = useRow(props);
  const [unfolded, setUnfolded] = useState(isOpen);
  const symbols = useStore(machine.symbols.table);
  if (row === null) return null;
  const below = unfolded && row.hasParts ? partsOf(row) : [];
  const symbol = row.pointer === 0n || source === "physical" ? null : symbols?.text(row.pointer);
  return (
    <li>
      <div className="data-row" data-path={place.path} style={{ paddingLeft: `${depth * INDENT + 12}px` }}>
        <span className="data-name" style={{ minWidth: `${nameWidth - depth * INDENT}px` }}>
          {row.hasParts ? (
            <button type="button" className="data-fold" aria-expanded={unfolded} onClick={() => setUnfolded(!unfolded)}>
              <Chevron />
              {place.name}
            </button>
          ) : (
            <span className="data-leaf">{place.name}</span>
          )}
        </span>
        <span className="data-value" title={row.why}>
          <Value {...props} row={row} />
          {symbol != null && <span className="data-symbol"> {symbol}</span>}
        </span>
        <span className="data-type">{row.type}</span>
        {typeof source === "string" ? (
          <button type="button" className="data-place" title="Show these bytes" onClick={() => onShow(place.address)}>
            0x{place.address.toString(16)}
          </button>
        ) : (
          <span className="data-place">{depth === 0 ? source.where : ""}</span>
        )}
      </div>
      {typeof below === "string" ? (
        <p className="data-problem">{below}</p>
      ) : (
        below.length > 0 && (
          <ul>
            {below.map((each) => (
              <DataRows
                {...props}
                key={`${each.name} ${each.address}`}
                place={each}
                source={sourceBelow(row, source)}
                depth={depth + 1}
                isOpen={false}
              />
            ))}
          </ul>
        )
      )}
    </li>
  );
}

/** The value, in its place a field where it can be changed, or a sentence that says why it cannot. */
function Value({ machine, source, littleEndian, isStill, row }: DataRowsProps & { readonly row: DataRow }) {
  const text = fieldText(row);
  if (row.value === null) return typeof source === "string" ? "cannot be read" : row.why;
  if (text === null || isStill) return row.value;
  const { path } = row.place;
  const why = fixedBecause(row, source);
  if (why !== null) return <FixedValue label={path} why={why} value={row.value} />;
  const commit = (typed: string) => editData(machine.memory, row, source, littleEndian, typed);
  return (
    <TextEditor label={path} text={text} onCommit={commit}>
      {row.value}
    </TextEditor>
  );
}

function FixedValue({ label, why, value }: { readonly label: string; readonly why: string; readonly value: string }) {
  const [isAsked, setAsked] = useState(false);
  const id = useId();
  return (
    <>
      <button
        type="button"
        className="value data-fixed"
        aria-expanded={isAsked}
        aria-controls={isAsked ? id : undefined}
        title={why}
        onClick={() => setAsked(!isAsked)}
      >
        <span className="spoken">Why {label} cannot be edited: </span>
        {value}
      </button>
      {isAsked && (
        <span className="data-why" id={id} role="status">
          {why}
        </span>
      )}
    </>
  );
}

/** Places below a row, or why there are none. */
function partsOf(row: DataRow): readonly DataPlace[] | string {
  try {
    return placesBelow(row);
  } catch (error) {
    return `The debug information cannot be used: ${(error as Error).message}.`;
  }
}

function useRow({ machine, place, source, littleEndian, isStill }: DataRowsProps): DataRow | null {
  const version = useStore(machine.memory.version);
  const [row, setRow] = useState<DataRow | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version may have other values
  useEffect(() => {
    if (isStill) return;
    let current = true;
    void readRow(machine.memory, place, source, littleEndian).then((next) => current && setRow(next));
    return () => {
      current = false;
    };
  }, [machine, place, source, littleEndian, version, isStill]);
  return row;
}
