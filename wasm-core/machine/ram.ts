// Guest physical memory as the devices and the page walk see it: bounds are checked before a pointer exists.
import { PAGE_NOTES_BASE, PAGE_SHIFT, RAM_BASE, ROM_BASE } from "../../src/spec/abi";
import { RAM_PA, ROM_PA, ROM_PA_BYTES } from "../generated/board";
import { ramChanged } from "../generated/target";
import { machine } from "./machine";
import { writtenPage } from "../mmu/code-cache";

/** Pointer to `length` bytes of RAM at guest physical address `pa`, or 0 if any of them lies outside RAM. */
export function ramPointer(pa: u64, length: u64): usize {
  const offset = pa - RAM_PA;
  if (offset >= machine.ramBytes || length > machine.ramBytes - offset) return 0;
  return <usize>RAM_BASE + <usize>offset;
}

/** As ramPointer, but for reading and executing: ROM counts too. */
export function readablePointer(pa: u64, length: u64): usize {
  const ptr = ramPointer(pa, length);
  if (ptr) return ptr;
  const offset = pa - ROM_PA;
  if (offset >= ROM_PA_BYTES || length > ROM_PA_BYTES - offset) return 0;
  return <usize>ROM_BASE + <usize>offset;
}

/** Guest physical address of a wasm pointer into RAM or ROM. */
export function physicalAddress(ptr: usize): u64 {
  return ptr >= RAM_BASE ? RAM_PA + (ptr - RAM_BASE) : ROM_PA + (ptr - ROM_BASE);
}

/** Pointer to the note (u16) of the page at `ptr`, which lies in RAM or ROM. */
export function pageNote(ptr: usize): usize {
  const page = ptr >= RAM_BASE ? ((ptr - RAM_BASE) >> PAGE_SHIFT) + 16 : (ptr - ROM_BASE) >> PAGE_SHIFT;
  return <usize>PAGE_NOTES_BASE + (page << 1);
}

/** Tells caches and reservations that a device, the debugger, the loader or the page walk wrote `length` bytes at `ptr` (inside RAM). */
export function wroteRam(ptr: usize, length: u32): void {
  if (length == 0) return;
  ramChanged(ptr, length);
  let page = ptr >> PAGE_SHIFT;
  const last = (ptr + length - 1) >> PAGE_SHIFT;
  for (; page <= last; page++) {
    if (load<u16>(pageNote(page << PAGE_SHIFT))) writtenPage(page << PAGE_SHIFT);
  }
}
