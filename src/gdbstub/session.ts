/** One gdb and one machine: what gdb asks over a line of bytes, and when the machine stops for it. */
import type { GdbTarget } from "../spec/gdb-target.ts";
import type { DebuggedMachine, DebuggerClient } from "./debugged-machine.ts";
import { countOfHex, valueOfLittleEndian } from "./hex.ts";
import { MemoryPackets } from "./memory-packets.ts";
import { Monitor } from "./monitor.ts";
import { Motion } from "./motion.ts";
import { charactersOfBytes, type Incoming, PacketReader, packetOf } from "./packet.ts";
import { Queries } from "./queries.ts";
import { RegisterFile } from "./register-file.ts";
import { ERROR, errorInWords, InvalidPacket, OK, UNKNOWN } from "./reply.ts";
import { parseResume, parseVCont, VCONT_ACTIONS } from "./resume-actions.ts";
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
  private readonly motion: Motion;
  private readonly endListening: () => void;
  /** Everything that is done, in order. */
  private chain: Promise<void> = Promise.resolve();
  private acknowledging = true;
  private lastPacket: Uint8Array | null = null;
  private ended = false;
  /** CPU of the packets about registers and memory. */
  private cpu = 0;

  private constructor(
    machine: DebuggedMachine,
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
    this.motion = new Motion(machine, client, this.points, {
      get cpu() {
        return self.cpu;
      },
      get interrupts() {
        return self.queries.holdsInterrupts ? "held" : "taken";
      },
      expedited: () => this.registers.expeditedOf(this.cpu),
      send: (content) => this.send(content),
      enqueue: (action) => this.enqueue(action),
    });
    this.endListening = machine.onState((state) => this.motion.hearState(state));
  }

  /** gdb has come: the machine stops, and stands until gdb lets it go. */
  static async open(machine: DebuggedMachine, line: SessionLine): Promise<Session> {
    const module: { GDB_TARGET: GdbTarget } = await import(`../spec/${machine.info.target}/gdb-target.ts`);
    const session = new Session(machine, await machine.client("gdb"), module.GDB_TARGET, line);
    await session.motion.hold();
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
        return this.motion.interrupt();
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
        return this.motion.isResumed ? ERROR.invalid : this.motion.stopReply();
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
    if (packet.startsWith("vCont")) return this.motion.resume(parseVCont(packet.slice("vCont".length)));
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
    return this.motion.resume(action);
  }

  private enqueue(action: () => Promise<void>): void {
    this.chain = this.chain.then(() => (this.ended ? undefined : action())).catch(() => this.close());
  }

  /** The machine goes on without gdb. */
  private async detach(): Promise<null> {
    await this.points.clear();
    await this.motion.leave();
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
