/** What a guided tour is: a bundled machine, a place to begin, and steps whose end the machine's state decides. */
import type { GroupName } from "../../src/spec/register-table.ts";
import type { LayoutName } from "../model/layout-model.ts";
import type { PanelId } from "../model/layout.ts";
import type { PointTarget } from "./point-target.ts";

/** What a step looks at. The machine stands while it does. */
export interface Look {
  /** Value of an expression (docs/debugging.md); null: it has none now. */
  value(expression: string): Promise<bigint | null>;
  /** Whether an expression is true. */
  holds(expression: string): Promise<boolean>;
  /** As in "main+0x12", or null. */
  symbolAt(address: bigint): string | null;
  /** Whether an access to a virtual address would be allowed, and where it would go. */
  translate(va: bigint, access: "load" | "store" | "fetch"): Promise<{ readonly pa: bigint } | null>;
  /** The trap whose entry has stopped the machine, or null. */
  readonly trap: { readonly interrupt: boolean; readonly cause: number; readonly value: bigint } | null;
  /** With which code it has been switched off; null: it is on. */
  readonly exitCode: number | null;
  readonly steps: bigint;
  readonly pc: bigint;
  /** Virtual address of the first byte of each watchpoint that is set. */
  readonly watched: readonly bigint[];
  /** A register as the page shows it, edits that are not yet applied included. */
  shown(register: string): bigint | null;
  /** Whether some register is edited and not yet applied. */
  readonly pending: boolean;
  readonly unfolded: ReadonlySet<GroupName>;
  /** What the guest has printed, in this run. */
  readonly printed: string;
  /** What earlier steps have noted. */
  readonly notes: Notes;
}

/** Numbers that a step keeps for later ones, by name. */
export type Notes = Readonly<Record<string, bigint>>;

/** true: the step is done; a sentence: that was something else; null: not yet. */
export type Verdict = boolean | string | null;

/** Texts mark `code` by backquotes and words on buttons by **asterisks**. */
export interface TourStep {
  readonly title: string;
  readonly text: readonly string[];
  /** What is to be done. */
  readonly task: string;
  /** Panels that the step needs. */
  readonly panels: readonly PanelId[];
  /** Register groups that it needs unfolded. */
  readonly groups?: readonly GroupName[];
  readonly point: PointTarget;
  check(look: Look): Promise<Verdict> | Verdict;
  /** What to keep when it is done. */
  note?(look: Look): Promise<Notes> | Notes;
  /** What has happened, and what that means. */
  outcome(notes: Notes): string;
  /** Doing it changes the machine by hand, so that running it anew does not lead behind it. */
  readonly edits?: boolean;
}

export interface Tour {
  /** Name in `#tour=`. */
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  /** Name of its bundled machine. */
  readonly guest: string;
  /** It begins standing behind so many steps; null: running. */
  readonly at: bigint | null;
  readonly layout: LayoutName;
  readonly steps: readonly TourStep[];
}

/** For texts. */
export function hex(value: bigint | undefined): string {
  return `0x${(value ?? 0n).toString(16)}`;
}
