/** Runs one program to its end or to its limit, and judges it. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import { createMachine, type Machine, type MachineOptions, type StoppedState } from "../../worker/node.ts";
import type { Verdict } from "./verdict.ts";

/** `path` of the ELF file; NAME.in and NAME.expected lie beside NAME.elf (or NAME). Never rejects: a machine that cannot be made fails. */
export async function runProgram(path: string, options: MachineOptions, maxSteps: number): Promise<Verdict> {
  const beside = path.replace(/\.elf$/, "");
  const start = performance.now();
  let output = "";
  let steps = 0n;
  const verdict = (failure: string | null): Verdict => {
    const seconds = (performance.now() - start) / 1000;
    return { name: basename(path), failure, output, steps, seconds };
  };
  let machine: Machine | null = null;
  try {
    const input = await readIfThere(`${beside}.in`);
    const expected = await readIfThere(`${beside}.expected`);
    machine = await createMachine({ ...options, kernel: path, noReboot: true });
    const decoder = new TextDecoder();
    machine.console.onData((bytes) => {
      output += decoder.decode(bytes, { stream: true });
    });
    if (input !== null) await machine.console.write(input, { atStep: 0n });
    const state = await machine.step(maxSteps);
    // Output and answers come on different channels: what was printed before this second answer has come with it.
    ({ steps } = await machine.statistics());
    await setImmediate();
    output += decoder.decode();
    if (state.kind !== "stopped")
      return verdict(state.kind === "dead" ? state.message : `the machine is ${state.kind}`);
    return verdict(failureOf(state, maxSteps) ?? compare(output, expected));
  } catch (error) {
    return verdict((error as Error).message);
  } finally {
    await machine?.dispose().catch(() => {});
  }
}

function failureOf({ reason, exitCode, steps, pc }: StoppedState, maxSteps: number): string | null {
  switch (reason) {
    case "poweroff":
      return null;
    case "failure":
      return `exit code ${exitCode}`;
    case "reset":
      return "the program asked for a reset";
    default: {
      const where = `pc 0x${pc.toString(16)}`;
      if (steps >= BigInt(maxSteps)) return `not over after ${maxSteps} steps (--max-steps), ${where}`;
      return `waits for an interrupt that cannot come, after ${steps} steps, ${where}`;
    }
  }
}

/** Ends of lines are compared as what they mean: a terminal's CR LF is a file's LF. */
function compare(output: string, expected: Uint8Array | null): string | null {
  if (expected === null) return null;
  const lines = (text: string) => text.replaceAll("\r\n", "\n").split("\n");
  const printed = lines(output);
  const wanted = lines(new TextDecoder().decode(expected));
  const at = wanted.findIndex((line, n) => line !== printed[n]);
  if (at < 0 && printed.length === wanted.length) return null;
  const line = at < 0 ? wanted.length : at;
  return `output differs from what is expected in line ${line + 1}: ${quoted(printed[line])} instead of ${quoted(wanted[line])}`;
}

function quoted(line: string | undefined): string {
  return line === undefined ? "its end" : JSON.stringify(line);
}

async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
