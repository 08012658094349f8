/** Reads a machine at the page's pace: its registers while they change, memory and statistics seldom, a waiting machine hardly at all. */
import type { Machine } from "../../src/worker/page.ts";
import { FrameReader, type Frames } from "./frame-reader.ts";
import type { GuestMemory } from "./guest-memory.ts";
import { InstructionRate } from "./instruction-rate.ts";
import type { RegisterModel } from "./register-model.ts";
import { Store } from "./store.ts";

/** When it has mostly waited for a while: each reading wakes the whole browser up, which is what an idle machine costs. */
const IDLE_MS = 500;
const IDLE_AFTER_MS = 3000;
/** Instructions a second that an operating system executes while it waits, and some more. */
const IDLE_RATE = 1_000_000;
/** While it stands only other clients' edits can be new. */
const STANDING_MS = 500;

/** Memory of a running machine is read by message: seldom enough to cost nothing. */
const MEMORY_MS = 500;
/** The same for statistics. */
const SHARE_MS = 1000;

/** Smaller changes of the rate would be news without being seen. */
const RATE_STEP = 100_000;

/** What is read of a machine. */
export type ReadMachine = Pick<Machine, "state" | "recentSteps" | "statistics">;

export class MachineReader {
  /** Instructions a second while it runs, to the nearest 100,000, or null. */
  readonly rate = new Store<number | null>(null);
  /** Part of the latest instructions that ran in compiled code; null: unknown, or everything is interpreted. */
  readonly compiledShare = new Store<number | null>(null);
  readonly #reader: FrameReader;
  readonly #count = new InstructionRate();
  #machine: ReadMachine | null = null;
  /** When the machine was last seen to do more than wait, in the frames' time. */
  #busyAt = 0;
  /** When the share of compiled code was asked for last, and the counts of then. */
  #sharedAt = 0;
  #counted = { steps: 0n, compiled: 0n };
  /** When memory was read last while the machine ran. */
  #memoryAt = 0;
  /** Steps at the latest sample of the running machine; -1: there is none yet. */
  #sampledSteps = -1n;

  constructor(
    private readonly frames: Frames,
    private readonly registers: RegisterModel,
    private readonly memory: GuestMemory,
  ) {
    this.#reader = new FrameReader(
      frames,
      () => this.#isDue(),
      () => this.#read(),
    );
  }

  /** The machine runs from now on. */
  runs(machine: ReadMachine): void {
    this.#machine = machine;
    this.registers.sample();
    this.#sampledSteps = -1n;
    this.#count.restart(this.frames.now(), machine.recentSteps);
    this.#busyAt = this.frames.now();
    this.#reader.start(() =>
      this.frames.now() - this.#busyAt >= IDLE_AFTER_MS ? IDLE_MS : 1000 / this.registers.hz.get(),
    );
  }

  /** It stands from now on. */
  stands(machine: ReadMachine): void {
    this.#machine = machine;
    this.rate.set(null);
    this.compiledShare.set(null);
    this.#reader.start(() => STANDING_MS);
    this.memory.forget();
  }

  /** There is nothing to read any more. */
  stop(): void {
    this.#machine = null;
    this.#reader.stop();
    this.rate.set(null);
  }

  /** A machine that waits for an interrupt executes nothing, so that its registers stay as they are. */
  #isDue(): boolean {
    const machine = this.#machine;
    if (machine === null) return false;
    if (machine.state.kind !== "running") return this.registers.hasNews;
    const steps = machine.recentSteps;
    const rate = this.#count.update(this.frames.now(), steps);
    this.rate.set(rate === null ? null : Math.round(rate / RATE_STEP) * RATE_STEP);
    if (rate === null || rate >= IDLE_RATE) this.#busyAt = this.frames.now();
    const isDue = steps !== this.#sampledSteps;
    this.#sampledSteps = steps;
    return isDue;
  }

  #read(): void {
    if (this.#machine?.state.kind !== "running") {
      this.registers.refresh();
      return;
    }
    this.registers.sample();
    const now = this.frames.now();
    if (now - this.#sharedAt >= SHARE_MS) {
      this.#sharedAt = now;
      void this.#readShare();
    }
    if (now - this.#memoryAt < MEMORY_MS) return;
    this.#memoryAt = now;
    this.memory.forget();
  }

  async #readShare(): Promise<void> {
    const machine = this.#machine;
    const statistics = await machine?.statistics().catch(() => undefined);
    if (machine !== this.#machine || statistics === undefined) return;
    const before = this.#counted;
    this.#counted = { steps: statistics.steps, compiled: statistics.jit?.compiledSteps ?? 0n };
    const steps = Number(this.#counted.steps - before.steps);
    if (statistics.jit === null || steps <= 0) return this.compiledShare.set(null);
    const share = Number(this.#counted.compiled - before.compiled) / steps;
    this.compiledShare.set(Math.min(1, Math.max(0, Math.round(share * 100) / 100)));
  }
}
