// Between interpreter and compiled code: entering regions, what follows when they end, what is translated when.
import {
  JIT_BASE,
  JIT_EXITS,
  JIT_EXIT_INDIRECT,
  JIT_EXIT_INTERPRET,
  JIT_EXIT_JUMP,
  JIT_EXIT_LEAVE,
  JIT_EXIT_MISS,
  JIT_EXIT_NEXT,
  JIT_EXIT_TRAP,
  JIT_STEPS,
} from "../../../src/spec/abi";
import { BREAK, COMPILED, STRADDLE, decode } from "../../generated/instructions";
import { debugPending } from "../../machine/debug-record";
import { exitDelta, exitKind, exitSteps } from "../../jit/exit";
import { heat, isHot, markMissing } from "../../jit/profile";
import { MAX_ENTRIES, Region, dropRegion, entryAt, jumpTo, regionAt, rememberJump } from "../../jit/regions";
import { jit, tally } from "../../jit/state";
import { decodedCode } from "../../mmu/code-cache";
import { TLB_FETCH, tlbPointer } from "../../mmu/tlb";
import { makeRegion } from "../../jit/compile";
import { enterPage, pcAt } from "./fetch";
import { Hart } from "./hart";
import { takeException } from "./trap";
import { FORM_LEAVE } from "./translate/memory";

/** Misses after which a region is translated again, with calls instead of exits, if fewer steps ran in compiled code between them. */
const MANY_MISSES: u32 = 100;
const MISS_STEPS: u64 = 100_000;

/**
 * Runs compiled code from the word `w` at `ip`, which is an entry's, until the interpreter must go on: answers the place of the
 * word where (wordBehind is the instruction), or 0 when the inner loop must return. hart.left is exact.
 */
export function enterCompiled(hart: Hart, ip: usize, w: u64): usize {
  const cpu = changetype<usize>(hart);
  let pc = pcAt(hart, ip);
  let number = <u32>(w >> 32);
  let minSteps = entryAt(number).minSteps;
  let delta = entryAt(number).delta;
  regionAt(number / MAX_ENTRIES).used = 1;
  let left = hart.left;
  let from = left;
  while (true) {
    if (left < minSteps) {
      tally(JIT_STEPS, from - left);
      return enterPage(hart, pc);
    }
    const base = pc - <u64>(<i64>delta);
    const code = call_indirect<i32>(jit.firstSlot + number / MAX_ENTRIES, number % MAX_ENTRIES, <i32>left, base);
    const kind = exitKind(code);
    left = hart.left - exitSteps(code);
    tally(JIT_EXITS + (kind << 3), 1);
    pc = kind == JIT_EXIT_INDIRECT ? hart.pc : base + <u64>(<i64>exitDelta(code));
    if (kind <= JIT_EXIT_NEXT) {
      if (left) {
        // From one region to the next, most often: the interpreter's view of the page is left alone.
        const jump = compiledJump(cpu, pc, hart.fetchContext);
        if (jump) {
          number = load<u32>(jump, 4);
          minSteps = load<u32>(jump, 8);
          delta = load<i32>(jump, 12);
          continue;
        }
      } else if (kind == JIT_EXIT_NEXT) {
        // What comes without a jump is fetched only if the budget reaches it.
        break;
      }
    }
    tally(JIT_STEPS, from - left);
    hart.left = left;
    switch (kind) {
      case JIT_EXIT_JUMP:
      case JIT_EXIT_INDIRECT:
      case JIT_EXIT_NEXT:
        ip = enterPage(hart, pc);
        countJump(hart, ip);
        break;
      case JIT_EXIT_TRAP:
        takeException(hart, pc);
        hart.left--;
        if (debugPending(cpu)) return 0;
        ip = enterPage(hart, hart.pc);
        countJump(hart, ip);
        break;
      case JIT_EXIT_LEAVE:
        hart.pc = pc;
        hart.left--;
        return 0;
      case JIT_EXIT_MISS:
        ip = goOnAt(hart, pc);
        if (ip) afterMiss(hart, ip, number / MAX_ENTRIES);
        return ip;
      default:
        // Budget and what the interpreter executes: no entry may be taken before it has done so.
        ip = goOnAt(hart, pc);
        if (ip && kind == JIT_EXIT_INTERPRET) countNext(hart, ip);
        return ip;
    }
    left = hart.left;
    from = left;
    if (!left) {
      hart.pc = pcAt(hart, ip);
      return 0;
    }
    w = load<u64>(ip);
    if ((<u32>w & 0x3ff) != COMPILED) return ip;
    pc = pcAt(hart, ip);
    number = <u32>(w >> 32);
    minSteps = entryAt(number).minSteps;
    delta = entryAt(number).delta;
    regionAt(number / MAX_ENTRIES).used = 1;
  }
  tally(JIT_STEPS, from - left);
  hart.left = left;
  hart.pc = pc;
  return 0;
}

/** Where it is noted which entry lies at `pc`, if there is one, and its page is in the TLB and has decoded words; else 0. */
function compiledJump(cpu: usize, pc: u64, context: u64): usize {
  const ptr = tlbPointer(cpu, TLB_FETCH, pc, 1, context);
  if (!ptr) return 0;
  const jump = jumpTo(ptr);
  return load<u32>(jump) == <u32>ptr ? jump : findJump(pc, ptr, jump);
}

/** Notes the entry that lies at `pc` (wasm pointer `ptr`) at `jump`, if there is one; else 0. */
function findJump(pc: u64, ptr: usize, jump: usize): usize {
  const code = decodedCode(ptr & ~(<usize>0xfff));
  if (!code) return 0;
  const w = load<u64>(code + ((<usize>(pc & 0xfff)) << 2));
  if ((<u32>w & 0x3ff) != COMPILED) return 0;
  const number = <u32>(w >> 32);
  regionAt(number / MAX_ENTRIES).used = 1;
  rememberJump(ptr, number);
  return jump;
}

/** The next instruction is at `pc`; it is fetched only if the budget reaches it. */
function goOnAt(hart: Hart, pc: u64): usize {
  if (hart.left) return enterPage(hart, pc);
  hart.pc = pc;
  return 0;
}

/** Behind the instruction at `ip`, which the interpreter executes each time, another region may begin. */
function countNext(hart: Hart, ip: usize): void {
  const offset = (ip - hart.codeBase) >> 2;
  const next = offset + ((load<u16>(hart.codePage + offset) & 3) == 3 ? 4 : 2);
  if (hart.codeSpan && next < 0x1000) countJump(hart, hart.codeBase + (next << 2));
}

/** Region `index` was left at `ip` because of a miss. */
function afterMiss(hart: Hart, ip: usize, index: u32): void {
  const region = regionAt(index);
  if (region.form != FORM_LEAVE) return;
  if (!missesMuch(region)) return countNext(hart, ip);
  retranslate(hart, index);
}

/** Another miss: whether they are too frequent. */
function missesMuch(region: Region): bool {
  const steps = load<u64>(<usize>JIT_BASE + JIT_STEPS);
  if (!region.misses++) region.missedFrom = steps;
  if (region.misses < MANY_MISSES) return false;
  if (steps - region.missedFrom < <u64>region.misses * MISS_STEPS) return true;
  region.misses = 0;
  return false;
}

/** The region's accesses miss the TLB too often for leaving it each time. */
function retranslate(hart: Hart, index: u32): void {
  const word = entryAt(index * MAX_ENTRIES).word;
  dropRegion(index);
  markMissing(word);
  heat(word);
}

/** The word of the instruction at `ip`, behind that of an entry if there is one. */
export function wordBehind(hart: Hart, ip: usize): u64 {
  const w = load<u64>(ip);
  if ((<u32>w & 0x3ff) != COMPILED) return w;
  const offset = (ip - hart.codeBase) >> 2;
  const ptr = hart.codePage + offset;
  const low = <u32>load<u16>(ptr);
  if ((low & 3) != 3) return decode(low);
  return offset == 0xffe ? <u64>STRADDLE : decode(low | ((<u32>load<u16>(ptr + 2)) << 16));
}

/** A jump led to the instruction at `ip`, whose page has been entered: when that has happened often, it is translated. */
export function countJump(hart: Hart, ip: usize): void {
  if (hart.codeSpan == 0 || !isHot(ip)) return;
  const op = <u32>load<u64>(ip) & 0x3ff;
  if (op == COMPILED || op == BREAK) return;
  makeRegion(pcAt(hart, ip), ip);
}
