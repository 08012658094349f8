/** Something that a panel asks of the machine, asked again when it has stopped elsewhere or memory has changed. */
import { useEffect, useRef, useState } from "react";
import type { MachineModel } from "../../model/machine-model.ts";
import { useStore } from "../../widgets/use-store.ts";

/** null: not known yet; a string: why it cannot be had. `key` names what is asked; the running machine is not asked again. */
export function useLook<T>(machine: MachineModel, ask: () => Promise<T>, key: string): T | string | null {
  const version = useStore(machine.memory.version);
  const running = useStore(machine.view).kind === "running";
  const [answer, setAnswer] = useState<{ readonly key: string; readonly value: T | string } | null>(null);
  const latest = useRef(ask);
  latest.current = ask;
  const moment = running ? "running" : version;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the moment is when to ask again
  useEffect(() => {
    let current = true;
    latest.current().then(
      (value) => current && setAnswer({ key, value }),
      (error: Error) => current && setAnswer({ key, value: error.message }),
    );
    return () => {
      current = false;
    };
  }, [key, moment]);
  return answer?.key === key ? answer.value : null;
}
