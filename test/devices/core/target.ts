// Stands in for the target: remembers the lines of each CPU, and which pages the code cache was told about.
import { STAGING_BASE } from "../../../src/spec/abi";

export const LINE_MSIP: u32 = 3;
export const LINE_MTIP: u32 = 7;
export const LINE_SEIP: u32 = 9;
export const LINE_MEIP: u32 = 11;

const JUMPS: usize = STAGING_BASE + 0x100;
const PAGES: usize = STAGING_BASE + 0x104;
const BYTES: usize = STAGING_BASE + 0x108;
const LAST_PAGE: usize = STAGING_BASE + 0x110;
const LAST_PTR: usize = STAGING_BASE + 0x114;

export function setCpuLine(cpu: u32, line: u32, level: bool): void {
  const old = lines(cpu);
  store<u32>(STAGING_BASE + (cpu << 2), level ? old | (1 << line) : old & ~(1 << line));
}

export function lines(cpu: u32): u32 {
  return load<u32>(STAGING_BASE + (cpu << 2));
}

export function timeJumped(): void {
  store<u32>(JUMPS, jumps() + 1);
}

/** How often the time base was set. */
export function jumps(): u32 {
  return load<u32>(JUMPS);
}

export function writtenPage(page: usize): void {
  store<u32>(PAGES, writtenPages() + 1);
  store<usize>(LAST_PAGE, page);
}

/** How often a device wrote into a page whose decoded instructions the core holds. */
export function writtenPages(): u32 {
  return load<u32>(PAGES);
}

/** Bytes of RAM that devices said they wrote. */
export function ramChanged(ptr: usize, length: u32): void {
  store<u64>(BYTES, load<u64>(BYTES) + length);
  store<usize>(LAST_PTR, ptr);
}

const MAPPINGS: usize = STAGING_BASE + 0x118;

/** A device shows as memory what it did not before, or the other way round. */
export function mappingChanged(): void {
  store<u32>(MAPPINGS, mappingChanges() + 1);
}

export function mappingChanges(): u32 {
  return load<u32>(MAPPINGS);
}

export function bytesWritten(): u64 {
  return load<u64>(BYTES);
}
