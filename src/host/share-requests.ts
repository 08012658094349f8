/** Messages to shared folders that are under way between the core, which asks synchronously, and the folders, which take time. */
import type { FolderBackend } from "./shares/folder.ts";
import { ShareServer } from "./shares/server.ts";
import type { SessionState } from "./shares/session.ts";

/** A folder under the name by which the guest mounts it. */
export interface SharedFolder {
  readonly tag: string;
  readonly folder: FolderBackend;
}

interface ShareRequest {
  readonly message: Uint8Array;
  readonly room: number;
  filled: number;
  /** null: not there yet. */
  reply: Uint8Array | null;
}

/** A message that was served and whose reply the guest has not seen. */
export interface ServedMessage {
  readonly share: number;
  readonly tag: number;
  readonly reply: Uint8Array;
}

export class ShareRequests {
  private readonly requests = new Map<string, ShareRequest>();
  private readonly servers: readonly ShareServer[];
  /** Per share, the end of what is to be done. */
  private readonly ends: Promise<void>[];
  private readonly configurations: readonly Uint8Array[];

  /** `onReply` is called whenever a reply has come. */
  constructor(
    readonly shares: readonly SharedFolder[],
    private readonly onReply: () => void,
  ) {
    this.servers = shares.map(({ folder }) => new ShareServer(folder));
    this.ends = shares.map(() => Promise.resolve());
    this.configurations = shares.map(({ tag }) => {
      const bytes = new TextEncoder().encode(tag);
      return Uint8Array.of(bytes.length & 0xff, bytes.length >> 8, ...bytes);
    });
  }

  configuration(share: number, offset: number): number {
    return this.configurations[share]?.[offset] ?? 0;
  }

  begin(share: number, tag: number, length: number, room: number): void {
    this.requests.set(key(share, tag), { message: new Uint8Array(length), room, filled: 0, reply: null });
  }

  put(share: number, tag: number, bytes: Uint8Array): void {
    const request = this.find(share, tag);
    request.message.set(bytes, request.filled);
    request.filled += bytes.length;
  }

  start(share: number, tag: number): void {
    const request = this.find(share, tag);
    this.after(share, async (server) => {
      request.reply = await server.serve(request.message, request.room);
      this.onReply();
    });
  }

  /** Bytes of the reply; 0: it is not there yet. */
  reply(share: number, tag: number): number {
    return this.find(share, tag).reply?.length ?? 0;
  }

  get(share: number, tag: number, offset: number, length: number): Uint8Array {
    return (this.find(share, tag).reply as Uint8Array).subarray(offset, offset + length);
  }

  end(share: number, tag: number): void {
    this.requests.delete(key(share, tag));
  }

  /** The guest's session is over, once what it has asked for is done. */
  reset(share: number): void {
    this.after(share, (server) => server.session.clear());
  }

  /** The machine is reset: replies that are still to come concern nobody. */
  forgetAll(): void {
    this.requests.clear();
  }

  get allServed(): boolean {
    return [...this.requests.values()].every(({ reply }) => reply !== null);
  }

  /** Resolves when all has been done that was asked for so far. */
  async settled(): Promise<void> {
    while (!this.allServed) await Promise.all(this.ends);
    await Promise.all(this.ends);
  }

  /** All messages, which must have been served. */
  served(): ServedMessage[] {
    return [...this.requests].map(([at, { reply }]) => {
      const [share, tag] = at.split(":").map(Number) as [number, number];
      return { share, tag, reply: (reply as Uint8Array).slice() };
    });
  }

  /** The session of each share. */
  get sessions(): SessionState[] {
    return this.servers.map(({ session }) => session.state);
  }

  /** The machine is replaced: these are its messages and sessions. */
  replace(served: readonly ServedMessage[], sessions: readonly SessionState[]): void {
    this.requests.clear();
    for (const { share, tag, reply } of served) {
      this.requests.set(key(share, tag), { message: new Uint8Array(0), room: reply.length, filled: 0, reply });
    }
    // What the machine before has asked for must not spoil the session that comes.
    for (const [share, state] of sessions.entries()) {
      this.after(share, async (server) => server.session.replace(state));
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.ends);
    for (const { session } of this.servers) await session.clear();
    for (const { folder } of this.shares) await folder.close();
  }

  private after(share: number, task: (server: ShareServer) => Promise<void>): void {
    const server = this.servers[share];
    if (server === undefined) throw new Error(`The core asks for shared folder ${share}, which there is not.`);
    this.ends[share] = (this.ends[share] as Promise<void>).then(() => task(server)).catch(() => {});
  }

  private find(share: number, tag: number): ShareRequest {
    const request = this.requests.get(key(share, tag));
    if (request === undefined)
      throw new Error(`The core asks for message ${tag} of shared folder ${share}, which is not under way.`);
    return request;
  }
}

function key(share: number, tag: number): string {
  return `${share}:${tag}`;
}
