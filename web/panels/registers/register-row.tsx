/** One register: names and value; unfolded, also other readings of the value and its bitfields. */
import { memo, useState } from "react";
import { fieldMask, type RegisterRow as Row } from "../../../src/spec/register-table.ts";
import { HexValue } from "../../widgets/hex-value.tsx";
import { Glyph } from "../../widgets/glyph.tsx";
import { ValueEditor } from "../../widgets/value-editor.tsx";
import { RegisterDetails } from "./register-details.tsx";

export interface RegisterRowProps {
  readonly row: Row;
  /** undefined: not fetched yet. */
  readonly value: bigint | undefined;
  readonly editable: boolean;
  readonly edited: boolean;
  readonly changed: boolean;
  readonly error: string | undefined;
  readonly onEdit: (name: string, value: bigint) => Promise<string | null>;
}

export const RegisterRow = memo(function RegisterRow(props: RegisterRowProps) {
  const { row, value, editable, edited, changed, error, onEdit } = props;
  const [unfolded, setUnfolded] = useState(false);
  const { name, bits } = row;
  return (
    <li className={unfolded ? "register register-unfolded" : "register"} data-register={name}>
      <div className="register-line">
        <button
          type="button"
          className="register-name"
          aria-expanded={unfolded}
          onClick={() => setUnfolded(!unfolded)}
          title={row.doc}
        >
          <Glyph name="chevron" />
          <span>{name}</span>
          {row.aliases !== undefined && <span className="register-alias">{row.aliases.join(" ")}</span>}
        </button>
        <span className="register-marks">
          {edited && (
            <span className="mark mark-edited" title="Edited, and not yet seen by the CPU">
              edited
            </span>
          )}
          {changed && !edited && (
            <span className="mark" title="Changed since the last stop">
              <span aria-hidden="true">◆</span>
              <span className="visually-hidden">changed</span>
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
      {error !== undefined && (
        <p className="register-error" role="alert">
          {error}
        </p>
      )}
      {unfolded && value !== undefined && (
        <RegisterDetails row={row} value={value} editable={editable} onEdit={(next) => onEdit(name, next)} />
      )}
    </li>
  );
});

/** In hexadecimal, and by name where the whole register is one value with names. */
function RegisterValue({ row, value }: { readonly row: Row; readonly value: bigint }) {
  const only = row.fields?.length === 1 ? row.fields[0] : undefined;
  const meaning = only?.values?.[Number((value & fieldMask(only)) >> BigInt(only.lsb))];
  return (
    <>
      {meaning !== undefined && <span className="value-meaning">{meaning}</span>}
      <HexValue value={value} bits={row.bits} />
    </>
  );
}
