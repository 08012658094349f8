/** Who may talk to a machine as gdb: one at a time, and nothing that is not gdb. */
import type { DebuggedMachine } from "./debugged-machine.ts";
import { packetOf } from "./packet.ts";
import { errorInWords } from "./reply.ts";
import { Session } from "./session.ts";

/** A connection that somebody has made. */
export interface Visitor {
  send(bytes: Uint8Array): void | Promise<void>;
  /** Ends the connection when all that was sent has left. */
  end(): void;
}

/** A connection that was let in, or refused already: then nothing comes of what it sends. */
export interface Guest {
  receive(bytes: Uint8Array): Promise<void>;
  /** Resolves when gdb has been told all that it is to be told. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** How gdb begins: an acknowledgement, a packet, or Ctrl-C. A web page can make a browser send much, but not this first. */
const GREETINGS: readonly number[] = [0x2b, 0x2d, 0x24, 0x03];

/** Whether a connection's first byte is gdb's. */
export function isGreeting(byte: number | undefined): boolean {
  return byte !== undefined && GREETINGS.includes(byte);
}

/** What a second gdb is told. */
export function refusal(reason = "another gdb is attached to this machine"): Uint8Array {
  return Uint8Array.of(0x2b, ...packetOf(errorInWords(reason)));
}

export class Door {
  private inside: Guest | null = null;
  /** Resolves when nothing that has been answered is still on its way into the machine. */
  private leaving: Promise<void> = Promise.resolve();

  /** `onKill`: gdb wants the machine ended. */
  constructor(
    private readonly machine: DebuggedMachine,
    private readonly onKill: () => void,
  ) {}

  get isOccupied(): boolean {
    return this.inside !== null;
  }

  /** A connection of whose bytes none has been seen. */
  enter(visitor: Visitor): Guest {
    let session: Session | null = null;
    let isRefused = false;
    const guest: Guest = {
      receive: async (bytes) => {
        if (isRefused || bytes.length === 0) return;
        if (session === null) {
          if (!isGreeting(bytes[0]) || (this.inside !== null && this.inside !== guest)) {
            isRefused = true;
            if (isGreeting(bytes[0])) await visitor.send(refusal());
            visitor.end();
            return;
          }
          this.inside = guest;
          await this.leaving;
          const opened = await Session.open(this.machine, {
            send: (packet) => visitor.send(packet),
            onEnd: (how) => {
              this.leave(guest);
              visitor.end();
              if (how === "killed") this.onKill();
            },
          });
          // The connection may have ended meanwhile.
          if (isRefused) return opened.close();
          session = opened;
        }
        await session.receive(bytes);
      },
      flush: async () => session?.flush(),
      close: async () => {
        isRefused = true;
        const closed = session?.close() ?? Promise.resolve();
        this.leaving = Promise.all([this.leaving, closed]).then(() => {});
        this.leave(guest);
        await closed;
      },
    };
    return guest;
  }

  /** The machine is over, or nobody may debug it any more. */
  async close(): Promise<void> {
    await this.inside?.flush();
    await this.inside?.close();
  }

  private leave(guest: Guest): void {
    if (this.inside === guest) this.inside = null;
  }
}
