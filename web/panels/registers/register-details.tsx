/** What an unfolded register shows: its meaning, its value read in other ways, and its bitfields. */
import { type BitField, fieldMask, type RegisterRow } from "../../../src/spec/register-table.ts";
import { HexValue } from "../../widgets/hex-value.tsx";
import { ValueEditor } from "../../widgets/value-editor.tsx";
import { asciiText, binaryText, decimalText, doubleText, floatText, signedText } from "../../widgets/value-text.ts";
import { TableHead } from "../../widgets/table-head.tsx";
import "./register-details.css";

export interface RegisterDetailsProps {
  readonly row: RegisterRow;
  readonly value: bigint;
  /** What lies at the value, taken as an address. */
  readonly symbol: string | null;
  readonly editable: boolean;
  readonly onEdit: (value: bigint) => Promise<string | null>;
}

export function RegisterDetails({ row, value, symbol, editable, onEdit }: RegisterDetailsProps) {
  // Of flags only the fields count.
  const isNumber = row.bits > 8 && row.format !== "flags";
  return (
    <div className="details">
      <p className="details-doc">{row.doc}</p>
      <dl className="readings">
        {row.meaning !== undefined && <Reading name="meaning" text={row.meaning(value)} />}
        {symbol !== null && <Reading name="symbol" text={symbol} />}
        {row.format === "float" && <FloatReadings row={row} value={value} />}
        {isNumber && <Reading name="unsigned" text={decimalText(value)} />}
        {isNumber && value >> BigInt(row.bits - 1) === 1n && (
          <Reading name="signed" text={signedText(value, row.bits)} />
        )}
        {row.bits > 1 && <Reading name="binary" text={binaryText(value, row.bits)} />}
        {isNumber && <Reading name="ASCII" text={asciiText(value, row.bits)} />}
        {isNumber && row.format !== "float" && <FloatReadings row={row} value={value} />}
      </dl>
      {row.fields !== undefined && (
        <table className="fields">
          <TableHead columns={["Field", "Bits", "Value", "Meaning"]} />
          <tbody>
            {withReserved(row.fields, row.bits).map((part) =>
              part.access === "wpri" ? (
                <Reserved key={part.lsb} field={part} value={value} />
              ) : (
                <Field key={part.name} field={part} row={row} value={value} editable={editable} onEdit={onEdit} />
              ),
            )}
          </tbody>
        </table>
      )}
    </div>
  );
}

function FloatReadings({ row, value }: Pick<RegisterDetailsProps, "row" | "value">) {
  return (
    <>
      {row.bits === 64 && <Reading name="double" text={doubleText(value)} />}
      <Reading name="float" text={floatText(value)} />
    </>
  );
}

function Reading({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </div>
  );
}

/** The fields with the bits between them, which are in none. */
function withReserved(fields: readonly BitField[], bits: number): readonly BitField[] {
  const parts: BitField[] = [];
  let free = 0;
  const fill = (end: number): void => {
    if (end > free) parts.push({ name: "", lsb: free, width: end - free, access: "wpri", doc: "" });
  };
  for (const field of fields) {
    fill(field.lsb);
    parts.push(field);
    free = field.lsb + field.width;
  }
  fill(bits);
  return parts;
}

function Reserved({ field, value }: { readonly field: BitField; readonly value: bigint }) {
  const own = (value & fieldMask(field)) >> BigInt(field.lsb);
  return (
    <tr className="field-reserved">
      <th scope="row">{field.name === "" ? "–" : field.name}</th>
      <td className="field-bits">{bitsText(field)}</td>
      <td className="field-value">0x{own.toString(16)}</td>
      <td className="field-doc">reserved{field.doc === "" ? "" : `: ${field.doc}`}</td>
    </tr>
  );
}

function bitsText({ lsb, width }: BitField): string {
  return width === 1 ? String(lsb) : `${lsb + width - 1}:${lsb}`;
}

type FieldProps = Omit<RegisterDetailsProps, "symbol"> & { readonly field: BitField };

function Field({ field, row, value, editable, onEdit }: FieldProps) {
  const { name, lsb, width, doc, values, access } = field;
  const own = (value & fieldMask(field)) >> BigInt(lsb);
  const writable = editable && access !== "ro" && access !== "wpri";
  const label = `${row.name}.${name}`;
  const replace = (next: bigint) => onEdit((value & ~fieldMask(field)) | (next << BigInt(lsb)));
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="field-bits">{bitsText(field)}</td>
      <td className="field-value">
        {!writable ? (
          <FieldValue own={own} width={width} values={values} />
        ) : values !== undefined ? (
          <select value={String(own)} aria-label={label} onChange={(event) => void replace(BigInt(event.target.value))}>
            {!(Number(own) in values) && <option value={String(own)}>{String(own)}</option>}
            {Object.entries(values).map(([number, meaning]) => (
              <option key={number} value={number}>
                {number} {meaning}
              </option>
            ))}
          </select>
        ) : (
          <ValueEditor label={label} value={own} bits={width} onCommit={replace}>
            <FieldValue own={own} width={width} values={values} />
          </ValueEditor>
        )}
      </td>
      <td className="field-doc">
        {doc}
        {access === "ro" && " (read only)"}
      </td>
    </tr>
  );
}

function FieldValue({ own, width, values }: { own: bigint; width: number; values: BitField["values"] }) {
  const meaning = values?.[Number(own)];
  return (
    <>
      {width > 4 ? <HexValue value={own} bits={width} /> : <span className="hex">{String(own)}</span>}
      {meaning !== undefined && <span className="value-meaning">{meaning}</span>}
    </>
  );
}
