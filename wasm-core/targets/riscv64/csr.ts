// Control and status registers as instructions see them: access rules, reading, writing (privileged specification, chapter
// "Control and Status Registers" and the section of each register). The legal values are in legalize.ts, for the sync too.
import * as csr from "../../generated/csrs";
import { mtime } from "./timer";
import { steps } from "../../machine/clock";
import { readCycle, readInstret, setCycle, setInhibit, setInstret } from "./counters";
import { Hart, PRIV_M, PRIV_S, PRIV_U } from "./hart";
import * as legal from "./legalize";
import { MIP_SOFTWARE, MIP_SUPERVISOR, IRQ_SEI, IRQ_SSI, IRQ_STI } from "./lines";
import { modesChanged, satpChanged } from "./paging";
import { PMPADDR_MASK, pmpAddress, pmpConfig } from "./pmp";
import { protectionChanged, stimecmpChanged } from "./derived";
import { pendingInterrupts } from "./trap";
import { setTriggerData, triggerData } from "./triggers";

const FS_SHIFT: u64 = 13;
const FS_DIRTY: u64 = 3;
/** mstatus.SD says that FS is dirty; it is derived, never stored. */
export function statusWithSd(status: u64): u64 {
  return ((status >> FS_SHIFT) & 3) == FS_DIRTY ? status | csr.MSTATUS_SD : status;
}

/** Whether CSR `n` may be accessed (written, if `write`) in the present mode: privilege, read-only range, TVM, counters, FS. */
export function csrAllowed(hart: Hart, n: u32, write: bool): bool {
  const priv = <u32>hart.priv;
  if (priv < ((n >> 8) & 3)) return false;
  if (write && n >> 10 == 3) return false;
  if (n >= csr.CSR_FFLAGS && n <= csr.CSR_FCSR) return (hart.mstatus & csr.MSTATUS_FS) != 0;
  if (n >= csr.CSR_CYCLE && n <= csr.CSR_HPMCOUNTER31) return counterAllowed(hart, n - csr.CSR_CYCLE);
  if (n == csr.CSR_SATP) return !(priv == PRIV_S && hart.mstatus & csr.MSTATUS_TVM);
  if (n == csr.CSR_STIMECMP) {
    return priv == PRIV_M || ((hart.menvcfg & csr.MENVCFG_STCE) != 0 && (hart.mcounteren & 2) != 0);
  }
  return true;
}

function counterAllowed(hart: Hart, index: u32): bool {
  const bit = (<u64>1) << index;
  if (hart.priv < PRIV_M && !(hart.mcounteren & bit)) return false;
  return hart.priv != PRIV_U || (hart.scounteren & bit) != 0;
}

/** Reads CSR `n` into hart.data; false if this CPU has no such register. */
export function readCsr(hart: Hart, n: u32): bool {
  switch (n) {
    case csr.CSR_FFLAGS:
      hart.data = hart.fcsr & 0x1f;
      break;
    case csr.CSR_FRM:
      hart.data = (hart.fcsr >> 5) & 7;
      break;
    case csr.CSR_FCSR:
      hart.data = hart.fcsr;
      break;
    case csr.CSR_CYCLE:
    case csr.CSR_MCYCLE:
      hart.data = readCycle(hart);
      break;
    case csr.CSR_TIME:
      hart.data = mtime();
      break;
    case csr.CSR_INSTRET:
    case csr.CSR_MINSTRET:
      hart.data = readInstret(hart);
      break;
    case csr.CSR_SSTATUS:
      hart.data = statusWithSd(hart.mstatus) & legal.SSTATUS_READ;
      break;
    case csr.CSR_SIE:
      hart.data = hart.mie & hart.mideleg;
      break;
    case csr.CSR_SIP:
      hart.data = pendingInterrupts(hart) & hart.mideleg;
      break;
    case csr.CSR_STVEC:
      hart.data = hart.stvec;
      break;
    case csr.CSR_SCOUNTEREN:
      hart.data = hart.scounteren;
      break;
    case csr.CSR_SENVCFG:
      hart.data = hart.senvcfg;
      break;
    case csr.CSR_SSCRATCH:
      hart.data = hart.sscratch;
      break;
    case csr.CSR_SEPC:
      hart.data = hart.sepc;
      break;
    case csr.CSR_SCAUSE:
      hart.data = hart.scause;
      break;
    case csr.CSR_STVAL:
      hart.data = hart.stval;
      break;
    case csr.CSR_STIMECMP:
      hart.data = hart.stimecmp;
      break;
    case csr.CSR_SATP:
      hart.data = hart.satp;
      break;
    case csr.CSR_MSTATUS:
      hart.data = statusWithSd(hart.mstatus);
      break;
    case csr.CSR_MISA:
      hart.data = hart.misa;
      break;
    case csr.CSR_MEDELEG:
      hart.data = hart.medeleg;
      break;
    case csr.CSR_MIDELEG:
      hart.data = hart.mideleg;
      break;
    case csr.CSR_MIE:
      hart.data = hart.mie;
      break;
    case csr.CSR_MTVEC:
      hart.data = hart.mtvec;
      break;
    case csr.CSR_MCOUNTEREN:
      hart.data = hart.mcounteren;
      break;
    case csr.CSR_MENVCFG:
      hart.data = hart.menvcfg;
      break;
    case csr.CSR_MCOUNTINHIBIT:
      hart.data = hart.mcountinhibit;
      break;
    case csr.CSR_MSCRATCH:
      hart.data = hart.mscratch;
      break;
    case csr.CSR_MEPC:
      hart.data = hart.mepc;
      break;
    case csr.CSR_MCAUSE:
      hart.data = hart.mcause;
      break;
    case csr.CSR_MTVAL:
      hart.data = hart.mtval;
      break;
    case csr.CSR_MIP:
      hart.data = pendingInterrupts(hart);
      break;
    case csr.CSR_PMPCFG0:
      hart.data = hart.pmpcfg0;
      break;
    case csr.CSR_PMPCFG2:
      hart.data = hart.pmpcfg2;
      break;
    case csr.CSR_TSELECT:
      hart.data = hart.tselect;
      break;
    case csr.CSR_TDATA1:
      hart.data = triggerData(hart, hart.tselect, 0);
      break;
    case csr.CSR_TDATA2:
      hart.data = triggerData(hart, hart.tselect, 1);
      break;
    case csr.CSR_TDATA3:
      hart.data = triggerData(hart, hart.tselect, 2);
      break;
    case csr.CSR_TINFO:
      hart.data = hart.tinfo;
      break;
    case csr.CSR_MVENDORID:
      hart.data = hart.mvendorid;
      break;
    case csr.CSR_MARCHID:
      hart.data = hart.marchid;
      break;
    case csr.CSR_MIMPID:
      hart.data = hart.mimpid;
      break;
    case csr.CSR_MHARTID:
      hart.data = hart.mhartid;
      break;
    case csr.CSR_MCONFIGPTR:
      hart.data = hart.mconfigptr;
      break;
    default: {
      if (n >= csr.CSR_PMPADDR0 && n <= csr.CSR_PMPADDR15) {
        hart.data = pmpAddress(hart, n - csr.CSR_PMPADDR0);
      } else if (isEventCounter(n)) {
        hart.data = 0;
      } else {
        return false;
      }
    }
  }
  return true;
}

/** hpmcounter3-31, mhpmcounter3-31, mhpmevent3-31: this CPU counts no events, so they are read-only zero. */
function isEventCounter(n: u32): bool {
  return (
    (n >= csr.CSR_HPMCOUNTER3 && n <= csr.CSR_HPMCOUNTER31) ||
    (n >= csr.CSR_MHPMCOUNTER3 && n <= csr.CSR_MHPMCOUNTER31) ||
    (n >= csr.CSR_MHPMEVENT3 && n <= csr.CSR_MHPMEVENT31)
  );
}

/**
 * Writes CSR `n`, which csrAllowed and readCsr have admitted. Answers whether the inner loop must be left, because interrupts,
 * mappings or deadlines may have changed.
 */
export function writeCsr(hart: Hart, n: u32, value: u64): bool {
  switch (n) {
    case csr.CSR_FFLAGS:
      return writeFcsr(hart, (hart.fcsr & 0xe0) | (value & 0x1f));
    case csr.CSR_FRM:
      return writeFcsr(hart, (hart.fcsr & 0x1f) | ((value & 7) << 5));
    case csr.CSR_FCSR:
      return writeFcsr(hart, value & 0xff);
    case csr.CSR_SSTATUS:
      return writeStatus(hart, (hart.mstatus & ~legal.SSTATUS_WRITE) | (value & legal.SSTATUS_WRITE));
    case csr.CSR_SIE:
      hart.mie = (hart.mie & ~hart.mideleg) | (value & hart.mideleg);
      return true;
    case csr.CSR_SIP: {
      const writable = hart.mideleg & ((<u64>1) << IRQ_SSI);
      hart.mip = (hart.mip & ~writable) | (value & writable);
      return true;
    }
    case csr.CSR_STVEC:
      hart.stvec = legal.vector(hart.stvec, value);
      break;
    case csr.CSR_SCOUNTEREN:
      hart.scounteren = <u32>value;
      break;
    case csr.CSR_SENVCFG:
      hart.senvcfg = legal.environment(hart.senvcfg, value, legal.SENVCFG_WRITE);
      break;
    case csr.CSR_SSCRATCH:
      hart.sscratch = value;
      break;
    case csr.CSR_SEPC:
      hart.sepc = value & ~(<u64>1);
      break;
    case csr.CSR_SCAUSE:
      hart.scause = value;
      break;
    case csr.CSR_STVAL:
      hart.stval = value;
      break;
    case csr.CSR_STIMECMP:
      hart.stimecmp = value;
      stimecmpChanged(hart);
      return true;
    case csr.CSR_SATP: {
      const next = legal.satp(hart.satp, value);
      if (next == hart.satp) return false;
      hart.satp = next;
      satpChanged(hart);
      return true;
    }
    case csr.CSR_MSTATUS:
      return writeStatus(hart, value);
    case csr.CSR_MEDELEG:
      hart.medeleg = value & legal.MEDELEG_WRITE;
      break;
    case csr.CSR_MIDELEG:
      hart.mideleg = value & MIP_SUPERVISOR;
      return true;
    case csr.CSR_MIE:
      hart.mie = value & legal.MIE_WRITE;
      return true;
    case csr.CSR_MTVEC:
      hart.mtvec = legal.vector(hart.mtvec, value);
      break;
    case csr.CSR_MCOUNTEREN:
      hart.mcounteren = <u32>value;
      break;
    case csr.CSR_MENVCFG:
      hart.menvcfg = legal.environment(hart.menvcfg, value, legal.MENVCFG_WRITE);
      stimecmpChanged(hart);
      return true;
    case csr.CSR_MCOUNTINHIBIT:
      setInhibit(hart, value, steps() + 1);
      break;
    case csr.CSR_MCYCLE:
      setCycle(hart, value, steps() + 1);
      break;
    case csr.CSR_MINSTRET:
      setInstret(hart, value, steps() + 1);
      break;
    case csr.CSR_MSCRATCH:
      hart.mscratch = value;
      break;
    case csr.CSR_MEPC:
      hart.mepc = value & ~(<u64>1);
      break;
    case csr.CSR_MCAUSE:
      hart.mcause = value;
      break;
    case csr.CSR_MTVAL:
      hart.mtval = value;
      break;
    case csr.CSR_MIP: {
      // With Sstc, STIP is the comparison's alone.
      const writable = hart.menvcfg & csr.MENVCFG_STCE ? MIP_SOFTWARE & ~((<u64>1) << IRQ_STI) : MIP_SOFTWARE;
      hart.mip = (hart.mip & ~writable) | (value & writable);
      return true;
    }
    case csr.CSR_PMPCFG0:
      return writePmpConfigs(hart, 0, value);
    case csr.CSR_PMPCFG2:
      return writePmpConfigs(hart, 8, value);
    case csr.CSR_TSELECT:
      hart.tselect = legal.triggerSelect(hart.tselect, value);
      break;
    case csr.CSR_TDATA1:
      setTriggerData(hart, hart.tselect, 0, legal.triggerControl(value));
      return true;
    case csr.CSR_TDATA2:
      setTriggerData(hart, hart.tselect, 1, legal.triggerAddress(triggerData(hart, hart.tselect, 0), value));
      return true;
    default: {
      if (n >= csr.CSR_PMPADDR0 && n <= csr.CSR_PMPADDR15) return writePmpAddress(hart, n - csr.CSR_PMPADDR0, value);
      // What is left is read-only zero or identity: the write is legal and does nothing.
    }
  }
  return false;
}

/** mip for csrrs and csrrc: what they modify is the software-writable SEIP, not the line of the interrupt controller. */
export function mipForModify(hart: Hart, read: u64): u64 {
  const bit = (<u64>1) << IRQ_SEI;
  return (read & ~bit) | (hart.mip & bit);
}

function writeFcsr(hart: Hart, value: u64): bool {
  hart.fcsr = <u8>value;
  hart.mstatus |= csr.MSTATUS_FS;
  return false;
}

function writeStatus(hart: Hart, value: u64): bool {
  const next = legal.mstatus(hart.mstatus, value);
  const changed = next ^ hart.mstatus;
  hart.mstatus = next;
  const modes = csr.MSTATUS_MPRV | csr.MSTATUS_MPP | csr.MSTATUS_SUM | csr.MSTATUS_MXR;
  if (changed & modes) modesChanged(hart);
  // Interrupts that were off come on: one may be taken before the next instruction.
  return (next & changed & (csr.MSTATUS_MIE | csr.MSTATUS_SIE)) != 0 && (pendingInterrupts(hart) & hart.mie) != 0;
}

function writePmpConfigs(hart: Hart, firstIndex: u32, value: u64): bool {
  for (let i: u32 = 0; i < 8; i++) {
    const config = pmpConfig(hart, firstIndex + i);
    if (config & legal.PMP_LOCK) continue;
    legal.setPmp(hart, firstIndex + i, <u32>(value >> (8 * i)) & 0xff);
  }
  protectionChanged(hart);
  return true;
}

function writePmpAddress(hart: Hart, index: u32, value: u64): bool {
  if (pmpConfig(hart, index) & legal.PMP_LOCK) return false;
  // A locked TOR entry locks the address below it too.
  if (index + 1 < 16) {
    const above = pmpConfig(hart, index + 1);
    if (above & legal.PMP_LOCK && ((above >> 3) & 3) == 1) return false;
  }
  store<u64>(changetype<usize>(hart) + offsetof<Hart>("pmpaddr0") + ((<usize>index) << 3), value & PMPADDR_MASK);
  protectionChanged(hart);
  return true;
}
