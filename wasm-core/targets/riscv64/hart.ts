// A hart: the registers from the table, then what is derived from them or belongs to no register.
import { cpuBase } from "../../machine/host";
import { steps } from "../../machine/clock";
import { CPU_BYTES } from "../../machine/cpu";
import { RegisterFile } from "../../generated/registers";
import { WATCHES } from "../../mmu/watch";

/** Results of an instruction function. */
export const DONE: u32 = 0;
/** The instruction trapped: hart.cause and hart.tval say why. */
export const TRAP: u32 = 1;
/** Done, but interrupts, mappings or deadlines may have changed: leave the inner loop. */
export const LEAVE: u32 = 2;
/** Done, hart.pc holds where to go on; leave the inner loop. */
export const REDIRECT: u32 = 3;

export const PRIV_U: u32 = 0;
export const PRIV_S: u32 = 1;
export const PRIV_M: u32 = 3;

/** Satp values that have a TLB context of their own (see paging.ts). */
export const SPACE_COUNT: u32 = 16;

@unmanaged
export class Hart extends RegisterFile {
  /** TLB contexts (with TAG_VALID) of fetches, loads and stores in the present mode. */
  fetchContext: u64;
  loadContext: u64;
  storeContext: u64;
  /** What the last TRAP was: exception code and the value for xtval. */
  cause: u64;
  tval: u64;
  /** What a slow load read. */
  data: u64;
  /** Page that is being executed: virtual address, decoded words, address of the word under way. */
  codeVa: u64;
  /** Bytes of the page from codeVa whose words lie at codeBase: a page, or 0 when the word under way is alone. */
  codeBytes: u64;
  codeBase: usize;
  /** Bytes of decoded words behind codeBase; 0 when the word is alone. */
  codeSpan: usize;
  ip: usize;
  /** wasm pointer of the page being executed. */
  codePage: usize;
  /** Bits of the instruction in single0. */
  singleInsn: u64;
  /** Word under way and end marks, for instructions that cannot be cached (page-crossing, page split by PMP). */
  single0: u64;
  single1: u64;
  single2: u64;
  /** mcycle and minstret less the machine's step counter; the registers are derived from them. */
  cycleDelta: u64;
  instretDelta: u64;
  /** Instructions that trapped, so that steps - trapped = retired, whatever the guest does to minstret. */
  trapped: u64;
  /** Interrupt lines as devices drive them, as a mip bitmap. */
  lines: u64;
  /** Highest count of active PMP entries + 1; 0 when none is active. */
  pmpActive: u32;
  /** First and last physical address of a range in which S and U may do everything; first > last: none. */
  pmpOpenFirst: u64;
  pmpOpenLast: u64;
  /** Privilege of loads and stores (MPRV). */
  dataPriv: u32;
  /** wrs.nto and wrs.sto wait for the reservation besides interrupts. */
  waitsForReservation: u32;
  /** Next of the SPACE_COUNT address-space contexts to be given away, and the one in use. */
  nextSpace: u32;
  space: u32;
  /** satp of each address space that has a context. */
  spaces0: u64;
}

if (offsetof<Hart>("spaces0") + <usize>SPACE_COUNT * 8 > WATCHES) ERROR("Hart runs into its watched addresses");

/** This instance's hart. */
export function thisHart(): Hart {
  return changetype<Hart>(cpuBase);
}

export const X_OFFSET: usize = CPU_BYTES;
export const F_OFFSET: usize = offsetof<Hart>("f0");

// --- Fields of a decoded word (src/codegen/riscv64/instructions.ts) ---
// op 0-9, length in bytes 10-12, rd 13-18 (32: nowhere), rs1 19-23, rs2 24-28, rm 29-31, imm 32-63

/** Value of the integer register rs1. */
export function rs1(hart: Hart, w: u64): u64 {
  return load<u64>(changetype<usize>(hart) + (<usize>(w >> 16) & 0xf8), X_OFFSET);
}

export function rs2(hart: Hart, w: u64): u64 {
  return load<u64>(changetype<usize>(hart) + (<usize>(w >> 21) & 0xf8), X_OFFSET);
}

export function setRd(hart: Hart, w: u64, value: u64): void {
  store<u64>(changetype<usize>(hart) + (<usize>(w >> 10) & 0x1f8), value, X_OFFSET);
}

/** Number of the register in the field; rd is 32 for x0. */
export function rdNumber(w: u64): u32 {
  return <u32>(w >> 13) & 63;
}

export function rs1Number(w: u64): u32 {
  return <u32>(w >> 19) & 31;
}

export function rs2Number(w: u64): u32 {
  return <u32>(w >> 24) & 31;
}

export function rm(w: u64): u32 {
  return <u32>w >> 29;
}

/** Sign-extended immediate. */
export function imm(w: u64): u64 {
  return <u64>(<i64>w >> 32);
}

export function insnLength(w: u64): u64 {
  return (w >> 10) & 7;
}

export function setX(hart: Hart, index: u32, value: u64): void {
  store<u64>(changetype<usize>(hart) + ((<usize>index) << 3), value, X_OFFSET);
}

export function getF(hart: Hart, index: u32): u64 {
  return load<u64>(changetype<usize>(hart) + ((<usize>index) << 3), F_OFFSET);
}

export function setF(hart: Hart, index: u32, value: u64): void {
  store<u64>(changetype<usize>(hart) + ((<usize>index) << 3), value, F_OFFSET);
}

/** Records an exception; the instruction function returns TRAP. */
export function raiseException(hart: Hart, cause: u64, tval: u64): u32 {
  hart.cause = cause;
  hart.tval = tval;
  return TRAP;
}

/** Address of the instruction under way. */
export function currentPc(hart: Hart): u64 {
  return hart.codeVa + <u64>((hart.ip - hart.codeBase) >> 2);
}

/** Bits of the instruction under way, zero-extended (16 of them if compressed). */
export function currentInsn(hart: Hart): u64 {
  if (hart.ip == changetype<usize>(hart) + offsetof<Hart>("single0")) return hart.singleInsn;
  const ptr = hart.codePage + ((hart.ip - hart.codeBase) >> 2);
  const low = load<u16>(ptr);
  return (low & 3) == 3 ? <u64>load<u32>(ptr) : <u64>low;
}

/** Retired instructions since reset, as the host counts them. */
export function retiredSteps(hart: Hart): u64 {
  return steps() - hart.trapped;
}
