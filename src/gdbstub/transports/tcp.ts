/** gdb over TCP. */
import { createServer, isIP, type Server, type Socket } from "node:net";
import type { Guest, Visitor } from "../door.ts";

/** Where to listen. */
export interface TcpAddress {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** How long a connection that ends may take to read what was sent to it. */
const LINGER_MS = 1000;

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

export class TcpListener {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    /** The port that it has. */
    readonly port: number,
  ) {}

  /** Rejects with an Error that names the address. `enter` is called for each connection. */
  static async open({ host, port }: TcpAddress, enter: (visitor: Visitor) => Guest): Promise<TcpListener> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(new Error(`cannot listen on ${host}:${port}: ${error.message}`)));
      server.listen({ host, port }, resolve);
    });
    const listener = new TcpListener(server, (server.address() as { port: number }).port);
    server.on("connection", (socket) => {
      listener.sockets.add(socket);
      socket.once("close", () => listener.sockets.delete(socket));
      void serve(socket, enter);
    });
    return listener;
  }

  /** Ends all connections when what was sent on them has left. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.sockets) endSocket(socket);
    await closed;
  }
}

async function serve(socket: Socket, enter: (visitor: Visitor) => Guest): Promise<void> {
  // The end of a connection is seen below; what went wrong with it makes no difference.
  socket.on("error", () => {});
  const guest = enter({ send: (bytes) => write(socket, bytes), end: () => endSocket(socket) });
  // At once, also while bytes that came before wait for their turn.
  socket.once("close", () => void guest.close());
  try {
    // Nothing more is read before this has been answered.
    for await (const bytes of socket) await guest.receive(bytes as Uint8Array);
  } catch {
    // The connection broke off.
  } finally {
    await guest.close();
    endSocket(socket);
  }
}

/** Resolves when the socket takes more. */
function write(socket: Socket, bytes: Uint8Array): void | Promise<void> {
  if (!socket.writable || socket.write(bytes)) return;
  return new Promise((resolve) => {
    const events = ["drain", "close", "error"];
    const done = () => {
      for (const event of events) socket.off(event, done);
      resolve();
    };
    for (const event of events) socket.on(event, done);
  });
}

function endSocket(socket: Socket): void {
  if (socket.destroyed) return;
  socket.end();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
