// The run loop of a machine whose vCPUs share this worker: events, interrupts, then as many instructions as nothing else wants.
import {
  CONTROL_ATTENTION,
  CONTROL_STEPS,
  MACHINE_BASE,
  REASON_ATTENTION,
  REASON_BACKEND,
  REASON_DEBUG,
  REASON_IDLE,
  REASON_STEPS,
} from "../../src/spec/abi";
import { endSlice } from "../jit/module";
import { fireEvent } from "../generated/board";
import { cpuEvent, execute, takeInterrupts, wakes } from "../generated/target";
import { now, skipTo, stepOf, steps, takeDueEvent } from "./clock";
import { Cpu } from "./cpu";
import { debugHolds, debugPending } from "./debug-record";
import { cpuBase } from "./host";
import { EVENT_COUNT, NEVER, machine } from "./machine";

/** Events from this number on belong to vCPUs, one each; those below belong to devices. */
export const CPU_EVENT: u32 = 24;
/** Steps between two looks at the attention word: well below a millisecond. */
const MAX_SLICE: u64 = 0x1_0000;

/**
 * Runs until step `until` or until something else ends it; answers a REASON_*. A stop at a step comes before the events and
 * interrupts of that step, so the state there does not depend on why it stopped.
 */
export function run(until: u64): u32 {
  const reason = runSlices(until);
  endSlice();
  return reason;
}

function runSlices(until: u64): u32 {
  const cpu = changetype<Cpu>(cpuBase);
  while (true) {
    if (debugPending(cpuBase)) return REASON_DEBUG;
    if (atomic.load<i32>(MACHINE_BASE + CONTROL_ATTENTION)) return REASON_ATTENTION;
    if (machine.stopRequest) return machine.stopRequest;
    const current = steps();
    if (current >= until) return REASON_STEPS;
    // Who waits for an interrupt would wait for ever if nothing could happen.
    const holds = debugHolds(cpuBase) && !cpu.waiting;
    if (!holds && !fireDueEvents()) return REASON_BACKEND;
    if (machine.stopRequest || debugPending(cpuBase)) continue;
    if (cpu.waiting) {
      if (wakes(cpu.index)) {
        cpu.waiting = 0;
      } else {
        if (machine.paced || machine.nextDeadline == NEVER) return REASON_IDLE;
        skipTo(machine.nextDeadline);
        continue;
      }
    }
    if (!debugHolds(cpuBase)) takeInterrupts(cpu.index);
    if (debugPending(cpuBase)) continue;
    let end = current + MAX_SLICE;
    if (until < end) end = until;
    const deadline = stepOf(machine.nextDeadline);
    if (deadline < end && !debugHolds(cpuBase)) end = deadline;
    machine.sliceEnd = end;
    cpu.left = end - current;
    execute(cpuBase);
    publishSteps();
  }
}

/** Fires what is due at this instant, in a fixed order; false if something waits for its backend. */
function fireDueEvents(): bool {
  machine.backendHold = 0;
  while (true) {
    const id = takeDueEvent(now());
    if (id == EVENT_COUNT) return true;
    if (id >= CPU_EVENT) cpuEvent(id - CPU_EVENT);
    else fireEvent(id);
    if (machine.backendHold) return false;
  }
}

/** For instruction rates without a message. */
function publishSteps(): void {
  atomic.store<u64>(MACHINE_BASE + CONTROL_STEPS, steps());
}
