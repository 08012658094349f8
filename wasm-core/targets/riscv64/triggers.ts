// Debug triggers of the guest (RISC-V Debug Specification 1.0, chapter Sdtrig): type mcontrol6 with address match and a
// breakpoint exception, which comes before the access or instruction.
//
// Reentrancy: the first of the specification's two ways (section Native Triggers), for which no tcontrol is needed and
// medeleg stays free: nothing fires in M-mode while MIE is off, nor, if breakpoints are delegated, in S-mode while SIE is off.
import * as csr from "../../generated/csrs";
import { refreshSlow } from "../../mmu/tlb";
import {
  GUEST_WATCHES,
  WATCH_FETCH,
  WATCH_LOAD,
  WATCH_STORE,
  findWatch,
  setWatch,
  watchedAddress,
  watchedKinds,
} from "../../mmu/watch";
import { CAUSE_BREAKPOINT } from "./causes";
import { Hart, PRIV_M, PRIV_S, raiseException } from "./hart";
import {
  MATCH_GREATER_OR_EQUAL,
  MATCH_LESS,
  MATCH_NAPOT,
  MATCH_SHIFT,
  SIZE_SHIFT,
  TRIGGER_COUNT,
  TYPE_MCONTROL6,
  TYPE_SHIFT,
} from "./legalize";

if (<u32>csr.TDATA1_LOAD != WATCH_LOAD) ERROR("TDATA1_LOAD differs from WATCH_LOAD");
if (<u32>csr.TDATA1_STORE != WATCH_STORE) ERROR("TDATA1_STORE differs from WATCH_STORE");
if (<u32>csr.TDATA1_EXECUTE != WATCH_FETCH) ERROR("TDATA1_EXECUTE differs from WATCH_FETCH");
if (<u32>TRIGGER_COUNT > GUEST_WATCHES) ERROR("More triggers than watches for them");
const KINDS: u64 = csr.TDATA1_LOAD | csr.TDATA1_STORE | csr.TDATA1_EXECUTE;
const MODES: u64 = csr.TDATA1_U | csr.TDATA1_S | csr.TDATA1_M;
const U_BIT: u64 = 3;
const DELEGATED: u64 = (<u64>1) << CAUSE_BREAKPOINT;

/** Address of tdata1 of a trigger; tdata2 and tdata3 follow. */
function dataOf(hart: Hart, trigger: u32): usize {
  return changetype<usize>(hart) + offsetof<Hart>("tdata1_0") + <usize>trigger * 24;
}

/** tdata1, tdata2, tdata3 (`word` 0, 1, 2) of a trigger. */
export function triggerData(hart: Hart, trigger: u64, word: u32): u64 {
  return load<u64>(dataOf(hart, <u32>trigger) + ((<usize>word) << 3));
}

export function setTriggerData(hart: Hart, trigger: u64, word: u32, value: u64): void {
  store<u64>(dataOf(hart, <u32>trigger) + ((<usize>word) << 3), value);
  triggersChanged(hart);
}

/** Makes the table of watched addresses anew; to be called after every change of a trigger. */
export function triggersChanged(hart: Hart): void {
  for (let i: u32 = 0; i < <u32>TRIGGER_COUNT; i++) watch(hart, i);
  refreshSlow(changetype<usize>(hart));
}

/** The range of addresses that a trigger matches. */
function watch(hart: Hart, trigger: u32): void {
  const control = triggerData(hart, trigger, 0);
  const address = triggerData(hart, trigger, 1);
  const active = control >> TYPE_SHIFT == TYPE_MCONTROL6 && (control & MODES) != 0;
  let kinds = active ? <u32>(control & KINDS) : 0;
  let first = address;
  let last = address;
  const match = (control & csr.TDATA1_MATCH) >> MATCH_SHIFT;
  if (match == MATCH_NAPOT) {
    // Compared are the bits above the lowest 0.
    const free = address ^ (address + 1);
    first = address & ~free;
    last = address | free;
  } else if (match == MATCH_GREATER_OR_EQUAL) {
    last = u64.MAX_VALUE;
  } else if (match == MATCH_LESS) {
    if (address == 0) kinds = 0;
    first = 0;
    last = address - 1;
  }
  setWatch(changetype<usize>(hart), trigger, kinds, first, last);
}

/** Whether a trigger matches in the present mode. MPRV does not count: it is the mode that executes. */
function matchesMode(hart: Hart, control: u64): bool {
  const priv = <u32>hart.priv;
  if (!((control >> (U_BIT + priv)) & 1)) return false;
  if (priv == PRIV_M) return (hart.mstatus & csr.MSTATUS_MIE) != 0;
  return priv != PRIV_S || !(hart.medeleg & DELEGATED) || (hart.mstatus & csr.MSTATUS_SIE) != 0;
}

/** Whether a trigger matches an access of this many bytes. */
function matchesSize(control: u64, size: u64): bool {
  const wanted = (control & csr.TDATA1_SIZE) >> SIZE_SHIFT;
  return wanted == 0 || size == (wanted == 5 ? 8 : (<u64>1) << (wanted - 1));
}

function matches(hart: Hart, trigger: u32, size: u64): bool {
  const control = triggerData(hart, trigger, 0);
  return matchesMode(hart, control) && matchesSize(control, size);
}

/** Whether a trigger stops the instruction at `pc`, which has `length` bytes (0: not known, since it cannot be fetched). */
export function stopsFetch(hart: Hart, pc: u64, length: u64): bool {
  const cpu = changetype<usize>(hart);
  if (!(watchedKinds(cpu) & WATCH_FETCH)) return false;
  for (
    let i = findWatch(cpu, 0, WATCH_FETCH, pc, 1);
    i < GUEST_WATCHES;
    i = findWatch(cpu, i + 1, WATCH_FETCH, pc, 1)
  ) {
    if (matches(hart, i, length)) return true;
  }
  return false;
}

/**
 * Fires the triggers that match an access of `kinds` to the `span` bytes from `va`, by an instruction that names `size` bytes.
 * If there are some, the exception is recorded, with the first address that matches.
 */
export function fires(hart: Hart, kinds: u32, va: u64, span: u64, size: u64): bool {
  const cpu = changetype<usize>(hart);
  if (!(watchedKinds(cpu) & kinds)) return false;
  let offset = u64.MAX_VALUE;
  for (let i = findWatch(cpu, 0, kinds, va, span); i < GUEST_WATCHES; i = findWatch(cpu, i + 1, kinds, va, span)) {
    if (!matches(hart, i, size)) continue;
    store<u64>(dataOf(hart, i), triggerData(hart, i, 0) | csr.TDATA1_HIT0);
    const at = watchedAddress(cpu, i, va) - va;
    if (at < offset) offset = at;
  }
  if (offset == u64.MAX_VALUE) return false;
  raiseException(hart, CAUSE_BREAKPOINT, va + offset);
  return true;
}
