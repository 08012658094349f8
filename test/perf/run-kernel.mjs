// Runs one kernel in Node, in the main thread, for profiling (`node --prof`, `node --cpu-prof`), and prints what it took.
import { existsSync, readFileSync } from "node:fs";
import { at, Complaint, root, runAsScript } from "../../scripts/paths.mjs";
import { setUp } from "../../scripts/setup.mjs";
import { withRepetitions } from "./kernels/repetitions.mjs";

const USAGE = `usage: node test/perf/run-kernel.mjs KERNEL REPETITIONS [RUNS] [--linux] [--no-jit] [--icount]
KERNEL    of test/perf/kernels, a machine of its own for each run; or with --linux of test/perf/suite, all runs in one guest
RUNS      default 3; the first one includes the warm-up of the engine
--icount  the guest's clock follows the steps, with --linux too, which otherwise follows the host's`;

/** Two clocks: the host's, and what this process with all its threads has used of the processors. */
function clocks() {
  const { user, system } = process.cpuUsage();
  return { host: performance.now() / 1000, used: (user + system) / 1e6 };
}

function report(name, repetitions, start, steps, result) {
  const { host, used } = clocks();
  const mips = (Number(steps) / (host - start.host) / 1e6).toFixed(0);
  const times = `${(host - start.host).toFixed(3)} s (processors ${(used - start.used).toFixed(3)} s)`;
  console.log(`${name} x ${repetitions}: ${times}, ${steps} steps, ${mips} MIPS, result ${result}`);
}

/** The output of a machine as text, with the marks as § and ¶, and a wait for a pattern in what came since the last wait. */
function listen(vm) {
  let text = "";
  let wake = () => {};
  vm.console.onData((bytes) => {
    text += Buffer.from(bytes).toString("latin1").replaceAll("\u0002", "§").replaceAll("\u0003", "¶");
    wake();
  });
  return async (pattern) => {
    for (;;) {
      const match = pattern.exec(text);
      if (match !== null) {
        text = text.slice(match.index + match[0].length);
        return match;
      }
      await new Promise((resolve) => {
        wake = resolve;
      });
    }
  };
}

async function runBare(createMachine, options, name, repetitions, runs) {
  const file = at("test", "perf", "kernels", `${name}.elf`);
  if (!existsSync(file)) throw new Complaint(`There is no kernel "${name}" without Linux.`);
  const kernel = withRepetitions(readFileSync(file), repetitions);
  for (let run = 0; run < runs; run++) {
    const vm = await createMachine({ target: "riscv64", memory: 128 << 20, kernel, paced: false, ...options });
    const shown = listen(vm);
    const start = clocks();
    await vm.run();
    await vm.waitForStop();
    const [, result] = await shown(/¶(.*)\n/);
    report(name, repetitions, start, (await vm.statistics()).steps, result);
    await vm.dispose();
  }
}

async function runInLinux(createMachine, options, name, repetitions, runs) {
  const { runnerImport } = await import("vite");
  const { module } = await runnerImport(at("test", "perf", "linux-guest.ts"), {
    configFile: false,
    root,
    logLevel: "error",
  });
  const { prompt, ...guest } = module.suiteGuest(root);
  const vm = await createMachine({ target: "riscv64", clock: "realtime", console: "virtio", ...guest, ...options });
  const shown = listen(vm);
  await vm.run();
  await shown(new RegExp(prompt));
  for (let run = 0; run < runs; run++) {
    await vm.console.write(`/suite ${name} ${repetitions}\n`);
    await shown(/§/);
    const start = clocks();
    const { steps } = await vm.statistics();
    const [, result] = await shown(/¶(.*)\r\n/);
    report(name, repetitions, start, (await vm.statistics()).steps - steps, result);
  }
  await vm.dispose();
}

await runAsScript(import.meta.url, async (args) => {
  const [name, repetitions, runs = "3"] = args.filter((arg) => !arg.startsWith("--"));
  if (!(Number(repetitions) > 0)) throw new Complaint(USAGE);
  await setUp(["lib"]);
  const { createInlineMachine } = await import("../../lib/worker/node.js");
  const options = {
    ...(args.includes("--no-jit") ? { jit: false } : {}),
    ...(args.includes("--icount") ? { clock: "icount" } : {}),
  };
  const run = args.includes("--linux") ? runInLinux : runBare;
  await run(createInlineMachine, options, name, Number(repetitions), Number(runs));
  return 0;
});
