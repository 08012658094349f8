// Where the made-up CPU keeps its state, away from the register file.
import { CPU_BYTES, Cpu } from "../../../../wasm-core/machine/cpu";
import { DEVICES_BASE } from "../../../../src/spec/abi";

export const TIME_PTR: usize = DEVICES_BASE;
/** Count of puts that reached the core. */
export const WRITES_PTR: usize = DEVICES_BASE + 8;

/** Image of the registers of one vCPU, as they begin behind CPU_BYTES in the register file. */
export function blockOf(cpu: usize): usize {
  return DEVICES_BASE + 0x1000 + changetype<Cpu>(cpu).index * 0x800;
}

export function stepsOf(cpu: usize): usize {
  return DEVICES_BASE + 0x10 + changetype<Cpu>(cpu).index * 8;
}

/** Where a register file would begin whose registers are the block. */
export function blockImage(cpu: usize): usize {
  return blockOf(cpu) - CPU_BYTES;
}
