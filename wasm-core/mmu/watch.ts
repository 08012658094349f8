// Ranges of virtual addresses at which a vCPU must be looked at before it fetches, loads or stores: debug triggers of the
// guest, and a debugger's own. What a hit means is their owner's business. A page that a range touches never hits the TLB
// inline (TAG_SLOW), so all other pages cost nothing.
//
// The table is derived state: its owners make it anew from what they hold. It lies between a vCPU's registers and its TLB.
import { DEBUG_RECORD } from "../../src/spec/abi";

// Kinds of access; a range may have several.
export { WATCH_BREAK, WATCH_FETCH, WATCH_LOAD, WATCH_STORE } from "../../src/spec/abi";

/** Offset of the table in a vCPU's area: all kinds that are watched (u32), slots up to the last in use (u32), slots. */
export const WATCHES: usize = 0x7000;
const USED: usize = WATCHES + 4;
const SLOTS: usize = WATCHES + 0x10;
/** A slot: first and last address (u64 each), kinds (u32; 0: free). */
const SLOT_BYTES: usize = 24;
const FIRST: usize = SLOTS;
const LAST: usize = SLOTS + 8;
const KINDS: usize = SLOTS + 16;

/** Slots below this number are the target's, for what the guest itself watches; the others are a debugger's. */
export const GUEST_WATCHES: u32 = 16;
export const WATCH_COUNT: u32 = 128;
const WATCHES_END: usize = SLOTS + <usize>WATCH_COUNT * SLOT_BYTES;
if (WATCHES_END > DEBUG_RECORD) ERROR("The watched addresses run into the debug record");

/** Answer of findWatch when no range matches. */
export const NO_WATCH: u32 = WATCH_COUNT;

function slotAt(cpu: usize, slot: u32): usize {
  return cpu + <usize>slot * SLOT_BYTES;
}

/** Watches `first` to `last` (inclusive) for `kinds` of access, or with kinds 0 nothing; then call refreshSlow (tlb.ts). */
export function setWatch(cpu: usize, slot: u32, kinds: u32, first: u64, last: u64): void {
  const entry = slotAt(cpu, slot);
  store<u64>(entry, first, FIRST);
  store<u64>(entry, last, LAST);
  store<u32>(entry, kinds, KINDS);
  let all: u32 = 0;
  let used: u32 = 0;
  for (let i: u32 = 0; i < WATCH_COUNT; i++) {
    const some = load<u32>(slotAt(cpu, i), KINDS);
    all |= some;
    if (some) used = i + 1;
  }
  store<u32>(cpu, all, WATCHES);
  store<u32>(cpu, used, USED);
}

/** Kinds of access that are watched anywhere. */
export function watchedKinds(cpu: usize): u32 {
  return load<u32>(cpu, WATCHES);
}

/** First slot from `slot` on whose range has one of `kinds` and one of the `size` addresses from `va` (they may wrap), or NO_WATCH. */
export function findWatch(cpu: usize, slot: u32, kinds: u32, va: u64, size: u64): u32 {
  const used = load<u32>(cpu, USED);
  for (; slot < used; slot++) {
    const entry = slotAt(cpu, slot);
    if (!(load<u32>(entry, KINDS) & kinds)) continue;
    const first = load<u64>(entry, FIRST);
    if (first - va < size || va - first <= load<u64>(entry, LAST) - first) return slot;
  }
  return NO_WATCH;
}

/** First address of the range of `slot`. */
export function firstWatched(cpu: usize, slot: u32): u64 {
  return load<u64>(slotAt(cpu, slot), FIRST);
}

/** The first of the addresses from `va` on that lies in the range of `slot`, given that one does. */
export function watchedAddress(cpu: usize, slot: u32, va: u64): u64 {
  const entry = slotAt(cpu, slot);
  const first = load<u64>(entry, FIRST);
  return va - first <= load<u64>(entry, LAST) - first ? va : first;
}

/** Whether some access of `kinds` in the page of `va` is watched. */
export function watchesPage(cpu: usize, kinds: u32, va: u64): bool {
  return (watchedKinds(cpu) & kinds) != 0 && findWatch(cpu, 0, kinds, va & ~(<u64>0xfff), 0x1000) != NO_WATCH;
}
