/** Machines of 16 MiB with a few instructions: in this thread, in one of their own, or without a client before them. */
import { readFileSync } from "node:fs";
import { Machine as HostMachine } from "../../src/host/machine.ts";
import { CPUS_BASE } from "../../src/spec/abi.ts";
import { createInlineMachine } from "../../src/worker/inline.ts";
import { nodePlatform } from "../../src/worker/node-adapter.ts";
import type { MachineOptions } from "../../src/worker/node.ts";
import { library, path } from "./machines.ts";

/** The start of RAM, where a program begins. */
export const RAM = 0x8000_0000n;
export const MIB = 1 << 20;
/** addi x0,x0,0 */
export const NOP = 0x0000_0013;
/** To be disposed of after each test. */
export const open: { dispose(): Promise<void> }[] = [];

export async function disposeAll(): Promise<void> {
  for (const machine of open.splice(0)) await machine.dispose();
}

/** A machine of 16 MiB with this program at the start of RAM. */
export async function bare(kernel: Uint8Array, options: Partial<MachineOptions> = {}) {
  const machine = await createInlineMachine({ target: "riscv64", memory: 16 * MIB, kernel, ...options });
  open.push(machine);
  return machine;
}

/** The same in a thread of its own, as the library is published. */
export async function threaded(kernel: Uint8Array, options: Partial<MachineOptions> = {}) {
  const { createMachine } = await library();
  const machine = await createMachine({ target: "riscv64", memory: 16 * MIB, kernel, ...options });
  open.push(machine);
  return machine;
}

/** What a worker has. */
export async function hosted(kernel: Uint8Array) {
  const core = WebAssembly.compile(readFileSync(path("build/core-riscv64.wasm")));
  const options = { target: "riscv64", memory: 16 * MIB, kernel };
  const machine = await HostMachine.create(options, core, nodePlatform, () => {});
  open.push(machine);
  return machine;
}

/** Address of a TLB entry that holds something: {tag: u64, host: u32, info: u32}, 512 for each kind of access. */
export function tlbEntryInUse(bytes: Uint8Array, from = CPUS_BASE + 0x8000): number {
  for (let at = from; at < CPUS_BASE + 0x8000 + 3 * 512 * 16; at += 16) {
    if (bytes.subarray(at, at + 8).some((byte) => byte !== 0)) return at;
  }
  throw new Error("the TLB is empty");
}
