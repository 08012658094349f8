// Looks at a hart from outside; nothing here changes the machine.
import { cpuAt } from "../../machine/cpu";
import { ACCESS_FETCH, ACCESS_LOAD } from "./causes";
import { Hart } from "./hart";
import { watchToHost } from "./htif";
import { WALK_OK, walk, walkPa } from "./paging";

/** Guest physical address of `va` as a load (or, failing that, a fetch) in the hart's mode sees it; u64.MAX_VALUE if it faults. */
export function translateVa(cpu: u32, va: u64): u64 {
  const hart = changetype<Hart>(cpuAt(cpu));
  if (walk(hart, va, ACCESS_LOAD, hart.dataPriv, false) == WALK_OK) return walkPa;
  return walk(hart, va, ACCESS_FETCH, <u32>hart.priv, false) == WALK_OK ? walkPa : u64.MAX_VALUE;
}

/** Watches `tohost` at physical address `pa`; answers 0 if it is not in RAM. */
export function setHtif(pa: u64): u32 {
  return watchToHost(pa) ? 1 : 0;
}
