/** Boots a machine that configures the packages on its disk, in Vitrine itself or in qemu. */
import { spawn } from "node:child_process";
import { createMachine } from "../../worker/node.ts";
import { machineFromOptions, MACHINE_EMULATOR } from "../machine-from-options.ts";
import { parseRunOptions } from "../run-options.ts";
import { DONE, PROGRESS } from "./guest-scripts.ts";

/** Options of `vitrine run`, which are qemu's too. */
export type RunArguments = readonly string[];

/** A console's text, cut into lines for a listener. */
class ConsoleLines {
  private rest = "";
  private readonly decoder = new TextDecoder();
  /** What the guest printed last, for messages. */
  readonly last: string[] = [];

  constructor(private readonly onLine: (line: string) => void) {}

  take(bytes: Uint8Array): void {
    const lines = (this.rest + this.decoder.decode(bytes, { stream: true })).split(/\r*\n/);
    this.rest = lines.pop()!;
    for (const line of lines) {
      this.last.push(line);
      if (this.last.length > 30) this.last.shift();
      this.onLine(line);
    }
  }
}

/**
 * Resolves when the guest has switched off after all went well; throws an Error with its last lines otherwise. `onLine` hears
 * what the guest prints.
 */
export async function runSecondStage(
  machine: RunArguments,
  engine: "vitrine" | "qemu",
  onLine: (line: string) => void,
): Promise<void> {
  let result = "";
  const lines = new ConsoleLines((line) => {
    if (line.startsWith(PROGRESS)) result = line.slice(PROGRESS.length);
    onLine(line);
  });
  await (engine === "qemu" ? runInQemu(machine, lines) : runHere(machine, lines));
  if (result !== DONE) throw new Error(`the second stage failed; the guest's last lines:\n${lines.last.join("\n")}`);
}

async function runHere(args: RunArguments, lines: ConsoleLines): Promise<void> {
  const machine = await createMachine(await machineFromOptions(parseRunOptions([...args, "-no-reboot"]), false));
  try {
    machine.onNotice((text) => process.stderr.write(`vitrine: ${text}\n`));
    machine.console.onData((bytes) => lines.take(bytes));
    await machine.run();
    await machine.waitForStop();
  } finally {
    await machine.dispose();
  }
}

function runInQemu(args: RunArguments, lines: ConsoleLines): Promise<void> {
  const emulator = spawn(MACHINE_EMULATOR.program, [...MACHINE_EMULATOR.args, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  emulator.stdout.on("data", (bytes: Buffer) => lines.take(bytes));
  return new Promise((resolve, reject) => {
    emulator.on("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" ? new Error(`--with qemu: ${MACHINE_EMULATOR.program} is missing`) : error),
    );
    emulator.on("close", (status) =>
      status === 0 ? resolve() : reject(new Error(`qemu failed (${status ?? "killed"})`)),
    );
  });
}
