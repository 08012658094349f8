// From pc to decoded words: entering pages, jumps, instructions that cannot be cached, and what follows an instruction that
// did not simply end. A pointer `ip` to the word under way stands for pc while the inner loop runs (pcAt).
import { FETCH_FAULT, PAGE_END, STRADDLE, decode } from "../../generated/instructions";
import { debugPending, noteBreakpoint } from "../../machine/debug-record";
import { hasBreak, placeBreaks } from "../../mmu/breakpoints";
import { SLOT_CODE_BYTES, codeOf, placeBreak } from "../../mmu/code-cache";
import { CAUSE_ILLEGAL } from "./causes";
import { Hart, LEAVE, TRAP, currentInsn, imm, insnLength, raiseException } from "./hart";
import { hastenFetches } from "../../mmu/tlb";
import { WATCH_BREAK, WATCH_FETCH, watchedKinds, watchesPage } from "../../mmu/watch";
import { WORD_BREAK } from "./parameters";
import { fetchHits, fetchMapped, fetchPointer } from "./memory";
import { countJump } from "./compiled";
import { noteJump } from "../../jit/profile";
import { takeException } from "./trap";
import { fires, stopsFetch } from "./triggers";

/** Address of the instruction whose word lies at `ip`. */
export function pcAt(hart: Hart, ip: usize): u64 {
  return hart.codeVa + <u64>((ip - hart.codeBase) >> 2);
}

/** Target of a taken branch or jal at `ip`. */
export function branchTo(hart: Hart, ip: usize, w: u64): usize {
  const next = ip + ((<usize>imm(w)) << 2);
  if (next - hart.codeBase < hart.codeSpan) {
    if (<i64>w < 0) countJump(hart, next);
    return next;
  }
  return enterPage(hart, pcAt(hart, ip) + imm(w));
}

/** As branchTo, for jal: functions begin at its targets. */
export function callTo(hart: Hart, ip: usize, w: u64): usize {
  const pc = pcAt(hart, ip) + imm(w);
  const next = pc - hart.codeVa < hart.codeBytes ? hart.codeBase + ((<usize>(pc & 0xfff)) << 2) : enterPage(hart, pc);
  countJump(hart, next);
  return next;
}

/** `target` of the jalr at `ip`. */
export function jumpTo(hart: Hart, ip: usize, target: u64): usize {
  if (hart.codeSpan) noteJump(hart.codePage + ((ip - hart.codeBase) >> 2), <i32>(target - pcAt(hart, ip)));
  const next =
    target - hart.codeVa < hart.codeBytes ? hart.codeBase + ((<usize>(target & 0xfff)) << 2) : enterPage(hart, target);
  countJump(hart, next);
  return next;
}

/** Word for the instruction at `pc`, in its page's decoded words or alone; a fetch that faults gives the word FETCH_FAULT. */
export function enterPage(hart: Hart, pc: u64): usize {
  const ptr = fetchPointer(hart, pc);
  if (!ptr) return single(hart, pc, FETCH_FAULT, 0);
  const page = ptr & ~(<usize>0xfff);
  const code = fetchHits(hart, pc) ? codeOf(page) : codeWithBreaks(hart, pc, page);
  if (!code) return fetchAlone(hart, pc, ptr);
  hart.codeVa = pc & ~(<u64>0xfff);
  hart.codeBytes = 0x1000;
  hart.codeBase = code;
  hart.codeSpan = SLOT_CODE_BYTES;
  hart.codePage = page;
  return code + ((<usize>(pc & 0xfff)) << 2);
}

/** Decoded words of a page that a debugger's breakpoints, and nothing else, keep from hitting the TLB; else 0. */
function codeWithBreaks(hart: Hart, pc: u64, page: usize): usize {
  const cpu = changetype<usize>(hart);
  if (!(watchedKinds(cpu) & WATCH_BREAK) || !fetchMapped(hart, pc) || watchesPage(cpu, WATCH_FETCH, pc)) return 0;
  const code = codeOf(page);
  if (code) {
    placeBreaks(cpu, pc & ~(<u64>0xfff), page);
    hastenFetches(cpu, pc);
  }
  return code;
}

/** The word BREAK at `ip`: 0 if the hart stops there, else where the instruction that it stands for waits. */
export function breakAt(hart: Hart, ip: usize): usize {
  const pc = pcAt(hart, ip);
  const cpu = changetype<usize>(hart);
  if (hasBreak(cpu, pc) && noteBreakpoint(cpu, pc)) {
    hart.pc = pc;
    return 0;
  }
  const ptr = fetchPointer(hart, pc);
  return ptr ? fetchPast(hart, pc, ptr) : single(hart, pc, FETCH_FAULT, 0);
}

/** As fetchPast, but for a breakpoint. */
function fetchAlone(hart: Hart, pc: u64, ptr: usize): usize {
  return hasBreak(changetype<usize>(hart), pc) ? single(hart, pc, WORD_BREAK, 0) : fetchPast(hart, pc, ptr);
}

/** Fetches and decodes the instruction at `pc`, whose first half lies at `ptr`, for this one execution. */
function fetchPast(hart: Hart, pc: u64, ptr: usize): usize {
  let insn = <u32>load<u16>(ptr);
  if ((insn & 3) == 3) {
    const high = fetchPointer(hart, pc + 2);
    if (!high) return single(hart, pc, FETCH_FAULT, 0);
    insn |= (<u32>load<u16>(high)) << 16;
  }
  return single(hart, pc, stopsFetch(hart, pc, lengthOf(insn)) ? FETCH_FAULT : decode(insn), insn);
}

/** Bytes of an instruction, by its first half. */
function lengthOf(insn: u32): u64 {
  return (insn & 3) == 3 ? 4 : 2;
}

/** Puts a word where no page's words are; whatever follows it looks its page up anew. */
function single(hart: Hart, pc: u64, w: u64, insn: u32): usize {
  const ip = changetype<usize>(hart) + offsetof<Hart>("single0");
  hart.single0 = w;
  hart.single1 = PAGE_END;
  hart.single2 = PAGE_END;
  hart.singleInsn = insn;
  hart.codeVa = pc & ~(<u64>0xfff);
  hart.codeBytes = 0;
  hart.codeBase = ip - ((<usize>(pc & 0xfff)) << 2);
  hart.codeSpan = 0;
  return ip;
}

/** Decodes the instruction at `ip`, which lies in its page's words. */
export function decodeAt(hart: Hart, ip: usize): void {
  const offset = (ip - hart.codeBase) >> 2;
  const ptr = hart.codePage + offset;
  const low = <u32>load<u16>(ptr);
  // The words of this page are new, and have not been entered by way of codeWithBreaks yet.
  if (hasBreak(changetype<usize>(hart), hart.codeVa + <u64>offset)) return placeBreak(hart.codePage, offset);
  if ((low & 3) != 3) store<u64>(ip, decode(low));
  else if (offset == 0xffe) store<u64>(ip, STRADDLE);
  else store<u64>(ip, decode(low | ((<u32>load<u16>(ptr + 2)) << 16)));
}

/** The last two bytes of a page begin an instruction of four: both halves are translated at each execution. */
export function straddle(hart: Hart, ip: usize): usize {
  const pc = pcAt(hart, ip);
  const ptr = fetchPointer(hart, pc);
  return ptr ? fetchAlone(hart, pc, ptr) : single(hart, pc, FETCH_FAULT, 0);
}

/** The fetch at `ip` faults or fires a trigger: repeats it, so that the exception is recorded now, whatever happened since. */
export function fetchFault(hart: Hart): u32 {
  const pc = pcAt(hart, hart.ip);
  // A trigger comes before the faults (privileged specification, Synchronous exception priority), but for one that asks for
  // an instruction of a certain size.
  if (fires(hart, WATCH_FETCH, pc, 1, 0)) return TRAP;
  const ptr = fetchPointer(hart, pc);
  if (!ptr) return TRAP;
  const length = lengthOf(load<u16>(ptr));
  if (length == 4 && !fetchPointer(hart, pc + 2)) return TRAP;
  fires(hart, WATCH_FETCH, pc, 1, length);
  return TRAP;
}

export function illegal(hart: Hart): u32 {
  return raiseException(hart, CAUSE_ILLEGAL, currentInsn(hart));
}

/**
 * What follows an instruction that did not end with DONE. Answers true when the inner loop must return (hart.pc and hart.left
 * are set), else hart.ip is where to go on.
 */
export function after(hart: Hart, w: u64, status: u32, left: u64): bool {
  if (status == TRAP) {
    takeException(hart, pcAt(hart, hart.ip));
    if (debugPending(changetype<usize>(hart))) {
      hart.left = left - 1;
      return true;
    }
    hart.ip = enterPage(hart, hart.pc);
    countJump(hart, hart.ip);
    return false;
  }
  if (status == LEAVE) hart.pc = pcAt(hart, hart.ip) + insnLength(w);
  hart.left = left - 1;
  return true;
}
