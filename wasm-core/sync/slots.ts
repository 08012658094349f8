// The shared half of the sync: addresses, slot locks, sequence words, and the one state word per vCPU.
//
// Clients edit slots themselves, with the slot's lock held; the worker publishes and takes edits with the same lock. `valid`,
// `dirty` and "running" change together, by compare-exchange on one 64-bit word, so no edit can slip in behind a resume.
import {
  CONTROL_EPOCH,
  FAULT_NONE,
  HEAD_EDITED,
  HEAD_EPOCH,
  HEAD_INSTRET,
  HEAD_LOCK,
  HEAD_OUTDATED,
  HEAD_SEQUENCE,
  MACHINE_BASE,
  SLOT_DATA,
  SLOT_FAULT_GROUP,
  SLOT_FAULT_REGISTER,
  SLOT_HEAD_BYTES,
  SLOT_HEADS,
  SLOT_STATE,
  SLOT_VERSIONS,
  STATE_RUNNING,
  SYNC_BASE,
  SYNC_STRIDE,
} from "../../src/spec/abi";
import { CPU_BYTES } from "../machine/cpu";
import {
  REGISTER_FILE_END,
  allRegisters,
  copyGroup,
  registerBits,
  registerBytes,
  registerOffset,
} from "../generated/registers";

if (SLOT_DATA + <u32>(REGISTER_FILE_END - CPU_BYTES) > SLOT_VERSIONS) ERROR("The slots of a vCPU outgrew their place");
if (SLOT_VERSIONS + 32 * 64 * 4 > SYNC_STRIDE) ERROR("The versions of a vCPU's registers do not fit SYNC_STRIDE");

/** Name of the worker in a slot's lock; clients choose positive numbers. */
const WORKER: i32 = -1;
/** Attempts to take a lock (some ms) before its holder counts as dead. */
const LOCK_PATIENCE: u32 = 0x10_0000;

export function syncArea(cpu: u32): usize {
  return SYNC_BASE + cpu * SYNC_STRIDE;
}

/** Where a register file would begin whose registers are the slots: core, slots and staging share one layout. */
export function slotImage(area: usize): usize {
  return area + SLOT_DATA - CPU_BYTES;
}

export function headOf(area: usize, group: u32): usize {
  return area + SLOT_HEADS + group * SLOT_HEAD_BYTES;
}

/** valid and STATE_RUNNING in the low half, dirty in the high half. */
export function stateOf(area: usize): u64 {
  return atomic.load<u64>(area, SLOT_STATE);
}

export function validOf(state: u64): u32 {
  return <u32>state & ~STATE_RUNNING;
}

export function dirtyOf(state: u64): u32 {
  return <u32>(state >> 32);
}

export function isRunning(state: u64): bool {
  return (<u32>state & STATE_RUNNING) != 0;
}

/** True when the state was `expected` and is now `next`. */
export function exchangeState(area: usize, expected: u64, next: u64): bool {
  return atomic.cmpxchg<u64>(area, expected, next, SLOT_STATE) == expected;
}

/** Sets and clears bits of both bitmaps at once. */
export function changeState(area: usize, clear: u64, set: u64): void {
  let state = stateOf(area);
  while (!exchangeState(area, state, (state & ~clear) | set)) state = stateOf(area);
}

/** The bit of a group in `valid`; shifted by 32, in `dirty`. */
export function validBit(group: u32): u64 {
  return (<u64>1) << group;
}

export function dirtyBit(group: u32): u64 {
  return (<u64>1) << (group + 32);
}

export function lockSlot(area: usize, group: u32): void {
  const head = headOf(area, group);
  for (let attempt: u32 = 0; attempt < LOCK_PATIENCE; attempt++) {
    if (atomic.cmpxchg<i32>(head, 0, WORKER, HEAD_LOCK) == 0) return;
  }
  // Its client died in the middle of an edit. Edits that were marked stay; all other bytes of the slot are in doubt.
  atomic.store<i32>(head, WORKER, HEAD_LOCK);
  if (stateOf(area) & dirtyBit(group)) atomic.store<u32>(head, 1, HEAD_OUTDATED);
  else changeState(area, validBit(group), 0);
}

export function unlockSlot(area: usize, group: u32): void {
  atomic.store<i32>(headOf(area, group), 0, HEAD_LOCK);
}

/** Registers of the group that hold edits. Shared memory: check before use. */
export function editedOf(area: usize, group: u32): u64 {
  return atomic.load<u64>(headOf(area, group), HEAD_EDITED);
}

export function setEdited(area: usize, group: u32, registers: u64): void {
  atomic.store<u64>(headOf(area, group), registers, HEAD_EDITED);
}

export function isOutdated(area: usize, group: u32): bool {
  return atomic.load<u32>(headOf(area, group), HEAD_OUTDATED) != 0;
}

export function setOutdated(area: usize, group: u32, outdated: bool): void {
  atomic.store<u32>(headOf(area, group), <u32>outdated, HEAD_OUTDATED);
}

/** Copies the listed registers of a group into its slot and stamps it; the caller holds the lock. */
export function publish(area: usize, group: u32, registers: u64, from: usize, instret: u64): void {
  const head = headOf(area, group);
  // An odd number tells readers to look again. A dead client may have left one behind.
  const sequence = atomic.load<u32>(head, HEAD_SEQUENCE) | 1;
  atomic.store<u32>(head, sequence, HEAD_SEQUENCE);
  if (registers == allRegisters(group)) copyGroup(group, from, slotImage(area));
  else copyRegisters(group, registers, from, slotImage(area));
  atomic.store<u32>(head, currentEpoch(), HEAD_EPOCH);
  atomic.store<u64>(head, instret, HEAD_INSTRET);
  atomic.store<u32>(head, sequence + 1, HEAD_SEQUENCE);
}

/** Copies the listed registers of a group from one image of the register file to another. */
export function copyRegisters(group: u32, registers: u64, from: usize, to: usize): void {
  for (; registers; registers &= registers - 1) {
    const register = <u32>ctz(registers);
    const offset = registerOffset(group, register);
    const bytes = registerBytes(registerBits(group, register));
    if (bytes == 8) store<u64>(to + offset, load<u64>(from + offset));
    else memory.copy(to + offset, from + offset, bytes);
  }
}

/** Count of resumes. */
export function currentEpoch(): u32 {
  return atomic.load<u32>(MACHINE_BASE, CONTROL_EPOCH);
}

export function advanceEpoch(): void {
  atomic.add<u32>(MACHINE_BASE, 1, CONTROL_EPOCH);
}

/** Notes what an error is about and hands the error back. */
export function fault(area: usize, error: u32, group: u32, register: u32): u32 {
  store<u32>(area, group, SLOT_FAULT_GROUP);
  store<u32>(area, register, SLOT_FAULT_REGISTER);
  return error;
}

/** As fault, about no group in particular. */
export function plainFault(area: usize, error: u32): u32 {
  return fault(area, error, FAULT_NONE, FAULT_NONE);
}
