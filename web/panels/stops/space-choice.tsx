/** Where a breakpoint or watchpoint counts: in every address space, or in one, such as the present one. */
import { useEffect, useState } from "react";
import type { MachineModel } from "../../model/machine-model.ts";
import { useStore } from "../../widgets/use-store.ts";

export interface SpaceChoiceProps {
  readonly machine: MachineModel;
  /** Its number; "": every one. */
  readonly space: string;
  readonly onChoose: (space: string) => void;
}

export function SpaceChoice({ machine, space, onChoose }: SpaceChoiceProps) {
  const version = useStore(machine.memory.version);
  const running = useStore(machine.view).kind === "running";
  const [present, setPresent] = useState<{ readonly space: string; readonly name: string } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: at another stop another one may be in force
  useEffect(() => {
    let current = true;
    if (!running) {
      machine.space.present().then(
        (next) => current && setPresent(next === null ? null : { space: String(next.space), name: next.name }),
        () => current && setPresent(null),
      );
    }
    return () => {
      current = false;
    };
  }, [machine, version, running]);
  // Where addresses are physical there is nothing to choose.
  if (present === null && space === "") return null;
  const isOther = space !== "" && space !== present?.space;
  return (
    <label>
      <span>In</span>
      <select className="field" value={space} onChange={(event) => onChoose(event.target.value)}>
        <option value="">every address space</option>
        {present !== null && <option value={present.space}>{present.name} only</option>}
        {isOther && <option value={space}>{machine.space.nameOf(BigInt(space)) ?? "one address space"} only</option>}
      </select>
    </label>
  );
}
