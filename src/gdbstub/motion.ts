/** When the machine moves and stands for gdb: while gdb believes that it stands, gdb holds it. */
import type { MachineState, StoppedState } from "../worker/machine-api.ts";
import type { DebuggedMachine, DebuggerClient } from "./debugged-machine.ts";
import { hexOfText } from "./hex.ts";
import { errorInWords } from "./reply.ts";
import type { ResumeAction } from "./resume-actions.ts";
import type { StopPoints } from "./stop-points.ts";
import { DEATH_REPLY, exitReply, SIGINT, SIGTRAP, stopReply } from "./stop-reply.ts";

/** What it needs of its session. */
export interface MotionOwner {
  /** CPU of the packets about registers and memory. */
  readonly cpu: number;
  /** Whether a step takes interrupts. */
  readonly interrupts: "held" | "taken";
  /** Registers that come with a stop. */
  expedited(): Promise<string>;
  send(content: string): Promise<void>;
  /** Does something behind all that is being done. */
  enqueue(action: () => Promise<void>): void;
}

export class Motion {
  /** gdb waits for the machine to stop. */
  private resumed = false;
  /** The machine cannot move without gdb. */
  private holding = false;

  constructor(
    private readonly machine: DebuggedMachine,
    private readonly client: DebuggerClient,
    private readonly points: StopPoints,
    private readonly owner: MotionOwner,
  ) {}

  get isResumed(): boolean {
    return this.resumed;
  }

  /** The machine stands for gdb from now on, whoever else runs it. */
  async hold(): Promise<void> {
    if (this.holding || this.machine.state.kind === "dead") return;
    this.holding = true;
    await this.client.hold();
  }

  /** Answers null where gdb hears of the end by a stop. */
  async resume(action: ResumeAction): Promise<string | null> {
    if (this.resumed) return errorInWords("the machine runs");
    if (action.kind === "stop") return this.stopReply();
    if (this.points.stepsOverWatch()) {
      return stopReply(SIGTRAP, this.owner.cpu, null, await this.owner.expedited());
    }
    this.resumed = true;
    try {
      await this.points.settle();
      if (action.kind === "continue") await this.letGo();
      else this.move(action);
    } catch (error) {
      await this.reportFailure(error);
    }
    return null;
  }

  /** Ctrl-C. A machine that another client holds stands already, and gdb is told so. */
  async interrupt(): Promise<void> {
    if (!this.resumed) return;
    await this.client.pause();
    await this.reportStop();
  }

  /** The machine has entered a state: if gdb waits for a stop, it may be this one. */
  hearState(state: MachineState): void {
    if (!this.resumed || (state.kind !== "stopped" && state.kind !== "dead")) return;
    this.owner.enqueue(() => this.reportStop());
  }

  /** How the machine stands, for gdb. */
  async stopReply(): Promise<string> {
    const { state } = this.machine;
    if (state.kind !== "stopped") return DEATH_REPLY;
    return exitReply(state) ?? this.stopReplyOf(state);
  }

  /** The machine goes on without gdb, whose hold ends with its client. */
  async leave(): Promise<void> {
    const { state } = this.machine;
    if (state.kind === "stopped" && exitReply(state) === null) await this.client.run();
  }

  /** The machine runs when gdb's hold, the last one, is given back. */
  private async letGo(): Promise<void> {
    await this.client.run();
    await this.client.release();
    this.holding = false;
  }

  /** It is over when the machine stands, and that is heard of by itself. */
  private move(action: ResumeAction & { kind: "step" | "range" }): void {
    const { interrupts } = this.owner;
    const moved =
      action.kind === "step"
        ? this.client.step(1, { interrupts })
        : this.client.move({ kind: "range", first: action.first, end: action.end, interrupts });
    moved.catch((error) => this.owner.enqueue(() => this.reportFailure(error)));
  }

  private async reportStop(): Promise<void> {
    if (!this.resumed) return;
    await this.hold();
    if (this.machine.state.kind === "running") return;
    this.resumed = false;
    await this.owner.send(await this.stopReply());
  }

  /** The machine did not move, for one because a pending edit is not possible: gdb prints why, and sees it stand where it was. */
  private async reportFailure(error: unknown): Promise<void> {
    if (!this.resumed) return;
    this.resumed = false;
    await this.owner.send(`O${hexOfText(`${(error as Error).message}\n`)}`);
    await this.owner.send(await this.stopReply());
  }

  private async stopReplyOf(state: StoppedState): Promise<string> {
    const signal = state.reason === "pause" ? SIGINT : SIGTRAP;
    return stopReply(signal, this.owner.cpu, this.points.reached(state), await this.owner.expedited());
  }
}
