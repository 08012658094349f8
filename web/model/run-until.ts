/** "Run until": checks what has been typed before anything moves. */
import type { MachineModel } from "./machine-model.ts";

export type UntilKind = "address" | "condition" | "steps";

/** What is wrong with a text, and at which character. */
export interface TextProblem {
  readonly position: number;
  readonly text: string;
}

/** Steps that the machine can be asked for at once. */
const MOST_STEPS = Number.MAX_SAFE_INTEGER;

/** Answers what is wrong with the text, or null when the machine has begun to move; `begun` is called then. */
export async function runUntil(
  machine: MachineModel,
  kind: UntilKind,
  text: string,
  begun: () => void,
): Promise<TextProblem | null> {
  if (kind === "steps") {
    const digits = text.trim().replaceAll(/[_,\s]/g, "");
    const count = /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
    if (!(count >= 1 && count <= MOST_STEPS)) {
      return { position: 0, text: "a whole number of instructions, from 1 on, expected" };
    }
    begun();
    void machine.control.runSteps(count);
    return null;
  }
  if (text.trim() === "")
    return { position: 0, text: kind === "address" ? "an address expected" : "a condition expected" };
  const result = await machine.evaluate(text);
  if (result.kind === "error") return result;
  if (kind === "address" && result.value.type === "float") return { position: 0, text: "an address is no float" };
  begun();
  if (kind === "address") void machine.control.move({ kind: "until", address: result.value.value });
  else void machine.control.move({ kind: "condition", expression: text });
  return null;
}
