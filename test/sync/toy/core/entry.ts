// The made-up machine: each step adds 1 to r0, adds 2 to pc, retires one instruction.
import { REGISTER_FILE_END, RegisterFile, resetRegisters } from "../../../../wasm-core/generated/registers";
import { CPU_BYTES, cpuAt } from "../../../../wasm-core/machine/cpu";
import { machine } from "../../../../wasm-core/machine/machine";
import { syncInit, syncReset } from "../../../../wasm-core/sync/sync";
import { TIME_PTR, WRITES_PTR, blockImage, blockOf, stepsOf } from "./block";

export {
  markStale,
  syncApply,
  syncGet,
  syncPut,
  syncReset,
  syncResume,
  syncRevert,
  syncStop,
} from "../../../../wasm-core/sync/sync";

export function init(cpus: u32): void {
  machine.cpuCount = cpus;
  for (let i: u32 = 0; i < cpus; i++) {
    cpuAt(i).index = i;
    const cpu = changetype<usize>(cpuAt(i));
    resetRegisters(cpu);
    memory.copy(blockOf(cpu), cpu + CPU_BYTES, REGISTER_FILE_END - CPU_BYTES);
    syncInit(i);
  }
}

/** Power-on: all groups are affected. */
export function reset(): void {
  for (let i: u32 = 0; i < machine.cpuCount; i++) syncReset(i, u32.MAX_VALUE);
}

/** The slice: the caller has resumed and will stop. */
export function move(steps: u32): void {
  for (let i: u32 = 0; i < machine.cpuCount; i++) {
    const cpu = changetype<usize>(cpuAt(i));
    const file = changetype<RegisterFile>(blockImage(cpu));
    for (let n: u32 = 0; n < steps; n++) {
      file.r0++;
      file.pc += 2;
      file.retired++;
      store<u64>(stepsOf(cpu), load<u64>(stepsOf(cpu)) + 1);
    }
  }
  store<u64>(TIME_PTR, load<u64>(TIME_PTR) + steps);
}

/** The core changes r3 behind the slots' back, as a device or another client would through markStale. */
export function poke(cpu: u32, value: u32): void {
  changetype<RegisterFile>(blockImage(changetype<usize>(cpuAt(cpu)))).r3 = value;
}

export function alarm(cpu: u32, level: u32): void {
  changetype<RegisterFile>(blockImage(changetype<usize>(cpuAt(cpu)))).alarm = <u8>level;
}

export function blockPtr(cpu: u32): u32 {
  return <u32>blockOf(changetype<usize>(cpuAt(cpu)));
}

/** Count of puts that reached the core. */
export function writes(): u32 {
  return load<u32>(WRITES_PTR);
}
