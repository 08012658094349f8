/** Plain memory of the board. */
import type { MapRange } from "../../model/board-model.ts";
import type { MachineModel } from "../../model/machine-model.ts";
import { Button } from "../../widgets/button.tsx";
import { hexText } from "../../widgets/value-text.ts";

export function RangeView({ machine, range }: { readonly machine: MachineModel; readonly range: MapRange }) {
  const { title, first, bytes } = range;
  return (
    <article className="device" aria-label={title}>
      <h3>{title}</h3>
      <p className="device-place">
        {hexText(first, 32)} to {hexText(first + bytes - 1n, 32)}, {(bytes / 1024n).toLocaleString("en-US")} KiB
      </p>
      <Button onClick={() => machine.places.showData(first, "physical")}>Show in Memory</Button>
    </article>
  );
}
