// Looks at a hart from outside; nothing here changes the machine.
import { cpuAt } from "../../machine/cpu";
import { TLB_FETCH, TLB_LOAD, TLB_STORE, TAG_SLOW, PAGE_MASK, tlbEntry } from "../../mmu/tlb";
import { ACCESS_FETCH, ACCESS_LOAD, ACCESS_STORE } from "./causes";
import { Hart } from "./hart";
import { watchToHost } from "./htif";
import { refreshGroup } from "./sync-hooks";
import { WALK_OK, walk, walkPa } from "./paging";

/** Guest physical address of `va` as a load (or, failing that, a fetch) in the hart's mode sees it; u64.MAX_VALUE if it faults. */
export function translateVa(cpu: u32, va: u64): u64 {
  const hart = changetype<Hart>(cpuAt(cpu));
  if (walk(hart, va, ACCESS_LOAD, hart.dataPriv, false) == WALK_OK) return walkPa;
  return walk(hart, va, ACCESS_FETCH, <u32>hart.priv, false) == WALK_OK ? walkPa : u64.MAX_VALUE;
}

/** Pointer to the TLB's entry that serves an access (ACCESS_*) to `va` in the hart's mode, or 0. */
export function cachedTranslation(cpu: u32, va: u64, access: u32): usize {
  const hart = changetype<Hart>(cpuAt(cpu));
  const part = access == ACCESS_FETCH ? TLB_FETCH : access == ACCESS_STORE ? TLB_STORE : TLB_LOAD;
  const context =
    access == ACCESS_FETCH ? hart.fetchContext : access == ACCESS_STORE ? hart.storeContext : hart.loadContext;
  const entry = tlbEntry(changetype<usize>(hart), part, va);
  return (load<u64>(entry) & ~TAG_SLOW) == ((va & PAGE_MASK) | context) ? entry : 0;
}

/** Brings a group of registers that a moving vCPU keeps in another form into its register file, to be read there. */
export function refreshRegisters(cpu: u32, group: u32): void {
  refreshGroup(changetype<usize>(cpuAt(cpu)), group);
}

/** Watches `tohost` at physical address `pa`; answers 0 if it is not in RAM. */
export function setHtif(pa: u64): u32 {
  return watchToHost(pa) ? 1 : 0;
}
