/** Save and Load: the whole machine to and from a file of the visitor's. */
import { download } from "../model/download.ts";
import type { MachineModel } from "../model/machine-model.ts";
import { Button } from "../widgets/button.tsx";
import { Glyph } from "../widgets/glyph.tsx";
import { useStore } from "../widgets/use-store.ts";
import { askFile } from "./ask-file.ts";

/** Saves the machine as a file. */
export async function saveMachine(machine: MachineModel): Promise<void> {
  const saved = await machine.save();
  if (saved !== null) download(saved.name, saved.bytes as Uint8Array<ArrayBuffer>);
}

/** Asks for a file, and goes on as the machine that is saved in it. */
export function loadMachine(machine: MachineModel): void {
  askFile((file) => void machine.load(file));
}

export function SnapshotButtons({ machine }: { readonly machine: MachineModel }) {
  const view = useStore(machine.view);
  const busy = useStore(machine.busy);
  const dirtyGroups = useStore(machine.registers.dirtyGroups);
  const disabled = busy !== null || (view.kind !== "running" && view.kind !== "stopped");
  return (
    <div className="snapshot-commands">
      <Button
        symbol={<Glyph name="save" />}
        onClick={() => void saveMachine(machine)}
        disabled={disabled}
        title={`Save the whole machine as a file${dirtyGroups > 0 ? "; pending edits are applied first" : ""}`}
      >
        Save
      </Button>
      <Button
        symbol={<Glyph name="load" />}
        onClick={() => loadMachine(machine)}
        disabled={disabled}
        title="Go on from a saved file; you can also drop one on the page"
      >
        Load
      </Button>
    </div>
  );
}
