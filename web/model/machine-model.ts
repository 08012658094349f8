/** The machine of the page: opens one bundled guest at a time, passes commands on and says how things stand. */

import { ExpressionError } from "../../src/debug/expressions.ts";
import type { InstructionSet } from "../../src/spec/instruction-table.ts";
import {
  createMachine,
  type Evaluated,
  type Machine,
  type MachineInfo,
  type MachineState,
  type Movement,
} from "../../src/worker/page.ts";
import type { CpuRegisters } from "../../src/sync/cpu-registers.ts";
import { AddressSpace } from "./address-space.ts";
import { BoardModel } from "./board-model.ts";
import { type BundledGuest, guestOptions, imageBytes } from "./bundled-guests.ts";
import { CallStackModel } from "./call-stack-model.ts";
import { ConsoleModel } from "./console-model.ts";
import { DebugModel, type NewStopPoint } from "./debug-model.ts";
import { FrameReader, type Frames } from "./frame-reader.ts";
import { type AddressKind, GuestMemory } from "./guest-memory.ts";
import { DisksModel } from "./disks-model.ts";
import { GdbModel } from "./gdb-model.ts";
import { LinuxModel } from "./linux-model.ts";
import { InstructionRate } from "./instruction-rate.ts";
import { loadInstructionSet } from "./instruction-set.ts";
import type { SearchRange } from "./memory-search.ts";
import { MeterModel } from "./meter-model.ts";
import type { OpenOptions } from "./page-link.ts";
import { PerformanceModel } from "./performance-model.ts";
import { Places } from "./places.ts";
import { fetchPrompt, type PromptSnapshot } from "./prompt-snapshot.ts";
import { ProgramInfo } from "./program-info.ts";
import type { RegisterModel } from "./register-model.ts";
import { type ChosenFile, megabytes, readChosenFile, snapshotName } from "./snapshot-file.ts";
import { SourceTexts } from "./source-texts.ts";
import { ScreenModel } from "./screen-model.ts";
import { Store } from "./store.ts";
import { SymbolModel, type SymbolTable } from "./symbol-model.ts";
import { TrapRecord } from "./trap-record.ts";

/** What the page shows: a machine's state, or why there is none. */
export type MachineView =
  | { readonly kind: "none" }
  | { readonly kind: "failed"; readonly message: string }
  | MachineState;

/** What an expression comes to. */
export type Evaluation =
  | { readonly kind: "value"; readonly value: Evaluated }
  | { readonly kind: "error"; readonly position: number; readonly text: string };

/** What somebody should know. */
export interface Notice {
  readonly kind: "trouble" | "done";
  readonly text: string;
}

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

export class MachineModel {
  readonly view = new Store<MachineView>({ kind: "none" });
  readonly guest = new Store<BundledGuest | null>(null);
  /** What was chosen when it was opened. */
  readonly options = new Store<OpenOptions>({});
  /** Until the next command. */
  readonly notice = new Store<Notice | null>(null);
  /** What takes a while, or null. */
  readonly busy = new Store<"saving" | "loading" | null>(null);
  /** The page cannot share the machine's memory: registers come as copies, by message. */
  readonly copies = new Store(false);
  /** Instructions a second while it runs, to the nearest 100,000, or null. */
  readonly rate = new Store<number | null>(null);
  /** Part of the latest instructions that ran in compiled code; null: unknown, or everything is interpreted. */
  readonly compiledShare = new Store<number | null>(null);
  /** What steps do with interrupts that are due: hold them back, as debuggers do, or take them. */
  readonly stepInterrupts = new Store<"held" | "taken">("held");
  readonly console = new ConsoleModel();
  readonly screen = new ScreenModel();
  readonly meter: MeterModel;
  readonly performance: PerformanceModel;
  readonly disks = new DisksModel();
  readonly symbols = new SymbolModel();
  readonly memory = new GuestMemory();
  /** What the machine is, while there is one. */
  readonly info = new Store<MachineInfo | null>(null);
  readonly debug = new DebugModel();
  /** A gdb outside the browser. Its "kill" ends what it can: the machine stands, and stays to be looked at. */
  readonly gdb = new GdbModel(() => void this.#killedByGdb());
  readonly traps: TrapRecord;
  readonly linux = new LinuxModel((symbols) => void this.#learn(symbols));
  readonly space = new AddressSpace();
  readonly board = new BoardModel();
  readonly places = new Places();
  readonly programs = new ProgramInfo();
  readonly sources = new SourceTexts();
  readonly stack = new CallStackModel(this.memory, this.programs.frames, this.symbols, this.linux);
  /** Of the target that is open, once it is loaded. */
  readonly instructionSet = new Store<InstructionSet | null>(null);
  readonly #reader: FrameReader;
  readonly #count = new InstructionRate();
  #machine: Machine | null = null;
  /** Which open() is the latest: earlier ones give up. */
  #turn = 0;
  #stepping = false;
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
    readonly registers: RegisterModel,
    private readonly frames: Frames,
    private readonly create: typeof createMachine = createMachine,
  ) {
    this.meter = new MeterModel(frames);
    this.traps = new TrapRecord(registers, this.debug);
    this.performance = new PerformanceModel(frames);
    this.#reader = new FrameReader(
      frames,
      () => this.#isDue(),
      () => this.#read(),
    );
  }

  /** Opens a guest and starts it; the machine before it is gone. */
  async open(guest: BundledGuest, options: OpenOptions = {}): Promise<void> {
    const turn = ++this.#turn;
    // What is to be known at the first opening is about the page.
    if (this.guest.get() !== null) this.notice.set(null);
    this.guest.set(guest);
    this.options.set(options);
    const total = imageBytes(guest);
    this.view.set({ kind: "loading", loaded: 0, total });
    const prompt = options.prompt && options.at === undefined ? fetchPrompt(guest) : null;
    // It is awaited when there is a machine for it.
    prompt?.catch(() => {});
    await this.#close();
    let machine: Machine;
    try {
      machine = await this.create(guestOptions(guest, options), (state) => {
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
    machine.onNotice((text) => this.#trouble(text));
    this.copies.set(!machine.sharesMemory);
    this.console.connect(machine.console);
    this.screen.connect(machine);
    this.registers.attach(machine);
    this.meter.attach(machine);
    this.performance.attach(machine);
    this.memory.attach(machine);
    this.space.attach(machine);
    this.board.attach(machine);
    this.gdb.attach(machine);
    this.disks.attach(machine, options.disks);
    this.info.set(machine.info);
    this.instructionSet.set(await loadInstructionSet(guest.target));
    await this.stack.attach(machine, guest.target);
    if (turn !== this.#turn) return;
    // Something to show, and to compare with, from the first moment on.
    await this.registers.fetch();
    if (options.at !== undefined) {
      // Stop points before that place are not what the link means.
      await this.#perform(machine, () => machine.step(Number(options.at)));
      await this.#attachDebugger(machine);
      return;
    }
    await this.#attachDebugger(machine);
    if (prompt !== null) await this.#goToPrompt(machine, prompt);
    await this.#perform(machine, () => this.#start(machine));
  }

  /** The machine that has just been made goes on at its prompt; without the snapshot it starts from the beginning. */
  async #goToPrompt(machine: Machine, prompt: Promise<PromptSnapshot>): Promise<void> {
    try {
      const { snapshot, text } = await prompt;
      await machine.load(snapshot);
      if (machine !== this.#machine) return;
      this.console.replacedAt(text);
      await this.registers.stands(true);
    } catch (error) {
      if (machine === this.#machine) this.#trouble(`It starts from the beginning: ${(error as Error).message}`);
    }
  }

  /** The registers themselves, or null. */
  get cpu(): CpuRegisters | null {
    return this.#machine?.cpus[0] ?? null;
  }

  /** Attempted instructions so far: exact while it stands. */
  get steps(): bigint {
    const view = this.view.get();
    return view.kind === "stopped" ? view.steps : (this.#machine?.recentSteps ?? 0n);
  }

  /** Value of an expression, or where and why it has none. */
  async evaluate(expression: string): Promise<Evaluation> {
    const machine = this.#machine;
    if (machine === null) return { kind: "error", position: 0, text: "there is no machine" };
    try {
      return { kind: "value", value: await machine.evaluate(expression) };
    } catch (error) {
      if (!(error instanceof ExpressionError)) return { kind: "error", position: 0, text: (error as Error).message };
      return { kind: "error", position: error.position, text: error.complaint };
    }
  }

  async #attachDebugger(machine: Machine): Promise<void> {
    const guest = this.guest.get() as BundledGuest;
    this.sources.load(guest);
    void this.programs.load(guest).then((problem) => {
      if (problem !== null && machine === this.#machine) this.#trouble(problem);
    });
    // Of what is not known no processes are shown.
    void this.linux.attach(machine, guest).catch(() => {});
    void this.symbols.load(guest, machine).then((problem) => {
      this.linux.symbols = this.symbols.table.get();
      if (problem !== null && machine === this.#machine) this.#trouble(problem);
    });
    const refusal = await this.debug.attach(machine);
    if (refusal !== null && machine === this.#machine) this.#trouble(refusal);
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
    if (guest !== null) await this.open(guest, this.options.get());
  }

  async run(): Promise<void> {
    await this.#command((machine) => this.#start(machine));
  }

  async pause(): Promise<void> {
    await this.#command((machine) => machine.pause());
  }

  /** `count` instructions, with interrupts held back unless `interrupts` is "taken". */
  async step(count = 1): Promise<void> {
    await this.#step((machine) => machine.step(count, { interrupts: this.stepInterrupts.get() }));
  }

  /** The same for any number of instructions: until they are over it is shown as running. */
  async runSteps(count: number): Promise<void> {
    await this.#command((machine) => {
      this.registers.moves();
      return machine.step(count, { interrupts: "taken" });
    });
  }

  /** Moves on as a debugger does: over a call, out of a function, to an address, until something is true. */
  async move(movement: Movement): Promise<void> {
    const isStep = movement.kind === "over" || movement.kind === "out" || movement.kind === "range";
    const moving = isStep ? { ...movement, interrupts: this.stepInterrupts.get() } : movement;
    // A movement can take as long as it likes: only what is over soon is not shown as running.
    await this.#command(async (machine) => {
      this.registers.moves();
      await machine.move(moving);
    });
  }

  /** Goes on, if it stands, and stops when `point` is reached for the first time. */
  async pauseAt(point: NewStopPoint, word: string): Promise<void> {
    const refusal = await this.debug.add({ ...point, temporary: true });
    if (refusal !== null) return this.#trouble(refusal);
    if (this.view.get().kind === "stopped") await this.run();
    if (this.view.get().kind !== "running") return;
    this.notice.set({ kind: "done", text: `It pauses at the next ${word}.` });
  }

  /** Makes an address the next to be executed. Answers why not, or null. */
  async setPc(address: bigint): Promise<string | null> {
    return (await this.registers.setPc(address)) ?? null;
  }

  /** Where to search memory: from an address to the end, then from the beginning. */
  async searchRanges(kind: AddressKind, from: bigint): Promise<readonly SearchRange[]> {
    const machine = this.#machine;
    if (machine === null) return [];
    const { ramStart, memory } = machine.info;
    let all: readonly SearchRange[] = [{ first: ramStart, end: ramStart + BigInt(memory) }];
    if (kind === "virtual") {
      const ranges = await machine.addressRanges().catch(() => []);
      if (ranges.length > 0) all = ranges.map(({ va, bytes }) => ({ first: va, end: va + bytes }));
    }
    const later = all
      .filter(({ end }) => end > from)
      .map(({ first, end }) => ({ first: first > from ? first : from, end }));
    return [...later, ...all.filter(({ first }) => first < from)];
  }

  async #step(step: (machine: Machine) => Promise<unknown>): Promise<void> {
    if (this.#stepping) return;
    this.#stepping = true;
    await this.#command(async (machine) => {
      this.registers.moves();
      await step(machine);
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

  /** The machine as a file and its name; null, with a notice that says why, if it cannot be saved. Pending edits are applied first. */
  async save(): Promise<{ readonly name: string; readonly bytes: Uint8Array } | null> {
    const machine = this.#machine;
    const guest = this.guest.get();
    if (machine === null || guest === null || this.busy.get() !== null) return null;
    const edited = this.registers.dirtyNames;
    let saved: { name: string; bytes: Uint8Array } | null = null;
    this.busy.set("saving");
    await this.#command(async () => {
      const bytes = await machine.save();
      saved = { name: snapshotName(guest.id, machine.recentSteps), bytes };
      const applied = edited.length === 0 ? "" : ` The edits of ${edited.join(", ")} have been applied first.`;
      this.notice.set({ kind: "done", text: `Saved as ${saved.name}, ${megabytes(bytes.length)}.${applied}` });
    });
    this.busy.set(null);
    if (machine.state.kind === "stopped") this.registers.refresh();
    return saved;
  }

  /** Goes on as the machine of a snapshot; a file that is none, or another machine's, is refused with a notice. */
  async load(file: ChosenFile): Promise<void> {
    const machine = this.#machine;
    if (machine === null)
      return this.#trouble(`${file.name} is not loaded: there is no machine that it could replace.`);
    if (this.busy.get() !== null) return;
    this.notice.set(null);
    this.busy.set("loading");
    try {
      const { dropped } = await machine.load(await readChosenFile(file, machine));
      if (machine !== this.#machine) return;
      // What the terminal shows is not part of a machine.
      this.console.replaced();
      if (machine.state.kind === "stopped") await this.registers.stands(true);
      const lost = dropped.some((mask) => mask !== 0) ? " Pending edits of registers have been dropped." : "";
      this.notice.set({ kind: "done", text: `${file.name} is loaded.${lost}` });
    } catch (error) {
      if (machine === this.#machine) {
        this.#trouble(`${file.name} is not loaded, and nothing has changed: ${(error as Error).message}`);
      }
    } finally {
      this.busy.set(null);
    }
  }

  /** Names of a kernel that it keeps in its own memory, beside those of files. */
  async #learn(found: SymbolTable): Promise<void> {
    const known = this.symbols.table.get();
    const table = known === null ? found : known.with(found);
    this.symbols.table.set(table);
    await this.#machine?.setSymbols(table.symbols).catch(() => {});
  }

  async #killedByGdb(): Promise<void> {
    await this.pause();
    this.notice.set({ kind: "done", text: "gdb has ended its session with kill; the machine is kept, paused." });
  }

  #trouble(text: string): void {
    this.notice.set({ kind: "trouble", text });
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
      if (machine.state.kind !== "dead") this.#trouble(sentence);
    }
  }

  async #close(): Promise<void> {
    const machine = this.#machine;
    this.#machine = null;
    this.#reader.stop();
    this.rate.set(null);
    this.console.connect(null);
    this.screen.connect(null);
    this.console.clear();
    this.registers.attach(null);
    this.meter.attach(null);
    this.performance.attach(null);
    this.memory.attach(null);
    this.space.attach(null);
    this.board.attach(null);
    this.gdb.attach(null);
    this.disks.attach(null);
    this.info.set(null);
    this.symbols.clear();
    this.programs.clear();
    this.sources.load(null);
    void this.stack.attach(null, null);
    void this.linux.attach(null);
    void this.debug.attach(null);
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
      this.registers.sample();
      this.#sampledSteps = -1n;
      this.#count.restart(this.frames.now(), machine.recentSteps);
      this.#busyAt = this.frames.now();
      this.#reader.start(() =>
        this.frames.now() - this.#busyAt >= IDLE_AFTER_MS ? IDLE_MS : 1000 / this.registers.hz.get(),
      );
    } else if (state.kind === "stopped") {
      // What was announced has happened.
      if (state.hits !== undefined) this.notice.set(null);
      this.rate.set(null);
      this.compiledShare.set(null);
      this.#reader.start(() => STANDING_MS);
      this.memory.forget();
      void this.registers.stands(state.reason === "created");
      void this.debug.refresh();
      void this.linux.refresh();
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
