// The machine's own state behind the control words: clock, pending events, requests of the guest to stop.
import { CONTROL_BYTES, MACHINE_BASE } from "../../src/spec/abi";

export const EVENT_COUNT: u32 = 32;
/** Deadline of an event that is not scheduled. */
export const NEVER: u64 = u64.MAX_VALUE;

@unmanaged
export class Machine {
  /** Steps (attempted instructions) completed when the current slice ends; now = sliceEnd - cpu.left. */
  sliceEnd: u64;
  /** Virtual ns at step 0 of the clock: virtual ns = vnsBase + (steps << nsShift). Grows when waiting is skipped. */
  vnsBase: u64;
  /** log2 of the virtual ns that one step takes. */
  nsShift: u32;
  /** 1: run() returns REASON_IDLE when all wait, for the host to pace; 0: it skips to the next event at once. */
  paced: u32;
  ramBytes: u64;
  cpuCount: u32;
  /** 0, or the reason with which run() must return at the next boundary. */
  stopRequest: u32;
  exitCode: u32;
  /** 1 when something due waits for its backend. */
  backendHold: u32;
  /** Wall clock of the guest at virtual ns 0, in ns since 1970. */
  rtcBase: u64;
  /** Seed of the entropy device. */
  seed: u64;
  /** Physical address of the HTIF word `tohost`, or 0. */
  htifAddress: u64;
  /** 1: an ebreak can be a call to whoever runs the machine. */
  semihosting: u32;
  /** Earliest deadline of all events (a cache of the table below). */
  nextDeadline: u64;
}

/** Event deadlines in virtual ns, EVENT_COUNT of them, behind the structure. */
export const EVENTS_BASE: usize = MACHINE_BASE + CONTROL_BYTES + 0x100;
if (offsetof<Machine>() > 0x100) ERROR("Machine outgrew its place before EVENTS_BASE");

export const machine: Machine = changetype<Machine>(MACHINE_BASE + CONTROL_BYTES);
