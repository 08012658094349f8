// Root of the wasm module of the device tests: the board, with a clock that the test moves.
import { fireEvent, initDevices, resetDevices } from "../../../wasm-core/generated/board";
import { skipTo, takeDueEvent, now as virtualNow } from "../../../wasm-core/machine/clock";
import { EVENTS_BASE, EVENT_COUNT, NEVER, machine } from "../../../wasm-core/machine/machine";

export {
  busHas,
  busRead,
  busWrite,
  configureDevice,
  configureFlash,
  consoleInput,
  consoleResize,
  devicesAtFault,
  inputReport,
  screenResize,
  setInterruptLine,
  DEVICES_USED,
} from "../../../wasm-core/generated/board";
export { physicalAddress, readablePointer } from "../../../wasm-core/machine/ram";
export { bytesWritten, jumps, lines, mappingChanges, writtenPages } from "../../../wasm-core/generated/target";

export function init(ramBytes: u64, cpuCount: u32, rtcBase: u64, seed: u64): void {
  machine.ramBytes = ramBytes;
  machine.cpuCount = cpuCount;
  machine.nsShift = 2;
  machine.rtcBase = rtcBase;
  machine.seed = seed;
  clearEvents();
  initDevices();
}

export function reset(): void {
  machine.vnsBase = 0;
  clearEvents();
  resetDevices();
}

function clearEvents(): void {
  for (let i: u32 = 0; i < EVENT_COUNT; i++) store<u64>(EVENTS_BASE + (i << 3), NEVER);
  machine.nextDeadline = NEVER;
}

/** Moves virtual time to `vns`, firing each event at its time. 1: the machine holds for a backend. */
export function advanceTo(vns: u64): u32 {
  for (;;) {
    const next = machine.nextDeadline;
    if (next > vns) break;
    skipTo(next);
    machine.backendHold = 0;
    const id = takeDueEvent(virtualNow());
    if (id < EVENT_COUNT) fireEvent(id);
    if (machine.backendHold) return 1;
  }
  skipTo(vns);
  return 0;
}

export function now(): u64 {
  return virtualNow();
}

export function nextDeadline(): u64 {
  return machine.nextDeadline;
}

export function stopRequest(): u32 {
  return machine.stopRequest;
}

export function exitCode(): u32 {
  return machine.exitCode;
}
