/** One device: where it stands, its state with every bit that has a meaning, and its registers as a driver finds them. */
import type { BitField } from "../../../src/spec/register-table.ts";
import { type BoardLook, type DeviceLook, deviceTitle, type ValueRow } from "../../model/board-model.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { hexText } from "../../widgets/value-text.ts";
import { TableHead } from "../../widgets/table-head.tsx";
import { QueuesView } from "./queues-view.tsx";
import { SourcesView } from "./sources-view.tsx";
import { stateText } from "./state-text.ts";

export interface DeviceViewProps {
  readonly machine: MachineModel;
  readonly look: BoardLook;
  readonly device: DeviceLook;
}

/** What shows the arrays of a type of device better than a list of numbers. */
const ARRAY_VIEWS: Readonly<Record<string, typeof QueuesView>> = {
  plic: SourcesView,
  "virtio/mmio": QueuesView,
};

export function DeviceView({ machine, look, device }: DeviceViewProps) {
  const { base, size, irq, tree, type, registers } = device.device;
  const single = device.rows.filter(({ row }) => row.count === undefined);
  const arrays = device.rows.filter(({ row }) => row.count !== undefined);
  const Arrays = ARRAY_VIEWS[type];
  return (
    <article className="device" aria-label={device.device.name}>
      <h3>
        {device.device.name}: {deviceTitle(device)}
      </h3>
      <p className="device-place">
        {hexText(BigInt(base), 32)} to {hexText(BigInt(base + size - 1), 32)}
        {irq === undefined ? "" : `, interrupt ${irq}`}
        {`, compatible with ${tree.compatible.join(", ")}`}
      </p>
      {single.length > 0 && (
        <table aria-label="State">
          <TableHead columns={["Name", "Value", "Means"]} />
          <tbody>
            {single.map(({ row, values: [value = 0n] }) => (
              <tr key={row.name} data-state={row.name}>
                <th scope="row">{row.name}</th>
                <td className="device-value">{stateText(row, value)}</td>
                <td>
                  {row.fields === undefined ? row.doc : <Fields fields={row.fields} value={value} doc={row.doc} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {Arrays !== undefined && <Arrays machine={machine} look={look} device={device} />}
      {Arrays === undefined && arrays.map((row) => <ValueList key={row.row.name} row={row} />)}
      <details>
        <summary>Registers as a driver finds them ({registers.length})</summary>
        <table aria-label="Registers">
          <tbody>
            {registers.map(({ name, offset, size: bytes, access, count, doc }) => (
              <tr key={`${name} ${offset}`}>
                <td className="device-value">+{hexText(BigInt(offset), 24)}</td>
                <th scope="row">{name}</th>
                <td>{access}</td>
                <td>
                  {bytes} {bytes === 1 ? "byte" : "bytes"}
                  {count === undefined ? "" : ` × ${count}`}
                </td>
                <td>{doc}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </article>
  );
}

/** What the bits say: names of those that are set, values by their names. */
function Fields({
  fields,
  value,
  doc,
}: {
  readonly fields: readonly BitField[];
  readonly value: bigint;
  readonly doc: string;
}) {
  const said = fields
    .map((field) => ({ field, part: Number((value >> BigInt(field.lsb)) & ((1n << BigInt(field.width)) - 1n)) }))
    .filter(({ field, part }) => part !== 0 || field.values?.[0] !== undefined);
  if (said.length === 0) return <span className="device-doc">{doc}; no bit is set</span>;
  return (
    <ul className="device-fields">
      {said.map(({ field, part }) => (
        <li key={field.name} title={field.doc}>
          <b>{field.name}</b>
          {field.width === 1 ? "" : ` ${field.values?.[part] ?? part}`}
          <span className="device-doc"> {field.doc}</span>
        </li>
      ))}
    </ul>
  );
}

function ValueList({ row: { row, values } }: { readonly row: ValueRow }) {
  return (
    <table aria-label={row.name}>
      <TableHead columns={[row.name, "Value", "Means"]} />
      <tbody>
        {values.map((value, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the index is what the row is about
          <tr key={index} data-state={`${row.name} ${index}`}>
            <th scope="row">{index}</th>
            <td className="device-value">{stateText(row, value)}</td>
            <td>{row.fields === undefined ? row.doc : <Fields fields={row.fields} value={value} doc={row.doc} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
