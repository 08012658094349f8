/** One gdb and one machine: what gdb asks over a line of bytes, and when the machine stops for it. */
import type { GdbTarget } from "../spec/gdb-target.ts";
import type { MachineState, StoppedState } from "../worker/machine-api.ts";
import type { DebuggedMachine, DebuggerClient } from "./debugged-machine.ts";
import { countOfHex, hexOfText, valueOfLittleEndian } from "./hex.ts";
import { MemoryPackets } from "./memory-packets.ts";
import { Monitor } from "./monitor.ts";
import { charactersOfBytes, type Incoming, PacketReader, packetOf } from "./packet.ts";
import { Queries } from "./queries.ts";
import { RegisterFile } from "./register-file.ts";
import { ERROR, errorInWords, InvalidPacket, OK, UNKNOWN } from "./reply.ts";
import { parseResume, parseVCont, type ResumeAction, VCONT_ACTIONS } from "./resume-actions.ts";
import { DEATH_REPLY, exitReply, SIGINT, SIGTRAP, stopReply } from "./stop-reply.ts";
import { StopPoints } from "./stop-points.ts";
import { parseThread } from "./threads.ts";

/** The line to gdb. */
export interface SessionLine {
  /** May answer a promise that resolves when the line takes more. */
  send(bytes: Uint8Array): void | Promise<void>;
  /** gdb has said that it goes, or wants the machine ended; the line can be closed. */
  onEnd(how: "detached" | "killed"): void;
}

const PLUS = Uint8Array.of(0x2b);
const MINUS = Uint8Array.of(0x2d);

export class Session {
  private readonly reader = new PacketReader();
  private readonly registers: RegisterFile;
  private readonly memory: MemoryPackets;
  private readonly queries: Queries;
  private readonly points: StopPoints;
  private readonly endListening: () => void;
  /** Everything that is done, in order. */
  private chain: Promise<void> = Promise.resolve();
  private acknowledging = true;
  private lastPacket: Uint8Array | null = null;
  /** gdb waits for the machine to stop. */
  private resumed = false;
  /** gdb holds the machine: it cannot move without gdb, as gdb believes. */
  private holding = false;
  private ended = false;
  /** CPU of the packets about registers and memory. */
  private cpu = 0;

  private constructor(
    private readonly machine: DebuggedMachine,
    private readonly client: DebuggerClient,
    target: GdbTarget,
    private readonly line: SessionLine,
  ) {
    this.registers = new RegisterFile(target, client.cpus);
    this.memory = new MemoryPackets(machine);
    this.points = new StopPoints(client, (number) => this.registers.inExpressions(number));
    const self = this;
    this.queries = new Queries(target, {
      cpuCount: client.cpus.length,
      get cpu() {
        return self.cpu;
      },
      memory: this.memory,
      monitor: new Monitor(machine, { client }),
      startNoAckMode: () => {
        this.acknowledging = false;
      },
      sendFirst: (content) => void this.send(content),
    });
    this.endListening = machine.onState((state) => this.hearState(state));
  }

  /** gdb has come: the machine stops, and stands until gdb lets it go. */
  static async open(machine: DebuggedMachine, line: SessionLine): Promise<Session> {
    const module: { GDB_TARGET: GdbTarget } = await import(`../spec/${machine.info.target}/gdb-target.ts`);
    const session = new Session(machine, await machine.client("gdb"), module.GDB_TARGET, line);
    await session.hold();
    return session;
  }

  /** Takes what has come from gdb; resolves when all of it has been answered. */
  async receive(bytes: Uint8Array): Promise<void> {
    for (const item of this.reader.read(bytes)) {
      if (this.ended) return;
      this.chain = this.chain.then(() => this.take(item)).catch(() => this.close());
      await this.chain;
    }
  }

  /** Resolves when what the machine's last change of state means for gdb has been sent. */
  async flush(): Promise<void> {
    await this.chain;
  }

  /** The line is gone. The machine does what it would do without gdb; one that gdb has stopped for good stays so. */
  async close(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    this.endListening();
    await this.client.close().catch(() => {});
  }

  private async take(item: Incoming): Promise<void> {
    switch (item.kind) {
      case "ack":
        return;
      case "nak":
        if (this.lastPacket !== null) await this.line.send(this.lastPacket);
        return;
      case "interrupt":
        return this.interrupt();
      case "damaged":
        if (this.acknowledging) await this.line.send(MINUS);
        return;
      case "oversized":
        if (this.acknowledging) await this.line.send(PLUS);
        return this.send(ERROR.invalid);
      case "packet": {
        if (this.acknowledging) await this.line.send(PLUS);
        const answer = await this.answer(charactersOfBytes(item.content));
        if (answer !== null) await this.send(answer);
      }
    }
  }

  private async send(content: string): Promise<void> {
    this.lastPacket = packetOf(content);
    await this.line.send(this.lastPacket);
  }

  /** Null: there is no answer, or it comes when the machine stops. */
  private async answer(packet: string): Promise<string | null> {
    try {
      return await this.dispatch(packet);
    } catch (error) {
      if (error instanceof InvalidPacket) return ERROR.invalid;
      // gdb would take words for registers, or for a stop.
      return packet[0] === "g" || packet[0] === "?" ? ERROR.failed : errorInWords(error);
    }
  }

  private async dispatch(packet: string): Promise<string | null> {
    const operands = packet.slice(1);
    if ((packet[0] === "?" || packet[0] === "g") && operands !== "") return ERROR.invalid;
    switch (packet[0]) {
      case "?":
        return this.resumed ? ERROR.invalid : this.stopReply();
      case "g":
        return this.registers.readGeneral(this.cpu);
      case "G":
        return (await this.registers.writeGeneral(this.cpu, operands)) === null ? ERROR.invalid : OK;
      case "p":
        return this.readRegister(operands);
      case "P":
        return this.writeRegister(operands);
      case "m":
        return this.memory.readHex(this.cpu, operands);
      case "M":
        return this.memory.writeHex(this.cpu, operands);
      case "x":
        return this.memory.readBinary(this.cpu, operands);
      case "X":
        return this.memory.writeBinary(this.cpu, operands);
      case "Z":
        return (await this.points.insert(operands)) === null ? UNKNOWN : OK;
      case "z":
        return this.points.remove(operands) === null ? UNKNOWN : OK;
      case "c":
      case "C":
      case "s":
      case "S":
        return this.resumeFrom(packet);
      case "v":
        return this.verbose(packet);
      case "H":
        return this.chooseThread(operands);
      case "T":
        return this.cpuOf(operands) === null ? ERROR.invalid : OK;
      case "q":
      case "Q":
        return this.queries.answer(packet);
      case "D":
        return this.detach();
      case "k":
        return this.kill(null);
      default:
        return UNKNOWN;
    }
  }

  private async verbose(packet: string): Promise<string | null> {
    if (packet === "vCont?") return VCONT_ACTIONS;
    if (packet.startsWith("vCont")) return this.resume(parseVCont(packet.slice("vCont".length)));
    if (packet.startsWith("vKill")) return this.kill(OK);
    return UNKNOWN;
  }

  private async readRegister(operands: string): Promise<string> {
    const register = this.registers.numbered(registerNumber(operands));
    return register === undefined ? ERROR.invalid : this.registers.read(this.cpu, register);
  }

  private async writeRegister(operands: string): Promise<string> {
    const [number = "", digits = "", more] = operands.split("=");
    const register = this.registers.numbered(registerNumber(number));
    if (register === undefined || more !== undefined) return ERROR.invalid;
    const value = valueOfLittleEndian(digits, register.bits);
    if (value === null) return ERROR.invalid;
    await this.registers.write(this.cpu, register, value);
    return OK;
  }

  private chooseThread(operands: string): string {
    // One machine moves as a whole: which thread c and s are about makes no difference.
    if (operands[0] !== "g" && operands[0] !== "c") return ERROR.invalid;
    const cpu = this.cpuOf(operands.slice(1));
    if (cpu === null) return ERROR.invalid;
    if (operands[0] === "g") this.cpu = cpu;
    return OK;
  }

  /** The CPU of a thread; null if there is none. */
  private cpuOf(thread: string): number | null {
    const choice = parseThread(thread);
    if (choice === "any" || choice === "all") return this.cpu;
    return choice <= this.client.cpus.length ? choice - 1 : null;
  }

  private async resumeFrom(packet: string): Promise<string | null> {
    const { action, from } = parseResume(packet);
    if (from !== null) await this.registers.writePc(this.cpu, from);
    return this.resume(action);
  }

  private async resume(action: ResumeAction): Promise<string | null> {
    if (this.resumed) return errorInWords("the machine runs");
    if (action.kind === "stop") return this.stopReply();
    if (this.points.stepsOverWatch()) return this.plainStop();
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

  /** The machine runs when gdb's hold, the last one, is given back. */
  private async letGo(): Promise<void> {
    await this.client.run();
    await this.client.release();
    this.holding = false;
  }

  /** It is over when the machine stands, and that is heard of by itself. */
  private move(action: ResumeAction & { kind: "step" | "range" }): void {
    const interrupts = this.queries.holdsInterrupts ? "held" : "taken";
    const moved =
      action.kind === "step"
        ? this.client.step(1, { interrupts })
        : this.client.move({ kind: "range", first: action.first, end: action.end, interrupts });
    moved.catch((error) => this.enqueue(() => this.reportFailure(error)));
  }

  private hearState(state: MachineState): void {
    if (this.resumed && (state.kind === "stopped" || state.kind === "dead")) this.enqueue(() => this.reportStop());
  }

  private enqueue(action: () => Promise<void>): void {
    this.chain = this.chain.then(action).catch(() => this.close());
  }

  /** Ctrl-C. A machine that another client holds stands already, and gdb is told so. */
  private async interrupt(): Promise<void> {
    if (!this.resumed) return;
    await this.client.pause();
    await this.reportStop();
  }

  private async reportStop(): Promise<void> {
    if (!this.resumed || this.ended) return;
    await this.hold();
    if (this.machine.state.kind === "running") return;
    this.resumed = false;
    await this.send(await this.stopReply());
  }

  /** The machine did not move, for one because a pending edit is not possible: gdb prints why, and sees it stand where it was. */
  private async reportFailure(error: unknown): Promise<void> {
    if (!this.resumed) return;
    this.resumed = false;
    await this.send(`O${hexOfText(`${(error as Error).message}\n`)}`);
    await this.send(await this.stopReply());
  }

  private async hold(): Promise<void> {
    if (this.holding || this.machine.state.kind === "dead") return;
    this.holding = true;
    await this.client.hold();
  }

  private async stopReply(): Promise<string> {
    const { state } = this.machine;
    if (state.kind !== "stopped") return DEATH_REPLY;
    return exitReply(state) ?? this.stopReplyOf(state);
  }

  private async plainStop(): Promise<string> {
    return stopReply(SIGTRAP, this.cpu, null, await this.registers.expeditedOf(this.cpu));
  }

  private async stopReplyOf(state: StoppedState): Promise<string> {
    return stopReply(
      state.reason === "pause" ? SIGINT : SIGTRAP,
      this.cpu,
      this.points.reached(state),
      await this.registers.expeditedOf(this.cpu),
    );
  }

  /** The machine goes on without gdb. */
  private async detach(): Promise<null> {
    await this.points.clear();
    const { state } = this.machine;
    if (state.kind === "stopped" && exitReply(state) === null) await this.client.run();
    await this.send(OK);
    await this.close();
    this.line.onEnd("detached");
    return null;
  }

  private async kill(answer: string | null): Promise<string | null> {
    if (answer !== null) await this.send(answer);
    await this.close();
    this.line.onEnd("killed");
    return null;
  }
}

/** Throws InvalidPacket. */
function registerNumber(digits: string): number {
  const number = countOfHex(digits);
  if (number === null) throw new InvalidPacket(`register ${digits}`);
  return number;
}
