// Traps: entry by exception and interrupt, return, and which interrupt is taken (privileged specification, sections on
// mstatus, medeleg and mideleg, mip and mie).
import {
  MENVCFG_STCE,
  MSTATUS_MIE,
  MSTATUS_MPIE,
  MSTATUS_MPP,
  MSTATUS_MPRV,
  MSTATUS_SIE,
  MSTATUS_SPIE,
  MSTATUS_SPP,
} from "../../generated/csrs";
import { notePrivilege, noteTrap } from "../../machine/debug-record";
import { mtime } from "./timer";
import { Hart, PRIV_M, PRIV_S, PRIV_U } from "./hart";
import { IRQ_MEI, IRQ_MSI, IRQ_MTI, IRQ_SEI, IRQ_SSI, IRQ_STI } from "./lines";
import { modesChanged } from "./paging";

const MPP_SHIFT: u64 = 11;
const INTERRUPT: u64 = (<u64>1) << 63;

/** mip as the guest reads it: software bits, lines of devices, and the comparison with stimecmp (Sstc). */
export function pendingInterrupts(hart: Hart): u64 {
  let pending = hart.mip | hart.lines;
  if (hart.menvcfg & MENVCFG_STCE) {
    pending &= ~((<u64>1) << IRQ_STI);
    if (mtime() >= hart.stimecmp) pending |= 1 << IRQ_STI;
  }
  return pending;
}

/** Whether a waiting hart goes on: an interrupt is pending and enabled in mie, whatever mstatus says. */
export function wakes(hart: Hart): bool {
  return (pendingInterrupts(hart) & hart.mie) != 0;
}

/** Takes the interrupt that is due, if any. */
export function takeInterrupt(hart: Hart): void {
  const pending = pendingInterrupts(hart) & hart.mie;
  if (!pending) return;
  const priv = <u32>hart.priv;
  let due: u64 = 0;
  if (priv < PRIV_M || hart.mstatus & MSTATUS_MIE) due = pending & ~hart.mideleg;
  if (!due && (priv < PRIV_S || (priv == PRIV_S && hart.mstatus & MSTATUS_SIE))) due = pending & hart.mideleg;
  if (!due) return;
  let irq = IRQ_STI;
  if (due & (1 << IRQ_MEI)) irq = IRQ_MEI;
  else if (due & (1 << IRQ_MSI)) irq = IRQ_MSI;
  else if (due & (1 << IRQ_MTI)) irq = IRQ_MTI;
  else if (due & (1 << IRQ_SEI)) irq = IRQ_SEI;
  else if (due & (1 << IRQ_SSI)) irq = IRQ_SSI;
  enter(hart, INTERRUPT | irq, 0, hart.pc, ((hart.mideleg >> irq) & 1) != 0);
}

/** Enters the handler of the exception in hart.cause and hart.tval, raised by the instruction at `epc`. */
export function takeException(hart: Hart, epc: u64): void {
  hart.trapped++;
  if (!(hart.mcountinhibit & 4)) hart.instretDelta--;
  enter(hart, hart.cause, hart.tval, epc, ((hart.medeleg >> hart.cause) & 1) != 0);
}

function enter(hart: Hart, cause: u64, tval: u64, epc: u64, delegated: bool): void {
  const priv = <u32>hart.priv;
  let status = hart.mstatus;
  let vector: u64;
  if (delegated && priv <= PRIV_S) {
    hart.scause = cause;
    hart.stval = tval;
    hart.sepc = epc;
    status &= ~(MSTATUS_SPP | MSTATUS_SPIE);
    if (priv == PRIV_S) status |= MSTATUS_SPP;
    if (status & MSTATUS_SIE) status |= MSTATUS_SPIE;
    status &= ~MSTATUS_SIE;
    hart.priv = <u8>PRIV_S;
    vector = hart.stvec;
  } else {
    hart.mcause = cause;
    hart.mtval = tval;
    hart.mepc = epc;
    status &= ~(MSTATUS_MPP | MSTATUS_MPIE);
    status |= (<u64>priv) << MPP_SHIFT;
    if (status & MSTATUS_MIE) status |= MSTATUS_MPIE;
    status &= ~MSTATUS_MIE;
    hart.priv = <u8>PRIV_M;
    vector = hart.mtvec;
  }
  hart.mstatus = status;
  hart.pc = vector & ~(<u64>3);
  // Vectored mode: interrupts enter at base + 4 * code.
  if (vector & 1 && cause & INTERRUPT) hart.pc += (cause & ~INTERRUPT) << 2;
  leaveContext(hart, priv);
  noteTrap(changetype<usize>(hart), (cause & INTERRUPT) != 0, <u32>cause & 63, epc, tval);
}

/** A reservation does not survive a change of context (QEMU and the SBI do the same on traps and returns). */
function leaveContext(hart: Hart, from: u32): void {
  hart.reservationValid = 0;
  notePrivilege(changetype<usize>(hart), from, <u32>hart.priv);
  modesChanged(hart);
}

/** MRET: back to mepc with the privilege in MPP. */
export function returnFromMachine(hart: Hart): void {
  let status = hart.mstatus;
  const priv = <u32>((status & MSTATUS_MPP) >> MPP_SHIFT);
  status &= ~(MSTATUS_MIE | MSTATUS_MPP);
  if (status & MSTATUS_MPIE) status |= MSTATUS_MIE;
  status |= MSTATUS_MPIE;
  if (priv != PRIV_M) status &= ~MSTATUS_MPRV;
  hart.mstatus = status;
  hart.priv = <u8>priv;
  hart.pc = hart.mepc;
  leaveContext(hart, PRIV_M);
}

/** SRET: back to sepc with the privilege in SPP. */
export function returnFromSupervisor(hart: Hart): void {
  let status = hart.mstatus;
  const priv = status & MSTATUS_SPP ? PRIV_S : PRIV_U;
  const from = <u32>hart.priv;
  status &= ~(MSTATUS_SIE | MSTATUS_SPP | MSTATUS_MPRV);
  if (status & MSTATUS_SPIE) status |= MSTATUS_SIE;
  status |= MSTATUS_SPIE;
  hart.mstatus = status;
  hart.priv = <u8>priv;
  hart.pc = hart.sepc;
  leaveContext(hart, from);
}
