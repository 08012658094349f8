/** A connection to gdb's port for tests: sends bytes, and keeps what comes back until the end. */
import { connect, type Socket } from "node:net";
import { bytesOfCharacters, charactersOfBytes, packetOf } from "../../src/gdbstub/packet.ts";

export class TcpGdb {
  text = "";
  /** Resolves when the other side has ended the connection. */
  readonly ended: Promise<void>;
  private changed: () => void = () => {};

  private constructor(private readonly socket: Socket) {
    this.ended = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      this.text += charactersOfBytes(bytes as Uint8Array);
      this.changed();
    });
  }

  static async open(port: number): Promise<TcpGdb> {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new TcpGdb(socket);
  }

  raw(text: string): void {
    this.socket.write(bytesOfCharacters(text));
  }

  send(packet: string): void {
    this.socket.write(packetOf(packet));
  }

  /** Content of the next packet; rejects if the connection ends before it. */
  async next(): Promise<string> {
    for (;;) {
      const match = /\$([^#]*)#[\da-f]{2}/.exec(this.text);
      if (match !== null) {
        this.text = this.text.slice(match.index + match[0].length);
        return match[1] as string;
      }
      const more = new Promise<void>((resolve) => {
        this.changed = resolve;
      });
      const end = this.ended.then(() => {
        throw new Error(`the connection ended; left over: ${JSON.stringify(this.text)}`);
      });
      await Promise.race([more, end]);
    }
  }

  ask(packet: string): Promise<string> {
    this.send(packet);
    return this.next();
  }

  destroy(): void {
    this.socket.destroy();
  }
}
