// Address translation: Sv39, Sv48, Sv57 with Svnapot, Svpbmt, Svade and Svadu (privileged specification, section
// "Virtual Address Translation Process"), and the translation contexts under which the TLB keeps its results.
import { MENVCFG_ADUE, MENVCFG_PBMTE, MSTATUS_MPP, MSTATUS_MPRV, MSTATUS_MXR, MSTATUS_SUM } from "../../generated/csrs";
import { ramPointer, wroteRam } from "../../machine/ram";
import { TAG_VALID, flushContext } from "../../mmu/tlb";
import { ACCESS_FETCH, ACCESS_LOAD, ACCESS_STORE, accessFault, pageFault } from "./causes";
import { Hart, PRIV_M, PRIV_S, PRIV_U, SPACE_COUNT } from "./hart";
import { pmpAllows } from "./pmp";

const PTE_V: u64 = 1 << 0;
const PTE_R: u64 = 1 << 1;
const PTE_W: u64 = 1 << 2;
const PTE_X: u64 = 1 << 3;
const PTE_U: u64 = 1 << 4;
const PTE_A: u64 = 1 << 6;
const PTE_D: u64 = 1 << 7;
const PTE_PPN_SHIFT: u64 = 10;
const PPN_MASK: u64 = ((<u64>1) << 44) - 1;
const PTE_RESERVED: u64 = (<u64>0x7f) << 54;
const PTE_PBMT: u64 = (<u64>3) << 61;
const PTE_N: u64 = (<u64>1) << 63;
const NAPOT_64K: u64 = 8;

export const SATP_MODE_SHIFT: u64 = 60;
export const SATP_ASID_SHIFT: u64 = 44;
export const SATP_PPN: u64 = PPN_MASK;

/** Answer of walk when the access is allowed; all other answers are exception codes (0 is not one that a walk can meet). */
export const WALK_OK: u64 = 0;
/** Physical address and log2 of the mapping's size, after a walk that answered WALK_OK. */
export let walkPa: u64 = 0;
export let walkSizeLog2: u32 = 0;

/**
 * Translates `va` for an access by privilege `priv`. With `update` false nothing is written (inspection): a missing A or D bit
 * that hardware would set is then no fault.
 */
export function walk(hart: Hart, va: u64, access: u32, priv: u32, update: bool): u64 {
  const mode = hart.satp >> SATP_MODE_SHIFT;
  if (priv == PRIV_M || mode == 0) {
    walkPa = va;
    walkSizeLog2 = 12;
    return WALK_OK;
  }
  const levels = <u32>mode - 5;
  const unused = 64 - (12 + 9 * levels);
  if (<u64>(<i64>(va << unused) >> unused) != va) return pageFault(access);

  let table = (hart.satp & PPN_MASK) << 12;
  for (let level = levels - 1; ; level--) {
    const shift = 12 + 9 * level;
    const pteAddress = table + (((va >> shift) & 0x1ff) << 3);
    const ptr = ramPointer(pteAddress, 8);
    if (!ptr || !pmpAllows(hart, pteAddress, 8, ACCESS_LOAD, PRIV_S)) return accessFault(access);
    const pte = load<u64>(ptr);
    if (!(pte & PTE_V) || (pte & (PTE_R | PTE_W)) == PTE_W || pte & PTE_RESERVED) return pageFault(access);

    const ppn = (pte >> PTE_PPN_SHIFT) & PPN_MASK;
    if (!(pte & (PTE_R | PTE_X))) {
      if (level == 0 || pte & (PTE_A | PTE_D | PTE_U | PTE_PBMT | PTE_N)) return pageFault(access);
      table = ppn << 12;
      continue;
    }
    return leaf(hart, va, access, priv, update, pte, ppn, level, ptr, pteAddress);
  }
}

/** The walk's end at a leaf entry: permissions, size, A and D bits. */
function leaf(
  hart: Hart,
  va: u64,
  access: u32,
  priv: u32,
  update: bool,
  pte: u64,
  ppn: u64,
  level: u32,
  ptr: usize,
  pteAddress: u64,
): u64 {
  const fault = pageFault(access);
  if (!permitted(hart, pte, access, priv)) return fault;
  const memoryType = pte & PTE_PBMT;
  if (memoryType && (memoryType == PTE_PBMT || !(hart.menvcfg & MENVCFG_PBMTE))) return fault;

  let sizeLog2 = 12 + 9 * level;
  if (pte & PTE_N) {
    if (level != 0 || (ppn & 15) != NAPOT_64K) return fault;
    sizeLog2 = 16;
  } else if (ppn & (((<u64>1) << (9 * level)) - 1)) {
    return fault; // misaligned superpage
  }

  const needed = access == ACCESS_STORE ? PTE_A | PTE_D : PTE_A;
  if ((pte & needed) != needed) {
    if (!(hart.menvcfg & MENVCFG_ADUE)) return fault;
    if (!pmpAllows(hart, pteAddress, 8, ACCESS_STORE, PRIV_S)) return accessFault(access);
    if (update) {
      store<u64>(ptr, pte | needed);
      wroteRam(ptr, 8);
    }
  }
  const offsetMask = ((<u64>1) << sizeLog2) - 1;
  walkPa = ((ppn << 12) & ~offsetMask) | (va & offsetMask);
  walkSizeLog2 = sizeLog2;
  return WALK_OK;
}

function permitted(hart: Hart, pte: u64, access: u32, priv: u32): bool {
  if (pte & PTE_U) {
    if (priv == PRIV_S && (access == ACCESS_FETCH || !(hart.mstatus & MSTATUS_SUM))) return false;
  } else if (priv == PRIV_U) {
    return false;
  }
  if (access == ACCESS_FETCH) return (pte & PTE_X) != 0;
  if (access == ACCESS_STORE) return (pte & PTE_W) != 0;
  return (pte & PTE_R) != 0 || ((pte & PTE_X) != 0 && (hart.mstatus & MSTATUS_MXR) != 0);
}

// --- Contexts: what, besides the address, a translation depends on ---
export const CONTEXT_SUM: u64 = 1 << 2;
const CONTEXT_MXR: u64 = 1 << 3;
const CONTEXT_SPACE_SHIFT: u64 = 4;
const CONTEXT_SPACE: u64 = 0xf0;

function context(hart: Hart, priv: u32, sum: bool, mxr: bool): u64 {
  if (priv == PRIV_M) return TAG_VALID | PRIV_M;
  let bits = TAG_VALID | <u64>priv | ((<u64>hart.space) << CONTEXT_SPACE_SHIFT);
  if (sum && priv == PRIV_S) bits |= CONTEXT_SUM;
  if (mxr) bits |= CONTEXT_MXR;
  return bits;
}

/** To be called after every change of privilege, mstatus or satp. */
export function modesChanged(hart: Hart): void {
  const status = hart.mstatus;
  const priv = <u32>hart.priv;
  const dataPriv = status & MSTATUS_MPRV ? <u32>((status & MSTATUS_MPP) >> 11) : priv;
  hart.dataPriv = dataPriv;
  hart.fetchContext = context(hart, priv, false, false);
  hart.loadContext = context(hart, dataPriv, (status & MSTATUS_SUM) != 0, (status & MSTATUS_MXR) != 0);
  hart.storeContext = context(hart, dataPriv, (status & MSTATUS_SUM) != 0, false);
}

/** Gives the present satp an address-space context: the one that it had, or the next in turn, emptied. */
export function satpChanged(hart: Hart): void {
  const spaces = changetype<usize>(hart) + offsetof<Hart>("spaces0");
  for (let i: u32 = 0; i < SPACE_COUNT; i++) {
    if (load<u64>(spaces + ((<usize>i) << 3)) == hart.satp) {
      hart.space = i;
      return modesChanged(hart);
    }
  }
  const space = hart.nextSpace;
  hart.nextSpace = (space + 1) % SPACE_COUNT;
  store<u64>(spaces + ((<usize>space) << 3), hart.satp);
  hart.space = space;
  flushSpace(hart, space);
  modesChanged(hart);
}

/** Forgets the translations of every address space with identifier `asid`, global ones among them. */
export function flushAsid(hart: Hart, asid: u64): void {
  const spaces = changetype<usize>(hart) + offsetof<Hart>("spaces0");
  for (let i: u32 = 0; i < SPACE_COUNT; i++) {
    if (((load<u64>(spaces + ((<usize>i) << 3)) >> SATP_ASID_SHIFT) & 0xffff) == (asid & 0xffff)) flushSpace(hart, i);
  }
}

function flushSpace(hart: Hart, space: u32): void {
  flushContext(changetype<usize>(hart), TAG_VALID | CONTEXT_SPACE, TAG_VALID | ((<u64>space) << CONTEXT_SPACE_SHIFT));
}

/** Forgets all address spaces but the present one (after the TLB was flushed). */
export function resetSpaces(hart: Hart): void {
  const spaces = changetype<usize>(hart) + offsetof<Hart>("spaces0");
  for (let i: u32 = 0; i < SPACE_COUNT; i++) store<u64>(spaces + ((<usize>i) << 3), hart.satp);
  hart.space = 0;
  hart.nextSpace = 1;
  modesChanged(hart);
}
