/** One register: names and value; unfolded, also other readings of the value and its bitfields. */
import { type CSSProperties, memo, useState, useSyncExternalStore } from "react";
import type { RegisterRow as Row } from "../../../src/spec/register-table.ts";
import type { Legalised } from "../../model/register-model.ts";
import type { SymbolTable } from "../../model/symbol-model.ts";
import { Chevron } from "../../widgets/chevron.tsx";
import { Glyph } from "../../widgets/glyph.tsx";
import { ValueEditor } from "../../widgets/value-editor.tsx";
import { hexText } from "../../widgets/value-text.ts";
import { RegisterDetails } from "./register-details.tsx";
import { type LiveSource, LiveSymbol, LiveValue, RegisterValue, symbolText, widthOf } from "./register-value.tsx";
import "./register-row.css";

export interface RegisterRowProps {
  readonly row: Row;
  /** undefined: not fetched yet. */
  readonly value: bigint | undefined;
  /** null: the machine stands. */
  readonly live: LiveSource | null;
  readonly editable: boolean;
  readonly edited: boolean;
  readonly changed: boolean;
  readonly error: string | undefined;
  /** The latest put has made its edit legal. */
  readonly legalised: Legalised | undefined;
  readonly pinned: boolean;
  readonly symbols: SymbolTable | null;
  readonly onEdit: (name: string, value: bigint) => Promise<string | null>;
  readonly onPin: (name: string) => void;
}

export const RegisterRow = memo(function RegisterRow(props: RegisterRowProps) {
  const { row, value, live, editable, edited, changed, error, legalised, pinned, symbols, onEdit, onPin } = props;
  const [unfolded, setUnfolded] = useState(false);
  const { name, bits } = row;
  const symbol = value === undefined ? null : symbolText(row, value, symbols);
  return (
    <li className={unfolded ? "register register-unfolded" : "register"} data-register={name}>
      <div className="register-line" style={{ "--digits": widthOf(row) } as CSSProperties}>
        <button
          type="button"
          className="register-name"
          aria-expanded={unfolded}
          onClick={() => setUnfolded(!unfolded)}
          title={row.doc}
        >
          <Chevron />
          <span>{name}</span>
          {row.aliases !== undefined && <span className="register-alias">{row.aliases.join(" ")}</span>}
        </button>
        {live === null ? (
          <span className="register-symbol" title={symbol ?? undefined}>
            {symbol}
          </span>
        ) : (
          <LiveSymbol row={row} live={live} symbols={symbols} />
        )}
        <span className="register-marks">
          {edited && (
            <span className="mark mark-edited" title="Edited, and not yet seen by the CPU">
              edited
            </span>
          )}
          {changed && !edited && (
            <span className="mark" title="Changed since the last stop">
              <span aria-hidden="true">◆</span>
              <span className="spoken">changed</span>
            </span>
          )}
        </span>
        {live !== null ? (
          <LiveValue row={row} live={live} />
        ) : value === undefined ? (
          <span className="value">…</span>
        ) : editable ? (
          <ValueEditor label={name} value={value} bits={bits} onCommit={(next) => onEdit(name, next)}>
            <RegisterValue row={row} value={value} />
          </ValueEditor>
        ) : (
          <span className="value">
            <RegisterValue row={row} value={value} />
          </span>
        )}
      </div>
      {legalised !== undefined && (
        <p className="register-legalised" role="status">
          Written {hexText(legalised.written, bits)}, and the CPU has made it legal: it reads{" "}
          {hexText(legalised.read, bits)}.
        </p>
      )}
      {error !== undefined && (
        <p className="register-error" role="alert">
          {error}
        </p>
      )}
      {unfolded && (
        <>
          {live !== null ? (
            <LiveDetails row={row} live={live} symbols={symbols} />
          ) : (
            value !== undefined && (
              <RegisterDetails
                row={row}
                value={value}
                symbol={symbol}
                editable={editable}
                onEdit={(next) => onEdit(name, next)}
              />
            )
          )}
          <button type="button" className="register-pin" aria-pressed={pinned} onClick={() => onPin(name)}>
            <Glyph name="pin" />
            {pinned ? "Unpin" : "Pin above all groups"}
          </button>
        </>
      )}
    </li>
  );
});

interface LiveDetailsProps {
  readonly row: Row;
  readonly live: LiveSource;
  readonly symbols: SymbolTable | null;
}

function LiveDetails({ row, live: { view, index }, symbols }: LiveDetailsProps) {
  const value = useSyncExternalStore(view.subscribe, () => view.get().values?.[index]);
  if (value === undefined) return null;
  const symbol = symbolText(row, value, symbols);
  return <RegisterDetails row={row} value={value} symbol={symbol} editable={false} onEdit={refuse} />;
}

async function refuse(): Promise<string> {
  return "The machine runs.";
}
