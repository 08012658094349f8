// What follows from registers and must be made anew when they change, whoever changed them (CSR write, sync, reset).
import { MENVCFG_STCE } from "../../generated/csrs";
import { cancel, schedule } from "../../machine/clock";
import { CPU_EVENT } from "../../machine/run-loop";
import { flushAddress, flushAll } from "../../mmu/tlb";
import { Hart } from "./hart";
import { modesChanged, flushAsid, resetSpaces } from "./paging";
import { pmpChanged } from "./pmp";
import { tickDeadline } from "./timer";

/** stimecmp or menvcfg.STCE changed: the event at which STIP rises is set anew. */
export function stimecmpChanged(hart: Hart): void {
  const id = CPU_EVENT + hart.index;
  if (hart.menvcfg & MENVCFG_STCE) schedule(id, tickDeadline(hart.stimecmp));
  else cancel(id);
}

/** A PMP entry changed: no translation that was admitted under the old ones may remain. */
export function protectionChanged(hart: Hart): void {
  pmpChanged(hart);
  flushAll(changetype<usize>(hart));
  modesChanged(hart);
}

/**
 * SFENCE.VMA and SINVAL.VMA with an address and an address-space identifier, each or none. What an identifier alone would
 * spare is forgotten too: implementations may always forget more.
 */
export function flushTranslations(hart: Hart, hasAddress: bool, va: u64, hasAsid: bool, asid: u64): void {
  if (hasAddress) return flushAddress(changetype<usize>(hart), va);
  if (hasAsid) return flushAsid(hart, asid);
  flushAll(changetype<usize>(hart));
  resetSpaces(hart);
}
