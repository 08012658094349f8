/**
 * The bench: every engine in one call, by the host's clock, runs alternating, medians. See docs/performance.md for what the
 * figures mean.
 */
import { cpus } from "node:os";
import { bareBench } from "./bare-bench.ts";
import { breakpointBench } from "./breakpoint-bench.ts";
import { type BenchOptions, benchOptions, type EngineName, runsInPage } from "./bench-options.ts";
import { bootBench } from "./boot-bench.ts";
import { openBenchPage } from "./browser-page.ts";
import { diskBench } from "./disk-bench.ts";
import { chromiumEngine, nodeEngine, qemuEngine } from "./engines.ts";
import { inspectorBench } from "./inspector-bench.ts";
import { footprint, fullFootprint, sizes } from "./footprint.ts";
import { suiteGuest } from "./linux-guest.ts";
import type { LinuxGuest } from "./linux-session.ts";
import type { CreateMachine } from "./measure.ts";
import { programDisk } from "./program-disk.ts";
import { suiteBench } from "./suite-bench.ts";
import { plainWasmInNode, qemuSuite, type SuiteEngine, vitrineInNode } from "./suite-engines.ts";
import { plainWasmInChromium, v86InChromium, vitrineInChromium } from "./suite-page-engines.ts";
import { PROGRAMS, suiteKernels } from "./suite-kernels.ts";
import { syncBench } from "./sync-bench.ts";

/** Opens the engines of the suite that are asked for (qemu twice, if it is the first), works with them, and closes them. */
async function withSuiteEngines(
  guest: LinuxGuest<Uint8Array>,
  createMachine: CreateMachine,
  { engines, jit, cpuTime }: BenchOptions,
  work: (engines: readonly SuiteEngine[], twin: SuiteEngine | undefined) => Promise<void>,
): Promise<void> {
  const page = engines.some(runsInPage) ? await openBenchPage() : null;
  const opened: SuiteEngine[] = [];
  const open = async (name: EngineName): Promise<SuiteEngine> => {
    const engine = await openEngine(name);
    opened.push(engine);
    return engine;
  };
  try {
    const suite: SuiteEngine[] = [];
    for (const name of engines) suite.push(await open(name));
    await work(suite, engines[0] === "qemu" ? await open("qemu") : undefined);
  } finally {
    for (const engine of opened) await engine.close();
    await page?.close();
  }

  async function openEngine(name: EngineName): Promise<SuiteEngine> {
    if (name === "qemu") return qemuSuite(guest, { jit, cpuTime });
    if (name === "node") return vitrineInNode(createMachine, guest, { jit, cpuTime });
    if (name === "wasm") return plainWasmInNode({ jit, cpuTime });
    if (page === null) throw new Error(`${name} needs a page`);
    if (name === "chromium") return vitrineInChromium(page, guest, jit);
    if (name === "wasm-chromium") return plainWasmInChromium(page);
    return v86InChromium(page, guest.memory);
  }
}

/** Throws a Complaint if `args` or a tool are not as they should be. */
export async function main(root: string, args: readonly string[], createMachine: CreateMachine): Promise<void> {
  const options = benchOptions(args);
  const { wants, runs, seconds, only } = options;
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  print(`Host: ${cpus()[0]?.model}, ${cpus().length} processors, ${process.platform}.`);
  const kernels = [...(wants("kernels") ? suiteKernels() : []), ...(wants("programs") ? PROGRAMS : [])].filter(
    ({ name, group }) => only === undefined || only.includes(name) || only.includes(group),
  );
  if (kernels.length > 0) {
    const guest = suiteGuest(root, wants("programs") ? await programDisk() : undefined);
    await withSuiteEngines(guest, createMachine, options, async (engines, twin) => {
      for (const { name, version } of engines) print(`${name}: ${version}`);
      print(
        "\nInside the bundled Linux, and as plain wasm: repetitions a second, then ratios of speeds (more is better;",
      );
      print(
        `wasm/…: how far the machine is from the same C as wasm); medians of ${runs} alternating runs of ${seconds} s`,
      );
      await suiteBench(engines, twin, kernels, options, print);
    });
  }
  if (wants("bare") || wants("boot")) {
    const page = await openBenchPage();
    const engines = [qemuEngine(), nodeEngine(createMachine), chromiumEngine(page)];
    try {
      for (const { name, version } of engines) print(`${name}: ${version}`);
      if (wants("bare")) {
        print(
          `\nBare metal, at least ${seconds} s a run: repetitions a second, and the ratio to qemu (more is better)`,
        );
        await bareBench(engines, only, options, print);
      }
      if (wants("boot")) await bootBench(root, engines, page.bootCold, runs, print);
    } finally {
      for (const engine of engines) await engine.close();
    }
  }
  if (wants("disk")) await diskBench(root, createMachine, options, print);
  if (wants("footprint")) {
    const { idle, resident, memory, growth } = footprint();
    const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    print("\nBundled Linux in Node, paced, in a process of its own");
    print(`idle at the prompt: ${(idle * 100).toFixed(1)} % of a processor`);
    print(`resident: ${mib(resident)}, with ${mib(memory)} of guest RAM; growth in 10 s of work: ${mib(growth)}`);
    const full = fullFootprint();
    print(`resident with a guest of ${mib(full.memory)} that uses 900 MiB and more: ${mib(full.resident)}`);
  }
  if (wants("sync")) {
    const page = await openBenchPage();
    try {
      await syncBench(root, createMachine, page, print);
    } finally {
      await page.close();
    }
  }
  if (wants("inspector")) await inspectorBench(root, 2 * runs, print);
  if (wants("breakpoints")) await breakpointBench(root, createMachine, 2 * runs, print);
  if (wants("sizes")) {
    const { core, page, firstVisit } = sizes(root);
    const kb = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
    print(`\nSizes: core ${kb(core)} gzip'd; page's code ${kb(page)} gzip'd; first visit ${kb(firstVisit)}`);
  }
}
