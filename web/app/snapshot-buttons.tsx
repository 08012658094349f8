/** Save and Load: the whole machine to and from a file of the visitor's. */
import { useRef } from "react";
import { download } from "../model/download.ts";
import type { MachineModel } from "../model/machine-model.ts";
import { Button } from "../widgets/button.tsx";
import { Glyph } from "../widgets/glyph.tsx";
import { useStore } from "../widgets/use-store.ts";

export function SnapshotButtons({ machine }: { readonly machine: MachineModel }) {
  const view = useStore(machine.view);
  const busy = useStore(machine.busy);
  const dirtyGroups = useStore(machine.registers.dirtyGroups);
  const picker = useRef<HTMLInputElement>(null);
  const disabled = busy !== null || (view.kind !== "running" && view.kind !== "stopped");
  const save = async (): Promise<void> => {
    const saved = await machine.save();
    if (saved !== null) download(saved.name, saved.bytes as Uint8Array<ArrayBuffer>);
  };
  return (
    <div className="snapshot-commands">
      <Button
        symbol={<Glyph name="save" />}
        onClick={() => void save()}
        disabled={disabled}
        title={`Save the whole machine as a file${dirtyGroups > 0 ? "; pending edits are applied first" : ""}`}
      >
        Save
      </Button>
      <Button
        symbol={<Glyph name="load" />}
        onClick={() => picker.current?.click()}
        disabled={disabled}
        title="Go on from a saved file; you can also drop one on the page"
      >
        Load
      </Button>
      <input
        ref={picker}
        type="file"
        hidden
        aria-label="Snapshot to load"
        onChange={(event) => {
          const file = event.target.files?.[0];
          // The same file can be chosen again.
          event.target.value = "";
          if (file !== undefined) void machine.load(file);
        }}
      />
    </div>
  );
}
