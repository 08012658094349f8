/** Times the suite in several engines, runs alternating, and prints a row a kernel and a mean a group. */
import type { Measured } from "./measure.ts";
import { geometricMean, median } from "./statistics.ts";
import type { SuiteEngine } from "./suite-engines.ts";
import type { Group, SuiteKernel } from "./suite-kernels.ts";

export interface SuiteTiming {
  readonly runs: number;
  /** Host seconds that a run should last at least. */
  readonly seconds: number;
}

/** Repetitions per host second. */
interface Rates {
  /**
   * Of the first run in the engine's machine, which does as much as the first engine later does in a quarter of a run; undefined
   * where the engine has no machine that is new to the kernel.
   */
  readonly first: number | undefined;
  /** Median of the later runs. */
  readonly later: number;
}

type Row = ReadonlyMap<SuiteEngine, Rates>;

/** No run should last a tenth of it; what hangs is to be named. */
const PATIENCE_SECONDS = 300;

/** Throws an Error that names engine and kernel if there is no answer in time. */
async function run(engine: SuiteEngine, kernel: SuiteKernel, repetitions: number): Promise<Measured> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const what = `${kernel.name} x ${repetitions} in ${engine.name}: no answer in ${PATIENCE_SECONDS} s`;
    timer = setTimeout(() => reject(new Error(what)), PATIENCE_SECONDS * 1000);
  });
  try {
    return await Promise.race([engine.run(kernel, repetitions), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Repetitions with which a run lasts `seconds`, by growing steps: the engine is warm after it. */
async function calibrate(engine: SuiteEngine, kernel: SuiteKernel, seconds: number, from = 1): Promise<number> {
  for (let repetitions = from; ; ) {
    const { seconds: took } = await run(engine, kernel, repetitions);
    if (took >= seconds * 0.2) return Math.ceil((repetitions * seconds * 1.05) / took);
    // At least twice, at most a hundred times as many: a first run says little about the next.
    const growth = Math.min(100, Math.max(2, (seconds * 0.4) / Math.max(took, 1e-4)));
    repetitions = Math.ceil(repetitions * growth);
  }
}

/** A run that lasts `seconds`, of `repetitions` or as many more as that needs: the engine may have become faster meanwhile. */
async function runFor(
  engine: SuiteEngine,
  kernel: SuiteKernel,
  seconds: number,
  repetitions: number,
): Promise<{ readonly repetitions: number; readonly seconds: number }> {
  for (let count = repetitions; ; ) {
    const { seconds: took } = await run(engine, kernel, count);
    if (took >= seconds * 0.8) return { repetitions: count, seconds: took };
    count = Math.ceil(count * Math.min(4, (seconds * 1.1) / Math.max(took, 1e-4)));
  }
}

/**
 * All engines do the same work in their first run of a kernel, and must come to the same result. How much that is, the first
 * engine finds out; so its own first run is that of `twin`, another machine of it.
 */
async function measureKernel(
  engines: readonly SuiteEngine[],
  twin: SuiteEngine | undefined,
  kernel: SuiteKernel,
  timing: SuiteTiming,
): Promise<Row> {
  const able = engines.filter((engine) => engine.runs(kernel));
  const [base] = able;
  if (base === undefined) return new Map();
  const share = timing.seconds / 4;
  // What a first run takes besides, to start a program for instance, says nothing about later ones.
  const { repetitions: work } = await runFor(base, kernel, share, await calibrate(base, kernel, share));
  const first = new Map<SuiteEngine, number>();
  const repetitions = new Map<SuiteEngine, number>();
  const results = new Set<string>();
  for (const engine of able) {
    const machine = engine === engines[0] ? (twin ?? engine) : engine;
    const { seconds, result } = await run(machine, kernel, work);
    if (machine !== base) first.set(engine, work / seconds);
    results.add(result);
    if (results.size > 1) throw new Error(`${kernel.name}: the engines differ: ${[...results].join(", ")}`);
    // A short run on a busy host may seem to have taken no time at all, when both its marks are heard late.
    const growth = Math.min(20, (timing.seconds * engine.share * 0.25) / Math.max(seconds, 1e-4));
    const guess = Math.max(1, Math.floor(work * growth));
    repetitions.set(engine, await calibrate(engine, kernel, timing.seconds * engine.share, guess));
  }
  const rates = new Map<SuiteEngine, number[]>(able.map((engine) => [engine, []]));
  for (let round = 0; round < timing.runs; round++) {
    for (const engine of able) {
      const done = await runFor(engine, kernel, timing.seconds * engine.share, repetitions.get(engine) ?? 1);
      repetitions.set(engine, done.repetitions);
      rates.get(engine)?.push(done.repetitions / done.seconds);
    }
  }
  return new Map(able.map((engine) => [engine, { first: first.get(engine), later: median(rates.get(engine) ?? []) }]));
}

/** A column: a ratio of two engines' rates. */
interface Column {
  readonly title: string;
  ratio(row: Row): number | undefined;
}

/**
 * Each engine as a multiple of the first one's speed; then how many times as fast plain wasm is as the machine in the same
 * engine, and the machine in the browser as v86; then first runs, as multiples of the first engine's later runs: its own are
 * first, if it has a twin.
 */
function columnsOf(engines: readonly SuiteEngine[], twin: SuiteEngine | undefined): readonly Column[] {
  const [base] = engines;
  const named = (name: string): SuiteEngine | undefined => engines.find((engine) => engine.name === name);
  const ratio = (
    title: string,
    above: SuiteEngine | undefined,
    below: SuiteEngine | undefined,
    rate: (rates: Rates) => number | undefined = ({ later }) => later,
  ): Column[] => {
    if (above === undefined || below === undefined) return [];
    return [
      {
        title,
        ratio: (row) => {
          const top = row.get(above);
          const bottom = row.get(below);
          const speed = top && rate(top);
          return speed && bottom && speed / bottom.later;
        },
      },
    ];
  };
  const machines = ["node", "chromium", "v86"].map(named).filter((engine) => engine !== base);
  const firsts = twin === undefined ? machines : [base, ...machines];
  return [
    ...machines.flatMap((engine) => ratio(`${engine?.name}/${base?.name}`, engine, base)),
    ...ratio("wasm/node", named("wasm"), named("node")),
    ...ratio("wasm/chr", named("wasm-chromium"), named("chromium")),
    ...ratio("wasm/v86", named("wasm-chromium"), named("v86")),
    ...ratio("chr/v86", named("chromium"), named("v86")),
    ...firsts.flatMap((engine) => ratio(`1st ${engine?.name}`, engine, base, ({ first }) => first)),
  ];
}

/** A number with three digits, or as many as stand before its point. */
function cell(value: number | undefined, width: number): string {
  if (value === undefined) return "-".padStart(width);
  const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return value.toFixed(digits).padStart(width);
}

const NAME = 16;
const RATE = 12;

/** `twin`: another machine of the first engine, for first runs. */
export async function suiteBench(
  engines: readonly SuiteEngine[],
  twin: SuiteEngine | undefined,
  kernels: readonly SuiteKernel[],
  timing: SuiteTiming,
  print: (line: string) => void,
): Promise<void> {
  const columns = columnsOf(engines, twin);
  const width = (column: Column): number => Math.max(column.title.length, 6) + 2;
  const [base] = engines;
  const groups = new Map<Group, Row[]>();
  print(`${"kernel".padEnd(NAME)}${`${base?.name}/s`.padStart(RATE)}${titles(columns, width)}`);
  for (const kernel of kernels) {
    const row = await measureKernel(engines, twin, kernel, timing);
    groups.set(kernel.group, [...(groups.get(kernel.group) ?? []), row]);
    const rate = base && row.get(base)?.later;
    const cells = columns.map((column) => cell(column.ratio(row), width(column))).join("");
    print(`${kernel.name.padEnd(NAME)}${cell(rate, RATE)}${cells}`);
  }
  print("geometric means");
  for (const [group, rows] of groups) {
    const means = columns.map((column) => {
      const values = rows.map((row) => column.ratio(row)).filter((value) => value !== undefined);
      return cell(values.length === 0 ? undefined : geometricMean(values), width(column));
    });
    print(`${`${group} (${rows.length})`.padEnd(NAME + RATE)}${means.join("")}`);
  }
}

function titles(columns: readonly Column[], width: (column: Column) => number): string {
  return columns.map((column) => column.title.padStart(width(column))).join("");
}
