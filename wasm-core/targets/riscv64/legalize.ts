// Legal values of registers that hold only some (WARL): the nearest legal value to the one written, given the old one.
import * as csr from "../../generated/csrs";
import { Hart } from "./hart";
import { MIP_ALL } from "./lines";
import { SATP_MODE_SHIFT } from "./paging";
import { setPmpConfig } from "./pmp";

const MPP_SHIFT: u64 = 11;
const CBIE: u64 = 3 << 4;

export const MSTATUS_WRITE: u64 =
  csr.MSTATUS_SIE |
  csr.MSTATUS_MIE |
  csr.MSTATUS_SPIE |
  csr.MSTATUS_MPIE |
  csr.MSTATUS_SPP |
  csr.MSTATUS_MPP |
  csr.MSTATUS_FS |
  csr.MSTATUS_MPRV |
  csr.MSTATUS_SUM |
  csr.MSTATUS_MXR |
  csr.MSTATUS_TVM |
  csr.MSTATUS_TW |
  csr.MSTATUS_TSR;
export const SSTATUS_WRITE: u64 =
  csr.MSTATUS_SIE | csr.MSTATUS_SPIE | csr.MSTATUS_SPP | csr.MSTATUS_FS | csr.MSTATUS_SUM | csr.MSTATUS_MXR;
export const SSTATUS_READ: u64 = SSTATUS_WRITE | csr.MSTATUS_SD | csr.MSTATUS_UXL;
/** UXL and SXL are fixed: 2 = 64 bits. */
export const MSTATUS_FIXED: u64 = ((<u64>2) << 32) | ((<u64>2) << 34);

/** Synchronous exceptions that may be delegated: all but ecall from M-mode. */
export const MEDELEG_WRITE: u64 = 0xb3ff;
export const MIE_WRITE: u64 = MIP_ALL;
export const MENVCFG_WRITE: u64 =
  csr.MENVCFG_FIOM |
  csr.MENVCFG_CBIE |
  csr.MENVCFG_CBCFE |
  csr.MENVCFG_CBZE |
  csr.MENVCFG_ADUE |
  csr.MENVCFG_PBMTE |
  csr.MENVCFG_STCE;
export const SENVCFG_WRITE: u64 = csr.MENVCFG_FIOM | csr.MENVCFG_CBIE | csr.MENVCFG_CBCFE | csr.MENVCFG_CBZE;
export const PMP_LOCK: u32 = 0x80;
export const TRIGGER_COUNT: u64 = 4;

// Fields of tdata1 (Debug specification 1.0, mcontrol6).
export const TYPE_SHIFT: u64 = 60;
export const TYPE_MCONTROL6: u64 = 6;
const TYPE_DISABLED: u64 = 15;
export const MATCH_SHIFT: u64 = 7;
export const MATCH_NAPOT: u64 = 1;
export const MATCH_GREATER_OR_EQUAL: u64 = 2;
export const MATCH_LESS: u64 = 3;
export const SIZE_SHIFT: u64 = 16;
const MCONTROL6_WRITE: u64 =
  csr.TDATA1_LOAD |
  csr.TDATA1_STORE |
  csr.TDATA1_EXECUTE |
  csr.TDATA1_U |
  csr.TDATA1_S |
  csr.TDATA1_M |
  csr.TDATA1_MATCH |
  csr.TDATA1_SIZE |
  csr.TDATA1_HIT0;

/** mstatus: MPP keeps its old value when the reserved privilege 2 is written. */
export function mstatus(old: u64, value: u64): u64 {
  let next = (value & MSTATUS_WRITE) | MSTATUS_FIXED;
  if ((next & csr.MSTATUS_MPP) >> MPP_SHIFT == 2) next = (next & ~csr.MSTATUS_MPP) | (old & csr.MSTATUS_MPP);
  return next;
}

/** mtvec, stvec: modes 0 and 1; a reserved mode leaves the register as it was. */
export function vector(old: u64, value: u64): u64 {
  return (value & 3) > 1 ? old : value;
}

/** satp: modes 0 (bare), 8, 9, 10; an unsupported mode makes the whole write void. ASIDs have 16 bits. */
export function satp(old: u64, value: u64): u64 {
  const mode = value >> SATP_MODE_SHIFT;
  return mode == 0 || (mode >= 8 && mode <= 10) ? value : old;
}

/** menvcfg, senvcfg: CBIE keeps its old value when the reserved 2 is written. */
export function environment(old: u64, value: u64, mask: u64): u64 {
  const next = value & mask;
  return (next & CBIE) == 2 << 4 ? (next & ~CBIE) | (old & CBIE) : next;
}

/** pmpcfg: W without R is reserved and leaves the entry as it was; bits 5 and 6 are zero. */
export function setPmp(hart: Hart, index: u32, value: u32): void {
  if ((value & 3) == 2) return;
  setPmpConfig(hart, index, value & 0x9f);
}

export function triggerSelect(old: u64, value: u64): u64 {
  return value < TRIGGER_COUNT ? value : old;
}

/** tdata1: whatever is no mcontrol6 is a disabled trigger, without data; a match or size that there is not becomes 0. */
export function triggerControl(value: u64): u64 {
  if (value >> TYPE_SHIFT != TYPE_MCONTROL6) return TYPE_DISABLED << TYPE_SHIFT;
  let next = value & MCONTROL6_WRITE;
  if ((next & csr.TDATA1_MATCH) >> MATCH_SHIFT > MATCH_LESS) next &= ~csr.TDATA1_MATCH;
  const size = (next & csr.TDATA1_SIZE) >> SIZE_SHIFT;
  if (size == 4 || size > 5) next &= ~csr.TDATA1_SIZE;
  return next | (TYPE_MCONTROL6 << TYPE_SHIFT);
}

/** tdata2: the ones at the end of a NAPOT address are at most 62, so that a debugger finds out how many there may be. */
export function triggerAddress(control: u64, value: u64): u64 {
  if (control >> TYPE_SHIFT != TYPE_MCONTROL6 || (control & csr.TDATA1_MATCH) >> MATCH_SHIFT != MATCH_NAPOT)
    return value;
  return ctz(~value) >= 63 ? value & ~((<u64>1) << 62) : value;
}
