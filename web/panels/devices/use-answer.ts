/** What the board says to a question, asked again whenever memory may have changed: at each stop, and now and then while it runs. */
import { useEffect, useRef, useState } from "react";
import type { MachineModel } from "../../model/machine-model.ts";
import { useStore } from "../../widgets/use-store.ts";

/** null: not known yet; a string: why it cannot be had. `key` names what is asked; the latest answer stays until the next. */
export function useAnswer<T>(machine: MachineModel, ask: () => Promise<T>, key: string): T | string | null {
  const version = useStore(machine.memory.version);
  const [answer, setAnswer] = useState<{ readonly key: string; readonly value: T | string } | null>(null);
  const latest = useRef(ask);
  latest.current = ask;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version is when to ask again
  useEffect(() => {
    let current = true;
    latest.current().then(
      (value) => current && setAnswer({ key, value }),
      (error: Error) => current && setAnswer({ key, value: error.message }),
    );
    return () => {
      current = false;
    };
  }, [key, version]);
  return answer?.key === key ? answer.value : null;
}
