/** A platform-level interrupt controller (PLIC specification 1.0.0) from its values: what becomes of each source, and why. */
import { PLIC_CONTEXTS, PLIC_SOURCES, PLIC_WORDS } from "../spec/device-state.ts";

/** Its values by the names of their rows. */
export interface ControllerValues {
  readonly priority: readonly bigint[];
  readonly line: readonly bigint[];
  readonly pending: readonly bigint[];
  readonly claimed: readonly bigint[];
  readonly enable: readonly bigint[];
  readonly threshold: readonly bigint[];
}

/** What one context (a mode of a CPU) makes of a source. */
export interface ContextLook {
  readonly enabled: boolean;
  /** Why it does not interrupt this context, in words; "": it does. */
  readonly why: string;
}

export interface SourceLook {
  readonly source: number;
  readonly priority: number;
  /** Its device asks for an interrupt. */
  readonly line: boolean;
  readonly pending: boolean;
  readonly claimed: boolean;
  /** In the order of contextName(). */
  readonly contexts: readonly ContextLook[];
}

/** "M-mode of CPU 0". */
export function contextName(context: number): string {
  const modes = PLIC_CONTEXTS.length;
  return `${PLIC_CONTEXTS[context % modes]} of CPU ${Math.floor(context / modes)}`;
}

/** Every source, by ascending number. */
export function sourcesOf(values: ControllerValues): readonly SourceLook[] {
  return Array.from({ length: PLIC_SOURCES - 1 }, (_, index) => sourceOf(values, index + 1));
}

function sourceOf(values: ControllerValues, source: number): SourceLook {
  const bit = (words: readonly bigint[], first = 0): boolean =>
    (((words[first + (source >> 5)] ?? 0n) >> BigInt(source & 31)) & 1n) === 1n;
  const priority = Number(values.priority[source] ?? 0n);
  const [line, pending, claimed] = [bit(values.line), bit(values.pending), bit(values.claimed)];
  const contexts = values.threshold.map((threshold, context) => {
    const enabled = bit(values.enable, context * PLIC_WORDS);
    return { enabled, why: whyNot({ line, pending, claimed, priority, enabled, threshold: Number(threshold) }) };
  });
  return { source, priority, line, pending, claimed, contexts };
}

interface Deciding {
  readonly line: boolean;
  readonly pending: boolean;
  readonly claimed: boolean;
  readonly priority: number;
  readonly enabled: boolean;
  readonly threshold: number;
}

function whyNot({ line, pending, claimed, priority, enabled, threshold }: Deciding): string {
  if (claimed) return "it is claimed, and not yet completed";
  if (!pending) return line ? "its request has not been passed on" : "its device does not ask for an interrupt";
  if (!enabled) return "it is not enabled";
  if (priority === 0) return "its priority is 0: never";
  return priority <= threshold ? `its priority ${priority} is not above the threshold ${threshold}` : "";
}
