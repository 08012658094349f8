/** The suite as plain wasm, in the engine in which this runs. */
import type { Measured } from "./measure.ts";

interface Exports {
  run_kernel(index: number, repetitions: bigint): bigint;
}

/** A kernel of the suite, by its number; `bytes`: suite.wasm. */
export async function openPlainWasm(
  bytes: Uint8Array,
): Promise<(index: number, repetitions: number) => Promise<Measured>> {
  const { instance } = await WebAssembly.instantiate(bytes as Uint8Array<ArrayBuffer>);
  const { run_kernel } = instance.exports as unknown as Exports;
  return async (index, repetitions) => {
    const start = performance.now();
    const sum = run_kernel(index, BigInt(repetitions));
    const seconds = (performance.now() - start) / 1000;
    return { seconds, result: BigInt.asUintN(64, sum).toString(16).padStart(16, "0") };
  };
}
