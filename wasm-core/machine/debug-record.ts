// What a debugger has asked for and what has happened of it, for each vCPU: a record that core and host share. Nothing of it is
// the guest's state: it is in no hash and no snapshot, and an event that nobody asked for leaves no trace.
//
// Who records an event leaves the inner loop as soon as the instruction is complete; run() then returns REASON_DEBUG.
import {
  DEBUG_ACCESS,
  DEBUG_ACCESS_AFTER,
  DEBUG_ACCESS_BEFORE,
  DEBUG_ACCESS_KINDS,
  DEBUG_ACCESS_KNOWN,
  DEBUG_ACCESS_SIZE,
  DEBUG_ACCESS_VA,
  DEBUG_CONTROL,
  DEBUG_CONTROLS,
  DEBUG_CONTROL_AFTER,
  DEBUG_CONTROL_BEFORE,
  DEBUG_CONTROL_BITS,
  DEBUG_CONTROL_WRITE,
  DEBUG_EXCEPTIONS,
  DEBUG_EXECUTE,
  DEBUG_HELD,
  DEBUG_INTERRUPTS,
  DEBUG_PASSED_PC,
  DEBUG_PASSED_STEP,
  DEBUG_PENDING,
  DEBUG_PRIVILEGE,
  DEBUG_PRIVILEGES,
  DEBUG_PRIVILEGE_FROM,
  DEBUG_PRIVILEGE_TO,
  DEBUG_RECORD,
  DEBUG_TRAP,
  DEBUG_TRAP_CAUSE,
  DEBUG_TRAP_INTERRUPT,
  DEBUG_TRAP_PC,
  DEBUG_TRAP_VALUE,
} from "../../src/spec/abi";
import { steps } from "./clock";

/** Whether something has happened that the host has not seen. */
export function debugPending(cpu: usize): bool {
  return load<u32>(cpu + DEBUG_RECORD + DEBUG_PENDING) != 0;
}

function happened(cpu: usize, what: u32): void {
  store<u32>(cpu + DEBUG_RECORD + DEBUG_PENDING, load<u32>(cpu + DEBUG_RECORD + DEBUG_PENDING) | what);
}

/** Whether events and interrupts are held. */
export function debugHolds(cpu: usize): bool {
  return load<u32>(cpu + DEBUG_RECORD + DEBUG_HELD) != 0;
}

/** A vCPU is about to execute the instruction at a breakpoint. Answers whether it stops: it does not where it stood already. */
export function noteBreakpoint(cpu: usize, pc: u64): bool {
  const record = cpu + DEBUG_RECORD;
  if (load<u64>(record + DEBUG_PASSED_PC) == pc && load<u64>(record + DEBUG_PASSED_STEP) == steps()) return false;
  happened(cpu, DEBUG_EXECUTE);
  return true;
}

/** The instruction under way has accessed watched bytes; of `known` (0 or `size`) bytes the values are known. */
export function noteAccess(cpu: usize, kinds: u32, va: u64, size: u64, known: u64, before: u64, after: u64): void {
  const record = cpu + DEBUG_RECORD;
  store<u64>(record + DEBUG_ACCESS_VA, va);
  store<u32>(record + DEBUG_ACCESS_KINDS, kinds);
  store<u32>(record + DEBUG_ACCESS_SIZE, <u32>size);
  store<u32>(record + DEBUG_ACCESS_KNOWN, <u32>known);
  store<u64>(record + DEBUG_ACCESS_BEFORE, before);
  store<u64>(record + DEBUG_ACCESS_AFTER, after);
  happened(cpu, DEBUG_ACCESS);
}

/** The access that was recorded has written `after`. */
export function noteWritten(cpu: usize, after: u64): void {
  store<u64>(cpu + DEBUG_RECORD + DEBUG_ACCESS_AFTER, after);
}

/** Whether an access of the instruction under way is recorded. */
export function accessNoted(cpu: usize): bool {
  return (load<u32>(cpu + DEBUG_RECORD + DEBUG_PENDING) & DEBUG_ACCESS) != 0;
}

/** The access that was recorded does not happen after all. */
export function forgetAccess(cpu: usize): void {
  const pending = cpu + DEBUG_RECORD + DEBUG_PENDING;
  store<u32>(pending, load<u32>(pending) & ~DEBUG_ACCESS);
}

/** Whether writes of control register `n` count. */
export function watchesControl(cpu: usize, n: u32): bool {
  const record = cpu + DEBUG_RECORD;
  if (!load<u32>(record + DEBUG_CONTROLS)) return false;
  return ((load<u8>(record + DEBUG_CONTROL_BITS + (n >> 3)) >> <u8>(n & 7)) & 1) != 0;
}

export function noteControl(cpu: usize, n: u32, before: u64, after: u64): void {
  const record = cpu + DEBUG_RECORD;
  store<u32>(record + DEBUG_CONTROL, n);
  store<u64>(record + DEBUG_CONTROL_BEFORE, before);
  store<u64>(record + DEBUG_CONTROL_AFTER, after);
  happened(cpu, DEBUG_CONTROL_WRITE);
}

/** A trap has been entered. `cause` is below 64. */
export function noteTrap(cpu: usize, interrupt: bool, cause: u32, pc: u64, value: u64): void {
  const record = cpu + DEBUG_RECORD;
  const wanted = load<u64>(record + (interrupt ? DEBUG_INTERRUPTS : DEBUG_EXCEPTIONS));
  if (!((wanted >> cause) & 1)) return;
  store<u32>(record + DEBUG_TRAP_INTERRUPT, interrupt ? 1 : 0);
  store<u32>(record + DEBUG_TRAP_CAUSE, cause);
  store<u64>(record + DEBUG_TRAP_PC, pc);
  store<u64>(record + DEBUG_TRAP_VALUE, value);
  happened(cpu, DEBUG_TRAP);
}

/** The privilege is `to`; it was `from`. */
export function notePrivilege(cpu: usize, from: u32, to: u32): void {
  const record = cpu + DEBUG_RECORD;
  if (from == to || !load<u32>(record + DEBUG_PRIVILEGES)) return;
  store<u32>(record + DEBUG_PRIVILEGE_FROM, from);
  store<u32>(record + DEBUG_PRIVILEGE_TO, to);
  happened(cpu, DEBUG_PRIVILEGE);
}
