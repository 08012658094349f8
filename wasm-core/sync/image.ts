// All registers of a vCPU at once, for snapshots: fetched and stored through the same groups, judged and applied by the same put
// as a client's edits. The slots take no part in it. An image is laid out as the register file behind CPU_BYTES.
import { SYNC_EREJECT, SYNC_EROFS, SYNC_OK } from "../../src/spec/abi";
import {
  GROUPS_PRESENT,
  GROUPS_WRITABLE,
  GROUP_LINES,
  REGISTER_FILE_END,
  allRegisters,
  registerBits,
  registerBytes,
  registerOffset,
  writableRegisters,
} from "../generated/registers";
import { refreshGroup } from "../generated/target";
import { CPU_BYTES, cpuAt } from "../machine/cpu";
import { applyStaged, beginStaging, judgeStaged, stageRegisters } from "./put";
import { copyRegisters, fault, syncArea } from "./slots";

export const IMAGE_BYTES: usize = (REGISTER_FILE_END - CPU_BYTES + 7) & ~7;

/** SYNC_FULL of a vCPU into the image at `to`; what belongs to no register is 0. */
export function fetchImage(cpu: u32, to: usize): void {
  const file = changetype<usize>(cpuAt(cpu));
  memory.fill(to, 0, IMAGE_BYTES);
  for (let left = GROUPS_PRESENT; left; left &= left - 1) {
    const group = ctz(left);
    refreshGroup(file, group);
    copyRegisters(group, allRegisters(group), file, to - CPU_BYTES);
  }
}

/**
 * Judges the image at `from` as a put of everything: SYNC_EROFS when a read-only register differs from this vCPU's (ID is
 * compared; LINES are not, as they are recomputed), SYNC_EREJECT for an impossible value. SLOT_FAULT_* tell where.
 */
export function judgeImage(cpu: u32, from: usize): u32 {
  const area = syncArea(cpu);
  const file = changetype<usize>(cpuAt(cpu));
  for (let left = GROUPS_PRESENT & ~(1 << GROUP_LINES); left; left &= left - 1) {
    const group = ctz(left);
    refreshGroup(file, group);
    for (let fixed = allRegisters(group) & ~writableRegisters(group); fixed; fixed &= fixed - 1) {
      const register = <u32>ctz(fixed);
      const offset = registerOffset(group, register);
      const bytes = registerBytes(registerBits(group, register));
      if (memory.compare(from - CPU_BYTES + offset, file + offset, bytes))
        return fault(area, SYNC_EROFS, group, register);
    }
  }
  return stageImage(cpu, from);
}

function stageImage(cpu: u32, from: usize): u32 {
  beginStaging(cpu);
  for (let left = GROUPS_WRITABLE; left; left &= left - 1) {
    const group = ctz(left);
    stageRegisters(cpu, group, writableRegisters(group), from - CPU_BYTES);
  }
  return judgeStaged(cpu, GROUPS_WRITABLE);
}

/** Stores the image at `from`, which judgeImage() has accepted, with all derived effects. */
export function storeImage(cpu: u32, from: usize): u32 {
  const error = stageImage(cpu, from);
  if (error != SYNC_OK) return SYNC_EREJECT;
  applyStaged(cpu, GROUPS_WRITABLE);
  return SYNC_OK;
}
