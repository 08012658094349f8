/** The log of `-d`: a line for each trap and for each reset, into a file or to stderr. */
import { closeSync, openSync, writeSync } from "node:fs";
import type { Machine } from "../worker/node.ts";
import { TRAP_LINE } from "./machine-from-options.ts";
import type { RunOptions } from "./run-options.ts";

export interface EventLog {
  close(): void;
}

/** Throws an Error that names the file if it cannot be written. */
export async function openEventLog(
  { log, logFile }: Pick<RunOptions, "log" | "logFile">,
  machine: Machine,
): Promise<EventLog> {
  const file = logFile === undefined ? null : openForWriting(logFile);
  const write = (line: string): void => {
    if (file === null) process.stderr.write(`${line}\n`);
    else writeSync(file, `${line}\n`);
  };
  if (log.includes("cpu_reset")) {
    write("cpu_reset: step 0");
    machine.onReset((steps) => write(`cpu_reset: step ${steps}`));
  }
  if (log.includes("int")) {
    // A client of its own, so that no debugger's list replaces this one.
    const client = await machine.client("log");
    const [state] = await client.setBreakpoints([
      { id: 1, kind: "trap", exceptions: "all", interrupts: "all", log: TRAP_LINE },
    ]);
    machine.onLog((lines) => {
      for (const line of lines) if (line.client === state?.client) write(`${line.text}, step ${line.steps}`);
    });
  }
  return { close: () => file !== null && closeSync(file) };
}

function openForWriting(path: string): number {
  try {
    return openSync(path, "w");
  } catch (error) {
    throw new Error(`-D ${path}: ${(error as Error).message}`);
  }
}
