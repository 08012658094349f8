// A hart after power-on.
import { MENVCFG_ADUE, MENVCFG_PBMTE } from "../../generated/csrs";
import { resetRegisters } from "../../generated/registers";
import { cpuAt } from "../../machine/cpu";
import { TLB_END } from "../../mmu/tlb";
import { Hart } from "./hart";
import { protectionChanged, stimecmpChanged } from "./derived";
import { resetSpaces } from "./paging";

export function resetCpu(index: u32): void {
  const hart = changetype<Hart>(cpuAt(index));
  memory.fill(changetype<usize>(hart), 0, TLB_END);
  resetRegisters(changetype<usize>(hart));
  hart.index = index;
  hart.mhartid = index;
  // As QEMU: software that knows nothing of menvcfg finds A and D bits set by hardware, and Svpbmt in force.
  hart.menvcfg = MENVCFG_ADUE | MENVCFG_PBMTE;
  resetSpaces(hart);
  protectionChanged(hart);
  stimecmpChanged(hart);
}
