// Virtual time and the events that hang on it. Time counts steps; nothing here asks the host.
import { cpuBase } from "./host";
import { Cpu } from "./cpu";
import { EVENTS_BASE, EVENT_COUNT, NEVER, machine } from "./machine";

/** Steps completed before the instruction under way (exact outside the target's inner loop). */
export function steps(): u64 {
  return machine.sliceEnd - changetype<Cpu>(cpuBase).left;
}

/** Virtual ns at the instruction under way. */
export function now(): u64 {
  return machine.vnsBase + (steps() << machine.nsShift);
}

/** Schedules event `id` at virtual ns `deadline` (a deadline that has passed fires at the next boundary). */
export function schedule(id: u32, deadline: u64): void {
  store<u64>(EVENTS_BASE + (id << 3), deadline);
  updateNextDeadline();
}

export function cancel(id: u32): void {
  schedule(id, NEVER);
}

export function deadlineOf(id: u32): u64 {
  return load<u64>(EVENTS_BASE + (id << 3));
}

function updateNextDeadline(): void {
  let next = NEVER;
  for (let i: u32 = 0; i < EVENT_COUNT; i++) {
    const deadline = load<u64>(EVENTS_BASE + (i << 3));
    if (deadline < next) next = deadline;
  }
  machine.nextDeadline = next;
}

/** The first event that is due at virtual ns `vns`, unscheduled, or EVENT_COUNT. Lowest id first, so order is fixed. */
export function takeDueEvent(vns: u64): u32 {
  if (machine.nextDeadline > vns) return EVENT_COUNT;
  for (let i: u32 = 0; i < EVENT_COUNT; i++) {
    if (load<u64>(EVENTS_BASE + (i << 3)) <= vns) {
      schedule(i, NEVER);
      return i;
    }
  }
  return EVENT_COUNT;
}

/** First step at which virtual ns `vns` is reached. */
export function stepOf(vns: u64): u64 {
  if (vns == NEVER) return u64.MAX_VALUE;
  if (vns <= machine.vnsBase) return 0;
  const last = vns - machine.vnsBase - 1;
  return (last >> machine.nsShift) + 1;
}

/** Moves virtual time forward to `vns` without steps (waiting is skipped, or follows the host in realtime). */
export function skipTo(vns: u64): void {
  const current = now();
  if (vns > current) machine.vnsBase += vns - current;
}
