// A debugger's watched addresses, and its breakpoints in decoded code.
//
// A breakpoint is a word BREAK in the decoded words of its page, so that no other instruction pays for it. Words belong to
// physical pages, breakpoints to virtual addresses: a virtual page with a breakpoint does not hit the TLB inline at first
// (watch.ts), so entering it comes by here, and its breakpoints are put in place; from then on it hits, until its words are made
// anew. Where the same physical page is seen at another address, BREAK finds no breakpoint and executes what it stands for.
import { DEBUG_WATCHES, WATCH_BREAK } from "../../src/spec/abi";
import { INSN_ALIGN_LOG2 } from "../generated/parameters";
import { cpuAt } from "../machine/cpu";
import { dropBreaks, placeBreak } from "./code-cache";
import { refreshSlow } from "./tlb";
import { GUEST_WATCHES, NO_WATCH, WATCH_COUNT, findWatch, firstWatched, setWatch, watchedKinds } from "./watch";

if (WATCH_COUNT - GUEST_WATCHES != DEBUG_WATCHES) ERROR("A debugger has another number of watches");

/** Whether a breakpoint lies at `pc`: such an instruction is never part of compiled code. */
export function hasBreak(cpu: usize, pc: u64): bool {
  return (watchedKinds(cpu) & WATCH_BREAK) != 0 && findWatch(cpu, GUEST_WATCHES, WATCH_BREAK, pc, 1) != NO_WATCH;
}

/** Puts the breakpoints of the virtual page `va` into the decoded words of the physical page at `ptr`, which has some. */
export function placeBreaks(cpu: usize, va: u64, ptr: usize): void {
  let slot = findWatch(cpu, GUEST_WATCHES, WATCH_BREAK, va, 0x1000);
  while (slot != NO_WATCH) {
    const offset = <usize>(firstWatched(cpu, slot) & 0xfff);
    if (!(offset & ((1 << INSN_ALIGN_LOG2) - 1))) placeBreak(ptr, offset);
    slot = findWatch(cpu, slot + 1, WATCH_BREAK, va, 0x1000);
  }
}

/** Sets a debugger's watch `index` of a vCPU; kinds 0: it watches nothing. debugWatchesChanged() must follow. */
export function setDebugWatch(cpu: u32, index: u32, kinds: u32, first: u64, last: u64): void {
  if (index < DEBUG_WATCHES) setWatch(changetype<usize>(cpuAt(cpu)), GUEST_WATCHES + index, kinds, first, last);
}

/** `forGood`: a breakpoint that there was is no more. */
export function debugWatchesChanged(cpu: u32, forGood: bool): void {
  dropBreaks(forGood);
  refreshSlow(changetype<usize>(cpuAt(cpu)));
}
