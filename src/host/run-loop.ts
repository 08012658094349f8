/** Drives the core in slices of a few milliseconds, paces it, and brings in what comes from outside at exact steps. */
import {
  REASON_ATTENTION,
  REASON_BACKEND,
  REASON_DEBUG,
  REASON_IDLE,
  REASON_POWEROFF,
  REASON_RESET,
  REASON_STEPS,
} from "../spec/abi.ts";
import type { Attention } from "./attention.ts";
import type { ConsoleBackend } from "./backends/console.ts";
import type { Ports } from "./backends/ports.ts";
import type { ConsoleOutput } from "./console-output.ts";
import type { CoreExports } from "./core-instance.ts";
import type { Debugger, DebugStop } from "./debug/debugger.ts";
import type { HotCodeSampler } from "./jit/hot-code.ts";
import type { ClockMode, InputDevice, InputEvent } from "./machine-types.ts";
import { type EventStamp, type OutsideEvent, OutsideEvents } from "./outside-events.ts";
import { HostClock, Pacing } from "./pacing.ts";
import type { Platform } from "./platform.ts";
import type { Publications } from "./publications.ts";
import type { ScreenOutput } from "./screen-output.ts";
import { SLICE_MS, SliceBudget } from "./slice-budget.ts";
import type { Wake } from "./wake.ts";

/** Virtual ns that stand for "no event is scheduled". */
const NEVER = 2n ** 64n - 1n;
/** Shorter waits are not worth a timer of the host; the machine runs ahead by so much. */
const SHORTEST_WAIT_MS = 1;
const SLICE_US = BigInt(SLICE_MS * 1000);
/** Parts of a slice, between which registers are published, are no shorter. */
const FEWEST_PART_STEPS = 1000n;
/** Visits of the debugger between two looks at the host's clock; a power of 2. */
const VISITS_PER_LOOK = 64;

/** "move": as the debugger's movement says. */
export type Goal = { readonly kind: "run" | "move" } | { readonly kind: "steps"; readonly until: bigint };

export interface Stop extends DebugStop {
  readonly exitCode?: number;
}

/** What is done at a boundary; the machine does not move before it is done. Answers how the machine stops, or null: it goes on. */
export type Visit = (goal: Goal) => Promise<Stop | null>;

export interface RunLoopParts {
  readonly core: CoreExports;
  readonly attention: Attention;
  readonly platform: Platform;
  readonly console: ConsoleBackend;
  readonly output: ConsoleOutput;
  readonly screen: ScreenOutput;
  readonly ports: Ports;
  /** Gives a report to an input device. */
  readonly report: (device: InputDevice, events: readonly InputEvent[]) => void;
  /** Whether an input device keeps nothing that the guest has not taken. */
  readonly isTaken: (device: InputDevice) => boolean;
  readonly publications: Publications;
  readonly debug: Debugger;
  readonly hot: HotCodeSampler;
  readonly clock: ClockMode;
  readonly paced: boolean;
  /** Switches the machine off and on again. */
  readonly powerCycle: () => void;
  /** true: a reset that the guest asks for stops the machine instead. */
  readonly noReboot: boolean;
  /** Signalled when a backend has answered. */
  readonly wake: Wake;
}

export class RunLoop {
  readonly wake: Wake;
  /** Host seconds spent in the core. */
  seconds = 0;
  /** Hears of each event when it reaches the guest; a recording of these repeats the run. */
  onOutsideEvent: ((event: OutsideEvent, stamp: EventStamp) => void) | null = null;
  private readonly events = new OutsideEvents();
  /** Step of the machine when the latest event came from outside. */
  private latestEvent = 0n;
  private readonly budget = new SliceBudget();
  private readonly pacing = new Pacing();
  private readonly hostClock = new HostClock(() => performance.now());
  private readonly visits: { readonly task: Visit; readonly done: (visited: boolean) => void }[] = [];
  /** The last part of a slice ended because the debugger's visits took its time. */
  private cutShort = false;
  private isRunning = false;
  private pauseRequested = false;
  private resetRequested = false;
  private readonly resetWaiters: (() => void)[] = [];
  private inputWaiters: { readonly device: InputDevice; readonly done: () => void }[] = [];

  constructor(private readonly parts: RunLoopParts) {
    this.wake = parts.wake;
  }

  requestPause(): void {
    this.pauseRequested = true;
    this.wake.signal();
  }

  /** Has the moving machine visited at its next boundary; answers false if it stopped before that. */
  atBoundary(task: Visit): Promise<boolean> {
    if (!this.isRunning) return Promise.resolve(false);
    return new Promise((done) => {
      this.visits.push({ task, done });
      this.wake.signal();
    });
  }

  /** A moving machine is reset at the next boundary, and goes on. Resolves when it has been reset. */
  requestReset(): Promise<void> {
    this.resetRequested = true;
    this.wake.signal();
    return new Promise((done) => this.resetWaiters.push(done));
  }

  /** The machine has been reset: steps and virtual time begin at 0. */
  restarted(): void {
    this.parts.debug.lost();
    this.seconds = 0;
    this.events.restart(this.latestEvent);
    this.latestEvent = 0n;
    this.pacing.release();
    this.hostClock.restart();
  }

  /** What waits to reach the guest from outside. */
  get pendingEvents(): OutsideEvents["pending"] {
    return this.events.pending;
  }

  /** The machine has been replaced by one that stands at another time. */
  replaced(pending: OutsideEvents["pending"]): void {
    this.parts.debug.lost();
    this.events.replace(pending);
    this.latestEvent = this.parts.core.steps();
    this.pacing.release();
    this.hostClock.restart(BigInt.asUintN(64, this.parts.core.virtualNow()));
  }

  /** An event for the guest, at step `atStep` or at the next boundary. */
  fromOutside(event: OutsideEvent, atStep?: bigint): void {
    const steps = this.parts.core.steps();
    if (atStep !== undefined && atStep < steps) {
      throw new RangeError(`atStep: step ${atStep} is over, the machine is at step ${steps}`);
    }
    this.events.add(event, atStep ?? steps);
    this.latestEvent = steps;
    this.wake.signal();
  }

  /** Resolves when the guest has taken all that has been reported to an input device. A machine that stands takes nothing. */
  inputTaken(device: InputDevice): Promise<void> {
    return new Promise((done) => {
      this.inputWaiters.push({ device, done });
      this.lookAtInput();
    });
  }

  private lookAtInput(): void {
    if (this.inputWaiters.length === 0) return;
    const reported = new Set(this.events.pending.queue.map(({ event }) => event.kind === "input" && event.device));
    const isTaken = (device: InputDevice) => !reported.has(device) && this.parts.isTaken(device);
    const waiters = this.inputWaiters;
    this.inputWaiters = waiters.filter(({ device }) => !isTaken(device));
    for (const waiter of waiters) if (!this.inputWaiters.includes(waiter)) waiter.done();
  }

  /** Moves the machine until the goal is reached, the guest stops it or a pause is asked for. */
  async run(goal: Goal): Promise<Stop> {
    this.pauseRequested = false;
    this.resetRequested = false;
    this.pacing.release();
    this.hostClock.start();
    this.isRunning = true;
    const { debug } = this.parts;
    try {
      return debug.start() ? (debug.takeStop() as Stop) : await this.slices(goal);
    } finally {
      this.isRunning = false;
      debug.end();
      for (const { done } of this.visits.splice(0)) done(false);
      this.hostClock.stop();
      this.parts.output.flush();
    }
  }

  private async slices(goal: Goal): Promise<Stop> {
    const { core, output, powerCycle } = this.parts;
    for (;;) {
      for (let visit = this.visits.shift(); visit !== undefined; visit = this.visits.shift()) {
        const stop = await visit.task(goal);
        visit.done(true);
        if (stop !== null) return stop;
      }
      if (this.resetRequested) {
        this.resetRequested = false;
        powerCycle();
        for (const done of this.resetWaiters.splice(0)) done();
        // Steps are counted afresh, so a goal counted in the old ones has no meaning any more.
        if (goal.kind !== "run") return { reason: "step" };
      }
      if (this.pauseRequested) return { reason: "pause" };
      if (output.isFull) {
        await this.wake.wait(Number.POSITIVE_INFINITY);
        continue;
      }
      this.followHost();
      this.deliver();
      if (goal.kind === "steps" && core.steps() >= goal.until) return { reason: "step" };
      const stop = await this.afterSlice(this.slice(goal), goal);
      // A reset that was asked for in the meantime makes what the guest did void.
      if (stop !== null && !this.resetRequested) return stop;
      await this.letMessagesIn();
    }
  }

  private slice(goal: Goal): number {
    const { core } = this.parts;
    const from = core.steps();
    let until = from + this.budget.steps;
    const event = this.events.nextStep;
    if (event !== null && event < until) until = event;
    if (goal.kind === "steps" && goal.until < until) until = goal.until;
    this.parts.debug.install();
    const start = performance.now();
    const reason = this.runAndPublish(until, start);
    const ms = performance.now() - start;
    this.seconds += ms / 1000;
    this.budget.learn(Number(core.steps() - from), ms);
    this.parts.output.flush();
    this.parts.screen.flush();
    this.lookAtInput();
    this.parts.debug.flushLog();
    if (reason === REASON_STEPS) this.parts.hot.sliceEnded(start + ms);
    return reason;
  }

  /** Runs to step `until`, at most; where clients have subscribed, in parts short enough for their rate. */
  private runAndPublish(until: bigint, start: number): number {
    const { core, publications } = this.parts;
    for (;;) {
      const part =
        (this.budget.steps * BigInt(Math.ceil(publications.isEmpty ? 0 : publications.periodMs * 1000))) / SLICE_US;
      const end = core.steps() + (part < FEWEST_PART_STEPS ? FEWEST_PART_STEPS : part);
      const reason = this.advance(publications.isEmpty || until < end ? until : end, start);
      if (!publications.isEmpty) publications.tick(performance.now());
      if (reason !== REASON_STEPS || core.steps() >= until || this.cutShort) return reason;
    }
  }

  /** Runs to step `until`, at most, with the debugger's visits on the way; REASON_DEBUG: it stops the machine. */
  private advance(until: bigint, start: number): number {
    const { core, debug } = this.parts;
    this.cutShort = false;
    for (let visits = 1; ; visits++) {
      const before = core.steps();
      const isStepping = debug.isStepping;
      const reason = core.run(isStepping && before < until ? before + 1n : until);
      if (reason === REASON_DEBUG && debug.judge()) return reason;
      if (isStepping && core.steps() > before && debug.stepped()) return REASON_DEBUG;
      if (reason !== REASON_DEBUG && !(isStepping && reason === REASON_STEPS)) return reason;
      if (core.steps() >= until && reason === REASON_STEPS) return reason;
      this.cutShort = debug.isLogFull || (visits % VISITS_PER_LOOK === 0 && performance.now() - start > SLICE_MS);
      if (this.cutShort) return REASON_STEPS;
    }
  }

  private async afterSlice(reason: number, goal: Goal): Promise<Stop | null> {
    const { core, noReboot } = this.parts;
    switch (reason) {
      case REASON_STEPS:
      case REASON_ATTENTION:
        return null;
      case REASON_DEBUG:
        return this.parts.debug.takeStop();
      case REASON_IDLE:
        return this.idle(goal);
      case REASON_BACKEND:
        await this.wake.wait(Number.POSITIVE_INFINITY);
        return null;
      case REASON_POWEROFF: {
        const exitCode = core.exitCode();
        core.takeStop();
        return { reason: exitCode === 0 ? "poweroff" : "failure", exitCode };
      }
      case REASON_RESET:
        core.takeStop();
        if (noReboot) return { reason: "reset" };
        this.resetRequested = true;
        return null;
      default:
        throw new Error(`the core returned from run() for unknown reason ${reason}`);
    }
  }

  /** All vCPUs wait for an interrupt. A machine that is stepped stops if nothing but input could ever end that. */
  private async idle(goal: Goal): Promise<Stop | null> {
    const { core, clock, paced, publications, debug } = this.parts;
    const isStepped = goal.kind === "steps" || (goal.kind === "move" && debug.isStepping);
    // Nothing will change for a while: let that be seen.
    publications.publish();
    const deadline = BigInt.asUintN(64, core.idleDeadline());
    if (deadline === NEVER && this.events.nextStep !== null) {
      this.events.bringForward(core.steps());
      return null;
    }
    if (deadline === NEVER) {
      if (isStepped) return { reason: "step" };
      this.align();
      await this.wake.wait(Number.POSITIVE_INFINITY);
      if (paced && clock === "icount") this.skipToHostTime(deadline);
      return null;
    }
    // Who steps does not want to sit through the guest's sleep.
    if (!paced || isStepped) {
      core.skip(deadline);
      return null;
    }
    const hostDue = this.hostDue(deadline);
    const wait = hostDue - performance.now();
    const woken = wait > SHORTEST_WAIT_MS && (await this.wake.wait(wait));
    if (clock === "realtime") {
      if (!woken) core.rebase(deadline);
    } else if (woken) this.skipToHostTime(deadline);
    else core.skip(deadline);
    return null;
  }

  /** Host ms at which virtual time reaches `deadline`. */
  private hostDue(deadline: bigint): number {
    if (this.parts.clock === "realtime") {
      return performance.now() + Number(deadline - this.hostClock.virtualNs) / 1e6;
    }
    this.align();
    return this.pacing.hostTime(deadline);
  }

  private align(): void {
    this.pacing.align(BigInt.asUintN(64, this.parts.core.virtualNow()), performance.now());
  }

  /** Something happened while the machine waited: virtual time is what the host's clock says, but not beyond `deadline`. */
  private skipToHostTime(deadline: bigint): void {
    const { core } = this.parts;
    const then = this.pacing.virtualTime(performance.now());
    if (then > BigInt.asUintN(64, core.virtualNow())) core.skip(then < deadline ? then : deadline);
  }

  /** In realtime, virtual time is the host's. It never goes back. */
  private followHost(): void {
    if (this.parts.clock !== "realtime") return;
    const { core } = this.parts;
    const host = this.hostClock.virtualNs;
    if (host > BigInt.asUintN(64, core.virtualNow())) core.rebase(host);
  }

  private deliver(): void {
    const { core, console, ports } = this.parts;
    this.events.deliver(core.steps(), BigInt.asUintN(64, core.virtualNow()), (event, stamp) => {
      if (event.kind === "console") {
        console.push(event.bytes);
        core.consoleInput();
      } else if (event.kind === "resize") {
        core.consoleResize(event.columns, event.rows);
      } else if (event.kind === "screen") {
        core.screenResize(event.width, event.height);
      } else if (event.kind === "port") {
        ports.at(event.port)?.backend.push(event.bytes);
        core.consoleInput();
      } else {
        this.parts.report(event.device, event.events);
      }
      this.onOutsideEvent?.(event, stamp);
    });
  }

  private async letMessagesIn(): Promise<void> {
    const { attention, platform } = this.parts;
    await platform.yieldToEvents();
    if (attention.raised) await attention.settle(() => platform.yieldToEvents());
  }
}
