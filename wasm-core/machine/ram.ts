// Guest physical memory as the devices and the page walk see it: bounds are checked before a pointer exists.
import { PAGE_NOTES_BASE, PAGE_SHIFT, RAM_BASE, ROM_BASE } from "../../src/spec/abi";
import { RAM_PA, ROM_PA, ROM_PA_BYTES, memoryAddress, memoryPointer } from "../generated/board";
import { ramChanged } from "../generated/target";
import { machine } from "./machine";
import { writtenPage } from "../mmu/code-cache";

/** Pointer to `length` bytes of RAM at guest physical address `pa`, or 0 if any of them lies outside RAM. */
export function ramPointer(pa: u64, length: u64): usize {
  const offset = pa - RAM_PA;
  if (offset >= machine.ramBytes || length > machine.ramBytes - offset) return 0;
  return <usize>RAM_BASE + <usize>offset;
}

/** As ramPointer, but for reading and executing: ROM counts too, and what devices hold behind RAM and show as memory now. */
export function readablePointer(pa: u64, length: u64): usize {
  const ptr = ramPointer(pa, length);
  if (ptr) return ptr;
  const offset = pa - ROM_PA;
  if (offset >= ROM_PA_BYTES) return memoryPointer(pa, length);
  return length > ROM_PA_BYTES - offset ? 0 : <usize>ROM_BASE + <usize>offset;
}

/** Where the memory of devices lies that begins `offset` bytes behind RAM. */
export function behindRam(offset: u32): usize {
  return <usize>RAM_BASE + <usize>machine.ramBytes + offset;
}

/** Guest physical address of a wasm pointer into RAM, ROM or what lies behind RAM. */
export function physicalAddress(ptr: usize): u64 {
  if (ptr < RAM_BASE) return ROM_PA + (ptr - ROM_BASE);
  const offset = ptr - RAM_BASE;
  return offset < <usize>machine.ramBytes ? RAM_PA + offset : memoryAddress(<u32>(offset - <usize>machine.ramBytes));
}

/** Pointer to the note (u16) of the page at `ptr`, which lies in RAM, behind it or in ROM. */
export function pageNote(ptr: usize): usize {
  const page = ptr >= RAM_BASE ? ((ptr - RAM_BASE) >> PAGE_SHIFT) + 16 : (ptr - ROM_BASE) >> PAGE_SHIFT;
  return <usize>PAGE_NOTES_BASE + (page << 1);
}

/** Tells caches and reservations that a device, the debugger, the loader or the page walk wrote `length` bytes at `ptr` (inside RAM or behind it). */
export function wroteRam(ptr: usize, length: u32): void {
  if (length == 0) return;
  ramChanged(ptr, length);
  let page = ptr >> PAGE_SHIFT;
  const last = (ptr + length - 1) >> PAGE_SHIFT;
  for (; page <= last; page++) {
    if (load<u16>(pageNote(page << PAGE_SHIFT))) writtenPage(page << PAGE_SHIFT);
  }
}
