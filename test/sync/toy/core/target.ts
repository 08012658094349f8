// Hooks of the made-up CPU. Its registers live in one block that is only ever transferred as a whole (see entry.ts).
import {
  GROUP_CORE,
  GROUP_LINES,
  GROUP_MACH,
  GROUP_PROT,
  INDEX_LIMIT,
  INDEX_PC,
  REGISTER_FILE_END,
  RegisterFile,
} from "../../../../wasm-core/generated/registers";
import { CPU_BYTES } from "../../../../wasm-core/machine/cpu";
import { editsOf, rejectedBy } from "../../../../wasm-core/sync/put";
import { TIME_PTR, WRITES_PTR, blockImage, blockOf, stepsOf } from "./block";

export function refreshGroup(cpu: usize, group: u32): void {
  memory.copy(cpu + CPU_BYTES, blockOf(cpu), REGISTER_FILE_END - CPU_BYTES);
  changetype<RegisterFile>(cpu).time = load<u64>(TIME_PTR);
}

export function legalize(cpu: usize, staged: usize, edits: usize): u32 {
  const next = changetype<RegisterFile>(staged);
  if (next.pc & 1) return rejectedBy(GROUP_CORE, INDEX_PC);
  // limit keeps its old value if the new one is above the ceiling that will hold after the put.
  if (editsOf(edits, GROUP_PROT) & (1 << INDEX_LIMIT) && next.limit > next.ceiling) {
    next.limit = changetype<RegisterFile>(cpu).limit;
  }
  if (next.limit > next.ceiling) return rejectedBy(GROUP_MACH, 0);
  return 0;
}

export function finishPut(cpu: usize, before: usize, edits: usize): u32 {
  store<u64>(TIME_PTR, changetype<RegisterFile>(cpu).time);
  store<u32>(WRITES_PTR, load<u32>(WRITES_PTR) + 1);
  // The alarm rings at time 1000.
  const rings = load<u64>(TIME_PTR) >= 1000;
  changetype<RegisterFile>(cpu).alarm = <u8>rings;
  memory.copy(blockOf(cpu), cpu + CPU_BYTES, REGISTER_FILE_END - CPU_BYTES);
  // The machine's time is not the vCPU's.
  changetype<RegisterFile>(blockImage(cpu)).time = 0;
  return changetype<RegisterFile>(before).alarm != <u8>rings ? 1 << GROUP_LINES : 0;
}

export function retired(cpu: usize): u64 {
  return load<u64>(stepsOf(cpu));
}
