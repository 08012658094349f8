/** When to look at the machine again. */
import { useCallback, useSyncExternalStore } from "react";
import type { MachineModel } from "../model/machine-model.ts";

/**
 * Another number at each stop and each time that memory is written; null while the machine runs. `running`: another number now and
 * then while it runs, too.
 */
export function useMoment(machine: MachineModel, running = false): number | null {
  const subscribe = useCallback(
    (listener: () => void) => {
      const ends = [machine.memory.version.subscribe(listener), machine.view.subscribe(listener)];
      return () => {
        for (const end of ends) end();
      };
    },
    [machine],
  );
  const moment = (): number | null =>
    machine.view.get().kind === "running" && !running ? null : machine.memory.version.get();
  return useSyncExternalStore(subscribe, moment);
}
