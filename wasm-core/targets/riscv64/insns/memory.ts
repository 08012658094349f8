// Loads and stores of integers and floating-point registers, and cbo.zero.
import { MENVCFG_CBZE, MSTATUS_FS } from "../../../generated/csrs";
import { TLB_LOAD, TLB_STORE, tlbPointer } from "../../../mmu/tlb";
import { illegal } from "../fetch";
import { DONE, Hart, TRAP, PRIV_M, PRIV_U, getF, imm, rdNumber, rs1, rs2, rs2Number, setF, setRd } from "../hart";
import { CACHE_BLOCK, cacheBlockPointer, loadSlow, noteStore, storeSlow } from "../memory";

function address(hart: Hart, w: u64): u64 {
  return rs1(hart, w) + imm(w);
}

function loadPointer(hart: Hart, va: u64, size: u64): usize {
  return tlbPointer(changetype<usize>(hart), TLB_LOAD, va, size, hart.loadContext);
}

function storePointer(hart: Hart, va: u64, size: u64): usize {
  return tlbPointer(changetype<usize>(hart), TLB_STORE, va, size, hart.storeContext);
}

function floatOff(hart: Hart): bool {
  return (hart.mstatus & MSTATUS_FS) == 0;
}

export function lb(hart: Hart, w: u64): u32 {
  const va = address(hart, w);
  const ptr = loadPointer(hart, va, 1);
  if (ptr) {
    setRd(hart, w, <u64>(<i64>load<i8>(ptr)));
    return DONE;
  }
  const status = loadSlow(hart, va, 1);
  if (status != TRAP) setRd(hart, w, <u64>(<i64>(<i8>hart.data)));
  return status;
}

export function lh(hart: Hart, w: u64): u32 {
  const va = address(hart, w);
  const ptr = loadPointer(hart, va, 2);
  if (ptr) {
    setRd(hart, w, <u64>(<i64>load<i16>(ptr)));
    return DONE;
  }
  const status = loadSlow(hart, va, 2);
  if (status != TRAP) setRd(hart, w, <u64>(<i64>(<i16>hart.data)));
  return status;
}

export function lw(hart: Hart, w: u64): u32 {
  const va = address(hart, w);
  const ptr = loadPointer(hart, va, 4);
  if (ptr) {
    setRd(hart, w, <u64>(<i64>load<i32>(ptr)));
    return DONE;
  }
  const status = loadSlow(hart, va, 4);
  if (status != TRAP) setRd(hart, w, <u64>(<i64>(<i32>hart.data)));
  return status;
}

export function ld(hart: Hart, w: u64): u32 {
  const va = address(hart, w);
  const ptr = loadPointer(hart, va, 8);
  if (ptr) {
    setRd(hart, w, load<u64>(ptr));
    return DONE;
  }
  const status = loadSlow(hart, va, 8);
  if (status != TRAP) setRd(hart, w, hart.data);
  return status;
}

export function lbu(hart: Hart, w: u64): u32 {
  const va = address(hart, w);
  const ptr = loadPointer(hart, va, 1);
  if (ptr) {
    setRd(hart, w, <u64>load<u8>(ptr));
    return DONE;
  }
  const status = loadSlow(hart, va, 1);
  if (status != TRAP) setRd(hart, w, hart.data);
  return status;
}

export function lhu(hart: Hart, w: u64): u32 {
  const va = address(hart, w);
  const ptr = loadPointer(hart, va, 2);
  if (ptr) {
    setRd(hart, w, <u64>load<u16>(ptr));
    return DONE;
  }
  const status = loadSlow(hart, va, 2);
  if (status != TRAP) setRd(hart, w, hart.data);
  return status;
}

export function lwu(hart: Hart, w: u64): u32 {
  const va = address(hart, w);
  const ptr = loadPointer(hart, va, 4);
  if (ptr) {
    setRd(hart, w, <u64>load<u32>(ptr));
    return DONE;
  }
  const status = loadSlow(hart, va, 4);
  if (status != TRAP) setRd(hart, w, hart.data);
  return status;
}

export function sb(hart: Hart, w: u64): u32 {
  const va = address(hart, w);
  const ptr = storePointer(hart, va, 1);
  if (!ptr) return storeSlow(hart, va, 1, rs2(hart, w));
  store<u8>(ptr, <u8>rs2(hart, w));
  return DONE;
}

export function sh(hart: Hart, w: u64): u32 {
  const va = address(hart, w);
  const ptr = storePointer(hart, va, 2);
  if (!ptr) return storeSlow(hart, va, 2, rs2(hart, w));
  store<u16>(ptr, <u16>rs2(hart, w));
  return DONE;
}

export function sw(hart: Hart, w: u64): u32 {
  const va = address(hart, w);
  const ptr = storePointer(hart, va, 4);
  if (!ptr) return storeSlow(hart, va, 4, rs2(hart, w));
  store<u32>(ptr, <u32>rs2(hart, w));
  return DONE;
}

export function sd(hart: Hart, w: u64): u32 {
  const va = address(hart, w);
  const ptr = storePointer(hart, va, 8);
  if (!ptr) return storeSlow(hart, va, 8, rs2(hart, w));
  store<u64>(ptr, rs2(hart, w));
  return DONE;
}

export function flh(hart: Hart, w: u64): u32 {
  if (floatOff(hart)) return illegal(hart);
  const va = address(hart, w);
  const ptr = loadPointer(hart, va, 2);
  let status = DONE;
  if (ptr) hart.data = <u64>load<u16>(ptr);
  else status = loadSlow(hart, va, 2);
  if (status == TRAP) return TRAP;
  setF(hart, rdNumber(w), hart.data | 0xffff_ffff_ffff_0000);
  hart.mstatus |= MSTATUS_FS;
  return status;
}

export function flw(hart: Hart, w: u64): u32 {
  if (floatOff(hart)) return illegal(hart);
  const va = address(hart, w);
  const ptr = loadPointer(hart, va, 4);
  let status = DONE;
  if (ptr) hart.data = <u64>load<u32>(ptr);
  else status = loadSlow(hart, va, 4);
  if (status == TRAP) return TRAP;
  setF(hart, rdNumber(w), hart.data | 0xffff_ffff_0000_0000);
  hart.mstatus |= MSTATUS_FS;
  return status;
}

export function fld(hart: Hart, w: u64): u32 {
  if (floatOff(hart)) return illegal(hart);
  const va = address(hart, w);
  const ptr = loadPointer(hart, va, 8);
  let status = DONE;
  if (ptr) hart.data = <u64>load<u64>(ptr);
  else status = loadSlow(hart, va, 8);
  if (status == TRAP) return TRAP;
  setF(hart, rdNumber(w), hart.data);
  hart.mstatus |= MSTATUS_FS;
  return status;
}

export function fsh(hart: Hart, w: u64): u32 {
  if (floatOff(hart)) return illegal(hart);
  const va = address(hart, w);
  const ptr = storePointer(hart, va, 2);
  if (!ptr) return storeSlow(hart, va, 2, getF(hart, rs2Number(w)));
  store<u16>(ptr, <u16>getF(hart, rs2Number(w)));
  return DONE;
}

export function fsw(hart: Hart, w: u64): u32 {
  if (floatOff(hart)) return illegal(hart);
  const va = address(hart, w);
  const ptr = storePointer(hart, va, 4);
  if (!ptr) return storeSlow(hart, va, 4, getF(hart, rs2Number(w)));
  store<u32>(ptr, <u32>getF(hart, rs2Number(w)));
  return DONE;
}

export function fsd(hart: Hart, w: u64): u32 {
  if (floatOff(hart)) return illegal(hart);
  const va = address(hart, w);
  const ptr = storePointer(hart, va, 8);
  if (!ptr) return storeSlow(hart, va, 8, getF(hart, rs2Number(w)));
  store<u64>(ptr, getF(hart, rs2Number(w)));
  return DONE;
}

/** Zicboz: zeroes the whole block that holds the address; legal below M-mode as menvcfg and senvcfg say. */
export function cboZero(hart: Hart, w: u64): u32 {
  if (hart.priv < PRIV_M && !(hart.menvcfg & MENVCFG_CBZE)) return illegal(hart);
  if (hart.priv == PRIV_U && !(hart.senvcfg & MENVCFG_CBZE)) return illegal(hart);
  const block = cacheBlockPointer(hart, rs1(hart, w));
  if (!block) return TRAP;
  memory.fill(block, 0, <usize>CACHE_BLOCK);
  return noteStore(hart, block, <usize>CACHE_BLOCK);
}
