/** The kernels of the suite, as suite/kernels.json lists them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A group has a mean of its own. `fused` and `system` kernels are not for plain wasm. */
export type Group = "integer" | "float" | "fused" | "system" | "programs";

export interface SuiteKernel {
  readonly name: string;
  readonly group: Group;
  /** What it exercises. */
  readonly what: string;
  /** The one architecture of guests for which it is built. */
  readonly only?: string;
}

/** In the order in which plain wasm numbers those that it has. */
export function suiteKernels(): readonly SuiteKernel[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, "suite", "kernels.json"), "utf8"));
}

/** The number of a kernel in suite.wasm, or -1. */
export function wasmIndex(kernels: readonly SuiteKernel[], { name }: SuiteKernel): number {
  return kernels
    .filter(({ group }) => group === "integer" || group === "float")
    .findIndex((other) => other.name === name);
}

/** What a shell types to run a kernel. */
export function commandOf({ name }: SuiteKernel, repetitions: number): string {
  return `/suite ${name} ${repetitions}`;
}
