/** gdb's questions and settings: packets q and Q. */
import type { GdbTarget } from "../spec/gdb-target.ts";
import { countOfHex, hexOfText, textOfHex } from "./hex.ts";
import type { MemoryPackets } from "./memory-packets.ts";
import type { Monitor } from "./monitor.ts";
import { bytesOfCharacters, charactersOfBytes, PACKET_BYTES } from "./packet.ts";
import { ERROR, InvalidPacket, OK, UNKNOWN } from "./reply.ts";
import { memoryMap, targetDescription } from "./target-xml.ts";
import { parseThread, threadOfCpu } from "./threads.ts";

/** Bits of qqemu.sstep: single steps are possible; no interrupts; no timers. */
const STEP_ENABLE = 1;
const STEP_NO_INTERRUPTS = 2;
const STEP_NO_TIMERS = 4;

/** What the session lets its queries see and change. */
export interface QueryContext {
  readonly cpuCount: number;
  /** CPU of the packets about registers and memory. */
  readonly cpu: number;
  readonly memory: MemoryPackets;
  readonly monitor: Monitor;
  startNoAckMode(): void;
  /** Sends a packet before the answer. */
  sendFirst(content: string): void;
}

export class Queries {
  private readonly files: ReadonlyMap<string, string>;
  private readonly map: string;
  private stepBits = STEP_ENABLE | STEP_NO_INTERRUPTS | STEP_NO_TIMERS;

  constructor(
    target: GdbTarget,
    private readonly context: QueryContext,
  ) {
    this.files = targetDescription(target);
    this.map = memoryMap(target);
  }

  /** A step takes no interrupts and lets no timer expire. */
  get holdsInterrupts(): boolean {
    return (this.stepBits & STEP_NO_INTERRUPTS) !== 0;
  }

  /** Throws InvalidPacket. */
  async answer(packet: string): Promise<string> {
    const { context } = this;
    const [, name = "", operands = ""] = /^([^:,;]*)[:,;]?(.*)$/s.exec(packet) ?? [];
    switch (name) {
      case "qSupported":
        return this.supported();
      case "QStartNoAckMode":
        if (packet !== name) throw new InvalidPacket(packet);
        context.startNoAckMode();
        return OK;
      case "qXfer":
        return this.transfer(operands);
      case "qRcmd":
        return this.command(operands);
      case "qC":
        return `QC${threadOfCpu(context.cpu)}`;
      case "qfThreadInfo":
        return `m${Array.from({ length: context.cpuCount }, (_, cpu) => threadOfCpu(cpu)).join(",")}`;
      case "qsThreadInfo":
        return "l";
      case "qThreadExtraInfo":
        return this.threadInfo(operands);
      // It was there before gdb came, so gdb detaches from it at the end and does not kill it.
      case "qAttached":
        return "1";
      case "qSymbol":
        return OK;
      case "qqemu.sstepbits":
        return `ENABLE=${STEP_ENABLE},NOIRQ=${STEP_NO_INTERRUPTS},NOTIMER=${STEP_NO_TIMERS}`;
      case "qqemu.sstep":
        return `0x${this.stepBits.toString(16)}`;
      case "qqemu.PhyMemMode":
        return context.memory.physical ? "1" : "0";
      case "Qqemu.PhyMemMode":
        if (operands !== "0" && operands !== "1") throw new InvalidPacket(packet);
        context.memory.physical = operands === "1";
        return OK;
      default:
        return packet.startsWith("Qqemu.sstep=") ? this.setStepBits(packet.slice("Qqemu.sstep=".length)) : UNKNOWN;
    }
  }

  private supported(): string {
    const features = ["qXfer:features:read", "qXfer:memory-map:read", "QStartNoAckMode", "vContSupported"];
    const stops = ["swbreak", "hwbreak", "ConditionalBreakpoints", "binary-upload"];
    return [`PacketSize=${PACKET_BYTES.toString(16)}`, ...[...features, ...stops].map((name) => `${name}+`)].join(";");
  }

  private setStepBits(digits: string): string {
    const bits = countOfHex(digits.replace(/^0x/, ""), 7);
    if (bits === null) throw new InvalidPacket(digits);
    this.stepBits = bits;
    return OK;
  }

  /** "features:read:annex:offset,length", a part of a file. */
  private transfer(operands: string): string {
    const [, object = "", annex = "", ...range] =
      /^([^:]*):read:([^:]*):([\da-fA-F]+),([\da-fA-F]+)$/.exec(operands) ?? [];
    const file = object === "features" ? this.files.get(annex) : object === "memory-map" ? this.map : undefined;
    if (file === undefined) return object === "features" ? "E00" : UNKNOWN;
    const [offset, length] = range.map((digits) => countOfHex(digits));
    if (offset == null || length == null || offset > file.length) throw new InvalidPacket(operands);
    const part = file.slice(offset, offset + Math.min(length, PACKET_BYTES / 2));
    return `${offset + part.length < file.length ? "m" : "l"}${part}`;
  }

  private threadInfo(thread: string): string {
    const number = parseThread(thread);
    if (typeof number !== "number" || number > this.context.cpuCount) return ERROR.invalid;
    return hexOfText(`CPU ${number - 1}`);
  }

  /** "monitor …": what it prints goes out before the answer. */
  private async command(digits: string): Promise<string> {
    const line = textOfHex(digits);
    if (line === null) throw new InvalidPacket(digits);
    const text = charactersOfBytes(new TextEncoder().encode(await this.context.monitor.execute(line)));
    const most = PACKET_BYTES / 2 - 8;
    for (let at = 0; at < text.length; at += most) {
      const part = bytesOfCharacters(text.slice(at, at + most));
      this.context.sendFirst(`O${[...part].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`);
    }
    return OK;
  }
}
