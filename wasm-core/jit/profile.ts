// What the interpreter notes about hot code: how often a place was reached, and where indirect jumps went. Both tables are
// hashed and lossy; what is compiled when has no effect on the guest.
import {
  JIT_COUNTERS,
  JIT_COUNTERS_BYTES,
  JIT_MISSING,
  JIT_MISSING_BYTES,
  JIT_PROFILE,
  JIT_PROFILE_BYTES,
} from "./layout";
import { jit } from "./state";

function counterOf(word: usize): usize {
  return JIT_COUNTERS + ((word >> 2) & (JIT_COUNTERS_BYTES - 2));
}

/** The instruction whose decoded word lies at `word` was reached by a jump: whether it is to be translated now. */
export function isHot(word: usize): bool {
  const counter = counterOf(word);
  const count = <u32>load<u16>(counter) + 1;
  store<u16>(counter, <u16>count);
  if (count < jit.threshold) return false;
  store<u16>(counter, 0);
  return true;
}

/** Has the instruction at `word` found hot when it is reached next. */
export function heat(word: usize): void {
  store<u16>(counterOf(word), <u16>(jit.threshold - 1));
}

// An entry: wasm pointer of the jump (u32), distance of the target from it (i32).
const ENTRY_BYTES: usize = 8;
/** Entries among which those of one jump lie. */
const WAYS: usize = 64;
const SETS: usize = JIT_PROFILE_BYTES / (ENTRY_BYTES * WAYS);

function setOf(jump: usize): usize {
  return JIT_PROFILE + (((jump >> 1) * 0x9e37) & (SETS - 1)) * (ENTRY_BYTES * WAYS);
}

/** The indirect jump at wasm pointer `jump` went `distance` bytes far. */
export function noteJump(jump: usize, distance: i32): void {
  const set = setOf(jump);
  const way = (<u32>distance * 0x9e3779b1) >> 26;
  const entry = set + <usize>way * ENTRY_BYTES;
  store<u32>(entry, <u32>jump);
  store<i32>(entry, distance, 4);
}

/** Places for the distances that were noted of one jump; nextJump walks through them. */
export const JUMP_WAYS: u32 = <u32>WAYS;

/** Whether place `way` holds a distance of the jump at `jump`; then notedDistance is it. */
export function hasNoted(jump: usize, way: u32): bool {
  const entry = setOf(jump) + <usize>way * ENTRY_BYTES;
  if (load<u32>(entry) != <u32>jump) return false;
  notedDistance = load<i32>(entry, 4);
  return true;
}

export let notedDistance: i32 = 0;

function missingBit(word: usize): usize {
  return (word >> 3) & (JIT_MISSING_BYTES * 8 - 1);
}

/** The region that begins at `word` misses the TLB often. */
export function markMissing(word: usize): void {
  const bit = missingBit(word);
  const place = JIT_MISSING + (bit >> 3);
  store<u8>(place, load<u8>(place) | ((<u8>1) << (<u8>(bit & 7))));
}

export function isMissing(word: usize): bool {
  const bit = missingBit(word);
  return ((load<u8>(JIT_MISSING + (bit >> 3)) >> <u8>(bit & 7)) & 1) != 0;
}
