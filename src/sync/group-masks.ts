/** Names for sets of register groups, and the bitmaps behind them on one CPU. */

import { GROUP_BITS, type GroupName, type GroupRow, syncMasks } from "../spec/register-table.ts";
import { SyncError } from "./errors.ts";

const CLASS_MASKS = { RUNTIME: "RUNTIME", RESET: "RESET", FULL: "FULL" } as const;

type ClassMask = keyof typeof CLASS_MASKS;
export type SyncName = GroupName | ClassMask;

/**
 * Set of groups: `Sync.RUNTIME`, `[Sync.CORE, Sync.TIME]`, or the bitmap itself. RUNTIME, RESET and FULL stand for those of
 * their groups that a CPU has; a group named by its own name must exist.
 */
export type SyncMask = number | SyncName | readonly SyncName[];

/** All neutral names, for `cpu.get(Sync.RUNTIME)`. Which bits stand behind them is the target's business. */
export const Sync = {
  ...CLASS_MASKS,
  ...(Object.fromEntries(Object.keys(GROUP_BITS).map((name) => [name, name])) as { readonly [N in GroupName]: N }),
} as const;

/** The bitmap of `mask` on a CPU with these groups. Throws EINVAL for what is not defined, ENOTSUP for what it lacks. */
export function resolveMask(mask: SyncMask, groups: readonly GroupRow[]): number {
  if (typeof mask === "number") return checkMask(mask, groups);
  if (typeof mask !== "string") return mask.reduce((all, name) => all | resolveMask(name, groups), 0);
  const { runtime, reset, full } = syncMasks(groups);
  if (mask === "RUNTIME") return runtime;
  if (mask === "RESET") return reset;
  if (mask === "FULL") return full;
  const group = groups.find((row) => row.name === mask);
  if (group === undefined) throw new SyncError("EINVAL", { group: mask, sentence: "no such group" });
  return checkMask(1 << group.bit, groups);
}

function checkMask(mask: number, groups: readonly GroupRow[]): number {
  if (!Number.isInteger(mask)) throw new SyncError("EINVAL", { sentence: `${mask} is not a bitmap of groups` });
  const defined = groups.reduce((all, group) => all | (1 << group.bit), 0);
  // Bit 31 makes JavaScript's bit operations negative.
  const bits = mask >>> 0;
  if (bits !== mask || (bits & ~defined) !== 0) {
    throw new SyncError("EINVAL", { sentence: `the mask ${hex(mask)} has bits that are no group's` });
  }
  const lacking = groups.find((group) => group.absent && (bits & (1 << group.bit)) !== 0);
  if (lacking !== undefined) throw new SyncError("ENOTSUP", { group: lacking.name });
  return bits;
}

function hex(value: number): string {
  return `${value < 0 ? "-" : ""}0x${Math.abs(value).toString(16)}`;
}
