/** The page's link to a gdb on the user's computer: what the user enters, and how the link stands. */
import type { BridgeEvent, BridgeLink } from "../../src/gdbstub/bridge-link.ts";
import { BRIDGE_PROTOCOL, CODE_LENGTH, CODE_LETTERS, normalizedCode } from "../../src/gdbstub/bridge-protocol.ts";
import type { DebuggedMachine } from "../../src/gdbstub/debugged-machine.ts";
import { Store } from "./store.ts";

// What a dialog fills its fields with.
export { BRIDGE_GDB_PORT, BRIDGE_PORT } from "../../src/gdbstub/bridge-protocol.ts";

export type GdbLinkState =
  | { readonly kind: "none" }
  | { readonly kind: "connecting" }
  /** The bridge did not take the page, in words that complete "Refused: …". */
  | { readonly kind: "refused"; readonly reason: string }
  /** Paired; gdb may come to this port. */
  | { readonly kind: "waiting"; readonly gdbPort: number }
  | { readonly kind: "attached"; readonly gdbPort: number }
  | { readonly kind: "closed"; readonly reason: string };

/** Why a text cannot be a code of the bridge, or null. */
export function codeComplaint(text: string): string | null {
  const code = normalizedCode(text);
  if (code.length === CODE_LENGTH && [...code].every((letter) => CODE_LETTERS.includes(letter))) return null;
  return `Expected the ${CODE_LENGTH} letters and digits that the bridge prints, as in 0123-4567-89AB-CDEF.`;
}

/** The number of a TCP port, or null. */
export function portNumber(text: string): number | null {
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : null;
}

/** The state in words, without a full stop. */
export function gdbSentence(state: GdbLinkState): string {
  switch (state.kind) {
    case "none":
      return "Not connected";
    case "connecting":
      return "Connecting …";
    case "refused":
      return `Refused: ${state.reason}`;
    case "waiting":
      return `Waiting for gdb at port ${state.gdbPort}`;
    case "attached":
      return `gdb attached at port ${state.gdbPort}`;
    case "closed":
      return `Closed: ${state.reason}`;
  }
}

/** Opens a WebSocket; another in tests. */
type OpenSocket = (url: string, protocol: string) => WebSocket;

export class GdbModel {
  readonly state = new Store<GdbLinkState>({ kind: "none" });
  #machine: DebuggedMachine | null = null;
  #socket: WebSocket | null = null;
  #link: BridgeLink | null = null;
  /** Which connection is the latest: earlier ones are not heard any more. */
  #turn = 0;

  constructor(
    /** Hears that gdb asked for the machine to be ended. */
    private readonly onKill: () => void,
    private readonly openSocket: OpenSocket = (url, protocol) => new WebSocket(url, protocol),
  ) {}

  /** The machine of the page, or none. A link goes with the machine that it was made for. */
  attach(machine: DebuggedMachine | null): void {
    if (machine === this.#machine) return;
    this.#end("the machine that gdb was to debug is gone");
    this.#machine = machine;
  }

  /** Pairs with the bridge at a port of this computer. How that goes is told by `state`. */
  async connect(port: number, code: string): Promise<void> {
    const machine = this.#machine;
    this.#end("");
    const turn = ++this.#turn;
    if (machine === null) return this.state.set({ kind: "refused", reason: "there is no machine to debug" });
    this.state.set({ kind: "connecting" });
    try {
      // gdb's server is not part of a first visit.
      const { BridgeLink } = await import("../../src/gdbstub/bridge-link.ts");
      if (turn !== this.#turn) return;
      const socket = this.openSocket(`ws://127.0.0.1:${port}/`, BRIDGE_PROTOCOL);
      this.#socket = socket;
      const link = await BridgeLink.open(machine, socket, code, (event) => {
        if (turn === this.#turn) this.#hear(event);
      });
      if (turn !== this.#turn) return link.close();
      this.#link = link;
      this.state.set({ kind: "waiting", gdbPort: link.gdbPort });
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#socket = null;
      this.state.set({ kind: "refused", reason: (error as Error).message });
    }
  }

  /** Lets go of gdb and the bridge, or gives up connecting; the machine stays as it is. */
  disconnect(): void {
    this.#end("you have disconnected");
  }

  #hear(event: BridgeEvent): void {
    if (event.kind === "kill") this.onKill();
    else if (event.kind === "closed") this.#end(event.reason);
    else if (this.#link !== null) {
      this.state.set({ kind: event.present ? "attached" : "waiting", gdbPort: this.#link.gdbPort });
    }
  }

  #end(reason: string): void {
    this.#turn++;
    const link = this.#link;
    const socket = this.#socket;
    this.#link = null;
    this.#socket = null;
    if (link !== null) link.close();
    else socket?.close();
    if (socket !== null || this.state.get().kind === "connecting") this.state.set({ kind: "closed", reason });
  }
}
