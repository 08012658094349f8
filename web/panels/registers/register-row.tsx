/** One register: names and value; unfolded, also other readings of the value and its bitfields. */
import { type CSSProperties, memo, useState } from "react";
import { fieldMask, type RegisterRow as Row } from "../../../src/spec/register-table.ts";
import type { Legalised } from "../../model/register-model.ts";
import type { SymbolTable } from "../../model/symbol-model.ts";
import { HexValue } from "../../widgets/hex-value.tsx";
import { Chevron } from "../../widgets/chevron.tsx";
import { Glyph } from "../../widgets/glyph.tsx";
import { ValueEditor } from "../../widgets/value-editor.tsx";
import { hexText } from "../../widgets/value-text.ts";
import { RegisterDetails } from "./register-details.tsx";

export interface RegisterRowProps {
  readonly row: Row;
  /** undefined: not fetched yet. */
  readonly value: bigint | undefined;
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

/** Smaller values are numbers rather than addresses. */
const LEAST_ADDRESS = 0x1000n;

export const RegisterRow = memo(function RegisterRow(props: RegisterRowProps) {
  const { row, value, editable, edited, changed, error, legalised, pinned, symbols, onEdit, onPin } = props;
  const [unfolded, setUnfolded] = useState(false);
  const { name, bits } = row;
  const isAddress =
    value !== undefined &&
    value >= LEAST_ADDRESS &&
    (row.format === undefined || row.format === "int" || row.format === "pc");
  const symbol = isAddress ? (symbols?.text(value) ?? null) : null;
  return (
    <li className={unfolded ? "register register-unfolded" : "register"} data-register={name}>
      <div className="register-line" style={{ "--digits": columns(row, value) } as CSSProperties}>
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
        <span className="register-symbol" title={symbol ?? undefined}>
          {symbol}
        </span>
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
        {value === undefined ? (
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
      {unfolded && value !== undefined && (
        <>
          <RegisterDetails
            row={row}
            value={value}
            symbol={symbol}
            editable={editable}
            onEdit={(next) => onEdit(name, next)}
          />
          <button type="button" className="register-pin" aria-pressed={pinned} onClick={() => onPin(name)}>
            <Glyph name="pin" />
            {pinned ? "Unpin" : "Pin above all groups"}
          </button>
        </>
      )}
    </li>
  );
});

/** How many characters wide a value is: 0x and its digits, and the word for it. */
function columns(row: Row, value: bigint | undefined): number {
  const meaning = value === undefined ? undefined : meaningOf(row, value);
  return 2 + Math.ceil(row.bits / 4) + (meaning === undefined ? 0 : meaning.length + 2);
}

function meaningOf(row: Row, value: bigint): string | undefined {
  const only = row.fields?.length === 1 ? row.fields[0] : undefined;
  return only?.values?.[Number((value & fieldMask(only)) >> BigInt(only.lsb))];
}

/** In hexadecimal, and by name where the whole register is one value with names. */
function RegisterValue({ row, value }: { readonly row: Row; readonly value: bigint }) {
  const meaning = meaningOf(row, value);
  return (
    <>
      {meaning !== undefined && <span className="value-meaning">{meaning}</span>}
      <HexValue value={value} bits={row.bits} />
    </>
  );
}
