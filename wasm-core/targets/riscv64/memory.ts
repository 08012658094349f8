// Loads and stores that do not hit the TLB inline: misses, devices, page-crossing, code pages, watched pages, faults.
import { busHas, busRead, busWrite } from "../../generated/board";
import { cpuAt } from "../../machine/cpu";
import { accessNoted, debugPending, noteAccess, noteWritten } from "../../machine/debug-record";
import { machine } from "../../machine/machine";
import { pageNote, physicalAddress, ramPointer, readablePointer } from "../../machine/ram";
import { NOTE_WATCH, writtenCode } from "../../mmu/code-cache";
import {
  INFO_DEVICE,
  PAGE_MASK,
  TAG_SLOW,
  TLB_FETCH,
  TLB_LOAD,
  TLB_STORE,
  fillDevice,
  fillMemory,
  tlbEntry,
  tlbPointer,
} from "../../mmu/tlb";
import {
  ACCESS_FETCH,
  ACCESS_LOAD,
  ACCESS_STORE,
  CAUSE_LOAD_MISALIGNED,
  CAUSE_STORE_MISALIGNED,
  accessFault,
} from "./causes";
import { DONE, Hart, LEAVE, TRAP, raiseException } from "./hart";
import { storeToHost } from "./htif";
import { WALK_OK, walk, walkPa, walkSizeLog2 } from "./paging";
import { GUEST_WATCHES, NO_WATCH, WATCH_LOAD, WATCH_STORE, findWatch, watchedKinds } from "../../mmu/watch";
import { PMP_ALLOWED, PMP_SPLIT, pmpAllows, pmpPage } from "./pmp";
import { fires } from "./triggers";

/** Bytes of a cache block (Zicbom, Zicboz). */
export const CACHE_BLOCK: u64 = 64;

/** Where a resolved access goes: a wasm pointer, or (0) a device at this physical address. */
let targetPtr: usize = 0;
let targetPa: u64 = 0;

function partOf(access: u32): usize {
  return access == ACCESS_FETCH ? TLB_FETCH : access == ACCESS_LOAD ? TLB_LOAD : TLB_STORE;
}

function contextOf(hart: Hart, access: u32): u64 {
  return access == ACCESS_FETCH ? hart.fetchContext : access == ACCESS_LOAD ? hart.loadContext : hart.storeContext;
}

/** Resolves an access of `size` bytes that stays in one page, by the TLB or a walk that fills it. */
function resolve(hart: Hart, va: u64, size: u64, access: u32): bool {
  const part = partOf(access);
  const context = contextOf(hart, access);
  const cpu = changetype<usize>(hart);
  const entry = tlbEntry(cpu, part, va);
  if ((load<u64>(entry) & ~TAG_SLOW) == ((va & PAGE_MASK) | context)) {
    const host = load<u32>(entry, 8);
    if (load<u32>(entry, 12) & INFO_DEVICE) {
      targetPtr = 0;
      targetPa = ((<u64>host) << 12) | (va & 0xfff);
    } else {
      targetPtr = <usize>va + host;
    }
    return true;
  }
  const priv = access == ACCESS_FETCH ? <u32>hart.priv : hart.dataPriv;
  const cause = walk(hart, va, access, priv, true);
  if (cause != WALK_OK) {
    raiseException(hart, cause, va);
    return false;
  }
  const page = walkPa & PAGE_MASK;
  const allowed = pmpPage(hart, page, access, priv);
  if (allowed != PMP_ALLOWED && !(allowed == PMP_SPLIT && pmpAllows(hart, walkPa, size, access, priv))) {
    raiseException(hart, accessFault(access), va);
    return false;
  }
  targetPa = walkPa;
  const ptr = access == ACCESS_STORE ? ramPointer(page, 4096) : readablePointer(page, 4096);
  if (ptr) {
    if (allowed == PMP_ALLOWED) fillMemory(cpu, part, va, context, ptr, walkSizeLog2);
    targetPtr = ptr + (<usize>va & 0xfff);
    return true;
  }
  targetPtr = 0;
  if (access == ACCESS_FETCH || !(busHas(walkPa, <u32>size) || readablePointer(walkPa, size))) {
    raiseException(hart, accessFault(access), va);
    return false;
  }
  if (allowed == PMP_ALLOWED) fillDevice(cpu, part, va, context, walkPa, walkSizeLog2);
  return true;
}

/** Bytes of an access at `va` that lie in its first page. */
function inFirstPage(va: u64, size: u64): u64 {
  const rest = 0x1000 - (va & 0xfff);
  return rest < size ? rest : size;
}

function loadBytes(ptr: usize, size: u64): u64 {
  if (size == 8) return load<u64>(ptr);
  if (size == 4) return <u64>load<u32>(ptr);
  if (size == 2) return <u64>load<u16>(ptr);
  if (size == 1) return <u64>load<u8>(ptr);
  let value: u64 = 0;
  for (let i: usize = 0; i < <usize>size; i++) value |= (<u64>load<u8>(ptr + i)) << ((<u64>i) << 3);
  return value;
}

function storeBytes(ptr: usize, size: u64, value: u64): void {
  if (size == 8) return store<u64>(ptr, value);
  if (size == 4) return store<u32>(ptr, <u32>value);
  if (size == 2) return store<u16>(ptr, <u16>value);
  if (size == 1) return store<u8>(ptr, <u8>value);
  for (let i: usize = 0; i < <usize>size; i++) store<u8>(ptr + i, <u8>(value >> ((<u64>i) << 3)));
}

/** Whether a debugger watches one of the `size` bytes from `va` for accesses of `kinds`. */
function isWatched(hart: Hart, kinds: u32, va: u64, size: u64): bool {
  const cpu = changetype<usize>(hart);
  return (watchedKinds(cpu) & kinds) != 0 && findWatch(cpu, GUEST_WATCHES, kinds, va, size) != NO_WATCH;
}

/** Low `size` bytes of a value. */
function lowBytes(value: u64, size: u64): u64 {
  return size == 8 ? value : value & (((<u64>1) << (size << 3)) - 1);
}

/** Loads `size` bytes (1, 2, 4, 8) at `va` into hart.data, zero-extended; DONE, LEAVE or TRAP. */
export function loadSlow(hart: Hart, va: u64, size: u64): u32 {
  const status = loadAnywhere(hart, va, size);
  if (status == TRAP || !isWatched(hart, WATCH_LOAD, va, size)) return status;
  noteAccess(changetype<usize>(hart), WATCH_LOAD, va, size, size, hart.data, hart.data);
  return LEAVE;
}

function loadAnywhere(hart: Hart, va: u64, size: u64): u32 {
  if (fires(hart, WATCH_LOAD, va, size, size)) return TRAP;
  const head = inFirstPage(va, size);
  if (head < size) {
    if (!resolve(hart, va, head, ACCESS_LOAD)) return TRAP;
    const low = targetPtr;
    if (!resolve(hart, va + head, size - head, ACCESS_LOAD)) return TRAP;
    if (!low || !targetPtr) return raiseException(hart, accessFault(ACCESS_LOAD), va);
    hart.data = loadBytes(low, head) | (loadBytes(targetPtr, size - head) << (head << 3));
    return DONE;
  }
  if (!resolve(hart, va, size, ACCESS_LOAD)) return TRAP;
  if (targetPtr) {
    hart.data = loadBytes(targetPtr, size);
    return DONE;
  }
  if (!busHas(targetPa, <u32>size)) return raiseException(hart, accessFault(ACCESS_LOAD), va);
  hart.data = busRead(targetPa, <u32>size);
  return LEAVE;
}

/** What storeRam has overwritten since this was set to 0, and how many bytes of it. */
let overwritten: u64 = 0;
let overwrittenBytes: u64 = 0;

/** Stores the low `size` bytes of `value` at `va`; DONE, LEAVE or TRAP. */
export function storeSlow(hart: Hart, va: u64, size: u64, value: u64): u32 {
  overwritten = 0;
  overwrittenBytes = 0;
  const status = storeAnywhere(hart, va, size, value);
  if (status == TRAP || !isWatched(hart, WATCH_STORE, va, size)) return status;
  const cpu = changetype<usize>(hart);
  noteAccess(cpu, WATCH_STORE, va, size, overwrittenBytes, overwritten, lowBytes(value, size));
  return LEAVE;
}

function storeAnywhere(hart: Hart, va: u64, size: u64, value: u64): u32 {
  if (fires(hart, WATCH_STORE, va, size, size)) return TRAP;
  const head = inFirstPage(va, size);
  if (head < size) {
    // Both halves must be permitted before either is written.
    if (!resolve(hart, va, head, ACCESS_STORE)) return TRAP;
    const low = targetPtr;
    if (!resolve(hart, va + head, size - head, ACCESS_STORE)) return TRAP;
    if (!low || !targetPtr) return raiseException(hart, accessFault(ACCESS_STORE), va);
    const high = targetPtr;
    return storeRam(hart, low, head, value) | storeRam(hart, high, size - head, value >> (head << 3));
  }
  if (!resolve(hart, va, size, ACCESS_STORE)) return TRAP;
  if (targetPtr) return storeRam(hart, targetPtr, size, value);
  if (busHas(targetPa, <u32>size)) {
    busWrite(targetPa, <u32>size, value);
    return LEAVE;
  }
  // Writes to ROM are ignored, as on QEMU's board; elsewhere nobody answers.
  return readablePointer(targetPa, size) ? DONE : raiseException(hart, accessFault(ACCESS_STORE), va);
}

/** A store to RAM whose page may have a note; DONE or LEAVE. */
function storeRam(hart: Hart, ptr: usize, size: u64, value: u64): u32 {
  overwritten |= loadBytes(ptr, size) << (overwrittenBytes << 3);
  overwrittenBytes += size;
  storeBytes(ptr, size, value);
  return noteStore(hart, ptr, <usize>size);
}

/** To be called after writing `size` bytes at `ptr` by other means than storeSlow; DONE or LEAVE. */
export function noteStore(hart: Hart, ptr: usize, size: usize): u32 {
  const note = load<u16>(pageNote(ptr & ~(<usize>0xfff)));
  if (note == NOTE_WATCH) storeToHost(ptr);
  else if (note) writtenCode(ptr, size);
  const cpu = changetype<usize>(hart);
  if (accessNoted(cpu) && size <= 8) noteWritten(cpu, loadBytes(ptr, size));
  return machine.stopRequest || debugPending(cpu) ? LEAVE : DONE;
}

/**
 * wasm pointer for an atomic access of `kinds` (of watch.ts) to `size` bytes at `va`, or 0 with the exception recorded: stores'
 * kind if it may write, else loads' kind. Misaligned ones trap.
 */
export function atomicPointer(hart: Hart, va: u64, size: u64, kinds: u32): usize {
  const writes = (kinds & WATCH_STORE) != 0;
  const part = writes ? TLB_STORE : TLB_LOAD;
  if (!(va & (size - 1))) {
    const ptr = tlbPointer(changetype<usize>(hart), part, va, size, writes ? hart.storeContext : hart.loadContext);
    if (ptr) return ptr;
  }
  // Triggers come before misalignment (privileged specification, Synchronous exception priority).
  if (fires(hart, kinds, va, size, size)) return 0;
  if (va & (size - 1)) {
    raiseException(hart, writes ? CAUSE_STORE_MISALIGNED : CAUSE_LOAD_MISALIGNED, va);
    return 0;
  }
  const access = writes ? ACCESS_STORE : ACCESS_LOAD;
  if (!resolve(hart, va, size, access)) return 0;
  if (!targetPtr) raiseException(hart, accessFault(access), va);
  else if (isWatched(hart, kinds, va, size)) {
    const before = loadBytes(targetPtr, size);
    noteAccess(changetype<usize>(hart), kinds, va, size, size, before, before);
  }
  return targetPtr;
}

/** wasm pointer of the cache block that holds `va`, to be written as a whole, or 0 with the exception recorded (stores' kind). */
export function cacheBlockPointer(hart: Hart, va: u64): usize {
  let ptr = tlbPointer(changetype<usize>(hart), TLB_STORE, va, 1, hart.storeContext);
  if (!ptr) {
    if (firesInBlock(hart, va) || !resolve(hart, va, 1, ACCESS_STORE)) return 0;
    ptr = targetPtr;
    const block = va & ~(CACHE_BLOCK - 1);
    if (!ptr) raiseException(hart, accessFault(ACCESS_STORE), va);
    else if (isWatched(hart, WATCH_STORE, block, CACHE_BLOCK))
      noteAccess(changetype<usize>(hart), WATCH_STORE, block, CACHE_BLOCK, 0, 0, 0);
  }
  return ptr & ~(<usize>CACHE_BLOCK - 1);
}

/** Operations on cache blocks match as stores, at each address of the block, and have no size (Debug, Cache Operations). */
function firesInBlock(hart: Hart, va: u64): bool {
  return fires(hart, WATCH_STORE, va & ~(CACHE_BLOCK - 1), CACHE_BLOCK, CACHE_BLOCK);
}

/** wasm pointer for fetching 2 bytes at `va`, or 0 with the exception recorded. */
export function fetchPointer(hart: Hart, va: u64): usize {
  const ptr = tlbPointer(changetype<usize>(hart), TLB_FETCH, va, 2, hart.fetchContext);
  if (ptr) return ptr;
  return resolve(hart, va, 2, ACCESS_FETCH) ? targetPtr : 0;
}

/** Whether the page of `va` is in the fetch part of the TLB, so that all of it may be executed. */
export function fetchHits(hart: Hart, va: u64): bool {
  return tlbPointer(changetype<usize>(hart), TLB_FETCH, va, 1, hart.fetchContext) != 0;
}

/** As fetchHits, but for what is watched in the page. */
export function fetchMapped(hart: Hart, va: u64): bool {
  const entry = tlbEntry(changetype<usize>(hart), TLB_FETCH, va);
  return (load<u64>(entry) & ~TAG_SLOW) == ((va & PAGE_MASK) | hart.fetchContext);
}

/** Whether a cache block may be managed: any of reading and writing suffices; else the exception is recorded (stores' kind). */
export function cacheBlockAllowed(hart: Hart, va: u64): bool {
  if (firesInBlock(hart, va)) return false;
  return resolve(hart, va, 1, ACCESS_LOAD) || resolve(hart, va, 1, ACCESS_STORE);
}

/** Somebody other than a hart's own store wrote `length` bytes at `ptr`: reservations there are lost. */
export function ramChanged(ptr: usize, length: u32): void {
  const first = physicalAddress(ptr);
  for (let i: u32 = 0; i < machine.cpuCount; i++) {
    const hart = changetype<Hart>(cpuAt(i));
    if (hart.reservationAddress + 7 >= first && hart.reservationAddress < first + length) hart.reservationValid = 0;
  }
}
