/** `vitrine test`: every program of a folder, each on a machine of its own, several at a time. */
import { open, readdir, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { MachineOptions } from "../../worker/node.ts";
import { machineFromOptions } from "../machine-from-options.ts";
import { parseRunOptions } from "../run-options.ts";
import { type BatchOptions, DEFAULT_MAX_STEPS, parseBatchOptions } from "./batch-options.ts";
import { junitReport } from "./junit.ts";
import { runProgram } from "./run-program.ts";
import { tapHeader, tapLine } from "./tap.ts";
import type { Verdict } from "./verdict.ts";

const USAGE = `Usage: vitrine test [options] DIR

Runs every ELF file in DIR on a machine of its own, without a terminal. A program passes if it ends with exit code 0
(test finisher, HTIF or semihosting) and prints what NAME.expected says, where that file exists. NAME.in is its input.

  --max-steps N       a program that is not over after N steps fails (default ${DEFAULT_MAX_STEPS})
  --jobs N            machines that run at once (default: one for each processor)
  --junit FILE|none   where the JUnit report goes (default vitrine-junit.xml)
  -m, -bios, -append, -icount, -seed, -cpu, -M   as of vitrine run; -bios is none if not given

The report on stdout is TAP. Exit status: 0 if all pass, 1 if any fails, 2 for a wrong command line.
`;

const ELF_MAGIC = Buffer.from("\x7fELF", "latin1");

/** Answers the exit status. */
export async function batchCommand(args: readonly string[]): Promise<number> {
  const options = parseBatchOptions(args);
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const programs = await programsIn(options.folder);
  if (programs.length === 0) throw new Error(`${options.folder} holds no ELF file`);
  process.stdout.write(tapHeader(programs.length));
  const verdicts = await runAll(programs, options);
  if (options.junit !== null) {
    await writeFile(options.junit, junitReport(basename(resolve(options.folder)), verdicts));
  }
  return verdicts.every(({ failure }) => failure === null) ? 0 : 1;
}

/** Reports come in the order of names, each as soon as those before it are there. */
async function runAll(programs: readonly string[], options: BatchOptions): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  let next = 0;
  let reported = 0;
  const work = async (): Promise<void> => {
    for (let number = next++; number < programs.length; number = next++) {
      const program = programs[number] as string;
      verdicts[number] = await runProgram(program, await machineFor(program, options.machine), options.maxSteps);
      for (; verdicts[reported] !== undefined; reported++) {
        process.stdout.write(tapLine(reported + 1, verdicts[reported] as Verdict));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs, programs.length) }, work));
  return verdicts;
}

function machineFor(program: string, given: readonly string[]): Promise<MachineOptions> {
  const firmware = given.includes("-bios") ? [] : ["-bios", "none"];
  return machineFromOptions(parseRunOptions(["-semihosting", ...firmware, ...given, "-kernel", program]), false);
}

async function programsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.code === "ENOENT" ? `${folder}: there is no such folder` : error.message);
  });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name));
  const isProgram = await Promise.all(files.map(isElf));
  return files.filter((_, n) => isProgram[n]).sort();
}

async function isElf(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const head = Buffer.alloc(ELF_MAGIC.length);
    await file.read(head, 0, head.length, 0);
    return head.equals(ELF_MAGIC);
  } finally {
    await file.close();
  }
}
