/** The machine of the page: opens one bundled guest at a time, passes commands on and says how things stand. */

import { ExpressionError } from "../../src/debug/expressions.ts";
import type { InstructionSet } from "../../src/spec/instruction-table.ts";
import {
  createMachine,
  type Evaluated,
  type Machine,
  type MachineInfo,
  type MachineState,
} from "../../src/worker/page.ts";
import type { CpuRegisters } from "../../src/sync/cpu-registers.ts";
import { AddressSpace } from "./address-space.ts";
import { BoardModel } from "./board-model.ts";
import { type BundledGuest, guestOptions, imageBytes } from "./bundled-guests.ts";
import { CallStackModel } from "./call-stack-model.ts";
import { ConsoleModel } from "./console-model.ts";
import { DebugModel } from "./debug-model.ts";
import type { Frames } from "./frame-reader.ts";
import { type AddressKind, GuestMemory } from "./guest-memory.ts";
import { DisksModel } from "./disks-model.ts";
import { GdbModel } from "./gdb-model.ts";
import { LinuxModel } from "./linux-model.ts";
import { loadInstructionSet } from "./instruction-set.ts";
import { MachineReader } from "./machine-reader.ts";
import { type SearchRange, searchRanges } from "./memory-search.ts";
import { MeterModel } from "./meter-model.ts";
import type { OpenOptions } from "./page-link.ts";
import { PerformanceModel } from "./performance-model.ts";
import { Places } from "./places.ts";
import { fetchPrompt, type PromptSnapshot } from "./prompt-snapshot.ts";
import { ProgramInfo } from "./program-info.ts";
import type { RegisterModel } from "./register-model.ts";
import { type ChosenFile, readChosenFile, type SavedSnapshot, saveSnapshot } from "./snapshot-file.ts";
import { RunControl } from "./run-control.ts";
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
  readonly console = new ConsoleModel();
  readonly screen = new ScreenModel();
  readonly meter: MeterModel;
  readonly performance: PerformanceModel;
  readonly disks = new DisksModel();
  readonly symbols = new SymbolModel();
  readonly memory = new GuestMemory();
  /** How fast it runs, and how much of that is compiled code. */
  readonly reader: MachineReader;
  /** What the machine is, while there is one. */
  readonly info = new Store<MachineInfo | null>(null);
  readonly debug = new DebugModel();
  readonly control: RunControl;
  /** A gdb outside the browser. Its "kill" ends what it can: the machine stands, and stays to be looked at. */
  readonly gdb = new GdbModel(() => void this.#killedByGdb());
  readonly traps: TrapRecord;
  readonly linux = new LinuxModel((symbols) => void this.#learn(symbols));
  readonly space = new AddressSpace();
  readonly board = new BoardModel();
  readonly places = new Places();
  readonly programs = new ProgramInfo();
  readonly sources = new SourceTexts();
  readonly stack = new CallStackModel(this.memory, this.programs, this.symbols, this.linux);
  /** Of the target that is open, once it is loaded. */
  readonly instructionSet = new Store<InstructionSet | null>(null);
  /** What shows a machine by itself, once it has one. */
  readonly #attached: readonly { attach(machine: Machine | null): void }[];
  #machine: Machine | null = null;
  /** Which open() is the latest: earlier ones give up. */
  #turn = 0;

  constructor(
    readonly registers: RegisterModel,
    frames: Frames,
    private readonly create: typeof createMachine = createMachine,
  ) {
    this.meter = new MeterModel(frames);
    this.control = new RunControl({
      ...{ registers, view: this.view, notice: this.notice },
      machine: () => this.#machine,
      addPause: (point) => this.debug.addPause(point),
      isLate: () => this.#machine?.state.kind === "running" && this.#hear(this.#machine.state),
      resets: () => this.console.clear(),
    });
    this.traps = new TrapRecord(registers, this.debug);
    this.performance = new PerformanceModel(frames);
    this.reader = new MachineReader(frames, registers, this.memory);
    this.#attached = [registers, this.meter, this.performance, this.memory, this.space, this.board, this.gdb];
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
    for (const part of this.#attached) part.attach(machine);
    this.disks.attach(machine, options.disks);
    this.info.set(machine.info);
    // The worker has more to do for it than the page for all that comes first.
    const atPrompt = prompt === null ? null : this.#goToPrompt(machine, prompt);
    this.instructionSet.set(await loadInstructionSet(guest.target));
    await this.stack.attach(machine, guest.target);
    await atPrompt;
    if (turn !== this.#turn) return;
    // Something to show, and to compare with, from the first moment on.
    await this.registers.fetch();
    if (options.at !== undefined) {
      // Stop points before that place are not what the link means.
      await this.control.perform(machine, () => machine.step(Number(options.at)));
      await this.#attachDebugger(machine);
      return;
    }
    await this.#attachDebugger(machine);
    await this.control.perform(machine, () => this.control.start(machine));
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

  /** Makes an address the next to be executed. Answers why not, or null. */
  async setPc(address: bigint): Promise<string | null> {
    return (await this.registers.setPc(address)) ?? null;
  }

  /** Where to search memory: from an address to the end, then from the beginning. */
  async searchRanges(kind: AddressKind, from: bigint): Promise<readonly SearchRange[]> {
    const machine = this.#machine;
    return machine === null ? [] : searchRanges(machine, kind, from);
  }

  /** The machine as a file and its name; null, with a notice that says why, if it cannot be saved. Pending edits are applied first. */
  async save(): Promise<SavedSnapshot | null> {
    const machine = this.#machine;
    const guest = this.guest.get();
    if (machine === null || guest === null || this.busy.get() !== null) return null;
    const edited = this.registers.dirtyNames;
    let saved: SavedSnapshot | null = null;
    this.busy.set("saving");
    await this.control.command(async () => {
      saved = await saveSnapshot(machine, guest.id, edited);
      this.notice.set({ kind: "done", text: saved.sentence });
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
    await this.control.pause();
    this.notice.set({ kind: "done", text: "gdb has ended its session with kill; the machine is kept, paused." });
  }

  #trouble(text: string): void {
    this.notice.set({ kind: "trouble", text });
  }

  async #close(): Promise<void> {
    const machine = this.#machine;
    this.#machine = null;
    this.reader.stop();
    this.console.connect(null);
    this.screen.connect(null);
    this.console.clear();
    for (const part of this.#attached) part.attach(null);
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
    if (state.kind === "running" && this.control.isStepping) return;
    this.view.set(state);
    const machine = this.#machine;
    if (machine === null) return;
    if (state.kind === "running") {
      this.registers.moves();
      this.linux.moves();
      this.reader.runs(machine);
    } else if (state.kind === "stopped") {
      // What was announced has happened.
      if (state.hits !== undefined) this.notice.set(null);
      this.control.stands();
      this.reader.stands(machine);
      void this.registers.stands(state.reason === "created");
      void this.debug.refresh();
      void this.linux.refresh(state.pc);
    } else {
      this.reader.stop();
      this.registers.lost();
    }
  }
}
