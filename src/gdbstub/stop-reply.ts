/** How gdb is told that the machine stands, and why (GDB manual, "Stop Reply Packets"). */
import type { StopHit, StoppedState } from "../worker/machine-api.ts";
import type { InsertedPoint } from "./stop-points.ts";
import { threadOfCpu } from "./threads.ts";

/** GDB's numbers of signals. */
export const SIGINT = "02";
export const SIGTRAP = "05";
const SIGABRT = "06";

/** The machine is over: its exit code, as a process's. */
export function exitReply({ reason, exitCode = 0 }: StoppedState): string | null {
  if (reason !== "poweroff" && reason !== "failure" && reason !== "reset") return null;
  // A failure must not look like success because a process's status has 8 bits.
  const status = exitCode === 0 ? 0 : exitCode & 0xff || 1;
  return `W${status.toString(16).padStart(2, "0")}`;
}

/** The machine's core has failed. */
export const DEATH_REPLY = `X${SIGABRT}`;

/** `hit`: the stop point of gdb's own that was reached. `expedited`: registers that come along. */
export function stopReply(
  signal: string,
  cpu: number,
  hit: { readonly point: InsertedPoint; readonly hit: StopHit } | null,
  expedited: string,
): string {
  return `T${signal}thread:${threadOfCpu(cpu)};${hit === null ? "" : cause(hit.point, hit.hit)}${expedited}`;
}

function cause(point: InsertedPoint, { access }: StopHit): string {
  switch (point.type) {
    case 0:
      return "swbreak:;";
    case 1:
      return "hwbreak:;";
    default: {
      // gdb looks for the watchpoint that holds this address.
      const first = access !== undefined && access.address > point.address ? access.address : point.address;
      const name = point.type === 2 ? "watch" : point.type === 3 ? "rwatch" : "awatch";
      return `${name}:${first.toString(16)};`;
    }
  }
}
