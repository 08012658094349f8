/** `vitrine run`: one machine on this terminal, until it switches itself off. */
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { createMachine, type Machine, type MachineState, type StoppedState, type StopReason } from "../worker/node.ts";
import { type GdbServer, openGdbServer } from "./gdb-server.ts";
import { explainRegion, jitReport, openJitLog } from "./jit-report.ts";
import { machineFromOptions } from "./machine-from-options.ts";
import { describeRunOptions, parseRunOptions, type RunOptions } from "./run-options.ts";
import { Terminal } from "./terminal.ts";

const STATUS_TIMEOUT = 124;
/** A shell's status for a process that a signal ended. */
const STATUS_SIGNAL = 128;
/** Stops after which the machine does not go on. */
const ENDS: ReadonlySet<string> = new Set<StopReason>(["poweroff", "failure", "reset"]);
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

const USAGE = `Usage: vitrine run [options]

Runs a virtual machine; its console is this terminal. Options have QEMU's names:

${describeRunOptions()}

Ctrl-A X leaves. Exit status: 0 when the guest switches off, its code when it reports a failure,
124 after --timeout, 2 for a wrong command line.
`;

/** Why the run is over, where it is not the guest that ended it. */
type Interruption = { readonly status: number; readonly message?: string };

/** Answers the exit status. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const options = parseRunOptions(args);
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  let interrupt: (interruption: Interruption) => void = () => {};
  const interrupted = new Promise<Interruption>((resolve) => {
    interrupt = resolve;
  });
  let isInterrupted = false;
  interrupted.then(() => (isInterrupted = true));
  const terminal = new Terminal(() => interrupt({ status: 0 }));
  const machineOptions = await machineFromOptions(options, terminal.isInteractive);
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.once(signal, () => interrupt({ status: STATUS_SIGNAL + number }));
  }
  const jitLog = options.jitLog === undefined ? null : openJitLog(options.jitLog);
  const machine = await createMachine(machineOptions);
  const timer = new AbortController();
  let gdb: GdbServer | null = null;
  try {
    machine.onNotice((text) => process.stderr.write(`vitrine: ${text}\n`));
    if (jitLog !== null) machine.onLinked(jitLog.write);
    if (options.load !== undefined) await machine.load(await readSnapshot(options.load));
    if (options.gdb !== undefined) {
      const say = (line: string) => process.stderr.write(`vitrine: ${line}\n`);
      gdb = await openGdbServer(options.gdb, machine, say, () => interrupt({ status: 0, message: "ended by gdb" }));
    }
    await terminal.open(options.clock === "icount");
    await terminal.connect(machine);
    if (options.timeout !== undefined) timeout(options.timeout, timer.signal).then(interrupt);
    return await finish(machine, terminal, options, interrupted);
  } finally {
    timer.abort();
    await gdb?.close();
    await terminal.close(isInterrupted);
    await machine.dispose();
    jitLog?.close();
  }
}

async function finish(
  machine: Machine,
  terminal: Terminal,
  options: RunOptions,
  interrupted: Promise<Interruption>,
): Promise<number> {
  if (!options.stopped) await machine.run();
  const end = await Promise.race<StoppedState | Interruption>([endOf(machine), interrupted]);
  const isInterruption = "status" in end;
  if (isInterruption) {
    await machine.pause();
  }
  const status = isInterruption ? end.status : statusOf(end);
  if (options.saveAtExit !== undefined) await writeSnapshot(options.saveAtExit, await machine.save());
  if (options.jitExplain !== undefined) {
    const lines = explainRegion(await machine.compiledAt(options.jitExplain), options.jitExplain);
    await terminal.close(isInterruption);
    process.stderr.write(`${lines.join("\n")}\n`);
  }
  if (options.stats) {
    const line = JSON.stringify(await statistics(machine, status));
    await terminal.close(isInterruption);
    process.stderr.write(`${line}\n`);
  }
  if (isInterruption && end.message) process.stderr.write(`vitrine: ${end.message}\n`);
  return status;
}

/** Resolves when the guest has ended the machine, whoever stops it and lets it go on until then. Rejects if it dies. */
function endOf(machine: Machine): Promise<StoppedState> {
  return new Promise((resolve, reject) => {
    const look = (state: MachineState) => {
      if (state.kind === "dead") reject(new Error(state.message));
      else if (state.kind === "stopped" && ENDS.has(state.reason)) resolve(state);
    };
    machine.onState(look);
    look(machine.state);
  });
}

async function readSnapshot(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new Error(`--load ${path}: ${(error as Error).message}`);
  }
}

/** Under another name first: a snapshot that was there before is replaced by a whole one or not at all. */
async function writeSnapshot(path: string, file: Uint8Array): Promise<void> {
  const unfinished = `${path}.${process.pid}.part`;
  try {
    await writeFile(unfinished, file);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw new Error(`--save-at-exit ${path}: ${(error as Error).message}`);
  }
}

function timeout(seconds: number, signal: AbortSignal): Promise<Interruption> {
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => resolve({ status: STATUS_TIMEOUT, message: `stopped after ${seconds} s (--timeout)` }),
      seconds * 1000,
    );
    signal.addEventListener("abort", () => clearTimeout(timer));
  });
}

/** A process's status has 8 bits; a failure must not look like success because of that. */
function statusOf({ exitCode = 0 }: StoppedState): number {
  return exitCode === 0 ? 0 : exitCode & 0xff || 1;
}

async function statistics(machine: Machine, exit: number) {
  const { steps, instructions, seconds, jit } = await machine.statistics();
  return {
    steps: Number(steps),
    instructions: Number(instructions),
    seconds: Number(seconds.toFixed(6)),
    mips: seconds > 0 ? Number((Number(instructions) / seconds / 1e6).toFixed(3)) : 0,
    stateHash: await machine.stateHash(),
    jit: jitReport(jit, steps),
    exit,
  };
}
