// The one software TLB of a vCPU: direct-mapped, one part per kind of access, shared by interpreter and compiled code.
//
// An entry is {tag: u64, host: u32, info: u32}. The tag is the virtual page address with, in its low 12 bits, VALID, the
// target's translation context (privilege, address space, ...) and SLOW, which keeps the inline comparison from hitting where
// more than a plain access is needed (device, page that holds decoded code, watched page or addresses). For RAM and ROM `host`
// + low half of va = wasm pointer; for devices `host` is the physical page number.
import { DEBUG_RECORD, DEBUG_RECORD_BYTES, PAGE_SHIFT } from "../../src/spec/abi";
import { cpuAt } from "../machine/cpu";
import { machine } from "../machine/machine";
import { pageNote } from "../machine/ram";
import { mix } from "../machine/state-hash";
import { WATCH_BREAK, WATCH_FETCH, WATCH_LOAD, WATCH_STORE, watchedKinds, watchesPage } from "./watch";

export const TLB_ENTRIES: usize = 512;
export const TLB_ENTRY_BYTES: usize = 16;
export const TLB_PART_BYTES: usize = TLB_ENTRIES * TLB_ENTRY_BYTES;
/** Offsets of the three parts in a vCPU's area. */
export const TLB_FETCH: usize = 0x8000;
export const TLB_LOAD: usize = TLB_FETCH + TLB_PART_BYTES;
export const TLB_STORE: usize = TLB_LOAD + TLB_PART_BYTES;
export const TLB_END: usize = TLB_STORE + TLB_PART_BYTES;
if (<usize>(DEBUG_RECORD + DEBUG_RECORD_BYTES) > TLB_FETCH) ERROR("The debug record runs into the TLB");

/** Tag bits below the page address; the target's context uses bits 0 to 7. */
export const TAG_CONTEXT: u64 = 0xff;
export const TAG_SLOW: u64 = 1 << 8;
export const TAG_VALID: u64 = 1 << 11;
/**
 * Behind the TLB: first and last address (u64 each) of a range that holds all mappings larger than a page, of which an entry
 * is only a part. It may be too large: it saves time, and is no part of the state.
 */
const LARGE_FIRST: usize = TLB_END;
const LARGE_LAST: usize = TLB_END + 8;

export const PAGE_MASK: u64 = ~(<u64>0xfff);

/** info: log2 of the mapping's size in bits 0 to 7, and this bit for devices. */
export const INFO_DEVICE: u32 = 1 << 8;

/** Entry of part `part` (TLB_FETCH, TLB_LOAD, TLB_STORE) in which the page of `va` would lie. */
export function tlbEntry(cpu: usize, part: usize, va: u64): usize {
  return cpu + part + ((<usize>(va >> PAGE_SHIFT) & (TLB_ENTRIES - 1)) << 4);
}

/** wasm pointer for an access of `size` bytes that hits a plain page and does not leave it, else 0. */
export function tlbPointer(cpu: usize, part: usize, va: u64, size: u64, context: u64): usize {
  const entry = cpu + ((<usize>(va >> PAGE_SHIFT) & (TLB_ENTRIES - 1)) << 4);
  // A misaligned access that crosses the page has another page in its last byte, which this entry cannot hold.
  if (load<u64>(entry + part) != (((va + (size - 1)) & PAGE_MASK) | context)) return 0;
  return <usize>va + load<u32>(entry + part, 8);
}

/** TAG_SLOW if accesses through this part to the page at `va` and `ptr` (wasm pointer) must be looked at, else 0. */
function slowTag(cpu: usize, part: usize, va: u64, ptr: usize): u64 {
  if (part == TLB_STORE && load<u16>(pageNote(ptr)) != 0) return TAG_SLOW;
  // What reads and writes at once finds its page among the stores.
  const kinds =
    part == TLB_FETCH ? WATCH_FETCH | WATCH_BREAK : part == TLB_LOAD ? WATCH_LOAD : WATCH_LOAD | WATCH_STORE;
  return watchesPage(cpu, kinds, va) ? TAG_SLOW : 0;
}

/** Fills an entry with a page of RAM or ROM; `ptr` is the wasm pointer of the page. */
export function fillMemory(cpu: usize, part: usize, va: u64, context: u64, ptr: usize, sizeLog2: u32): void {
  const entry = tlbEntry(cpu, part, va);
  const page = va & PAGE_MASK;
  store<u64>(entry, page | context | slowTag(cpu, part, va, ptr));
  store<u32>(entry, <u32>ptr - <u32>page, 8);
  store<u32>(entry, sizeLog2, 12);
  noteSize(cpu, va, sizeLog2);
}

/** Fills an entry with a page of devices; it never hits inline. */
export function fillDevice(cpu: usize, part: usize, va: u64, context: u64, pa: u64, sizeLog2: u32): void {
  const entry = tlbEntry(cpu, part, va);
  store<u64>(entry, (va & PAGE_MASK) | context | TAG_SLOW);
  store<u32>(entry, <u32>(pa >> PAGE_SHIFT), 8);
  store<u32>(entry, sizeLog2 | INFO_DEVICE, 12);
  noteSize(cpu, va, sizeLog2);
}

function noteSize(cpu: usize, va: u64, sizeLog2: u32): void {
  if (sizeLog2 <= PAGE_SHIFT) return;
  const size = (<u64>1) << sizeLog2;
  const first = va & ~(size - 1);
  const last = first + (size - 1);
  if (first < load<u64>(cpu, LARGE_FIRST)) store<u64>(cpu, first, LARGE_FIRST);
  if (last > load<u64>(cpu, LARGE_LAST)) store<u64>(cpu, last, LARGE_LAST);
}

export function flushAll(cpu: usize): void {
  memory.fill(cpu + TLB_FETCH, 0, TLB_END - TLB_FETCH);
  store<u64>(cpu, u64.MAX_VALUE, LARGE_FIRST);
  store<u64>(cpu, 0, LARGE_LAST);
}

/** Drops every entry whose mapping covers `va`, in all contexts: a large page lies in many entries. */
export function flushAddress(cpu: usize, va: u64): void {
  if (va < load<u64>(cpu, LARGE_FIRST) || va > load<u64>(cpu, LARGE_LAST)) {
    for (let part = TLB_FETCH; part < TLB_END; part += TLB_PART_BYTES) {
      const entry = tlbEntry(cpu, part, va);
      if ((load<u64>(entry) ^ va) >> PAGE_SHIFT == 0) store<u64>(entry, 0);
    }
    return;
  }
  for (let entry = cpu + TLB_FETCH; entry < cpu + TLB_END; entry += TLB_ENTRY_BYTES) {
    if ((load<u64>(entry) ^ va) >> <u64>load<u8>(entry, 12) == 0) store<u64>(entry, 0);
  }
}

/** Drops every entry whose context has the value `context` in the bits `mask`. */
export function flushContext(cpu: usize, mask: u64, context: u64): void {
  for (let entry = cpu + TLB_FETCH; entry < cpu + TLB_END; entry += TLB_ENTRY_BYTES) {
    if ((load<u64>(entry) & mask) == context) store<u64>(entry, 0);
  }
}

/** Stores to the page at `ptr` must be looked at from now on: no vCPU may hit it inline. */
export function slowStores(ptr: usize): void {
  for (let i: u32 = 0; i < machine.cpuCount; i++) {
    const cpu = changetype<usize>(cpuAt(i));
    for (let entry = cpu + TLB_STORE; entry < cpu + TLB_END; entry += TLB_ENTRY_BYTES) {
      const tag = load<u64>(entry);
      if (tag & TAG_VALID && !(load<u32>(entry, 12) & INFO_DEVICE)) {
        if (<u32>(tag & PAGE_MASK) + load<u32>(entry, 8) == <u32>ptr) store<u64>(entry, tag | TAG_SLOW);
      }
    }
  }
}

/** Entering the page at `ptr` must be looked at from now on, where it has breakpoints: its decoded words are made anew. */
export function slowFetches(ptr: usize): void {
  for (let i: u32 = 0; i < machine.cpuCount; i++) {
    const cpu = changetype<usize>(cpuAt(i));
    if (!(watchedKinds(cpu) & WATCH_BREAK)) continue;
    for (let entry = cpu + TLB_FETCH; entry < cpu + TLB_LOAD; entry += TLB_ENTRY_BYTES) {
      const tag = load<u64>(entry);
      const va = tag & PAGE_MASK;
      if (tag & TAG_VALID && <u32>va + load<u32>(entry, 8) == <u32>ptr && watchesPage(cpu, WATCH_BREAK, va)) {
        store<u64>(entry, tag | TAG_SLOW);
      }
    }
  }
}

/** The breakpoints of the page of `va`, for which alone its fetches were slow, are in place. */
export function hastenFetches(cpu: usize, va: u64): void {
  const entry = tlbEntry(cpu, TLB_FETCH, va);
  store<u64>(entry, load<u64>(entry) & ~TAG_SLOW);
}

/** Sets and clears TAG_SLOW after a change of the watched addresses (watch.ts); what the TLB maps stays as it is. */
export function refreshSlow(cpu: usize): void {
  for (let part = TLB_FETCH; part < TLB_END; part += TLB_PART_BYTES) {
    for (let entry = cpu + part; entry < cpu + part + TLB_PART_BYTES; entry += TLB_ENTRY_BYTES) {
      const tag = load<u64>(entry);
      if (!(tag & TAG_VALID) || load<u32>(entry, 12) & INFO_DEVICE) continue;
      const va = tag & PAGE_MASK;
      const ptr = <usize>(<u32>va + load<u32>(entry, 8));
      store<u64>(entry, (tag & ~TAG_SLOW) | slowTag(cpu, part, va, ptr));
    }
  }
}

/** Hash of the TLB. SLOW is left out for memory: it depends on what is decoded and watched, not on the guest's state. */
export function hashTlb(cpu: usize, seed: u64): u64 {
  let hash = seed;
  for (let entry = cpu + TLB_FETCH; entry < cpu + TLB_END; entry += TLB_ENTRY_BYTES) {
    const tag = load<u64>(entry);
    if (tag) hash = mix(mix(hash, (tag & ~TAG_SLOW) ^ <u64>(entry - cpu)), load<u64>(entry, 8));
  }
  return hash;
}
