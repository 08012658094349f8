// The part of a vCPU that every target has; a target's register structure extends it.
import { CPUS_BASE, CPU_STRIDE } from "../../src/spec/abi";

/** At the start of a vCPU's area. `left` is exact whenever code outside the target's inner loop runs. */
@unmanaged
export class Cpu {
  /** Steps until the end of this slice, the instruction under way included. */
  left: u64;
  /** 1 while the vCPU waits for an interrupt. */
  waiting: u32;
  index: u32;
  reserved: u64;
}

/** Offset of `left` in a vCPU's area, for compiled code. */
export const CPU_LEFT_OFFSET: u32 = <u32>offsetof<Cpu>("left");

/** Bytes that the neutral part may use before the target's registers begin. */
export const CPU_BYTES: usize = 0x40;
if (offsetof<Cpu>() > CPU_BYTES) ERROR("Cpu outgrew CPU_BYTES");

export function cpuAt(index: u32): Cpu {
  return changetype<Cpu>(CPUS_BASE + index * CPU_STRIDE);
}
