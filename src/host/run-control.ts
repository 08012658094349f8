/** Run control of one machine: who runs, steps, pauses and holds it, and the state that comes of that. */
import type { CoreSync } from "../sync/core-sync.ts";
import { SyncError } from "../sync/errors.ts";
import type { Clients } from "./clients.ts";
import type { Movement, StepOptions } from "./debug/debug-types.ts";
import type { Debugger } from "./debug/debugger.ts";
import type { CpuEdit, MachineState, NumberedState, StopReason } from "./machine-types.ts";
import type { Publications } from "./publications.ts";
import type { RegisterService } from "./register-service.ts";
import type { Goal, RunLoop, Stop } from "./run-loop.ts";

/** Reasons to stand that a snapshot keeps. */
const OWN_REASONS = new Set<StopReason>(["created", "pause", "step", "poweroff", "failure", "reset"]);

export interface RunControlParts {
  readonly loop: RunLoop;
  readonly clients: Clients;
  readonly sync: CoreSync;
  readonly registers: RegisterService;
  readonly publications: Publications;
  readonly debug: Debugger;
  /** Attempted instructions so far. */
  readonly steps: () => bigint;
  /** Program counter of a machine that stands. */
  readonly pc: () => bigint;
  readonly powerCycle: () => void;
  /** Hears of each state when the machine enters it. */
  readonly onState: (numbered: NumberedState) => void;
}

/**
 * A client is a number that openClient() has answered; 0 is who made the machine. Each method throws a SyncError EINVAL for a
 * client that there is not, and an Error that says so for a machine that is dead or, where it is to move, switched off.
 */
export class RunControl {
  private state: MachineState = { kind: "loading", loaded: 0, total: 0 };
  private stateNumber = 0;
  private moving: Promise<void> | null = null;
  /** What the machine does as soon as nobody holds it. */
  private goal: Goal | null = null;

  constructor(private readonly parts: RunControlParts) {}

  get numberedState(): NumberedState {
    return { state: this.state, number: this.stateNumber };
  }

  get isMoving(): boolean {
    return this.moving !== null;
  }

  /** How the machine stands, as a snapshot keeps it. Throws if it is dead. */
  get standing(): Stop {
    const { state } = this;
    if (state.kind === "dead") throw new Error(`the machine is dead: ${state.message}`);
    if (state.kind !== "stopped") throw new Error("the machine is not ready yet");
    // What a debugger stopped is paused for whoever loads it: its stop points are not the machine's.
    if (!OWN_REASONS.has(state.reason)) return { reason: "pause" };
    return state.exitCode === undefined ? { reason: state.reason } : { reason: state.reason, exitCode: state.exitCode };
  }

  /**
   * Ends the client's pause and starts the machine, which runs until it is paused or stops by itself. While others hold it, it
   * stands, and starts when the last of them lets go.
   */
  run(id = 0): NumberedState {
    const { clients } = this.parts;
    const client = clients.find(id);
    this.checkAlive();
    if (!this.moving && client.holds === 0 && clients.holders(client).length === 0) this.start({ kind: "run" });
    this.goal = { kind: "run" };
    client.changeHold(() => {
      client.paused = false;
    });
    return this.numberedState;
  }

  /** Executes `count` attempted instructions and stops. Throws EBUSY while another client holds the machine. */
  async step(count: number, id = 0, options: StepOptions = {}): Promise<NumberedState> {
    if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`step: ${count} is not a number of steps`);
    return this.moveFromHere(id, () => {
      if (options.interrupts === "held") this.parts.debug.holdEvents();
      return { kind: "steps", until: this.parts.steps() + BigInt(count) };
    });
  }

  /** Moves as a debugger says, up to where the movement ends or something else stops the machine. As step() otherwise. */
  async move(movement: Movement, id = 0): Promise<NumberedState> {
    return this.moveFromHere(id, () => {
      this.parts.debug.begin(movement);
      return { kind: "move" };
    });
  }

  private async moveFromHere(id: number, prepare: () => Goal): Promise<NumberedState> {
    const { clients, sync, debug } = this.parts;
    const client = clients.find(id);
    const others = clients.holders(client);
    if (others.length > 0) throw new SyncError("EBUSY", { sentence: `held by ${others.join(", ")}` });
    this.goal = null;
    if (this.moving) await this.stop();
    this.checkAlive();
    try {
      // What lies here has been seen; pending edits count from here on.
      sync.apply();
      debug.leaveHere();
      this.start(prepare());
    } catch (error) {
      debug.end();
      throw error;
    }
    await this.moving;
    return this.numberedState;
  }

  /** Stops at the next instruction boundary. The machine stands until the same client runs it. */
  async pause(id = 0): Promise<NumberedState> {
    const client = this.parts.clients.find(id);
    if (this.moving || this.goal) {
      client.changeHold(() => {
        client.paused = true;
      });
    }
    await this.stop();
    return this.numberedState;
  }

  /** Stops at the next instruction boundary, and stands until each hold of each client is released. */
  async hold(id = 0): Promise<NumberedState> {
    const client = this.parts.clients.find(id);
    client.changeHold(() => {
      client.holds++;
    });
    await this.stop();
    return this.numberedState;
  }

  /** Gives a hold back. If it was the last, the machine goes on as before; throws, and keeps the hold, if an edit is rejected. */
  release(id = 0): NumberedState {
    const { clients } = this.parts;
    const client = clients.find(id);
    if (client.holds === 0) throw new SyncError("EINVAL", { sentence: `${client.name} holds nothing` });
    const isLast = client.holds === 1 && !client.paused && clients.holders(client).length === 0;
    if (isLast && this.goal !== null && !this.moving) this.start(this.goal);
    client.changeHold(() => {
      client.holds--;
    });
    return this.numberedState;
  }

  /**
   * Hold, edit, put and release in one: a running machine stands for no longer than that takes. Throws if an edit is not
   * possible. Answers the groups that were put, of each vCPU.
   */
  editAndGo(edits: readonly CpuEdit[], id = 0): { readonly applied: readonly number[] } {
    const { sync, registers } = this.parts;
    if (!this.moving) return registers.editAndPut(edits, id);
    // Messages are handled at boundaries only.
    sync.stop();
    try {
      return registers.editAndPut(edits, id);
    } finally {
      this.goOn();
    }
  }

  /** Switches off and on again: RAM is zero but for the images, and the CPU starts at the reset address. */
  async reset(): Promise<NumberedState> {
    if (this.state.kind === "dead") throw new Error(`the machine is dead: ${this.state.message}`);
    if (this.moving) {
      await this.parts.loop.requestReset();
    } else {
      this.parts.powerCycle();
      this.stand({ reason: "created" });
    }
    return this.numberedState;
  }

  /** Moves on towards the goal if nobody holds the machine. If an edit is rejected it stands, without a goal. */
  proceed(): void {
    if (this.goal === null || this.moving || this.parts.clients.isHeld) return;
    try {
      this.start(this.goal);
    } catch {
      this.goal = null;
    }
  }

  /** Stops and forgets what it was to do. */
  async end(): Promise<void> {
    this.goal = null;
    await this.stop();
  }

  /** The machine stands from now on, for that reason. */
  stand({ reason, exitCode, hits }: Stop): void {
    this.enter({
      ...{ kind: "stopped", reason, pc: this.parts.pc(), steps: this.parts.steps() },
      ...(exitCode !== undefined && { exitCode }),
      ...(hits !== undefined && { hits }),
    });
  }

  private async stop(): Promise<void> {
    while (this.moving) {
      this.parts.loop.requestPause();
      await this.moving;
    }
  }

  /** Ends the short hold of editAndGo(). What cannot go on, because of another client's edit just now, stands. */
  private goOn(): void {
    const { sync, loop } = this.parts;
    try {
      sync.resume();
      loop.wake.signal();
    } catch {
      this.goal = null;
      loop.requestPause();
    }
  }

  private checkAlive(): void {
    const { state } = this;
    if (state.kind === "dead") throw new Error(`the machine is dead: ${state.message}`);
    if (state.kind === "stopped" && (state.reason === "poweroff" || state.reason === "failure")) {
      throw new Error("the machine is switched off; reset switches it on again");
    }
  }

  private start(goal: Goal): void {
    if (this.moving) return;
    this.checkAlive();
    // Throws, and nothing moves, if a pending edit is rejected.
    this.parts.sync.resume();
    this.enter({ kind: "running" });
    this.moving = this.goTowards(goal);
  }

  private async goTowards(goal: Goal): Promise<void> {
    const { loop, sync, publications, debug } = this.parts;
    try {
      const stop = await loop.run(goal);
      const { reason } = stop;
      sync.stop();
      publications.publish();
      this.moving = null;
      if (reason !== "pause") {
        this.goal = null;
        debug.leaveHere();
      }
      this.stand(stop);
      this.proceed();
    } catch (error) {
      this.moving = null;
      this.enter({ kind: "dead", message: `the core failed: ${(error as Error).message}` });
    }
  }

  private enter(state: MachineState): void {
    this.state = state;
    this.stateNumber++;
    this.parts.onState(this.numberedState);
  }
}
