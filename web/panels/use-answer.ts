/** What the machine says to a question, asked again whenever it may have another answer. */
import { useEffect, useRef, useState } from "react";
import type { MachineModel } from "../model/machine-model.ts";
import { isSameData } from "../model/same-data.ts";
import { useMoment } from "./use-moment.ts";

export interface AnswerOptions {
  /** Asked now and then while the machine runs, too; otherwise what is on show stays until it stops. */
  readonly running?: boolean;
}

/**
 * null: not known yet; a string: why it cannot be had. `key` names what is asked: an answer belongs to its question, and stays the
 * same object as long as it says the same.
 */
export function useAnswer<T>(
  machine: MachineModel,
  ask: () => Promise<T>,
  key: string,
  { running = false }: AnswerOptions = {},
): T | string | null {
  const moment = useMoment(machine, running);
  const [answer, setAnswer] = useState<{ readonly key: string; readonly value: T | string } | null>(null);
  const latest = useRef(ask);
  latest.current = ask;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the moment is when to ask again
  useEffect(() => {
    let current = true;
    const take = (value: T | string): void => {
      if (current) setAnswer((known) => (isSameData(known, { key, value }) ? known : { key, value }));
    };
    latest.current().then(take, (error: Error) => take(error.message));
    return () => {
      current = false;
    };
  }, [key, moment]);
  return answer?.key === key ? answer.value : null;
}
