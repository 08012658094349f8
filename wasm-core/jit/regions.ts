// The cache of compiled regions: their records, the places where they can be entered, the pages whose code they hold.
//
// A region is one wasm function. Its record number is also its place in the table. Each entry stands in the decoded words of
// its page as a word with op COMPILED, which the interpreter meets like any other. Whoever drops decoded words drops the
// regions translated from them (mmu/code-cache.ts).
import { JIT_EVICTED, JIT_INVALIDATED, JIT_REGIONS } from "../../src/spec/abi";
import { WORD_BREAK, WORD_COMPILED } from "../generated/parameters";
import { jitRelease } from "../machine/host";
import { JIT_JUMPS, JIT_JUMPS_BYTES, JIT_RECORDS, JIT_RECORDS_BYTES } from "./layout";
import { jit, tally } from "./state";

export const REGION_COUNT: u32 = 8000;
export const MAX_ENTRIES: u32 = 32;
export const MAX_PAGES: u32 = 8;
export const NO_REGION: u32 = 0xffff_ffff;

export const REGION_FREE: u32 = 0;
/** Translated; waits for its module. */
export const REGION_GATHERED: u32 = 1;
/** Dropped while it waited. */
export const REGION_DEAD: u32 = 2;
/** In the hands of the host, which compiles it. */
export const REGION_PENDING: u32 = 3;
export const REGION_LIVE: u32 = 4;

@unmanaged
export class Region {
  state: u32;
  entryCount: u32;
  pageCount: u32;
  /** 1: since it was last passed over by the search for a victim, it has been entered other than by a remembered jump. */
  used: u32;
  /** Exits because an access missed the TLB, counted since `missedFrom` steps had run in compiled code. */
  misses: u32;
  /** How memory is accessed: FORM_* of translate.ts. */
  form: u32;
  instructions: u32;
  wasmBytes: u32;
  missedFrom: u64;
}

/** An entry: one every 16 bytes, MAX_ENTRIES a region. */
@unmanaged
export class Entry {
  /** Place in the decoded words of its page. */
  word: usize;
  /** Address of the entry less that of the region's first page. */
  delta: i32;
  /** Steps that the budget must cover. */
  minSteps: u32;
  reserved: u32;
}

/** Bytes of a record: the structure, then wasm pointers of pages (u32 each), then links of the pages' lists (u32 each). */
const RECORD_BYTES: usize = 128;
const PAGES: usize = 48;
const LINKS: usize = PAGES + 4 * <usize>MAX_PAGES;
const ENTRIES_BASE: usize = JIT_RECORDS + <usize>REGION_COUNT * RECORD_BYTES;
const ENTRY_BYTES: usize = 16;
if (offsetof<Region>() > PAGES) ERROR("Region outgrew its record");
if (LINKS + 4 * <usize>MAX_PAGES > RECORD_BYTES) ERROR("The links outgrew the record");
if (offsetof<Entry>() > ENTRY_BYTES) ERROR("Entry outgrew its place");
if (ENTRIES_BASE + <usize>(REGION_COUNT * MAX_ENTRIES) * ENTRY_BYTES > JIT_RECORDS + JIT_RECORDS_BYTES) {
  ERROR("Regions and entries outgrew JIT_RECORDS");
}

export function regionAt(index: u32): Region {
  return changetype<Region>(JIT_RECORDS + <usize>index * RECORD_BYTES);
}

/** `number`: region * MAX_ENTRIES + entry, as it stands in the word's upper half. */
export function entryAt(number: u32): Entry {
  return changetype<Entry>(ENTRIES_BASE + <usize>number * ENTRY_BYTES);
}

/** The word that stands where entry `number` begins. */
export function entryWord(number: u32): u64 {
  return WORD_COMPILED | ((<u64>number) << 32);
}

/** Whether a region begins at the instruction whose decoded word this is. */
export function isEntryWord(word: u64): bool {
  return (word & 0x3ff) == WORD_COMPILED;
}

function pageOf(index: u32, k: u32): usize {
  return JIT_RECORDS + <usize>index * RECORD_BYTES + PAGES + 4 * <usize>k;
}

/** Link `1 + index * MAX_PAGES + k` stands for page k of region index; 0 ends a list. */
function linkPlace(link: u32): usize {
  const index = (link - 1) / MAX_PAGES;
  return JIT_RECORDS + <usize>index * RECORD_BYTES + LINKS + 4 * <usize>((link - 1) % MAX_PAGES);
}

// --- Jumps between regions: entries by the wasm pointer of their code, so that a jump needs neither decoded words nor records ---
// An item: pointer (u32; 0: none), number of the entry (u32), steps that the budget must cover (u32), its delta (i32).

/** Place of the item for the code at `ptr`. */
export function jumpTo(ptr: usize): usize {
  return JIT_JUMPS + ((ptr << 3) & (JIT_JUMPS_BYTES - 16));
}

/** The code at `ptr` is entry `number`. */
export function rememberJump(ptr: usize, number: u32): void {
  const jump = jumpTo(ptr);
  const entry = entryAt(number);
  store<u32>(jump, <u32>ptr);
  store<u32>(jump, number, 4);
  store<u32>(jump, entry.minSteps, 8);
  store<i32>(jump, entry.delta, 12);
}

function forgetJumps(): void {
  memory.fill(JIT_JUMPS, 0, JIT_JUMPS_BYTES);
}

/** A free record, if need be that of a region which was not entered lately; NO_REGION if all are busy. */
export function takeRegion(): u32 {
  for (let tries: u32 = 0; tries < 2 * REGION_COUNT; tries++) {
    const index = jit.nextRegion;
    jit.nextRegion = (index + 1) % REGION_COUNT;
    const region = regionAt(index);
    if (region.state == REGION_LIVE) {
      if (region.used) {
        region.used = 0;
        continue;
      }
      dropRegion(index);
      tally(JIT_EVICTED, 1);
    }
    if (region.state == REGION_FREE) {
      memory.fill(changetype<usize>(region), 0, RECORD_BYTES);
      return index;
    }
  }
  return NO_REGION;
}

/** Region `index` holds code of the page whose list begins at `head` (a place in its slot of decoded words). */
export function addPage(index: u32, head: usize): bool {
  const region = regionAt(index);
  for (let k: u32 = 0; k < region.pageCount; k++) {
    if (load<u32>(pageOf(index, k)) == <u32>head) return true;
  }
  if (region.pageCount == MAX_PAGES) return false;
  const k = region.pageCount++;
  store<u32>(pageOf(index, k), <u32>head);
  const link = 1 + index * MAX_PAGES + k;
  store<u32>(linkPlace(link), load<u32>(head));
  store<u32>(head, link);
  return true;
}

/** Drops all regions of the list that begins at `head`; answers whether there were any. */
export function dropRegionsOf(head: usize): bool {
  if (!load<u32>(head)) return false;
  while (true) {
    const link = load<u32>(head);
    if (!link) return true;
    dropRegion((link - 1) / MAX_PAGES);
    tally(JIT_INVALIDATED, 1);
  }
}

/** Nobody enters the region any more; the host forgets its function. */
export function dropRegion(index: u32): void {
  const region = regionAt(index);
  for (let k: u32 = 0; k < region.pageCount; k++) unlink(index, k);
  region.pageCount = 0;
  jit.drops++;
  if (region.state == REGION_GATHERED) region.state = REGION_DEAD;
  if (region.state < REGION_PENDING) return;
  if (region.state == REGION_LIVE) removeEntries(index);
  region.state = REGION_FREE;
  jitRelease(jit.firstSlot + index, 1);
}

function removeEntries(index: u32): void {
  forgetJumps();
  const region = regionAt(index);
  tally(JIT_REGIONS, -1);
  for (let k: u32 = 0; k < region.entryCount; k++) {
    const number = index * MAX_ENTRIES + k;
    const word = entryAt(number).word;
    // 0: to be decoded again.
    if (word && load<u64>(word) == entryWord(number)) store<u64>(word, 0);
  }
}

/** The module of region `index` is about to be written; false if it was dropped before. */
export function regionHandedOver(index: u32): bool {
  const region = regionAt(index);
  if (region.state == REGION_DEAD) region.state = REGION_FREE;
  if (region.state == REGION_GATHERED) region.state = REGION_PENDING;
  return region.state == REGION_PENDING;
}

function unlink(index: u32, k: u32): void {
  const own = 1 + index * MAX_PAGES + k;
  let place: usize = load<u32>(pageOf(index, k));
  while (true) {
    const link = load<u32>(place);
    if (!link) return;
    if (link == own) {
      store<u32>(place, load<u32>(linkPlace(own)));
      return;
    }
    place = linkPlace(link);
  }
}

/** The host has linked region `index`: it can be entered, if its code still stands. */
export function regionLinked(index: u32): void {
  const region = regionAt(index);
  if (region.state != REGION_PENDING) return;
  region.state = REGION_LIVE;
  tally(JIT_REGIONS, 1);
  let stands = false;
  for (let k: u32 = 0; k < region.entryCount; k++) {
    const number = index * MAX_ENTRIES + k;
    const word = entryAt(number).word;
    if (!word) continue;
    const there = load<u64>(word);
    // An instruction with a debugger's breakpoint is no region's, and what others begin with stays theirs.
    if (there == WORD_BREAK || isEntryWord(there)) continue;
    store<u64>(word, entryWord(number));
    stands = true;
  }
  if (stands) return;
  dropRegion(index);
  tally(JIT_EVICTED, 1);
}

/** The host could not compile region `index`. */
export function regionFailed(index: u32): void {
  const region = regionAt(index);
  if (region.state == REGION_PENDING) dropRegion(index);
}
