/** The page's end of the bridge: a gdb on the user's computer debugs the machine of this page. */
import {
  type BridgeMessage,
  CLOSE_OCCUPIED,
  CLOSE_WRONG_CODE,
  normalizedCode,
  type PageMessage,
  parseMessage,
} from "./bridge-protocol.ts";
import type { DebuggedMachine } from "./debugged-machine.ts";
import { Door, type Guest } from "./door.ts";

/** The part of a WebSocket that is used. */
export interface BridgeSocket {
  binaryType: string;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
  addEventListener(type: "open" | "error", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { readonly code: number; readonly reason: string }) => void): void;
}

export type BridgeEvent =
  /** A gdb has come, or is gone. */
  | { readonly kind: "gdb"; readonly present: boolean }
  /** gdb asked for the machine to be ended. */
  | { readonly kind: "kill" }
  /** The link is over. */
  | { readonly kind: "closed"; readonly reason: string };

export class BridgeLink {
  private guest: Guest | null = null;
  /** What gdb sent, in order. */
  private work: Promise<void> = Promise.resolve();
  private readonly door: Door;

  private constructor(
    machine: DebuggedMachine,
    private readonly socket: BridgeSocket,
    /** Port of this computer to which gdb connects. */
    readonly gdbPort: number,
    private readonly onEvent: (event: BridgeEvent) => void,
  ) {
    this.door = new Door(machine, () => onEvent({ kind: "kill" }));
  }

  /**
   * Pairs with the bridge at the other end of a socket that is about to open (`new WebSocket(url, BRIDGE_PROTOCOL)`). Rejects with
   * an Error in words for people: no bridge, a wrong code, a bridge that has its page.
   */
  static open(
    machine: DebuggedMachine,
    socket: BridgeSocket,
    code: string,
    onEvent: (event: BridgeEvent) => void,
  ): Promise<BridgeLink> {
    socket.binaryType = "arraybuffer";
    let link: BridgeLink | null = null;
    return new Promise((resolve, reject) => {
      socket.addEventListener("open", () => send(socket, { kind: "pair", code: normalizedCode(code) }));
      socket.addEventListener("error", () => reject(new Error("there is no bridge, or it does not accept this page")));
      socket.addEventListener("close", ({ code: status, reason }) => {
        reject(new Error(closeReason(status, reason)));
        link?.closed(closeReason(status, reason));
      });
      socket.addEventListener("message", ({ data }) => {
        if (link !== null) return link.hear(data);
        const message = typeof data === "string" ? parseMessage<BridgeMessage>(data) : null;
        if (message?.kind !== "paired") return socket.close();
        link = new BridgeLink(machine, socket, message.gdbPort, onEvent);
        resolve(link);
      });
    });
  }

  /** Lets go of gdb and the bridge; the machine stays as it is. */
  close(): void {
    this.socket.close();
  }

  private hear(data: unknown): void {
    if (typeof data !== "string") {
      const bytes = new Uint8Array(data as ArrayBuffer);
      const { guest } = this;
      this.enqueue(async () => guest?.receive(bytes));
      return;
    }
    const message = parseMessage<BridgeMessage>(data);
    if (message?.kind !== "gdb") return;
    const { guest } = this;
    if (guest !== null) this.enqueue(() => guest.close());
    this.guest = message.present
      ? this.door.enter({
          send: (bytes) => this.socket.send(bytes.slice()),
          end: () => send(this.socket, { kind: "end" }),
        })
      : null;
    this.onEvent({ kind: "gdb", present: message.present });
  }

  private enqueue(action: () => Promise<void>): void {
    this.work = this.work.then(action).catch(() => send(this.socket, { kind: "end" }));
  }

  private closed(reason: string): void {
    const { guest } = this;
    this.guest = null;
    if (guest !== null) this.enqueue(() => guest.close());
    this.onEvent({ kind: "closed", reason });
  }
}

function send(socket: BridgeSocket, message: PageMessage): void {
  socket.send(JSON.stringify(message));
}

function closeReason(status: number, reason: string): string {
  if (status === CLOSE_WRONG_CODE) return "the code is wrong; the bridge shows the right one in its terminal";
  if (status === CLOSE_OCCUPIED) return "the bridge is paired with another page";
  return reason === "" ? "the bridge has closed the connection" : reason;
}
