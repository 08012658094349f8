/** What people do with the page's machine: run, pause, step, go on to somewhere, reset. What goes wrong becomes a notice. */
import type { Machine, Movement } from "../../src/worker/page.ts";
import type { NewStopPoint } from "./debug-model.ts";
import type { MachineView, Notice } from "./machine-model.ts";
import type { RegisterModel } from "./register-model.ts";
import { Store } from "./store.ts";

/** The machine that is commanded, and who must know. */
export interface CommandedMachine {
  /** The one that is open now, or null. */
  readonly machine: () => Machine | null;
  readonly registers: RegisterModel;
  readonly view: Store<MachineView>;
  readonly notice: Store<Notice | null>;
  /** Adds a point for the next stop only; answers why not, or null. */
  readonly addPause: (point: NewStopPoint) => Promise<string | null>;
  /** What was taken for a step takes its time: it is to be shown as running, if it is. */
  readonly isLate: () => void;
  /** The machine is about to begin anew. */
  readonly resets: () => void;
}

/** What a debugger's step over or out of a function takes mostly, in ms: shown as running it would only flicker. */
const SOON = 150;

export class RunControl {
  /** What steps do with interrupts that are due: hold them back, as debuggers do, or take them. */
  readonly stepInterrupts = new Store<"held" | "taken">("held");
  #stepping = false;
  /** Steps of the call that waits for the one under way. */
  #nextStep: number | null = null;
  /** What says that a pause is to come. */
  #announced: Notice | null = null;

  constructor(private readonly commanded: CommandedMachine) {}

  /** A step is under way, which is over at once: to show it as running would only flicker. */
  get isStepping(): boolean {
    return this.#stepping;
  }

  async run(): Promise<void> {
    await this.command((machine) => this.start(machine));
  }

  async pause(): Promise<void> {
    await this.command((machine) => machine.pause());
  }

  /**
   * `count` instructions, with interrupts as `stepInterrupts` says. Of the calls that come while a step is under way the latest waits
   * for it: no click is lost that follows what is on show, and a key that is held down leaves no queue behind it.
   */
  async step(count = 1): Promise<void> {
    this.#nextStep = count;
    if (this.#stepping) return;
    this.#stepping = true;
    for (let next = this.#takeNextStep(); next !== null; next = this.#takeNextStep()) {
      const steps = next;
      await this.command(async (machine) => {
        this.commanded.registers.moves();
        await machine.step(steps, { interrupts: this.stepInterrupts.get() });
      });
    }
    this.#stepping = false;
  }

  #takeNextStep(): number | null {
    const next = this.#nextStep;
    this.#nextStep = null;
    return next;
  }

  /** The same for any number of instructions: until they are over it is shown as running. */
  async runSteps(count: number): Promise<void> {
    await this.command((machine) => {
      this.commanded.registers.moves();
      return machine.step(count, { interrupts: "taken" });
    });
  }

  /** Moves on as a debugger does: over a call, out of a function, to an address, until something is true. */
  async move(movement: Movement): Promise<void> {
    const isStep = movement.kind === "over" || movement.kind === "out" || movement.kind === "range";
    if (isStep) return this.#stepBy({ ...movement, interrupts: this.stepInterrupts.get() });
    await this.command((machine) => {
      this.commanded.registers.moves();
      return machine.move(movement);
    });
  }

  /** A movement that is a step to those who debug, but can take as long as it likes: then it is shown as running after all. */
  async #stepBy(movement: Movement): Promise<void> {
    if (this.#stepping) return;
    this.#stepping = true;
    const late = setTimeout(() => {
      this.#stepping = false;
      this.commanded.isLate();
    }, SOON);
    await this.command((machine) => {
      this.commanded.registers.moves();
      return machine.move(movement);
    });
    clearTimeout(late);
    this.#stepping = false;
  }

  /** Goes on, if it stands, and stops when `point` is reached for the first time, or for another reason before. */
  async pauseAt(point: NewStopPoint, word: string): Promise<void> {
    const { addPause, view, notice } = this.commanded;
    const refusal = await addPause(point);
    if (refusal !== null) return notice.set({ kind: "trouble", text: refusal });
    if (view.get().kind === "stopped") await this.run();
    if (view.get().kind !== "running") return;
    this.#announced = { kind: "done", text: `It pauses at the next ${word}.` };
    notice.set(this.#announced);
  }

  /** The machine stands: what was announced has happened, or will not any more. */
  stands(): void {
    if (this.commanded.notice.get() === this.#announced) this.commanded.notice.set(null);
    this.#announced = null;
  }

  /** Off and on again. A running machine goes on running. */
  async reset(): Promise<void> {
    await this.command((machine) => {
      this.commanded.resets();
      return machine.reset();
    });
  }

  /** Does something with the machine, if there is one; the latest notice is over. */
  async command(command: (machine: Machine) => Promise<unknown>): Promise<void> {
    const machine = this.commanded.machine();
    if (machine === null) return;
    this.commanded.notice.set(null);
    await this.perform(machine, command);
  }

  /** Does something with a machine, as long as it is the one that is open. */
  async perform(machine: Machine, command: (machine: Machine) => Promise<unknown>): Promise<void> {
    try {
      await command(machine);
    } catch (error) {
      if (machine !== this.commanded.machine()) return;
      // A machine that died says so by its state.
      const sentence = this.commanded.registers.refuse(error);
      if (machine.state.kind !== "dead") this.commanded.notice.set({ kind: "trouble", text: sentence });
    }
  }

  async start(machine: Machine): Promise<void> {
    this.commanded.registers.moves();
    await machine.run();
  }
}
