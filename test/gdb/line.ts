/** A gdb of a few lines for tests: sends packets to a session in the same thread, and keeps what comes back. */
import type { DebuggedMachine } from "../../src/gdbstub/debugged-machine.ts";
import { bytesOfCharacters, charactersOfBytes, PacketReader, packetOf } from "../../src/gdbstub/packet.ts";
import { Session } from "../../src/gdbstub/session.ts";

export class GdbLine {
  /** Contents of packets that nobody has taken yet. */
  readonly packets: string[] = [];
  /** Acknowledgements that came, as characters. */
  acks = "";
  ended: string | null = null;
  private readonly reader = new PacketReader();
  private readonly waiting: ((packet: string) => void)[] = [];
  private session: Session | null = null;

  static async open(machine: DebuggedMachine): Promise<GdbLine> {
    const line = new GdbLine();
    line.session = await Session.open(machine, {
      send: (bytes) => line.hear(bytes),
      onEnd: (how) => {
        line.ended = how;
      },
    });
    return line;
  }

  /** Bytes as they are. */
  async raw(text: string): Promise<void> {
    await this.open.receive(bytesOfCharacters(text));
  }

  /** Sends a packet that has no answer at once. */
  async send(packet: string): Promise<void> {
    await this.open.receive(packetOf(packet));
  }

  /** The next packet that comes, or has come. */
  next(): Promise<string> {
    const first = this.packets.shift();
    return first !== undefined ? Promise.resolve(first) : new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Answer of a packet. */
  async ask(packet: string): Promise<string> {
    await this.send(packet);
    return this.next();
  }

  /** Value of gdb's register `number`. */
  async register(number: number): Promise<bigint> {
    const answer = await this.ask(`p${number.toString(16)}`);
    return BigInt(`0x${(answer.match(/../g) ?? []).reverse().join("")}`);
  }

  close(): Promise<void> {
    return this.open.close();
  }

  private get open(): Session {
    if (this.session === null) throw new Error("the line is not open");
    return this.session;
  }

  private hear(bytes: Uint8Array): void {
    for (const item of this.reader.read(bytes)) {
      if (item.kind === "ack") this.acks += "+";
      else if (item.kind === "nak") this.acks += "-";
      else if (item.kind === "packet") this.deliver(charactersOfBytes(item.content));
      else throw new Error(`the session sent what is ${item.kind}`);
    }
  }

  private deliver(packet: string): void {
    const first = this.waiting.shift();
    if (first === undefined) this.packets.push(packet);
    else first(packet);
  }
}

/** "…#" for the text of a monitor command. */
export function monitorPacket(command: string): string {
  return `qRcmd,${hexOfAscii(command)}`;
}

export function hexOfAscii(text: string): string {
  return [...text].map((character) => character.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}
