// Register sync of a machine: fetches and stores register groups of vCPUs by bitmap, and never loses an edit.
//
// Neutral code; a target binds itself through generated/registers.ts (layout and masks, from its table) and these functions
// of generated/target.ts, in which `cpu` is a vCPU's area and `staged`, `before` are images of its register file:
//   refreshGroup(cpu: usize, group: u32): void
//     brings registers that the running core keeps in another form (counters, pending interrupts, timers) into the file;
//   legalize(cpu: usize, staged: usize, edits: usize): u32
//     `staged` is the whole CPU as it would be after the put, `cpu` as it is; edits: editsOf(edits, group) lists edited
//     registers. Replaces edited values in `staged` by the legal ones (WARL), judged against all of `staged`, and returns 0,
//     or rejectedBy(group, register). It changes nothing but edited registers of `staged`. What the bitfields of the table
//     say is not its business: values of WLRL fields are judged before, WARL and read-only fields put right after it;
//   finishPut(cpu: usize, before: usize, edits: usize): u32
//     the file holds the new values, `before` the old ones: stores what lives outside the file, then has the derived effects,
//     once. Returns a bitmap of other groups that changed by it;
//   retired(cpu: usize): u64
//     instructions retired since reset, whatever the guest does to its own counters.
import {
  SLOT_DONE,
  SLOT_EPOCH,
  SLOT_INSTRET,
  SLOT_KEPT,
  SLOT_WANT,
  STATE_RUNNING,
  SYNC_EBUSY,
  SYNC_EINVAL,
  SYNC_OK,
} from "../../src/spec/abi";
import {
  GROUPS_MACHINE_WIDE,
  GROUPS_PRESENT,
  GROUPS_WRITABLE,
  allRegisters,
  writableRegisters,
} from "../generated/registers";
import { refreshGroup, retired } from "../generated/target";
import { cpuAt } from "../machine/cpu";
import { machine } from "../machine/machine";
import { abandon, checkMask, commit, dirtyAmong, stage } from "./put";
import {
  advanceEpoch,
  changeState,
  currentEpoch,
  dirtyBit,
  dirtyOf,
  editedOf,
  exchangeState,
  fault,
  isOutdated,
  isRunning,
  lockSlot,
  plainFault,
  publish,
  setEdited,
  setOutdated,
  stateOf,
  syncArea,
  unlockSlot,
  validBit,
  validOf,
} from "./slots";

/** Rounds of put and go that a resume grants to clients who keep editing. */
const RESUME_ATTEMPTS: u32 = 16;

/**
 * Fetches `mask & ~dirty` into the slots. Of a held vCPU they become CLEAN, and are not copied again while they are; of a
 * running one they are a sample and stay STALE. SLOT_DONE, SLOT_KEPT, SLOT_EPOCH and SLOT_INSTRET answer.
 */
export function syncGet(cpu: u32, mask: u32): u32 {
  if (cpu >= machine.cpuCount) return SYNC_EINVAL;
  const area = syncArea(cpu);
  const error = checkMask(area, mask);
  if (error) return error;
  const file = changetype<usize>(cpuAt(cpu));
  const instret = retired(file);
  let done: u32 = 0;
  let kept: u32 = 0;
  for (let left = mask; left; left &= left - 1) {
    const group = ctz(left);
    lockSlot(area, group);
    const state = stateOf(area);
    if (state & dirtyBit(group)) {
      kept |= 1 << group;
      if (isOutdated(area, group)) {
        refreshGroup(file, group);
        publish(area, group, allRegisters(group) & ~editedOf(area, group), file, instret);
        setOutdated(area, group, false);
      }
    } else if (!(state & validBit(group))) {
      fetch(area, file, group, instret);
      if (!isRunning(state)) changeState(area, 0, validBit(group));
      done |= 1 << group;
    }
    unlockSlot(area, group);
  }
  answer(area, done, kept, instret);
  return SYNC_OK;
}

/** Applies the edits of the dirty groups in `mask`, all or none; SLOT_DONE answers which. */
export function syncPut(cpu: u32, mask: u32): u32 {
  if (cpu >= machine.cpuCount) return SYNC_EINVAL;
  const area = syncArea(cpu);
  let error = checkMask(area, mask);
  if (error) return error;
  const groups = dirtyAmong(area, mask);
  error = checkHeld(area, mask);
  if (error) return error;
  if (groups) {
    error = stage(cpu, groups);
    if (error) {
      abandon(cpu, groups);
      return error;
    }
    spread(cpu, groups, commit(cpu, groups));
  }
  answer(area, groups, 0, retired(changetype<usize>(cpuAt(cpu))));
  return SYNC_OK;
}

/** Drops the edits of `mask` and makes its groups STALE; SLOT_DONE answers which groups held edits. */
export function syncRevert(cpu: u32, mask: u32): u32 {
  if (cpu >= machine.cpuCount) return SYNC_EINVAL;
  const area = syncArea(cpu);
  const error = checkMask(area, mask);
  if (error) return error;
  answer(area, dropEdits(area, mask), 0, retired(changetype<usize>(cpuAt(cpu))));
  return SYNC_OK;
}

/**
 * All vCPUs are about to move: every edit is applied first, those of all vCPUs judged before any is stored. On an error
 * nothing moves and SLOT_FAULT_* of vCPU resumeFault() tell why; without one SLOT_DONE of each answers what was written.
 */
export function syncResume(): u32 {
  for (let cpu: u32 = 0; cpu < machine.cpuCount; cpu++) store<u32>(syncArea(cpu), 0, SLOT_DONE);
  for (let attempt: u32 = 0; attempt < RESUME_ATTEMPTS; attempt++) {
    const error = putAll();
    if (error) return error;
    if (leaveAll()) {
      advanceEpoch();
      return SYNC_OK;
    }
  }
  return SYNC_EBUSY;
}

/**
 * Applies the edits of all vCPUs, which stay held: those of all are judged before any is stored. For what must see the whole
 * machine, such as a snapshot. Answers as syncResume does.
 */
export function syncApply(): u32 {
  for (let cpu: u32 = 0; cpu < machine.cpuCount; cpu++) {
    store<u32>(syncArea(cpu), 0, SLOT_DONE);
    if (isRunning(stateOf(syncArea(cpu)))) return plainFault(syncArea(cpu), SYNC_EBUSY);
  }
  return putAll();
}

function putAll(): u32 {
  let error: u32 = SYNC_OK;
  let staged: u32 = 0;
  for (let cpu: u32 = 0; cpu < machine.cpuCount && !error; cpu++) {
    const area = syncArea(cpu);
    const groups = dirtyOf(stateOf(area));
    error = checkMask(area, groups | load<u32>(area, SLOT_WANT));
    if (error) break;
    store<u32>(area, groups, SLOT_KEPT);
    staged = cpu + 1;
    if (groups) error = stage(cpu, groups);
  }
  for (let cpu: u32 = 0; cpu < staged; cpu++) {
    const area = syncArea(cpu);
    const groups = load<u32>(area, SLOT_KEPT);
    if (error) {
      abandon(cpu, groups);
    } else if (groups) {
      store<u32>(area, load<u32>(area, SLOT_DONE) | groups, SLOT_DONE);
      spread(cpu, groups, commit(cpu, groups));
    }
  }
  return error;
}

/** Makes every group of every vCPU STALE and running, unless an edit has come in between. */
function leaveAll(): bool {
  for (let cpu: u32 = 0; cpu < machine.cpuCount; cpu++) {
    const area = syncArea(cpu);
    const state = stateOf(area);
    if (dirtyOf(state) == 0 && exchangeState(area, state, STATE_RUNNING)) continue;
    for (let other: u32 = 0; other < cpu; other++) changeState(syncArea(other), STATE_RUNNING, 0);
    return false;
  }
  return true;
}

/** All vCPUs have stopped at a boundary: what is wanted becomes CLEAN, the rest stays STALE. */
export function syncStop(): void {
  for (let cpu: u32 = 0; cpu < machine.cpuCount; cpu++) {
    changeState(syncArea(cpu), STATE_RUNNING, 0);
    publishWanted(cpu);
  }
}

/** A reset has changed `affected` groups of a held vCPU; SLOT_DONE answers in which of them edits were dropped. */
export function syncReset(cpu: u32, affected: u32): void {
  const area = syncArea(cpu);
  answer(area, dropEdits(area, affected & GROUPS_PRESENT), 0, 0);
  if (!isRunning(stateOf(area))) publishWanted(cpu);
}

/** Before a vCPU has run for the first time its slots, not the core, hold its state: every writable group is DIRTY. */
export function syncInit(cpu: u32): void {
  const area = syncArea(cpu);
  const file = changetype<usize>(cpuAt(cpu));
  changeState(area, u64.MAX_VALUE, 0);
  for (let left = GROUPS_WRITABLE; left; left &= left - 1) {
    const group = ctz(left);
    refreshGroup(file, group);
    publish(area, group, allRegisters(group), file, 0);
    setEdited(area, group, writableRegisters(group));
    changeState(area, 0, validBit(group) | dirtyBit(group));
  }
}

/**
 * Something other than a put changed `groups` of a vCPU (a device, a load): clean ones become STALE, edits stay and the
 * registers beside them are refreshed at the next get.
 */
export function markStale(cpu: u32, groups: u32): void {
  const area = syncArea(cpu);
  let state = stateOf(area);
  // While a vCPU runs nothing is valid; this is the path that interrupt lines take at every change.
  if (isRunning(state) || !(groups & validOf(state))) return;
  for (let left = groups & dirtyOf(state); left; left &= left - 1) setOutdated(area, ctz(left), true);
  while (!exchangeState(area, state, state & ~(<u64>groups & ~(state >> 32)))) {
    state = stateOf(area);
    for (let left = groups & dirtyOf(state); left; left &= left - 1) setOutdated(area, ctz(left), true);
  }
}

function fetch(area: usize, file: usize, group: u32, instret: u64): void {
  refreshGroup(file, group);
  publish(area, group, allRegisters(group), file, instret);
  setEdited(area, group, 0);
}

function publishWanted(cpu: u32): void {
  const area = syncArea(cpu);
  const file = changetype<usize>(cpuAt(cpu));
  const instret = retired(file);
  for (let left = load<u32>(area, SLOT_WANT) & GROUPS_PRESENT; left; left &= left - 1) {
    const group = ctz(left);
    lockSlot(area, group);
    if (!((stateOf(area) >> 32) & validBit(group))) {
      fetch(area, file, group, instret);
      changeState(area, 0, validBit(group));
    }
    unlockSlot(area, group);
  }
}

function dropEdits(area: usize, mask: u32): u32 {
  let dropped: u32 = 0;
  for (let left = mask; left; left &= left - 1) {
    const group = ctz(left);
    lockSlot(area, group);
    if (stateOf(area) & dirtyBit(group)) dropped |= 1 << group;
    setEdited(area, group, 0);
    setOutdated(area, group, false);
    changeState(area, validBit(group) | dirtyBit(group), 0);
    unlockSlot(area, group);
  }
  return dropped;
}

/** A put needs its vCPU held, and every vCPU if it names a group of the whole machine. */
function checkHeld(area: usize, mask: u32): u32 {
  if (mask == 0) return SYNC_OK;
  if (isRunning(stateOf(area))) return plainFault(area, SYNC_EBUSY);
  const wide = mask & GROUPS_MACHINE_WIDE;
  for (let other: u32 = 0; wide && other < machine.cpuCount; other++) {
    if (isRunning(stateOf(syncArea(other)))) return fault(area, SYNC_EBUSY, ctz(wide), 0xff);
  }
  return SYNC_OK;
}

/** A put of `groups` changed `stale` others too; of a group that belongs to the machine every vCPU has a slot. */
function spread(cpu: u32, groups: u32, stale: u32): void {
  markStale(cpu, stale);
  for (let other: u32 = 0; other < machine.cpuCount; other++) {
    if (other != cpu) markStale(other, (groups | stale) & GROUPS_MACHINE_WIDE);
  }
}

function answer(area: usize, done: u32, kept: u32, instret: u64): void {
  store<u32>(area, done, SLOT_DONE);
  store<u32>(area, kept, SLOT_KEPT);
  store<u32>(area, currentEpoch(), SLOT_EPOCH);
  store<u64>(area, instret, SLOT_INSTRET);
}
