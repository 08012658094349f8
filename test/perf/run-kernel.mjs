// Runs one kernel in Node, in the main thread, for profiling (`node --prof`, `node --cpu-prof`), and prints what it took.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setUp } from "../../scripts/setup.mjs";
import { at, Complaint, runAsScript } from "../../scripts/paths.mjs";
import { withRepetitions } from "./kernels/repetitions.mjs";

const USAGE = `usage: node test/perf/run-kernel.mjs KERNEL REPETITIONS [RUNS] [--no-jit]
RUNS (default 3): a machine of its own for each; the first one includes the warm-up of the engine`;

await runAsScript(import.meta.url, async (args) => {
  const [name, repetitions, runs = "3"] = args.filter((arg) => !arg.startsWith("--"));
  const folder = at("test", "perf", "kernels");
  const file = `${folder}/${name}.elf`;
  if (!(Number(repetitions) > 0)) throw new Complaint(USAGE);
  if (!existsSync(file)) {
    const names = readdirSync(folder).filter((entry) => entry.endsWith(".elf"));
    throw new Complaint(
      `There is no kernel "${name}"; there are ${names.map((entry) => entry.slice(0, -4)).join(", ")}.`,
    );
  }
  await setUp(["lib"]);
  const { createInlineMachine } = await import("../../lib/worker/node.js");
  const kernel = withRepetitions(readFileSync(file), Number(repetitions));
  for (let run = 0; run < Number(runs); run++) {
    const jit = args.includes("--no-jit") ? { jit: false } : {};
    const vm = await createInlineMachine({ target: "riscv64", memory: 128 << 20, kernel, paced: false, ...jit });
    let text = "";
    vm.console.onData((bytes) => {
      text += Buffer.from(bytes).toString("latin1");
    });
    const start = performance.now();
    await vm.run();
    await vm.waitForStop();
    const seconds = (performance.now() - start) / 1000;
    const { steps } = await vm.statistics();
    const mips = (Number(steps) / seconds / 1e6).toFixed(0);
    console.log(
      `${name} x ${repetitions}: ${seconds.toFixed(3)} s, ${steps} steps, ${mips} MIPS, result ${text.slice(2).trim()}`,
    );
    await vm.dispose();
  }
  return 0;
});
