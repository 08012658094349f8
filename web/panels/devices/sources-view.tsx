/** Sources of the interrupt controller: what asks, what is pending or claimed, and what each mode of each CPU makes of it. */
import { useState } from "react";
import {
  type BoardLook,
  contextName,
  controllerSources,
  type DeviceLook,
  deviceTitle,
  valuesOf,
} from "../../model/board-model.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { TableHead } from "../../widgets/table-head.tsx";

export interface SourcesViewProps {
  readonly machine: MachineModel;
  readonly look: BoardLook;
  readonly device: DeviceLook;
}

export function SourcesView({ look, device }: SourcesViewProps) {
  const [all, setAll] = useState(false);
  const sources = controllerSources(device);
  const wired = (source: number) => look.devices.find(({ device }) => device.irq === source);
  const shown = sources.filter(
    ({ source, line, pending, claimed, contexts }) =>
      all || wired(source) !== undefined || line || pending || claimed || contexts.some(({ enabled }) => enabled),
  );
  const thresholds = valuesOf(device, "threshold");
  return (
    <>
      <h3>Interrupts of devices</h3>
      <p className="device-place">
        {thresholds.map((threshold, context) => `${contextName(context)}: threshold ${threshold}`).join("; ")}
      </p>
      <table aria-label="Interrupts of devices">
        <TableHead columns={["Source", "From", "Line", "Pending", "Claimed", "Priority"]}>
          {thresholds.map((_, context) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: contexts are numbered
            <th key={context} scope="col">
              {contextName(context)}
            </th>
          ))}
        </TableHead>
        <tbody>
          {shown.map(({ source, line, pending, claimed, priority, contexts }) => {
            const from = wired(source);
            return (
              <tr
                key={source}
                data-source={source}
                className={line || pending || claimed ? "device-pending" : undefined}
              >
                <th scope="row">{source}</th>
                <td>{from === undefined ? "" : deviceTitle(from)}</td>
                <td>{line ? "■ high" : "□ low"}</td>
                <td>{pending ? "■ yes" : "□ no"}</td>
                <td>{claimed ? "■ yes" : "□ no"}</td>
                <td>{priority}</td>
                {contexts.map(({ enabled, why }, context) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: contexts are numbered
                  <td key={context}>
                    {enabled ? "■ enabled" : "□ off"}
                    {why === "" ? ": it interrupts" : line || pending || claimed ? `: ${why}` : ""}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      <label className="device-all">
        <input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} /> Sources without a
        device, too
      </label>
    </>
  );
}
