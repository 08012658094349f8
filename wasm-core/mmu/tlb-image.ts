// The TLB of a vCPU as a snapshot holds it: physical page numbers in the place of wasm pointers, and no SLOW for memory, which
// follows from what is decoded. Entries from a file are checked before use: a pointer is only ever made from a page in RAM or ROM.
import { PAGE_SHIFT } from "../../src/spec/abi";
import { legalContext } from "../generated/target";
import { physicalAddress, ramPointer, readablePointer } from "../machine/ram";
import {
  INFO_DEVICE,
  PAGE_MASK,
  TAG_CONTEXT,
  TAG_SLOW,
  TAG_VALID,
  TLB_END,
  TLB_ENTRIES,
  TLB_ENTRY_BYTES,
  TLB_FETCH,
  TLB_PART_BYTES,
  TLB_STORE,
  fillDevice,
  fillMemory,
} from "./tlb";

export const TLB_IMAGE_BYTES: usize = TLB_END - TLB_FETCH;

/** Writes the image of the TLB of the vCPU at `cpu` to `to`: entries of {tag u64, physical page number u32, info u32}. */
export function saveTlb(cpu: usize, to: usize): void {
  memory.fill(to, 0, TLB_IMAGE_BYTES);
  for (let at: usize = 0; at < TLB_IMAGE_BYTES; at += TLB_ENTRY_BYTES) {
    const entry = cpu + TLB_FETCH + at;
    const tag = load<u64>(entry);
    if (!(tag & TAG_VALID)) continue;
    const host = load<u32>(entry, 8);
    const info = load<u32>(entry, 12);
    const device = (info & INFO_DEVICE) != 0;
    store<u64>(to + at, device ? tag : tag & ~TAG_SLOW);
    store<u32>(to + at, device ? host : <u32>(physicalAddress(<u32>(tag & PAGE_MASK) + host) >> PAGE_SHIFT), 8);
    store<u32>(to + at, info, 12);
  }
}

/** Whether a TLB of this machine could hold what the image at `from` says. */
export function checkTlb(from: usize): bool {
  for (let at: usize = 0; at < TLB_IMAGE_BYTES; at += TLB_ENTRY_BYTES) {
    if (!checkEntry(from + at, TLB_FETCH + (at / TLB_PART_BYTES) * TLB_PART_BYTES, (at % TLB_PART_BYTES) >> 4))
      return false;
  }
  return true;
}

function checkEntry(entry: usize, part: usize, index: usize): bool {
  const tag = load<u64>(entry);
  const pa = (<u64>load<u32>(entry, 8)) << PAGE_SHIFT;
  const info = load<u32>(entry, 12);
  if (tag == 0) return pa == 0 && info == 0;
  if (!(tag & TAG_VALID) || tag & ~(PAGE_MASK | TAG_VALID | TAG_SLOW | TAG_CONTEXT)) return false;
  if ((<usize>(tag >> PAGE_SHIFT) & (TLB_ENTRIES - 1)) != index || !legalContext(tag & TAG_CONTEXT)) return false;
  const sizeLog2 = info & 0xff;
  if (sizeLog2 < PAGE_SHIFT || sizeLog2 > 63 || info & ~(0xff | INFO_DEVICE)) return false;
  if (info & INFO_DEVICE) return part != TLB_FETCH && (tag & TAG_SLOW) != 0 && !ramPointer(pa, 1);
  return !(tag & TAG_SLOW) && pagePointer(part, pa) != 0;
}

function pagePointer(part: usize, pa: u64): usize {
  return part == TLB_STORE ? ramPointer(pa, 4096) : readablePointer(pa, 4096);
}

/** Replaces the TLB of the vCPU at `cpu` by the image at `from`, which checkTlb() has accepted. */
export function loadTlb(cpu: usize, from: usize): void {
  memory.fill(cpu + TLB_FETCH, 0, TLB_IMAGE_BYTES);
  for (let at: usize = 0; at < TLB_IMAGE_BYTES; at += TLB_ENTRY_BYTES) {
    const tag = load<u64>(from + at);
    if (tag == 0) continue;
    const part = TLB_FETCH + (at / TLB_PART_BYTES) * TLB_PART_BYTES;
    const pa = (<u64>load<u32>(from + at, 8)) << PAGE_SHIFT;
    const info = load<u32>(from + at, 12);
    const va = tag & PAGE_MASK;
    const context = tag & (TAG_VALID | TAG_CONTEXT);
    if (info & INFO_DEVICE) fillDevice(cpu, part, va, context, pa, info & 0xff);
    else fillMemory(cpu, part, va, context, pagePointer(part, pa), info & 0xff);
  }
}
