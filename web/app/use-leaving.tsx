/** Asks before something that nobody has saved goes with the page, or with the machine that another one replaces. */
import { type ReactNode, useCallback, useEffect, useState } from "react";
import type { MachineModel } from "../model/machine-model.ts";
import { Button } from "../widgets/button.tsx";
import { Sheet } from "../widgets/sheet.tsx";
import { useStore } from "../widgets/use-store.ts";

export interface Leaving {
  /** Does what ends the machine: at once, or when somebody has said that its disks may go. */
  readonly leave: (act: () => void) => void;
  readonly sheet: ReactNode;
}

export function useLeaving(machine: MachineModel): Leaving {
  const titles = useStore(machine.disks.unsaved);
  // Somebody has typed these, and the CPU has not got them yet.
  const edited = useStore(machine.registers.dirtyGroups) > 0;
  const [going, setGoing] = useState<(() => void) | null>(null);
  const asks = titles.length > 0 || edited;
  useEffect(() => {
    if (!asks) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [asks]);

  const stay = (): void => setGoing(null);
  const leave = useCallback(
    (act: () => void): void => {
      const { attached, unsaved } = machine.disks;
      const go = (): void => (unsaved.get().length === 0 ? act() : setGoing(() => act));
      // What was so at the latest look may have been written since, or kept.
      if (attached.get().length === 0) act();
      else void machine.disks.look().then(go);
    },
    [machine],
  );
  const sheet =
    going === null ? null : (
      <Sheet title="Unsaved disks" onClose={stay}>
        <header className="sheet-head">
          <h2>Leave {machine.guest.get()?.title ?? "this machine"}?</h2>
        </header>
        <div className="sheet-scroll file-choices">
          <p>
            What it has written to {titles.join(", ")} is kept nowhere and goes with it. Its disk can be saved as a file
            among the machines, the whole machine by Save.
          </p>
          <Button primary onClick={stay}>
            Stay
          </Button>
          <Button
            onClick={() => {
              stay();
              going();
            }}
          >
            Leave, and lose it
          </Button>
        </div>
      </Sheet>
    );
  return { leave, sheet };
}
