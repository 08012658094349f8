// The two halves of a put: take a private copy of the edits and judge the whole of it, then store it in one go.
import {
  FAULT_NONE,
  MAX_CPUS,
  STAGING_BASE,
  STAGING_BYTES,
  SYNC_EINVAL,
  SYNC_ENOTSUP,
  SYNC_EREJECT,
  SYNC_EROFS,
  SYNC_OK,
} from "../../src/spec/abi";
import {
  GROUPS_DEFINED,
  GROUPS_PRESENT,
  REGISTER_FILE_END,
  accepts,
  allRegisters,
  legalValue,
  registerBits,
  registerBytes,
  registerOffset,
  writableRegisters,
} from "../generated/registers";
import { finishPut, legalize, refreshGroup, retired } from "../generated/target";
import { CPU_BYTES, cpuAt } from "../machine/cpu";
import {
  changeState,
  copyRegisters,
  dirtyBit,
  dirtyOf,
  editedOf,
  fault,
  lockSlot,
  plainFault,
  publish,
  setEdited,
  setOutdated,
  slotImage,
  stateOf,
  syncArea,
  unlockSlot,
  validBit,
} from "./slots";

/** Staging of one vCPU: the register file before the put, the same after it, and the edited registers of each group. */
const STAGING_STRIDE: usize = <usize>(STAGING_BYTES / MAX_CPUS);
const AFTER: usize = STAGING_STRIDE / 2 - 0x80;
const EDITS: usize = STAGING_STRIDE - 0x100;
if (REGISTER_FILE_END > AFTER) ERROR("The register file does not fit the staging area of its vCPU");

function stagingOf(cpu: u32): usize {
  return <usize>STAGING_BASE + <usize>cpu * STAGING_STRIDE;
}

/** Registers of a group that the put under way changes (its private copy of the edit mask). */
export function editsOf(edits: usize, group: u32): u64 {
  return load<u64>(edits + ((<usize>group) << 3));
}

/** What a target's legalize() returns to refuse a put because of one register. */
export function rejectedBy(group: u32, register: u32): u32 {
  return ((group << 8) | register) + 1;
}

/** EINVAL for undefined bits, ENOTSUP for groups that this CPU lacks. */
export function checkMask(area: usize, mask: u32): u32 {
  if (mask & ~GROUPS_DEFINED) return plainFault(area, SYNC_EINVAL);
  const lacking = mask & ~GROUPS_PRESENT;
  return lacking ? fault(area, SYNC_ENOTSUP, ctz(lacking), FAULT_NONE) : SYNC_OK;
}

/**
 * Takes the edits of `groups` (dirty ones of them) and judges them together. The slots stay locked until commit() or
 * abandon(), so that nothing is lost between the copy taken here and the canonical values written back.
 */
export function stage(cpu: u32, groups: u32): u32 {
  const area = syncArea(cpu);
  beginStaging(cpu);
  for (let left = groups; left; left &= left - 1) {
    const group = ctz(left);
    lockSlot(area, group);
    const registers = editedOf(area, group);
    stageRegisters(cpu, group, registers, slotImage(area));
  }
  return judgeStaged(cpu, groups);
}

/** The staging of a vCPU begins as a copy of it: legality may depend on any register, edited or not. */
export function beginStaging(cpu: u32): void {
  const file = changetype<usize>(cpuAt(cpu));
  const before = stagingOf(cpu);
  for (let left = GROUPS_PRESENT; left; left &= left - 1) refreshGroup(file, ctz(left));
  memory.copy(before + CPU_BYTES, file + CPU_BYTES, REGISTER_FILE_END - CPU_BYTES);
  memory.copy(before + AFTER + CPU_BYTES, file + CPU_BYTES, REGISTER_FILE_END - CPU_BYTES);
  memory.fill(before + EDITS, 0, 0x100);
}

/** Edits of one group, whose values lie in the image `from` of the register file. */
export function stageRegisters(cpu: u32, group: u32, registers: u64, from: usize): void {
  const before = stagingOf(cpu);
  store<u64>(before + EDITS + ((<usize>group) << 3), registers);
  copyRegisters(group, registers & allRegisters(group), from, before + AFTER);
}

/** Judges what is staged, all of it together, and makes it legal. */
export function judgeStaged(cpu: u32, groups: u32): u32 {
  const area = syncArea(cpu);
  const before = stagingOf(cpu);
  const after = before + AFTER;
  const edits = before + EDITS;
  const error = judge(area, groups, edits, after);
  if (error) return error;
  const refused = legalize(changetype<usize>(cpuAt(cpu)), after, edits);
  if (refused) return fault(area, SYNC_EREJECT, (refused - 1) >> 8, (refused - 1) & 0xff);
  legalizeFields(groups, edits, before, after);
  return SYNC_OK;
}

/** What is the same for every target: registers exist, may be written, and values are as wide as they are. */
function judge(area: usize, groups: u32, edits: usize, after: usize): u32 {
  for (let left = groups; left; left &= left - 1) {
    const group = ctz(left);
    const registers = editsOf(edits, group);
    if (registers & ~allRegisters(group)) return fault(area, SYNC_EINVAL, group, FAULT_NONE);
    const readOnly = registers & ~writableRegisters(group);
    if (readOnly) return fault(area, SYNC_EROFS, group, <u32>ctz(readOnly));
  }
  for (let left = groups; left; left &= left - 1) {
    const group = ctz(left);
    for (let registers = editsOf(edits, group); registers; registers &= registers - 1) {
      const register = <u32>ctz(registers);
      const ptr = after + registerOffset(group, register);
      const bits = registerBits(group, register);
      if (!fits(ptr, bits) || (bits <= 64 && !accepts(group, register, loadRegister(ptr, bits)))) {
        return fault(area, SYNC_EREJECT, group, register);
      }
    }
  }
  return SYNC_OK;
}

/** What follows from the table's bitfields: reserved bits, read-only fields, values that a field cannot hold. */
function legalizeFields(groups: u32, edits: usize, before: usize, after: usize): void {
  for (let left = groups; left; left &= left - 1) {
    const group = ctz(left);
    for (let registers = editsOf(edits, group); registers; registers &= registers - 1) {
      const register = <u32>ctz(registers);
      const bits = registerBits(group, register);
      if (bits > 64) continue;
      const offset = registerOffset(group, register);
      const old = loadRegister(before + offset, bits);
      storeRegister(after + offset, bits, legalValue(group, register, old, loadRegister(after + offset, bits)));
    }
  }
}

/** A register of at most 64 bits, in the bytes that registerBytes gives it. */
function loadRegister(ptr: usize, bits: u32): u64 {
  if (bits > 32) return load<u64>(ptr);
  return bits > 16 ? <u64>load<u32>(ptr) : bits > 8 ? <u64>load<u16>(ptr) : <u64>load<u8>(ptr);
}

function storeRegister(ptr: usize, bits: u32, value: u64): void {
  if (bits > 32) store<u64>(ptr, value);
  else if (bits > 16) store<u32>(ptr, <u32>value);
  else if (bits > 8) store<u16>(ptr, <u16>value);
  else store<u8>(ptr, <u8>value);
}

/** True when no bit is set in the storage of a register beyond its width. */
function fits(ptr: usize, bits: u32): bool {
  const bytes = registerBytes(bits);
  let byte = bits >> 3;
  if (bits & 7) {
    if (load<u8>(ptr + byte) >> <u8>(bits & 7)) return false;
    byte++;
  }
  for (; byte < bytes; byte++) {
    if (load<u8>(ptr + byte)) return false;
  }
  return true;
}

/**
 * Stores what stage() found legal. All storage changes at once and derived effects follow from the difference, once: the
 * order of edits cannot matter. Returns the groups that changed by it, besides those that were put.
 */
export function commit(cpu: u32, groups: u32): u32 {
  const area = syncArea(cpu);
  const file = changetype<usize>(cpuAt(cpu));
  const stale = applyStaged(cpu, groups);
  const instret = retired(file);
  for (let left = groups; left; left &= left - 1) {
    const group = ctz(left);
    refreshGroup(file, group);
    publish(area, group, allRegisters(group), file, instret);
    setEdited(area, group, 0);
    setOutdated(area, group, false);
    changeState(area, dirtyBit(group), validBit(group));
    unlockSlot(area, group);
  }
  return stale & ~groups;
}

/** Stores what is staged and has the derived effects; returns groups that changed by them. */
export function applyStaged(cpu: u32, groups: u32): u32 {
  const file = changetype<usize>(cpuAt(cpu));
  const before = stagingOf(cpu);
  const edits = before + EDITS;
  for (let left = groups; left; left &= left - 1) {
    const group = ctz(left);
    copyRegisters(group, editsOf(edits, group), before + AFTER, file);
  }
  return finishPut(file, before, edits);
}

/** Leaves everything as it was before stage(). */
export function abandon(cpu: u32, groups: u32): void {
  const area = syncArea(cpu);
  for (let left = groups; left; left &= left - 1) unlockSlot(area, ctz(left));
}

/** The dirty groups among `mask`. */
export function dirtyAmong(area: usize, mask: u32): u32 {
  return mask & dirtyOf(stateOf(area));
}
