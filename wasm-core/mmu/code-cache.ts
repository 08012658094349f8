// Decoded instructions by physical page, kept coherent with RAM whoever writes it.
//
// A page's note (machine/ram.ts) is 0, or 1 + the number of the pool slot that holds its decoded instructions, or NOTE_WATCH.
// A slot has one u64 per INSN_ALIGN bytes of the page (0: not decoded yet), then an entry that says "end of page".
import { CODE_POOL_BASE, CODE_POOL_BYTES } from "../../src/spec/abi";
import { INSN_ALIGN_LOG2, MAX_INSN_BYTES, WORD_BREAK, WORD_PAGE_END } from "../generated/parameters";
import { dropRegionsOf } from "../jit/regions";
import { pageNote } from "../machine/ram";
import { slowFetches, slowStores } from "./tlb";

/** Note of a page whose stores a device watches (HTIF): never decoded. */
export const NOTE_WATCH: u16 = 0xffff;

/** Bytes of decoded words for one page. */
export const SLOT_CODE_BYTES: usize = (<usize>(4096 >> INSN_ALIGN_LOG2)) << 3;
/**
 * Behind the words: the end-of-page word, the wasm pointer of the page (u32), the count of stores into it (u32), the list of
 * compiled regions with code from it (u32), how often a store dropped them (u32), a bit per INSN_ALIGN bytes that they hold.
 */
const SLOT_BYTES: usize = SLOT_CODE_BYTES + 0x240;
const SLOT_OWNER: usize = SLOT_CODE_BYTES + 8;
const SLOT_HITS: usize = SLOT_CODE_BYTES + 12;
const SLOT_REGIONS: usize = SLOT_CODE_BYTES + 16;
const SLOT_DROPS: usize = SLOT_CODE_BYTES + 20;
/** u32: 1 when a word of the slot may be a breakpoint. */
const SLOT_BREAKS: usize = SLOT_CODE_BYTES + 32;
const SLOT_HELD: usize = SLOT_CODE_BYTES + 0x40;
const HELD_BYTES: usize = <usize>(4096 >> INSN_ALIGN_LOG2) >> 3;
if (SLOT_HELD + HELD_BYTES > SLOT_BYTES) ERROR("The bits of compiled code outgrew a slot");
/** Code that is rewritten so often is not compiled again. */
const MAX_DROPS: u32 = 8;
const SLOT_COUNT: u32 = <u32>((<usize>CODE_POOL_BYTES - 0x100) / SLOT_BYTES);
const SLOTS: usize = CODE_POOL_BASE + 0x100;
/** A page that was written so often is data: its decoded words are dropped. */
const MAX_HITS: u32 = 256;

/** State of the pool, at its start: slots in use so far, and next victim. */
const USED: usize = CODE_POOL_BASE;
const NEXT_VICTIM: usize = CODE_POOL_BASE + 4;

function slotOf(note: u16): usize {
  return SLOTS + (<usize>note - 1) * SLOT_BYTES;
}

/** Decoded words of the page at `ptr` (page-aligned wasm pointer), or 0 if that page may not be decoded. */
export function codeOf(ptr: usize): usize {
  const note = load<u16>(pageNote(ptr));
  if (note == NOTE_WATCH) return 0;
  return note ? slotOf(note) : addPage(ptr);
}

/** Place of the decoded word for the code at `ptr`, or 0 if its page is not decoded. For inspection: changes nothing. */
export function decodedPlace(ptr: usize): usize {
  const note = load<u16>(pageNote(ptr & ~(<usize>0xfff)));
  if (note == 0 || note == NOTE_WATCH) return 0;
  return slotOf(note) + (((ptr & 0xfff) >> INSN_ALIGN_LOG2) << 3);
}

/** wasm pointer of the code whose decoded word lies at `word`. */
export function codeAt(word: usize): usize {
  const slot = word - ((word - SLOTS) % SLOT_BYTES);
  return <usize>load<u32>(slot + SLOT_OWNER) + (((word - slot) >> 3) << INSN_ALIGN_LOG2);
}

/** As codeOf, but 0 if the page is not decoded yet. */
export function decodedCode(ptr: usize): usize {
  const note = load<u16>(pageNote(ptr));
  return note == 0 || note == NOTE_WATCH ? 0 : slotOf(note);
}

function addPage(ptr: usize): usize {
  let index = load<u32>(USED);
  if (index < SLOT_COUNT) {
    store<u32>(USED, index + 1);
  } else {
    // One at a time, in turn: never the whole cache at once.
    index = load<u32>(NEXT_VICTIM);
    store<u32>(NEXT_VICTIM, (index + 1) % SLOT_COUNT);
    const owner = load<u32>(SLOTS + <usize>index * SLOT_BYTES + SLOT_OWNER);
    if (owner) dropPage(owner);
  }
  const slot = SLOTS + <usize>index * SLOT_BYTES;
  memory.fill(slot, 0, SLOT_CODE_BYTES);
  store<u64>(slot + SLOT_CODE_BYTES, WORD_PAGE_END);
  store<u32>(slot + SLOT_OWNER, <u32>ptr);
  store<u32>(slot + SLOT_HITS, 0);
  store<u32>(slot + SLOT_BREAKS, 0);
  store<u32>(slot + SLOT_REGIONS, 0);
  store<u32>(slot + SLOT_DROPS, 0);
  memory.fill(slot + SLOT_HELD, 0, HELD_BYTES);
  store<u16>(pageNote(ptr), <u16>(index + 1));
  slowStores(ptr);
  slowFetches(ptr);
  return slot;
}

function dropPage(ptr: usize): void {
  const note = pageNote(ptr);
  if (load<u16>(note) == 0 || load<u16>(note) == NOTE_WATCH) return;
  const slot = slotOf(load<u16>(note));
  dropRegionsOf(slot + SLOT_REGIONS);
  // A CPU may be executing these very words: from the next one on it looks its page up again.
  for (let word = slot; word < slot + SLOT_CODE_BYTES; word += 8) store<u64>(word, WORD_PAGE_END);
  store<u32>(slot + SLOT_OWNER, 0);
  store<u16>(note, 0);
}

/** Somebody other than a CPU's store wrote into the page at `ptr`, which has a note. */
export function writtenPage(ptr: usize): void {
  dropPage(ptr);
}

/** A CPU wrote `size` bytes at `ptr`, inside one page that has a note: forget what was decoded from them. */
export function writtenCode(ptr: usize, size: usize): void {
  const page = ptr & ~(<usize>0xfff);
  const note = load<u16>(pageNote(page));
  if (note == 0 || note == NOTE_WATCH) return;
  const slot = slotOf(note);
  const hits = load<u32>(slot + SLOT_HITS) + 1;
  store<u32>(slot + SLOT_HITS, hits);
  // Data may lie beside code that is in use.
  if (hits > MAX_HITS && !load<u32>(slot + SLOT_REGIONS)) return dropPage(page);
  // An instruction that began before the written bytes may reach into them.
  const offset = ptr & 0xfff;
  const before = offset < MAX_INSN_BYTES - 1 ? offset : MAX_INSN_BYTES - 1;
  const first = (offset - before) >> INSN_ALIGN_LOG2;
  const last = (offset + size - 1) >> INSN_ALIGN_LOG2;
  dropCompiled(slot, first, last);
  for (let i = first; i <= last; i++) {
    // What a breakpoint stands for is fetched each time.
    if (load<u64>(slot + (i << 3)) != WORD_BREAK) store<u64>(slot + (i << 3), 0);
  }
}

/** Words `first` to `last` of a slot change: regions that hold code from there are dropped, and for simplicity all of the page. */
function dropCompiled(slot: usize, first: usize, last: usize): void {
  if (!load<u32>(slot + SLOT_REGIONS)) return;
  for (let i = first; i <= last; i++) {
    if (isHeld(slot, i)) {
      dropHeld(slot);
      store<u32>(slot + SLOT_DROPS, load<u32>(slot + SLOT_DROPS) + 1);
      return;
    }
  }
}

/** Whether a region holds the code of word `i` of a slot. */
function isHeld(slot: usize, i: usize): bool {
  return ((load<u8>(slot + SLOT_HELD + (i >> 3)) >> <u8>(i & 7)) & 1) != 0;
}

function dropHeld(slot: usize): void {
  dropRegionsOf(slot + SLOT_REGIONS);
  memory.fill(slot + SLOT_HELD, 0, HELD_BYTES);
}

/** Slot of the decoded words of the page at `ptr`, or 0 if it has none or is rewritten too often to be compiled. */
export function compilableCode(ptr: usize): usize {
  const note = load<u16>(pageNote(ptr));
  if (note == 0 || note == NOTE_WATCH) return 0;
  const slot = slotOf(note);
  return load<u32>(slot + SLOT_DROPS) < MAX_DROPS ? slot : 0;
}

/** A region holds the code from byte `start` to before byte `end` of the page whose slot this is. */
export function holdCode(slot: usize, start: u32, end: u32): void {
  for (let i = start >> INSN_ALIGN_LOG2; i < end >> INSN_ALIGN_LOG2; i++) {
    const place = slot + SLOT_HELD + (i >> 3);
    store<u8>(place, load<u8>(place) | ((<u8>1) << (<u8>(i & 7))));
  }
}

/** Where the list of regions of a slot begins. */
export function regionList(slot: usize): usize {
  return slot + SLOT_REGIONS;
}

/** Puts a breakpoint in the place of the instruction at byte `offset` of the page at `ptr`, which has decoded words. */
export function placeBreak(ptr: usize, offset: usize): void {
  const slot = slotOf(load<u16>(pageNote(ptr)));
  const i = offset >> INSN_ALIGN_LOG2;
  store<u32>(slot + SLOT_BREAKS, 1);
  if (isHeld(slot, i)) dropHeld(slot);
  store<u64>(slot + (i << 3), WORD_BREAK);
}

/** Whether a breakpoint stands in the place of the instruction at `ptr`. */
export function isBreak(ptr: usize): bool {
  const note = load<u16>(pageNote(ptr & ~(<usize>0xfff)));
  if (note == 0 || note == NOTE_WATCH) return false;
  return load<u64>(slotOf(note) + (((ptr & 0xfff) >> INSN_ALIGN_LOG2) << 3)) == WORD_BREAK;
}

/**
 * Takes all breakpoints out of decoded code: what they stand for is decoded again. `forGood`: some are not put back, so that regions
 * that were made around one are dropped too.
 */
export function dropBreaks(forGood: bool): void {
  const used = load<u32>(USED);
  for (let i: u32 = 0; i < used; i++) {
    const slot = SLOTS + <usize>i * SLOT_BYTES;
    if (!load<u32>(slot + SLOT_BREAKS)) continue;
    for (let word = slot; word < slot + SLOT_CODE_BYTES; word += 8) {
      if (load<u64>(word) == WORD_BREAK) store<u64>(word, 0);
    }
    if (forGood) dropHeld(slot);
    store<u32>(slot + SLOT_BREAKS, 0);
  }
}

/** Watches the page at `ptr`: it is never decoded, and stores to it take the slow path. */
export function watchPage(ptr: usize): void {
  dropPage(ptr);
  store<u16>(pageNote(ptr), NOTE_WATCH);
  slowStores(ptr);
}

/** Stores to the page at `ptr` are no longer watched; those that the TLB holds stay slow, which changes nothing but speed. */
export function unwatchPage(ptr: usize): void {
  if (load<u16>(pageNote(ptr)) == NOTE_WATCH) store<u16>(pageNote(ptr), 0);
}

/** Forgets everything decoded; watched pages remain so. Slots are reused from the first. */
export function dropAllCode(): void {
  const used = load<u32>(USED);
  for (let i: u32 = 0; i < used; i++) {
    const owner = load<u32>(SLOTS + <usize>i * SLOT_BYTES + SLOT_OWNER);
    if (owner) dropPage(owner);
  }
  store<u32>(USED, 0);
  store<u32>(NEXT_VICTIM, 0);
}
