/** The machine of the page: opens one bundled guest at a time, passes commands on and says how things stand. */

import type { createMachine, Machine, MachineState } from "../../src/worker/page.ts";
import { type BundledGuest, guestOptions, imageBytes } from "./bundled-guests.ts";
import { ConsoleModel } from "./console-model.ts";
import { FrameReader, type Frames } from "./frame-reader.ts";
import { InstructionRate } from "./instruction-rate.ts";
import type { RegisterModel } from "./register-model.ts";
import { Store } from "./store.ts";

/** What the page shows: a machine's state, or why there is none. */
export type MachineView =
  | { readonly kind: "none" }
  | { readonly kind: "failed"; readonly message: string }
  | MachineState;

/** Pace at which registers and rate are read while the machine runs. */
const RUNNING_MS = 100;
/** While it stands only other clients' edits can be new. */
const STANDING_MS = 500;

/** Smaller changes of the rate would be news without being seen. */
const RATE_STEP = 100_000;

export class MachineModel {
  readonly view = new Store<MachineView>({ kind: "none" });
  readonly guest = new Store<BundledGuest | null>(null);
  /** What somebody should know, until the next command. */
  readonly notice = new Store<string | null>(null);
  /** Instructions a second while it runs, to the nearest 100,000, or null. */
  readonly rate = new Store<number | null>(null);
  readonly console = new ConsoleModel();
  readonly #reader: FrameReader;
  readonly #count = new InstructionRate();
  #machine: Machine | null = null;
  /** Which open() is the latest: earlier ones give up. */
  #turn = 0;
  #stepping = false;
  /** Steps at the latest sample of the running machine; -1: there is none yet. */
  #sampledSteps = -1n;

  constructor(
    readonly registers: RegisterModel,
    private readonly create: typeof createMachine,
    private readonly frames: Frames,
  ) {
    this.#reader = new FrameReader(
      frames,
      () => this.#isDue(),
      () => this.#read(),
    );
  }

  /** Opens a guest and starts it; the machine before it is gone. */
  async open(guest: BundledGuest): Promise<void> {
    const turn = ++this.#turn;
    // What is to be known at the first opening is about the page.
    if (this.guest.get() !== null) this.notice.set(null);
    this.guest.set(guest);
    const total = imageBytes(guest);
    this.view.set({ kind: "loading", loaded: 0, total });
    await this.#close();
    let machine: Machine;
    try {
      machine = await this.create(guestOptions(guest), (state) => {
        if (turn !== this.#turn) return;
        this.#hear(state.kind === "loading" ? { ...state, total: Math.max(total, state.total) } : state);
      });
    } catch (error) {
      if (turn !== this.#turn) return;
      // Progress comes on a channel of its own, and may come even now: nobody listens any more.
      this.#turn++;
      this.view.set({ kind: "failed", message: (error as Error).message });
      return;
    }
    if (turn !== this.#turn) {
      await machine.dispose();
      return;
    }
    this.#machine = machine;
    machine.onNotice((text) => this.notice.set(text));
    this.console.connect(machine.console);
    this.registers.attach(machine.cpus[0] ?? null);
    // Something to show, and to compare with, from the first moment on.
    await this.registers.fetch();
    await this.#perform(machine, () => this.#start(machine));
  }

  /** No machine any more. */
  async close(): Promise<void> {
    this.#turn++;
    this.guest.set(null);
    this.view.set({ kind: "none" });
    await this.#close();
  }

  /** The same guest once more, from the beginning, in a new worker. */
  async restart(): Promise<void> {
    const guest = this.guest.get();
    if (guest !== null) await this.open(guest);
  }

  async run(): Promise<void> {
    await this.#command((machine) => this.#start(machine));
  }

  async pause(): Promise<void> {
    await this.#command((machine) => machine.pause());
  }

  async step(): Promise<void> {
    if (this.#stepping) return;
    this.#stepping = true;
    await this.#command(async (machine) => {
      this.registers.moves();
      await machine.step(1);
    });
    this.#stepping = false;
  }

  /** Off and on again. A running machine goes on running. */
  async reset(): Promise<void> {
    await this.#command((machine) => {
      this.console.clear();
      return machine.reset();
    });
  }

  async #command(command: (machine: Machine) => Promise<unknown>): Promise<void> {
    const machine = this.#machine;
    if (machine === null) return;
    this.notice.set(null);
    await this.#perform(machine, command);
  }

  async #start(machine: Machine): Promise<void> {
    this.registers.moves();
    await machine.run();
  }

  async #perform(machine: Machine, command: (machine: Machine) => Promise<unknown>): Promise<void> {
    try {
      await command(machine);
    } catch (error) {
      if (machine !== this.#machine) return;
      // A machine that died says so by its state.
      const sentence = this.registers.refuse(error);
      if (machine.state.kind !== "dead") this.notice.set(sentence);
    }
  }

  async #close(): Promise<void> {
    const machine = this.#machine;
    this.#machine = null;
    this.#reader.stop();
    this.rate.set(null);
    this.console.connect(null);
    this.console.clear();
    this.registers.attach(null);
    // What is thrown away may fail as it likes.
    await machine?.dispose().catch(() => {});
  }

  #hear(state: MachineState): void {
    // A step is over at once: to show it as running would only flicker.
    if (state.kind === "running" && this.#stepping) return;
    this.view.set(state);
    const machine = this.#machine;
    if (machine === null) return;
    if (state.kind === "running") {
      this.registers.moves();
      this.#sampledSteps = -1n;
      this.#count.restart(this.frames.now(), machine.recentSteps);
      this.#reader.start(RUNNING_MS);
    } else if (state.kind === "stopped") {
      this.rate.set(null);
      this.#reader.start(STANDING_MS);
      void this.registers.stands(state.reason === "created");
    } else {
      this.rate.set(null);
      this.#reader.stop();
      this.registers.lost();
    }
  }

  /** A machine that waits for an interrupt executes nothing, so that its registers stay as they are. */
  #isDue(): boolean {
    const machine = this.#machine;
    if (machine === null) return false;
    if (machine.state.kind !== "running") return true;
    const steps = machine.recentSteps;
    const rate = this.#count.update(this.frames.now(), steps);
    this.rate.set(rate === null ? null : Math.round(rate / RATE_STEP) * RATE_STEP);
    const isDue = steps !== this.#sampledSteps;
    this.#sampledSteps = steps;
    return isDue;
  }

  #read(): void {
    if (this.#machine?.state.kind === "running") void this.registers.fetch();
    else this.registers.refresh();
  }
}
