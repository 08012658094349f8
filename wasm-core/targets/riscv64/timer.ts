// The hart's view of the machine's time base.
import { TIMEBASE_NS, clint } from "../../generated/board";
import { now } from "../../machine/clock";
import { NEVER } from "../../machine/machine";

/** Ticks of the time base now (the CSR time, the register mtime). */
export function mtime(): u64 {
  return clint.mtime();
}

/** Virtual ns at which the time base reaches `tick`: NEVER if that is beyond the clock's range, 0 if it has passed. */
export function tickDeadline(tick: u64): u64 {
  const time = clint.mtime();
  if (tick <= time) return 0;
  const ticks = now() / TIMEBASE_NS;
  const wait = tick - time;
  return wait > NEVER / TIMEBASE_NS - ticks - 1 ? NEVER : (ticks + wait) * TIMEBASE_NS;
}
