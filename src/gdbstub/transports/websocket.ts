/** The bridge's own end: a page on a WebSocket, gdb on TCP, and nobody else. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import {
  BRIDGE_PROTOCOL,
  type BridgeMessage,
  CLOSE_NOT_UNDERSTOOD,
  CLOSE_OCCUPIED,
  CLOSE_WRONG_CODE,
  CODE_LENGTH,
  CODE_LETTERS,
  normalizedCode,
  type PageMessage,
  parseMessage,
} from "../bridge-protocol.ts";
import { type Guest, isGreeting, refusal, type Visitor } from "../door.ts";
import { isLoopback, TcpListener } from "./tcp.ts";

export interface BridgeOptions {
  /** Ports of loopback; 0: any that is free. */
  readonly port: number;
  readonly gdbPort: number;
  /** Origins of pages besides those that this computer serves, such as https://example.org. */
  readonly origins: readonly string[];
  /** Hears each new code, and what else its user should know. */
  readonly say: (line: string) => void;
}

const LOOPBACK = "127.0.0.1";
/** A code that was not guessed so many times is replaced. */
const MOST_WRONG_CODES = 5;
const PAIRING_MS = 10_000;
const MOST_MESSAGE_BYTES = 1 << 20;

export class Bridge {
  private readonly http: Server;
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: (protocols) => (protocols.has(BRIDGE_PROTOCOL) ? BRIDGE_PROTOCOL : false),
  });
  private page: WebSocket | null = null;
  private gdb: Visitor | null = null;
  private listener: TcpListener | null = null;
  private code = "";
  private wrongCodes = 0;
  private isClosing = false;

  private constructor(private readonly options: BridgeOptions) {
    this.http = createServer((_, response) => {
      response.writeHead(426, { "content-type": "text/plain" });
      response.end("This port is for pages of Vitrine that a gdb is to debug.\n");
    });
    this.http.on("upgrade", (request, socket, head) => this.admit(request, socket, head));
  }

  static async open(options: BridgeOptions): Promise<Bridge> {
    const bridge = new Bridge(options);
    await new Promise<void>((resolve, reject) => {
      bridge.http.once("error", (error) => {
        reject(new Error(`cannot listen on ${LOOPBACK}:${options.port}: ${error.message}`));
      });
      bridge.http.listen({ host: LOOPBACK, port: options.port }, resolve);
    });
    try {
      const address = { host: LOOPBACK, port: options.gdbPort };
      bridge.listener = await TcpListener.open(address, (visitor) => bridge.enter(visitor));
    } catch (error) {
      bridge.http.close();
      throw error;
    }
    bridge.newCode();
    return bridge;
  }

  /** The port that it has for pages. */
  get port(): number {
    return (this.http.address() as { port: number }).port;
  }

  /** The port that it has for gdb. */
  get gdbPort(): number {
    return (this.listener as TcpListener).port;
  }

  async close(): Promise<void> {
    this.isClosing = true;
    for (const socket of this.sockets.clients) socket.close();
    await this.listener?.close();
    await new Promise<void>((resolve) => {
      this.http.close(() => resolve());
      this.http.closeAllConnections();
    });
    for (const socket of this.sockets.clients) socket.terminate();
  }

  /** Whether a browser's page may knock at all. Both headers are the browser's, which a page cannot forge. */
  private refusalOf({ headers }: IncomingMessage): string | null {
    // A name that leads here by a foreign DNS entry is not ours.
    const [, host, port] = /^(.*?)(?::(\d+))?$/.exec(headers.host ?? "") ?? [];
    const name = host?.replace(/^\[(.*)\]$/, "$1") ?? "";
    if (!isLoopback(name) || Number(port ?? 80) !== this.port) return `Host ${headers.host} is not this bridge's`;
    const { origin } = headers;
    if (origin === undefined) return "an Origin is missing";
    if (!this.options.origins.includes(origin) && !isLoopbackOrigin(origin)) {
      return `pages of ${origin} are not admitted; --origin ${origin} admits them`;
    }
    return null;
  }

  private admit(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => {});
    const reason = this.refusalOf(request);
    if (reason !== null) {
      const body = `${reason}\n`;
      socket.end(
        `HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
      this.options.say(`refused: ${reason}`);
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (page) => this.pair(page));
  }

  private pair(page: WebSocket): void {
    page.on("error", () => {});
    const timer = setTimeout(() => page.close(CLOSE_WRONG_CODE, "no code came"), PAIRING_MS);
    page.once("close", () => clearTimeout(timer));
    page.once("message", (data, isBinary) => {
      clearTimeout(timer);
      const message = isBinary ? null : parseMessage<PageMessage>(String(data));
      if (message?.kind !== "pair" || typeof message.code !== "string") {
        page.close(CLOSE_NOT_UNDERSTOOD, "the first message must be the code");
      } else if (this.page !== null) {
        page.close(CLOSE_OCCUPIED, "another page is paired");
      } else if (!equalCodes(message.code, this.code)) {
        page.close(CLOSE_WRONG_CODE, "wrong code");
        if (++this.wrongCodes >= MOST_WRONG_CODES) this.newCode();
      } else {
        this.connect(page);
      }
    });
  }

  private connect(page: WebSocket): void {
    this.page = page;
    // It is good for one page, once.
    this.code = "";
    page.on("message", (data, isBinary) => this.hear(data as Buffer, isBinary));
    page.once("close", () => {
      this.page = null;
      this.gdb?.end();
      this.gdb = null;
      if (this.isClosing) return;
      this.options.say("the page is gone");
      this.newCode();
    });
    this.tell({ kind: "paired", gdbPort: this.gdbPort });
    this.options.say("a page is paired");
  }

  private hear(data: Buffer, isBinary: boolean): void {
    if (isBinary) void this.gdb?.send(data);
    else if (parseMessage<PageMessage>(String(data))?.kind === "end") this.gdb?.end();
  }

  /** A connection to gdb's port: to be gdb's, and the only one. */
  private enter(visitor: Visitor): Guest {
    let isRefused = false;
    return {
      receive: async (bytes) => {
        if (isRefused) return;
        if (this.gdb !== visitor) {
          const reason = this.page === null ? "no page is paired with this bridge" : undefined;
          if (!isGreeting(bytes[0]) || this.gdb !== null || reason !== undefined) {
            isRefused = true;
            if (isGreeting(bytes[0])) await visitor.send(refusal(reason));
            visitor.end();
            return;
          }
          this.gdb = visitor;
          this.tell({ kind: "gdb", present: true });
        }
        await this.forward(bytes);
      },
      flush: async () => {},
      close: async () => {
        isRefused = true;
        if (this.gdb !== visitor) return;
        this.gdb = null;
        this.tell({ kind: "gdb", present: false });
      },
    };
  }

  /** Resolves when the page's connection takes more. */
  private forward(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (this.page === null) resolve();
      else this.page.send(bytes, () => resolve());
    });
  }

  private tell(message: BridgeMessage): void {
    this.page?.send(JSON.stringify(message));
  }

  private newCode(): void {
    this.wrongCodes = 0;
    // 256 is a multiple of 32, so no letter is likelier than another.
    this.code = [...randomBytes(CODE_LENGTH)].map((byte) => CODE_LETTERS[byte % CODE_LETTERS.length]).join("");
    this.options.say(`code for the page: ${this.code.replaceAll(/(.{4})(?=.)/g, "$1-")}`);
  }
}

/** Takes the same time wherever two codes differ. */
function equalCodes(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash("sha256").update(normalizedCode(text)).digest();
  return wanted !== "" && timingSafeEqual(digest(given), digest(wanted));
}

function isLoopbackOrigin(origin: string): boolean {
  try {
    const { protocol, hostname } = new URL(origin);
    return /^https?:$/.test(protocol) && isLoopback(hostname.replace(/^\[(.*)\]$/, "$1"));
  } catch {
    return false;
  }
}
