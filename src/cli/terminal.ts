/** The guest's console on this process's stdin and stdout. */
import { setTimeout as delay } from "node:timers/promises";
import type { ReadStream } from "node:tty";
import type { Machine } from "../worker/node.ts";

/** A pipe that has been silent for so long is taken to have said what it has to say before the machine starts. */
const SILENCE_MS = 250;
/** How long a run that was interrupted waits for whoever should read its output. */
const PATIENCE_MS = 2000;
const CTRL_A = 0x01;
const ESCAPE_HELP = "\r\nCtrl-A X leaves, Ctrl-A Ctrl-A sends Ctrl-A to the guest\r\n";

export class Terminal {
  private readonly input = process.stdin;
  private readonly output = process.stdout;
  private readonly early: Uint8Array[] = [];
  private machine: Machine | null = null;
  private escaped = false;
  /** Resolves when what has been written has left, while the reader is behind. */
  private behind: Promise<void> | null = null;
  private restore: () => void = () => {};

  /** `onLeave` is called for Ctrl-A X, and when nobody reads the output any more. */
  constructor(private readonly onLeave: () => void) {}

  get isInteractive(): boolean {
    return this.input.isTTY === true;
  }

  /** Begins to read; resolves when all that is there before the machine starts has been read. */
  async open(waitForPipe: boolean): Promise<void> {
    // A closed reader is no reason to lose the exit status.
    this.output.on("error", () => this.onLeave());
    if (this.isInteractive) {
      (this.input as ReadStream).setRawMode(true);
      this.restore = () => (this.input as ReadStream).setRawMode(false);
    }
    let ended = false;
    let last = performance.now();
    this.input.on("data", (bytes: Buffer) => {
      last = performance.now();
      this.take(bytes);
    });
    for (const event of ["end", "close", "error"]) this.input.once(event, () => (ended = true));
    if (this.isInteractive || !waitForPipe) return;
    while (!ended && performance.now() - last < SILENCE_MS) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Connects a machine that does not run yet: what has been read until now is there from its next step on. */
  async connect(machine: Machine): Promise<void> {
    machine.console.onData((bytes) => this.show(bytes));
    const early = this.early.splice(0);
    this.machine = machine;
    const atStep = machine.state.kind === "stopped" ? machine.state.steps : 0n;
    if (early.length > 0) await machine.console.write(Buffer.concat(early), { atStep });
    if (!this.output.isTTY) return;
    const resize = () => {
      machine.console.resize(this.output.columns, this.output.rows).catch(() => {});
    };
    this.output.on("resize", resize);
    resize();
  }

  /** Resolves when all output is written, or after two seconds if `interrupted`; the terminal is then as it was. */
  async close(interrupted = false): Promise<void> {
    this.input.pause();
    this.restore();
    if (!interrupted) return this.flush();
    // What is on its way from the machine's thread gets one more turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    const timer = new AbortController();
    const patience = delay(PATIENCE_MS, undefined, { signal: timer.signal }).catch(() => {});
    await Promise.race([this.flush(), patience]);
    timer.abort();
  }

  private async flush(): Promise<void> {
    await this.behind;
    if (this.output.writable) await new Promise<void>((resolve) => this.output.write("", () => resolve()));
  }

  private show(bytes: Uint8Array): Promise<void> | void {
    if (!this.output.writable || this.output.write(bytes)) return;
    this.behind ??= new Promise((resolve) => {
      const events = ["drain", "error", "close"];
      const done = () => {
        for (const event of events) this.output.off(event, done);
        this.behind = null;
        resolve();
      };
      for (const event of events) this.output.once(event, done);
    });
    return this.behind;
  }

  private take(bytes: Uint8Array): void {
    const wanted = this.isInteractive ? this.unescape(bytes) : bytes;
    if (wanted.length === 0) return;
    if (this.machine === null) this.early.push(wanted);
    // A machine that has ended wants no input any more.
    else this.machine.console.write(wanted).catch(() => {});
  }

  /** Takes Ctrl-A and the key after it out. */
  private unescape(bytes: Uint8Array): Uint8Array {
    const kept: number[] = [];
    for (const byte of bytes) {
      if (!this.escaped) {
        if (byte === CTRL_A) this.escaped = true;
        else kept.push(byte);
        continue;
      }
      this.escaped = false;
      const key = String.fromCharCode(byte).toLowerCase();
      if (byte === CTRL_A) kept.push(CTRL_A);
      else if (key === "x") this.onLeave();
      else if (key === "h" || key === "?") this.output.write(ESCAPE_HELP);
    }
    return Uint8Array.from(kept);
  }
}
