// What the neutral core asks of its target, under neutral names.
import { execute as executeHart } from "../../generated/instructions";
import { GROUP_LINES, GROUPS_PRESENT, REGISTER_FILE_END } from "../../generated/registers";
import { CPU_BYTES, cpuAt } from "../../machine/cpu";
import { machine } from "../../machine/machine";
import { hashRange, mix } from "../../machine/state-hash";
import { markStale } from "../../sync/sync";
import { flushAll, hashTlb } from "../../mmu/tlb";
import { stimecmpChanged } from "./derived";
import { Hart, SPACE_COUNT, X_OFFSET, retiredSteps } from "./hart";
import { refreshGroup } from "./sync-hooks";
import { takeInterrupt, wakes as hartWakes } from "./trap";

export { beginScan, fetchContext, firstWord, scanBlock } from "./translate/scan";
export { emitBody, emitCondition, emitIndirectTarget, emitLink } from "./translate/body";
export {
  beginRegisters,
  emitFetch,
  emitFetchContext,
  emitSetPc,
  emitSpill,
  f64Locals,
  i32Locals,
  i64Locals,
  placeLocals,
  planLocals,
  validRegisters,
} from "./translate/locals";
export { setForm } from "./translate/memory";
export { finishPut, legalize, refreshGroup } from "./sync-hooks";
export { LINE_MEIP, LINE_MSIP, LINE_MTIP, LINE_SEIP } from "./lines";
export { ramChanged } from "./memory";
export { resetCpu } from "./reset";
export { HIDDEN_BYTES, checkHidden, legalContext, loadHidden, saveHidden } from "./snapshot";

function hartAt(index: u32): Hart {
  return changetype<Hart>(cpuAt(index));
}

/** Executes until the slice ends or something wants the run loop. */
export function execute(cpu: usize): void {
  executeHart(changetype<Hart>(cpu));
}

export function wakes(index: u32): bool {
  return hartWakes(hartAt(index));
}

export function takeInterrupts(index: u32): void {
  takeInterrupt(hartAt(index));
}

/** The vCPU's timer event is due: what it changes is looked at before the next instruction anyway. */
export function cpuEvent(index: u32): void {
  markStale(index, 1 << GROUP_LINES);
}

/** A device drives interrupt line `line` of a vCPU. */
export function setCpuLine(index: u32, line: u32, level: bool): void {
  const hart = hartAt(index);
  const bit = (<u64>1) << line;
  const lines = level ? hart.lines | bit : hart.lines & ~bit;
  if (lines == hart.lines) return;
  hart.lines = lines;
  markStale(index, 1 << GROUP_LINES);
}

/** The machine's time base was set: deadlines that are given in its ticks move. */
export function timeJumped(): void {
  stimecmpChanged(hartAt(0));
}

/** A device shows as memory what it did not before, or the other way round. */
export function mappingChanged(): void {
  for (let i: u32 = 0; i < machine.cpuCount; i++) flushAll(changetype<usize>(cpuAt(i)));
}

export function retired(cpu: usize): u64 {
  return retiredSteps(changetype<Hart>(cpu));
}

/** Mixes all state of a vCPU into a hash: its registers, what stands behind them, its TLB. */
export function hashCpu(index: u32, seed: u64): u64 {
  const hart = hartAt(index);
  const cpu = changetype<usize>(hart);
  for (let left = GROUPS_PRESENT; left; left &= left - 1) refreshGroup(cpu, ctz(left));
  // The place for writes to x0 holds whatever was written last.
  store<u64>(cpu + X_OFFSET + 32 * 8, 0);
  let hash = hashRange(cpu + CPU_BYTES, (REGISTER_FILE_END - CPU_BYTES + 31) & ~31, seed);
  hash = mix(hash, ((<u64>hart.waiting) << 32) | hart.nextSpace);
  hash = mix(hash, hart.trapped);
  hash = mix(hash, hart.lines);
  for (let i: u32 = 0; i < SPACE_COUNT; i++) {
    hash = mix(hash, load<u64>(cpu + offsetof<Hart>("spaces0") + ((<usize>i) << 3)));
  }
  return hashTlb(cpu, hash);
}
