/** The bench's C suite inside the bundled Linux computes what the same C computes as plain wasm. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { suiteGuest } from "../perf/linux-guest.ts";
import { KernelWatch } from "../perf/measure.ts";
import { openPlainWasm } from "../perf/plain-wasm.ts";
import { commandOf, suiteKernels, wasmIndex } from "../perf/suite-kernels.ts";
import { library, PROMPT, path, Transcript } from "./machines.ts";

const REPETITIONS = 3;
/** Of kernels that plain wasm has not: what the program printed in native qemu 10.0. */
const OTHERS: Readonly<Record<string, string>> = {
  fma: "1f93f78beefac20c",
  syscalls: "00000000000f2709",
  faults: "0000000001ee8fa1",
  pipes: "000000972c5269cd",
  processes: "0000000000000021",
};

test("every kernel gives the result of plain wasm", async () => {
  const { createMachine } = await library();
  const { prompt: _, ...images } = suiteGuest(path("."));
  const vm = await createMachine({ target: "riscv64", console: "virtio", paced: false, ...images });
  try {
    const transcript = new Transcript(vm);
    let watch = new KernelWatch();
    let done = (): void => {};
    vm.console.onData((bytes) => {
      if (watch.take(bytes, 0)) done();
    });
    await vm.run();
    await transcript.shows(PROMPT);
    const kernels = suiteKernels();
    const run = await openPlainWasm(readFileSync(path("test/perf/suite/suite.wasm")));
    const results: Record<string, string> = {};
    const expected: Record<string, string> = { ...OTHERS };
    for (const kernel of kernels) {
      const index = wasmIndex(kernels, kernel);
      if (index >= 0) expected[kernel.name] = (await run(index, REPETITIONS)).result;
      watch = new KernelWatch();
      const finished = new Promise<void>((resolve) => {
        done = resolve;
      });
      await vm.console.write(`${commandOf(kernel, REPETITIONS)}\n`);
      await finished;
      results[kernel.name] = watch.measured.result;
    }
    expect(results).toEqual(expected);
  } finally {
    await vm.dispose();
  }
});
