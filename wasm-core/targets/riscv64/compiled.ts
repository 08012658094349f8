// Between interpreter and compiled code: entering regions, what follows when they end, what is translated when.
import {
  JIT_EXITS,
  JIT_EXIT_INDIRECT,
  JIT_EXIT_INTERPRET,
  JIT_EXIT_JUMP,
  JIT_EXIT_LEAVE,
  JIT_EXIT_MISS,
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

/** Misses after which a region is translated again, with calls instead of exits, if it runs fewer steps than this between them. */
const MANY_MISSES: u32 = 100;
const MISS_STEPS: u32 = 2000;
/** Steps after which what a region did before counts half. */
const MEMORY_STEPS: u32 = 0x100_0000;

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
  while (true) {
    if (hart.left < minSteps) return enterPage(hart, pc);
    const index = number / MAX_ENTRIES;
    const region = regionAt(index);
    region.used = 1;
    const base = pc - <u64>(<i64>delta);
    const before = hart.left;
    const code = call_indirect<i32>(jit.firstSlot + index, number % MAX_ENTRIES, <i32>before, base);
    const kind = exitKind(code);
    hart.left -= exitSteps(code);
    const ran = before - hart.left;
    tally(JIT_STEPS, ran);
    region.steps += <u32>ran;
    if (region.steps >= MEMORY_STEPS) {
      region.steps >>= 1;
      region.misses >>= 1;
    }
    tally(JIT_EXITS + (kind << 3), 1);
    pc = kind == JIT_EXIT_INDIRECT ? hart.pc : base + <u64>(<i64>exitDelta(code));
    switch (kind) {
      case JIT_EXIT_JUMP:
      case JIT_EXIT_INDIRECT: {
        // From one region to the next, most often: the interpreter's view of the page is left alone.
        const jump = compiledJump(cpu, pc, hart.fetchContext);
        if (jump && hart.left) {
          number = load<u32>(jump, 4);
          minSteps = load<u32>(jump, 8);
          delta = load<i32>(jump, 12);
          continue;
        }
        ip = enterPage(hart, pc);
        countJump(hart, ip);
        break;
      }
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
        if (!ip || region.form != FORM_LEAVE) return ip;
        if (missesMuch(region)) retranslate(hart, index);
        else countNext(hart, ip);
        return ip;
      default:
        // Budget and what the interpreter executes: no entry may be taken before it has done so.
        ip = goOnAt(hart, pc);
        if (ip && kind == JIT_EXIT_INTERPRET) countNext(hart, ip);
        return ip;
    }
    if (!hart.left) {
      hart.pc = pcAt(hart, ip);
      return 0;
    }
    w = load<u64>(ip);
    if ((<u32>w & 0x3ff) != COMPILED) return ip;
    pc = pcAt(hart, ip);
    number = <u32>(w >> 32);
    minSteps = entryAt(number).minSteps;
    delta = entryAt(number).delta;
  }
}

/** Where it is noted which entry lies at `pc`, if there is one, and its page is in the TLB and has decoded words; else 0. */
function compiledJump(cpu: usize, pc: u64, context: u64): usize {
  const ptr = tlbPointer(cpu, TLB_FETCH, pc, 1, context);
  if (!ptr) return 0;
  const jump = jumpTo(ptr);
  if (load<u32>(jump) == <u32>ptr) return jump;
  const code = decodedCode(ptr & ~(<usize>0xfff));
  if (!code) return 0;
  const w = load<u64>(code + ((<usize>(pc & 0xfff)) << 2));
  if ((<u32>w & 0x3ff) != COMPILED) return 0;
  rememberJump(ptr, <u32>(w >> 32));
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

/** Another miss: whether they are too frequent. */
function missesMuch(region: Region): bool {
  const misses = region.misses + 1;
  region.misses = misses;
  return misses >= MANY_MISSES && region.steps < misses * MISS_STEPS;
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
