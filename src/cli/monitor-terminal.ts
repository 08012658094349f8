/** Commands about the machine on this process's stdin and stdout (`-monitor stdio`). */
import { createInterface, type Interface } from "node:readline";
import { Monitor, type MonitorOwner } from "../gdbstub/monitor.ts";
import type { DebuggedMachine } from "../gdbstub/debugged-machine.ts";

const PROMPT = "(vitrine) ";

export class MonitorTerminal {
  private readonly lines: Interface;
  private work: Promise<void> = Promise.resolve();

  constructor(machine: DebuggedMachine, owner: MonitorOwner) {
    const monitor = new Monitor(machine, owner);
    this.lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      prompt: PROMPT,
      terminal: process.stdin.isTTY === true,
    });
    this.lines.on("line", (line) => {
      this.work = this.work.then(async () => {
        process.stdout.write(await monitor.execute(line));
        this.lines.prompt();
      });
    });
    // Ctrl-C is for this process, as without a monitor.
    this.lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
    this.lines.prompt();
  }

  /** Resolves when what was asked is answered. */
  async close(): Promise<void> {
    this.lines.close();
    await this.work;
  }
}
