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

/** Debian's programs on the guest's disk (program-disk.ts), each with a script that is told how much to do. */
export const PROGRAMS: readonly SuiteKernel[] = [
  { name: "sqlite", group: "programs", what: "Debian's sqlite3: two tables filled, indexed, joined and grouped" },
  { name: "lua", group: "programs", what: "Debian's lua5.4: strings, tables, closures, patterns" },
  { name: "python", group: "programs", what: "Debian's python3: objects, dictionaries, strings, large integers" },
];

/** Typed once at the start of a guest with the disk of programs. */
export const MOUNT_DISK = "mount -t ext4 -o ro /dev/vda /mnt";

/** What a shell types to run a kernel. */
export function commandOf({ name, group }: SuiteKernel, repetitions: number): string {
  if (group !== "programs") return `/suite ${name} ${repetitions}`;
  const inDisk = "/suite run /bin/chroot /mnt /usr/bin/";
  if (name === "lua") return `${inDisk}lua5.4 /bench/work.lua ${repetitions}`;
  if (name === "python") return `${inDisk}python3 -B /bench/work.py ${repetitions}`;
  const rows = `CREATE TABLE repetitions AS SELECT ${repetitions} AS n`;
  return `${inDisk}sqlite3 -cmd '${rows}' :memory: '.read /bench/work.sql'`;
}
