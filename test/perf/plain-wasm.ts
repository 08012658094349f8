/** The suite as plain wasm, in the engine in which this runs. */
import { type Clock, hostClock } from "./linux-session.ts";
import type { Measured } from "./measure.ts";

interface Exports {
  run_kernel(index: number, repetitions: bigint): bigint;
}

/** Runs a kernel of the suite, by its number; `bytes`: suite.wasm. */
export async function openPlainWasm(
  bytes: Uint8Array,
  clock: Clock = hostClock,
): Promise<(index: number, repetitions: number) => Promise<Measured>> {
  const { instance } = await WebAssembly.instantiate(bytes as Uint8Array<ArrayBuffer>);
  const { run_kernel } = instance.exports as unknown as Exports;
  return async (index, repetitions) => {
    const start = clock();
    const sum = run_kernel(index, BigInt(repetitions));
    const seconds = (clock() - start) / 1000;
    return { seconds, result: BigInt.asUintN(64, sum).toString(16).padStart(16, "0") };
  };
}
