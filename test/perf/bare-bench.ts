/** Kernels without any operating system, in M-mode: a machine of its own for each run. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "./engines.ts";
import { withRepetitions } from "./kernels/repetitions.mjs";
import { geometricMean, median } from "./statistics.ts";
import type { SuiteTiming } from "./suite-bench.ts";

/** Repetitions with which a run lasts `seconds`, found by doubling. */
async function calibrate(engine: Engine, elf: Uint8Array, wanted: number): Promise<number> {
  for (let repetitions = 8; ; repetitions *= 8) {
    const { seconds } = await engine.kernel(withRepetitions(elf, repetitions));
    if (seconds > 0.1 * wanted) return Math.ceil((repetitions * wanted * 1.1) / seconds);
  }
}

/** All engines must compute the same before their speed means anything. */
async function checkResults(engines: readonly Engine[], elf: Uint8Array, name: string): Promise<void> {
  const results = [];
  for (const engine of engines) results.push((await engine.kernel(withRepetitions(elf, 3))).result);
  if (new Set(results).size !== 1) throw new Error(`${name}: the engines differ: ${results.join(", ")}`);
}

/** Prints repetitions per second, and each engine's speed as a multiple of the first engine's. */
export async function bareBench(
  engines: readonly Engine[],
  only: readonly string[] | undefined,
  timing: SuiteTiming,
  print: (line: string) => void,
): Promise<void> {
  const folder = join(import.meta.dirname, "kernels");
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".elf"))
    .map((name) => name.slice(0, -4))
    .filter((name) => only === undefined || only.includes(name));
  const ratios = new Map<string, number[]>(engines.map(({ name }) => [name, []]));
  print(`${"kernel".padEnd(12)}${engines.map(({ name }) => `${name}/s`.padStart(14) + "ratio".padStart(8)).join("")}`);
  for (const name of names) {
    const elf = readFileSync(join(folder, `${name}.elf`));
    await checkResults(engines, elf, name);
    const repetitions = new Map<Engine, number>();
    for (const engine of engines) repetitions.set(engine, await calibrate(engine, elf, timing.seconds));
    const rates = new Map<Engine, number[]>(engines.map((engine) => [engine, []]));
    for (let run = 0; run < timing.runs; run++) {
      for (const engine of engines) {
        const count = repetitions.get(engine) ?? 1;
        const { seconds } = await engine.kernel(withRepetitions(elf, count));
        rates.get(engine)?.push(count / seconds);
      }
    }
    const rate = (engine: Engine): number => median(rates.get(engine) ?? []);
    const base = rate(engines[0] as Engine);
    for (const engine of engines) ratios.get(engine.name)?.push(rate(engine) / base);
    const cells = engines.map((e) => rate(e).toFixed(1).padStart(14) + (rate(e) / base).toFixed(3).padStart(8));
    print(`${name.padEnd(12)}${cells.join("")}`);
  }
  const means = engines.map(({ name }) => geometricMean(ratios.get(name) ?? []).toFixed(3));
  print(`${"geom. mean".padEnd(12)}${means.map((mean) => " ".repeat(14) + mean.padStart(8)).join("")}`);
}
