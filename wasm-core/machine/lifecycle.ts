// Creation and reset of a machine, and the small calls by which its host steers it.
import { CONTROL_STEPS, MACHINE_BASE } from "../../src/spec/abi";
import { initDevices, resetDevices } from "../generated/board";
import { resetCpu } from "../generated/target";
import { NEVER_HOT, jit } from "../jit/state";
import { dropAllCode, unwatchPage } from "../mmu/code-cache";
import { syncInit } from "../sync/sync";
import { now, skipTo } from "./clock";
import { cpuAt } from "./cpu";
import { EVENTS_BASE, EVENT_COUNT, NEVER, machine } from "./machine";
import { ramPointer, wroteRam } from "./ram";

/** Sets up the machine's own state and its devices; resetMachine() must follow, once the devices are configured. */
export function init(ramBytes: u64, cpuCount: u32, nsShift: u32, paced: u32, rtcBase: u64, seed: u64): void {
  machine.ramBytes = ramBytes;
  machine.cpuCount = cpuCount;
  machine.nsShift = nsShift;
  machine.paced = paced;
  machine.rtcBase = rtcBase;
  machine.seed = seed;
  machine.htifAddress = 0;
  // Until jitConfigure() says otherwise.
  jit.threshold = NEVER_HOT;
  jit.leastThreshold = NEVER_HOT;
  restartClock();
  initDevices();
  // Nobody may read what an uninitialised core holds: until resetMachine() the slots speak for it.
  for (let i: u32 = 0; i < cpuCount; i++) {
    resetCpu(i);
    syncInit(i);
  }
}

/** Power-on state of vCPUs and devices; steps and virtual time begin at 0. RAM is the host's business. */
export function resetMachine(): void {
  machine.stopRequest = 0;
  machine.exitCode = 0;
  machine.backendHold = 0;
  restartClock();
  // The host says again whether there is a word to watch: a snapshot may have brought another.
  forgetWatch();
  dropAllCode();
  for (let i: u32 = 0; i < machine.cpuCount; i++) resetCpu(i);
  resetDevices();
}

/** No word is watched any more. */
export function forgetWatch(): void {
  if (machine.htifAddress) unwatchPage(ramPointer(machine.htifAddress, 1) & ~(<usize>0xfff));
  machine.htifAddress = 0;
}

function restartClock(): void {
  machine.sliceEnd = 0;
  machine.vnsBase = 0;
  for (let i: u32 = 0; i < machine.cpuCount; i++) cpuAt(i).left = 0;
  for (let i: u32 = 0; i < EVENT_COUNT; i++) store<u64>(EVENTS_BASE + (i << 3), NEVER);
  machine.nextDeadline = NEVER;
  atomic.store<u64>(MACHINE_BASE + CONTROL_STEPS, 0);
}

export function virtualNow(): u64 {
  return now();
}

/** Virtual ns of the next event, u64.MAX_VALUE if there is none. */
export function idleDeadline(): u64 {
  return machine.nextDeadline;
}

/** Moves virtual time to `vns` while all vCPUs wait. */
export function skip(vns: u64): void {
  skipTo(vns);
}

/** realtime clock: virtual time follows the host, and never goes back. */
export function rebase(vns: u64): void {
  skipTo(vns);
}

/** Whether the guest may call whoever runs the machine. */
export function setSemihosting(on: u32): void {
  machine.semihosting = on;
}

export function exitCode(): u32 {
  return machine.exitCode;
}

export function takeStop(): void {
  machine.stopRequest = 0;
}

/** The host wrote `length` bytes of RAM at `pa` through a view of its own. */
export function wrote(pa: u64, length: u32): void {
  const ptr = ramPointer(pa, length);
  if (ptr) wroteRam(ptr, length);
}
