// Fences, CSR access, environment calls, returns from traps, waits, cache management (privileged specification, chapters
// "Machine-Level ISA" and "Supervisor-Level ISA"; Zicsr, Zawrs, Zicbom, Svinval).
import { MENVCFG_CBCFE, MENVCFG_CBIE, MSTATUS_TSR, MSTATUS_TVM, MSTATUS_TW } from "../../../generated/csrs";
import { noteControl, watchesControl } from "../../../machine/debug-record";
import { CAUSE_BREAKPOINT, CAUSE_ECALL_U } from "../causes";
import { csrAllowed, mipForModify, readCsr, writeCsr } from "../csr";
import { CSR_MIP } from "../../../generated/csrs";
import { flushTranslations } from "../derived";
import { illegal } from "../fetch";
import {
  DONE,
  Hart,
  LEAVE,
  PRIV_M,
  PRIV_S,
  PRIV_U,
  REDIRECT,
  TRAP,
  currentPc,
  imm,
  raiseException,
  rs1,
  rs1Number,
  rs2,
  rs2Number,
  setRd,
} from "../hart";
import { cacheBlockAllowed } from "../memory";
import { isSemihostingCall, semihostingCall } from "../semihosting";
import { returnFromMachine, returnFromSupervisor, wakes } from "../trap";

/** One vCPU's accesses are in order already. */
export function fence(hart: Hart, w: u64): u32 {
  return DONE;
}

/** Decoded code is coherent with memory at all times. */
export function fenceI(hart: Hart, w: u64): u32 {
  return DONE;
}

export function ecall(hart: Hart, w: u64): u32 {
  return raiseException(hart, CAUSE_ECALL_U + <u64>hart.priv, 0);
}

export function ebreak(hart: Hart, w: u64): u32 {
  if (isSemihostingCall(hart)) return semihostingCall(hart);
  return raiseException(hart, CAUSE_BREAKPOINT, currentPc(hart));
}

/** Writes a register; `old` is what the instruction has read. Answers LEAVE or DONE. */
function write(hart: Hart, w: u64, n: u32, value: u64, old: u64): u32 {
  let leave = writeCsr(hart, n, value);
  const cpu = changetype<usize>(hart);
  if (watchesControl(cpu, n)) {
    readCsr(hart, n);
    noteControl(cpu, n, old, hart.data);
    leave = true;
  }
  setRd(hart, w, old);
  return leave ? LEAVE : DONE;
}

/** CSRRW: the register is not read if rd is x0. */
function writeOnly(hart: Hart, w: u64, value: u64): u32 {
  const n = <u32>imm(w);
  if (!csrAllowed(hart, n, true) || !readCsr(hart, n)) return illegal(hart);
  return write(hart, w, n, value, hart.data);
}

/** CSRRS and CSRRC: the register is not written if the operand is x0 or the immediate 0. */
function modify(hart: Hart, w: u64, operand: u64, clear: bool): u32 {
  const n = <u32>imm(w);
  const writes = rs1Number(w) != 0;
  if (!csrAllowed(hart, n, writes) || !readCsr(hart, n)) return illegal(hart);
  const old = hart.data;
  if (writes) {
    const base = n == CSR_MIP ? mipForModify(hart, old) : old;
    return write(hart, w, n, clear ? base & ~operand : base | operand, old);
  }
  setRd(hart, w, old);
  return DONE;
}

export function csrrw(hart: Hart, w: u64): u32 {
  return writeOnly(hart, w, rs1(hart, w));
}

export function csrrs(hart: Hart, w: u64): u32 {
  return modify(hart, w, rs1(hart, w), false);
}

export function csrrc(hart: Hart, w: u64): u32 {
  return modify(hart, w, rs1(hart, w), true);
}

export function csrrwi(hart: Hart, w: u64): u32 {
  return writeOnly(hart, w, rs1Number(w));
}

export function csrrsi(hart: Hart, w: u64): u32 {
  return modify(hart, w, rs1Number(w), false);
}

export function csrrci(hart: Hart, w: u64): u32 {
  return modify(hart, w, rs1Number(w), true);
}

export function mret(hart: Hart, w: u64): u32 {
  if (hart.priv != PRIV_M) return illegal(hart);
  returnFromMachine(hart);
  return REDIRECT;
}

export function sret(hart: Hart, w: u64): u32 {
  if (hart.priv == PRIV_U || (hart.priv == PRIV_S && hart.mstatus & MSTATUS_TSR)) return illegal(hart);
  returnFromSupervisor(hart);
  return REDIRECT;
}

/** In U-mode, and under TW, the time for which WFI may wait before it is illegal is zero. */
export function wfi(hart: Hart, w: u64): u32 {
  if (hart.priv == PRIV_U || (hart.priv == PRIV_S && hart.mstatus & MSTATUS_TW)) return illegal(hart);
  if (wakes(hart)) return DONE;
  hart.waiting = 1;
  return LEAVE;
}

/** Zawrs: without a reservation it does not wait; a wait may always end early, so here it lasts no longer than an instruction. */
export function wrsNto(hart: Hart, w: u64): u32 {
  if (hart.priv != PRIV_M && hart.mstatus & MSTATUS_TW) return illegal(hart);
  return DONE;
}

export function wrsSto(hart: Hart, w: u64): u32 {
  return DONE;
}

function mayFence(hart: Hart): bool {
  return hart.priv != PRIV_U && !(hart.priv == PRIV_S && hart.mstatus & MSTATUS_TVM);
}

export function sfenceVma(hart: Hart, w: u64): u32 {
  if (!mayFence(hart)) return illegal(hart);
  flushTranslations(hart, rs1Number(w) != 0, rs1(hart, w), rs2Number(w) != 0, rs2(hart, w));
  return LEAVE;
}

export function sinvalVma(hart: Hart, w: u64): u32 {
  return sfenceVma(hart, w);
}

export function sfenceWInval(hart: Hart, w: u64): u32 {
  return hart.priv == PRIV_U ? illegal(hart) : DONE;
}

export function sfenceInvalIr(hart: Hart, w: u64): u32 {
  return hart.priv == PRIV_U ? illegal(hart) : DONE;
}

/** Zicbom: there are no caches to manage, but the rights and the address are checked. */
function manageBlock(hart: Hart, w: u64, enable: u64): u32 {
  if (hart.priv < PRIV_M && !(hart.menvcfg & enable)) return illegal(hart);
  if (hart.priv == PRIV_U && !(hart.senvcfg & enable)) return illegal(hart);
  return cacheBlockAllowed(hart, rs1(hart, w)) ? DONE : TRAP;
}

export function cboInval(hart: Hart, w: u64): u32 {
  return manageBlock(hart, w, MENVCFG_CBIE);
}

export function cboClean(hart: Hart, w: u64): u32 {
  return manageBlock(hart, w, MENVCFG_CBCFE);
}

export function cboFlush(hart: Hart, w: u64): u32 {
  return manageBlock(hart, w, MENVCFG_CBCFE);
}
