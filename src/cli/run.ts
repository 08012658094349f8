/** `vitrine run`: one machine on this terminal, until it switches itself off. */
import { writeFile } from "node:fs/promises";
import {
  createMachine,
  type Machine,
  type MachineOptions,
  type MachineState,
  type StoppedState,
  type StopReason,
} from "../worker/node.ts";
import { type EventLog, openEventLog } from "./event-log.ts";
import { type GdbServer, openGdbServer } from "./gdb-server.ts";
import { type GuestConsole, openGuestConsole } from "./guest-console.ts";
import { explainRegion, jitReport, openJitLog } from "./jit-report.ts";
import { machineFromOptions, portChardevs } from "./machine-from-options.ts";
import { MonitorTerminal } from "./monitor-terminal.ts";
import { writePicture } from "./picture-file.ts";
import { connectPorts } from "./ports.ts";
import { describeRunOptions, parseRunOptions, type RunOptions } from "./run-options.ts";
import { readSnapshot, writeSnapshot } from "./snapshot-files.ts";

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
  // Somebody at the terminal sees time pass, whichever of console and monitor has it.
  const isInteractive = process.stdin.isTTY === true && (options.serial.kind === "terminal" || options.monitor);
  const machineOptions = await machineFromOptions(options, isInteractive);
  const chardevs = portChardevs(options);
  if (options.dumpDtb !== undefined) return dumpDeviceTree(machineOptions, options.dumpDtb);
  const terminal = await openGuestConsole(options.serial, () => interrupt({ status: 0 }));
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.once(signal, () => interrupt({ status: STATUS_SIGNAL + number }));
  }
  const jitLog = options.jitLog === undefined ? null : openJitLog(options.jitLog);
  const machine = await createMachine(machineOptions);
  const timer = new AbortController();
  let gdb: GdbServer | null = null;
  let monitor: MonitorTerminal | null = null;
  let eventLog: EventLog | null = null;
  let ports: { close(): Promise<void> } | null = null;
  try {
    machine.onNotice((text) => process.stderr.write(`vitrine: ${text}\n`));
    if (jitLog !== null) machine.onLinked(jitLog.write);
    if (options.load !== undefined) await machine.load(await readSnapshot("--load", options.load));
    if (options.log.length > 0) eventLog = await openEventLog(options, machine);
    await terminal.open(options.clock === "icount");
    await terminal.connect(machine);
    if (chardevs.length > 0) ports = await connectPorts(machine, chardevs);
    // Whoever moves the machine comes when its console is there.
    if (options.gdb !== undefined) {
      const say = (line: string) => process.stderr.write(`vitrine: ${line}\n`);
      gdb = await openGdbServer(options.gdb, machine, say, () => interrupt({ status: 0, message: "ended by gdb" }));
    }
    if (options.monitor) monitor = await openMonitor(machine, () => interrupt({ status: 0 }));
    if (options.timeout !== undefined) timeout(options.timeout, timer.signal).then(interrupt);
    return await finish(machine, terminal, options, interrupted);
  } finally {
    timer.abort();
    await gdb?.close();
    await monitor?.close();
    await terminal.close(isInterrupted);
    await machine.dispose();
    await ports?.close();
    eventLog?.close();
    jitLog?.close();
  }
}

async function finish(
  machine: Machine,
  terminal: GuestConsole,
  options: RunOptions,
  interrupted: Promise<Interruption>,
): Promise<number> {
  if (!options.stopped) await machine.run();
  const end = await Promise.race<StoppedState | Interruption>([endOf(machine), interrupted]);
  const isInterruption = "status" in end;
  if (isInterruption) await machine.pause();
  const status = isInterruption ? end.status : statusOf(end);
  if (options.saveAtExit !== undefined) await writeSnapshot("--save-at-exit", options.saveAtExit, await machine.save());
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

/** The commands of `-monitor stdio`; stop and cont are those of a client of its own, so that a gdb's hold stays a hold. */
async function openMonitor(machine: Machine, onQuit: () => void): Promise<MonitorTerminal> {
  const client = await machine.client("monitor");
  return new MonitorTerminal(machine, {
    client,
    resume: async () => void (await client.run()),
    pause: async () => void (await client.pause()),
    quit: onQuit,
    save: async (file) => writeSnapshot("savevm", file, await machine.save()),
    load: async (file) => void (await machine.load(await readSnapshot("loadvm", file))),
    screendump: async (file, format) => writePicture(file, await machine.screen.capture(), format),
  });
}

/** Writes the device tree that the machine would start with. */
async function dumpDeviceTree(options: MachineOptions, path: string): Promise<number> {
  const machine = await createMachine(options);
  try {
    const { pa, bytes } = machine.info.deviceTree;
    await writeFile(path, await machine.readMemory(pa, bytes));
    return 0;
  } finally {
    await machine.dispose();
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
