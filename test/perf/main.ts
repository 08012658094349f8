/**
 * The bench: every engine in one process, by the host's clock, runs alternating, medians of five. See docs/performance.md for
 * what the figures mean.
 */
import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { openBenchPage } from "./browser-page.ts";
import { chromiumEngine, type Engine, nodeEngine, qemuEngine } from "./engines.ts";
import { footprint, sizes } from "./footprint.ts";
import type { Boot, CreateMachine } from "./measure.ts";
import { syncBench } from "./sync-bench.ts";

const RUNS = 5;
/** Host seconds that a run of a kernel should last at least. */
const SECONDS = 2;
const MAGIC = 0x5645524e454c2121n;

/** The ELF with the number of repetitions written behind the magic word of frame.c. */
function withRepetitions(elf: Uint8Array, repetitions: number): Uint8Array {
  const copy = Uint8Array.from(elf);
  const view = new DataView(copy.buffer);
  for (let at = 0; at + 16 <= copy.length; at += 16) {
    if (view.getBigUint64(at, true) === MAGIC) {
      view.setBigUint64(at + 8, BigInt(repetitions), true);
      return copy;
    }
  }
  throw new Error("The kernel has no word for repetitions");
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** Repetitions with which a run lasts SECONDS, found by doubling. */
async function calibrate(engine: Engine, elf: Uint8Array): Promise<number> {
  for (let repetitions = 8; ; repetitions *= 8) {
    const { seconds } = await engine.kernel(withRepetitions(elf, repetitions));
    if (seconds > 0.2) return Math.ceil((repetitions * SECONDS * 1.1) / seconds);
  }
}

/** Prints seconds per repetition, and each engine's speed as a multiple of the first engine's. */
async function kernels(engines: readonly Engine[], print: (line: string) => void): Promise<void> {
  const folder = join(import.meta.dirname, "kernels");
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".elf"))
    .map((name) => name.slice(0, -4));
  const ratios = new Map<string, number[]>(engines.map(({ name }) => [name, []]));
  print(`${"kernel".padEnd(12)}${engines.map(({ name }) => `${name}/s`.padStart(14) + "ratio".padStart(8)).join("")}`);
  for (const name of names) {
    const elf = readFileSync(join(folder, `${name}.elf`));
    await checkResults(engines, elf, name);
    const repetitions = new Map<Engine, number>();
    for (const engine of engines) repetitions.set(engine, await calibrate(engine, elf));
    const rates = new Map<Engine, number[]>(engines.map((engine) => [engine, []]));
    for (let run = 0; run < RUNS; run++) {
      for (const engine of engines) {
        const count = repetitions.get(engine) ?? 1;
        const { seconds } = await engine.kernel(withRepetitions(elf, count));
        rates.get(engine)?.push(count / seconds);
      }
    }
    const rate = (engine: Engine): number => median(rates.get(engine) ?? []);
    const base = rate(engines[0] as Engine);
    for (const engine of engines) ratios.get(engine.name)?.push(rate(engine) / base);
    print(
      `${name.padEnd(12)}${engines.map((e) => rate(e).toFixed(1).padStart(14) + (rate(e) / base).toFixed(3).padStart(8)).join("")}`,
    );
  }
  print(
    `${"geom. mean".padEnd(12)}${engines
      .map(
        ({ name }) =>
          " ".repeat(14) +
          geometricMean(ratios.get(name) ?? [])
            .toFixed(3)
            .padStart(8),
      )
      .join("")}`,
  );
}

/** All engines must compute the same before their speed means anything. */
async function checkResults(engines: readonly Engine[], elf: Uint8Array, name: string): Promise<void> {
  const results = [];
  for (const engine of engines) results.push((await engine.kernel(withRepetitions(elf, 3))).result);
  if (new Set(results).size !== 1) throw new Error(`${name}: the engines differ: ${results.join(", ")}`);
}

async function boots(engines: readonly Engine[], boot: Boot, print: (line: string) => void): Promise<void> {
  const seconds = new Map<Engine, number[]>(engines.map((engine) => [engine, []]));
  for (let run = 0; run < RUNS; run++) {
    for (const engine of engines) seconds.get(engine)?.push(await engine.boot(boot));
  }
  const time = (engine: Engine): number => median(seconds.get(engine) ?? []);
  const base = time(engines[0] as Engine);
  for (const engine of engines) {
    print(
      `${engine.name.padEnd(12)}${time(engine).toFixed(2).padStart(8)} s${(time(engine) / base).toFixed(2).padStart(8)} times qemu's time`,
    );
  }
}

function bundledLinux(root: string): Boot {
  const [linux] = JSON.parse(readFileSync(join(root, "public", "guests", "index.json"), "utf8"));
  const file = (path: string): Uint8Array => readFileSync(join(root, "public", path));
  return {
    firmware: file(linux.bios),
    kernel: gunzipSync(file(linux.kernel)),
    initrd: file(linux.initrd),
    append: linux.append,
    memory: linux.memory,
    prompt: "vitrine:~# ",
  };
}

const PARTS = ["kernels", "boot", "footprint", "sync", "sizes"] as const;
type Part = (typeof PARTS)[number];

/** `args` may name parts; without any, all run. */
export async function main(root: string, args: readonly string[], createMachine: CreateMachine): Promise<void> {
  const unknown = args.find((arg) => !PARTS.includes(arg as Part));
  if (unknown !== undefined) throw new Error(`bench: no part "${unknown}"; the parts are ${PARTS.join(", ")}`);
  const wants = (part: Part): boolean => args.length === 0 || args.includes(part);
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  print(
    `Host: ${cpus()[0]?.model}, ${cpus().length} processors, ${process.platform}. Medians of ${RUNS} alternating runs.`,
  );
  if (wants("kernels") || wants("boot")) {
    const engines = [qemuEngine(), nodeEngine(createMachine), chromiumEngine(await openBenchPage())];
    try {
      for (const { name, version } of engines) print(`${name}: ${version}`);
      if (wants("kernels")) {
        print(
          `\nInteger kernels, bare metal, at least ${SECONDS} s a run: repetitions per second, and the ratio to qemu (more is better)`,
        );
        await kernels(engines, print);
      }
      if (wants("boot")) {
        print("\nBundled Linux to its prompt, images in memory (qemu: from the start of its process)");
        await boots(engines, bundledLinux(root), print);
      }
    } finally {
      for (const engine of engines) await engine.close();
    }
  }
  if (wants("footprint")) {
    const { idle, resident, memory, growth } = footprint();
    const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    print("\nBundled Linux in Node, paced, in a process of its own");
    print(`idle at the prompt: ${(idle * 100).toFixed(1)} % of a processor`);
    print(`resident: ${mib(resident)}, with ${mib(memory)} of guest RAM; growth in 10 s of work: ${mib(growth)}`);
  }
  if (wants("sync")) {
    const page = await openBenchPage();
    try {
      await syncBench(root, createMachine, page, print);
    } finally {
      await page.close();
    }
  }
  if (wants("sizes")) {
    const { core, page, firstVisit } = sizes(root);
    const kb = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
    print(`\nSizes: core ${kb(core)} gzip'd; page's code ${kb(page)} gzip'd; first visit ${kb(firstVisit)}`);
  }
}
