/** Why and where a machine has stopped, in one sentence. */
import type { StopHit, StoppedState, StopPoint } from "../../src/worker/page.ts";

/** Names that a target and a program give to numbers. */
export interface StopNames {
  /** Of the privilege at the stop, or null. */
  readonly privilege: string | null;
  /** Of the process at the stop, as in "init (1)", or null. */
  readonly process: string | null;
  /** Which switch of processes it stands at, as in "Switched from sh (42) to init (1)", or null. */
  readonly switched?: string | null;
  /** The CPU waits for an interrupt. */
  readonly waiting?: boolean;
  privilegeName(number: number): string;
  /** As in do_idle+0x3a, or null. */
  symbol(address: bigint): string | null;
  /** As in "load page fault". */
  cause(interrupt: boolean, cause: number): string;
  point(id: number): StopPoint | undefined;
}

export function stopSentence(state: StoppedState, names: StopNames): string {
  const hit = state.hits?.[0];
  // Who is switched to is who runs.
  const isSaid = hit?.kind === "execute" && (names.switched ?? null) !== null;
  const place = `at ${addressText(state.pc, names)}${names.privilege === null ? "" : ` in ${names.privilege}-mode`}${
    names.process === null || isSaid ? "" : `, process ${names.process}`
  }${names.waiting ? ", waiting for an interrupt" : ""}`;
  const count = `after ${countText(state.steps)}`;
  switch (state.reason) {
    case "created":
      return `Switched on and paused ${place}, before the first instruction`;
    case "pause":
    case "step":
      return `Paused ${place}, ${count}`;
    case "poweroff":
      return `Powered off (exit code ${state.exitCode ?? 0}) ${count}. Reset switches it on again.`;
    case "failure":
      return `Ended with failure (exit code ${state.exitCode ?? 0}) ${count}. Reset switches it on again.`;
    case "reset":
      return `The guest asked for a reset ${place}, ${count}`;
    case "until":
      return `Reached what it was run to, ${place}, ${count}`;
    default:
      return hit === undefined ? `Stopped ${place}, ${count}` : `${hitText(hit, names)}; stopped ${place}, ${count}`;
  }
}

function hitText(hit: StopHit, names: StopNames): string {
  const { access, register, trap, privilege } = hit;
  const { switched = null } = names;
  // What was there for this stop only has no number that anybody has seen.
  const number = hit.temporary ? "" : ` ${hit.id}`;
  const times = hit.hits > 1 ? `, ${ordinal(hit.hits)} hit` : "";
  if (access !== undefined) {
    const bytes = access.size === 1 ? "1 byte" : `${access.size} bytes`;
    const values =
      access.before === undefined || access.after === undefined
        ? ""
        : access.type === "read"
          ? `, which hold ${hex(access.after)}`
          : `, ${hex(access.before)} became ${hex(access.after)}`;
    return `Watchpoint${number}: ${access.type} of ${bytes} at ${addressText(access.address, names)}${values}${times}`;
  }
  if (register !== undefined) {
    const what = hit.kind === "csr" ? "was written" : "has changed";
    const whose = hit.temporary ? "" : `Stop point${number}: `;
    return `${whose}${register.name} ${what}, ${hex(register.before)} became ${hex(register.after)}${times}`;
  }
  if (trap !== undefined) {
    const kind = trap.interrupt ? "Interrupt" : "Exception";
    const value = trap.interrupt || trap.value === 0n ? "" : `, value ${hex(trap.value)}`;
    return `${kind}: ${names.cause(trap.interrupt, trap.cause)} at ${addressText(trap.pc, names)}${value}${times}`;
  }
  if (privilege !== undefined) {
    return `Privilege: from ${names.privilegeName(privilege.from)} to ${names.privilegeName(privilege.to)}${times}`;
  }
  const point = names.point(hit.id);
  if (point?.kind === "console") return `The console has printed “${point.text}”${times}`;
  if (hit.kind === "console") return "The console has printed what was waited for";
  if (switched === null) return hit.temporary ? "Temporary breakpoint" : `Breakpoint${number}${times}`;
  if (hit.temporary) return switched;
  return `Breakpoint${number}${times}: ${switched[0]?.toLowerCase()}${switched.slice(1)}`;
}

function addressText(address: bigint, names: StopNames): string {
  const symbol = names.symbol(address);
  return symbol === null ? hex(address) : `${symbol} (${hex(address)})`;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

function countText(steps: bigint): string {
  return `${steps.toLocaleString("en-US")} ${steps === 1n ? "instruction" : "instructions"}`;
}

function ordinal(number: number): string {
  const ending = number % 100 >= 11 && number % 100 <= 13 ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[number % 10] ?? "th");
  return `${number.toLocaleString("en-US")}${ending}`;
}
