// What the register sync asks of a hart (the questions are in wasm-core/sync/sync.ts).
import { clint } from "../../generated/board";
import { MENVCFG_STCE, MSTATUS_SD } from "../../generated/csrs";
import {
  GROUP_CORE,
  GROUP_COUNT,
  GROUP_DEBUG,
  GROUP_LINES,
  GROUP_MACH,
  GROUP_MMU,
  GROUP_MTRAP,
  GROUP_PROT,
  GROUP_RUN,
  GROUP_STATUS,
  GROUP_TIME,
  GROUP_TRAP,
  GROUP_VTIME,
  INDEX_MHPMCOUNTER3,
  INDEX_MHPMCOUNTER31,
  INDEX_MTIMECMP,
  INDEX_PC,
  INDEX_RUNSTATE,
  registerOffset,
} from "../../generated/registers";
import { steps } from "../../machine/clock";
import { flushAll } from "../../mmu/tlb";
import { editsOf, rejectedBy } from "../../sync/put";
import { INHIBIT_CYCLE, INHIBIT_INSTRET, readCycle, readInstret, setCycle, setInstret } from "./counters";
import { statusWithSd } from "./csr";
import { protectionChanged, stimecmpChanged } from "./derived";
import { Hart } from "./hart";
import * as legal from "./legalize";
import { IRQ_MEI, IRQ_MSI, IRQ_MTI, IRQ_SEI } from "./lines";
import { modesChanged, resetSpaces } from "./paging";
import { mtime } from "./timer";
import { triggersChanged } from "./triggers";

/** Values of runstate. */
const RUNNING: u8 = 0;
const WAITING: u8 = 1;
const STOPPED: u8 = 2;

const TRIGGERS_BYTES: usize = offsetof<Hart>("tdata3_3") + 8 - offsetof<Hart>("tdata1_0");
const PMP_BYTES: usize = offsetof<Hart>("pmpaddr15") + 8 - offsetof<Hart>("pmpcfg0");

/** Brings the registers that a running hart keeps in another form into the register file. */
export function refreshGroup(cpu: usize, group: u32): void {
  const hart = changetype<Hart>(cpu);
  switch (group) {
    case GROUP_STATUS:
      // Writes to FS clear SD in storage, so that it can stand there without ever being older than FS.
      hart.mstatus = statusWithSd(hart.mstatus & ~MSTATUS_SD);
      break;
    case GROUP_RUN:
      hart.runstate = hart.waiting ? WAITING : RUNNING;
      break;
    case GROUP_COUNT:
      hart.mcycle = readCycle(hart);
      hart.minstret = readInstret(hart);
      break;
    case GROUP_TIME:
      hart.mtimecmp = clint.mtimecmp(hart.index);
      break;
    case GROUP_VTIME:
      hart.mtime = mtime();
      break;
    case GROUP_LINES:
      hart.msip = <u8>((hart.lines >> IRQ_MSI) & 1);
      hart.mtip = <u8>((hart.lines >> IRQ_MTI) & 1);
      hart.meip = <u8>((hart.lines >> IRQ_MEI) & 1);
      hart.seip = <u8>((hart.lines >> IRQ_SEI) & 1);
      hart.stip = <u8>((hart.menvcfg & MENVCFG_STCE) != 0 && mtime() >= hart.stimecmp);
      break;
  }
}

/** Legal values that a bitfield alone does not tell; the same as for a CSR write, lock bits aside. */
export function legalize(cpu: usize, staged: usize, edits: usize): u32 {
  const hart = changetype<Hart>(cpu);
  const next = changetype<Hart>(staged);
  // Instructions have two-byte alignment; no jump can reach an odd address.
  if (next.pc & 1) return rejectedBy(GROUP_CORE, INDEX_PC);
  // Only firmware stops a hart, in its own memory; the hart itself runs or waits.
  if (editsOf(edits, GROUP_RUN) && next.runstate == STOPPED) return rejectedBy(GROUP_RUN, INDEX_RUNSTATE);
  if (editsOf(edits, GROUP_MMU)) next.satp = legal.satp(hart.satp, next.satp);
  if (editsOf(edits, GROUP_TRAP)) next.stvec = legal.vector(hart.stvec, next.stvec);
  if (editsOf(edits, GROUP_MTRAP)) next.mtvec = legal.vector(hart.mtvec, next.mtvec);
  if (editsOf(edits, GROUP_DEBUG)) legalizeTriggers(hart, next);
  if (editsOf(edits, GROUP_PROT)) {
    next.pmpcfg0 = legalPmpConfigs(hart.pmpcfg0, next.pmpcfg0);
    next.pmpcfg2 = legalPmpConfigs(hart.pmpcfg2, next.pmpcfg2);
  }
  if (editsOf(edits, GROUP_COUNT)) {
    next.mcountinhibit &= <u32>(INHIBIT_CYCLE | INHIBIT_INSTRET);
    keepEventCounters(cpu, staged);
  }
  return 0;
}

function legalizeTriggers(hart: Hart, next: Hart): void {
  next.tselect = legal.triggerSelect(hart.tselect, next.tselect);
  const triggers = changetype<usize>(next) + offsetof<Hart>("tdata1_0");
  for (let data = triggers; data < triggers + TRIGGERS_BYTES; data += 24) {
    store<u64>(data, legal.triggerControl(load<u64>(data)));
    store<u64>(data, legal.triggerAddress(load<u64>(data), load<u64>(data, 8)), 8);
  }
}

/** Eight entries at once: one with W and without R is reserved and stays as it was. */
function legalPmpConfigs(before: u64, value: u64): u64 {
  for (let shift: u64 = 0; shift < 64; shift += 8) {
    const entry = (<u64>0xff) << shift;
    if (((value >> shift) & 3) == 2) value = (value & ~entry) | (before & entry);
  }
  return value;
}

/** The hart counts no events: these counters do not move, by a write either. */
function keepEventCounters(cpu: usize, staged: usize): void {
  const first = registerOffset(GROUP_COUNT, INDEX_MHPMCOUNTER3);
  const last = registerOffset(GROUP_COUNT, INDEX_MHPMCOUNTER31);
  memory.copy(staged + first, cpu + first, last + 8 - first);
}

/** Derived state and what lives outside the register file, from the difference between before and now. */
export function finishPut(cpu: usize, before: usize, edits: usize): u32 {
  const hart = changetype<Hart>(cpu);
  const was = changetype<Hart>(before);
  const timers = editsOf(edits, GROUP_TIME);
  if (hart.satp != was.satp) {
    // More than a CSR write does: a debugger's user means the address space, not what is left of the old one in the TLB.
    flushAll(cpu);
    resetSpaces(hart);
  }
  const pmp = offsetof<Hart>("pmpcfg0");
  if (memory.compare(cpu + pmp, before + pmp, PMP_BYTES) != 0) protectionChanged(hart);
  const triggers = offsetof<Hart>("tdata1_0");
  if (memory.compare(cpu + triggers, before + triggers, TRIGGERS_BYTES) != 0) triggersChanged(hart);
  if (hart.mstatus != was.mstatus || hart.priv != was.priv) modesChanged(hart);
  if (editsOf(edits, GROUP_COUNT)) {
    setCycle(hart, hart.mcycle, steps());
    setInstret(hart, hart.minstret, steps());
  }
  if (editsOf(edits, GROUP_VTIME)) clint.setMtime(hart.mtime);
  if ((timers >> INDEX_MTIMECMP) & 1) clint.setMtimecmp(hart.index, hart.mtimecmp);
  if (hart.stimecmp != was.stimecmp || hart.menvcfg != was.menvcfg) stimecmpChanged(hart);
  if (editsOf(edits, GROUP_RUN)) {
    hart.waiting = hart.runstate == WAITING ? 1 : 0;
    hart.waitsForReservation = 0;
  }
  const movesLines = timers | editsOf(edits, GROUP_VTIME) | editsOf(edits, GROUP_MACH);
  return movesLines ? 1 << GROUP_LINES : 0;
}
