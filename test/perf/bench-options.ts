/** What may be said on the bench's command line. */
import { Complaint } from "../../scripts/paths.mjs";
import { PROGRAMS, suiteKernels } from "./suite-kernels.ts";

export const PARTS = [
  "kernels",
  "programs",
  "bare",
  "boot",
  "disk",
  "footprint",
  "sync",
  "inspector",
  "breakpoints",
  "sizes",
] as const;
export type Part = (typeof PARTS)[number];

export const SUITE_ENGINES = ["qemu", "node", "chromium", "wasm", "wasm-chromium", "v86"] as const;
export type EngineName = (typeof SUITE_ENGINES)[number];

/** Without a name of a part, all but this one run: its kernels are in the suite too. */
const LEFT_OUT: Part = "bare";

const USAGE = `usage: npm run bench [PART…] [-- OPTIONS]
parts: ${PARTS.join(", ")}; without any, all but ${LEFT_OUT}
  kernels    a C suite inside the bundled Linux, and as plain wasm
  programs   sqlite, lua and python from Debian in the bundled Linux
  bare       kernels without an operating system
  inspector  the page's panels: main thread, guest slow-down, step, first visit, opening at the prompt, scrolling
  breakpoints  what they cost where nothing reaches them
  disk       sequential reads and writes in the bundled Linux, Node and qemu (--runs, --seconds, --cpu-time)
options of kernels and programs (bare: --only, --runs, --seconds):
  --only A,B       kernels or groups (integer, float, fused, system) of that name
  --engines A,B    of ${SUITE_ENGINES.join(", ")}; the first one is what the others are compared with
  --runs N         runs a kernel and engine (default 5)
  --seconds S      what a run lasts at least (default 2)
  --no-jit         Vitrine interprets
  --cpu-time       counts what a process uses of the processors, for a busy host: not for engines in a page`;

export function runsInPage(name: EngineName): boolean {
  return name === "chromium" || name === "wasm-chromium" || name === "v86";
}

export interface BenchOptions {
  readonly wants: (part: Part) => boolean;
  readonly only: readonly string[] | undefined;
  readonly engines: readonly EngineName[];
  readonly runs: number;
  readonly seconds: number;
  /** undefined: as the machine's default. */
  readonly jit: boolean | undefined;
  readonly cpuTime: boolean;
}

/** Throws a Complaint that names what is wrong and shows the usage. */
export function benchOptions(args: readonly string[]): BenchOptions {
  const complain = (what: string): never => {
    throw new Complaint(`bench: ${what}\n${USAGE}`);
  };
  const parts: Part[] = [];
  let [only, engines, runs, seconds, jit]: [string[] | undefined, EngineName[], number, number, boolean | undefined] = [
    undefined,
    [...SUITE_ENGINES],
    5,
    2,
    undefined,
  ];
  let cpuTime = false;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    const value = (): string => args[++at] ?? complain(`${arg} needs a value`);
    if (arg === "--only") only = listed(value(), kernelNames(), complain);
    else if (arg === "--engines") engines = listed(value(), SUITE_ENGINES, complain) as EngineName[];
    else if (arg === "--runs") runs = Number(value());
    else if (arg === "--seconds") seconds = Number(value());
    else if (arg === "--no-jit") jit = false;
    else if (arg === "--cpu-time") cpuTime = true;
    else if (PARTS.includes(arg as Part)) parts.push(arg as Part);
    else complain(`"${arg}" is neither a part nor an option`);
  }
  if (!Number.isInteger(runs) || runs < 1) complain("--runs takes a whole number from 1");
  if (!(seconds > 0)) complain("--seconds takes a number above 0");
  if (cpuTime && engines.some(runsInPage)) complain("--cpu-time needs --engines without a page: qemu, node, wasm");
  const wants = (part: Part): boolean => (parts.length === 0 ? part !== LEFT_OUT : parts.includes(part));
  return { wants, only, engines, runs, seconds, jit, cpuTime };
}

function kernelNames(): string[] {
  const kernels = [...suiteKernels(), ...PROGRAMS];
  return [...new Set(kernels.flatMap(({ name, group }) => [name, group]))];
}

function listed(text: string, known: readonly string[], complain: (what: string) => never): string[] {
  const names = text.split(",");
  const stranger = names.find((name) => !known.includes(name));
  return stranger === undefined ? names : complain(`there is no "${stranger}" among ${known.join(", ")}`);
}
