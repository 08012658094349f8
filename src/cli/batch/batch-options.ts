/** The options of `vitrine test`. */
import { availableParallelism } from "node:os";
import { UsageError } from "../usage-error.ts";

export interface BatchOptions {
  readonly help: boolean;
  readonly folder: string;
  /** After so many steps a program has failed. */
  readonly maxSteps: number;
  /** Machines that run at once. */
  readonly jobs: number;
  /** File of the JUnit report; null: none. */
  readonly junit: string | null;
  /** As of `vitrine run`. */
  readonly machine: readonly string[];
}

export const DEFAULT_MAX_STEPS = 1_000_000_000;
const DEFAULT_JUNIT = "vitrine-junit.xml";
/** Options of `vitrine run` that say what machine it is, with a value. */
const MACHINE_OPTIONS = ["M", "machine", "m", "smp", "cpu", "bios", "icount", "append", "seed"];

/** Throws a UsageError that names the option at fault. */
export function parseBatchOptions(args: readonly string[]): BatchOptions {
  let help = false;
  let maxSteps = DEFAULT_MAX_STEPS;
  let jobs = availableParallelism();
  let junit: string | null = DEFAULT_JUNIT;
  const machine: string[] = [];
  const folders: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const written = args[at] as string;
    const name = written.replace(/^--?/, "");
    const value = (): string => {
      const text = args[++at];
      if (text === undefined) throw new UsageError(`${written} needs a value`);
      return text;
    };
    if (name === written) folders.push(written);
    else if (name === "help" || name === "h") help = true;
    else if (name === "max-steps") maxSteps = count(written, value(), Number.MAX_SAFE_INTEGER);
    else if (name === "jobs" || name === "j") jobs = count(written, value(), 256);
    else if (name === "junit") junit = orNone(value());
    else if (MACHINE_OPTIONS.includes(name)) machine.push(written, value());
    else throw new UsageError(`unknown option: ${written}`);
  }
  const [folder, another] = folders;
  if (!help && folder === undefined) throw new UsageError("the folder with the programs is missing");
  if (another !== undefined) throw new UsageError(`only one folder: ${another} is a second one`);
  return { help, folder: folder ?? "", maxSteps, jobs, junit, machine };
}

function orNone(text: string): string | null {
  return text === "none" ? null : text;
}

function count(option: string, text: string, most: number): number {
  const digits = text.replaceAll("_", "");
  if (!/^\d+$/.test(digits) || Number(digits) < 1 || Number(digits) > most) {
    throw new UsageError(`${option}: "${text}" is not a number from 1 to ${most}`);
  }
  return Number(digits);
}
