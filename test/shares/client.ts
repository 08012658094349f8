/** A 9P2000.L client over a server in the same process: as much of it as tests need, well-behaved or not. */
import { MessageReader, MessageWriter } from "../../src/host/shares/message.ts";
import { ERRNO, type FolderBackend } from "../../src/host/shares/folder.ts";
import { ShareServer } from "../../src/host/shares/server.ts";

export const T = {
  statfs: 8,
  lopen: 12,
  lcreate: 14,
  symlink: 16,
  mknod: 18,
  rename: 20,
  readlink: 22,
  getattr: 24,
  setattr: 26,
  xattrwalk: 30,
  readdir: 40,
  fsync: 50,
  link: 70,
  mkdir: 72,
  renameat: 74,
  unlinkat: 76,
  version: 100,
  auth: 102,
  attach: 104,
  flush: 108,
  walk: 110,
  read: 116,
  write: 118,
  clunk: 120,
  remove: 122,
} as const;

export const NO_FID = 0xffff_ffff;

/** What the server said: the error's name, or the reply's fields. */
export class Refused extends Error {}

export class ShareClient {
  readonly server: ShareServer;

  constructor(folder: FolderBackend) {
    this.server = new ShareServer(folder);
  }

  /** Sends a message and answers the fields of its reply; a Refused with the error's name if it is one. */
  async ask(type: number, fill: (to: MessageWriter) => unknown, room = 0x8_1000, tag = 1): Promise<MessageReader> {
    const writer = new MessageWriter();
    fill(writer);
    return this.askRaw(writer.finish(type, tag), room);
  }

  async askRaw(message: Uint8Array, room = 0x8_1000): Promise<MessageReader> {
    const reply = await this.server.serve(message, room);
    const view = new DataView(reply.buffer, reply.byteOffset, reply.byteLength);
    if (view.getUint32(0, true) !== reply.length || reply.length > room) throw new Error("the reply's length is wrong");
    if (view.getUint16(5, true) !== new DataView(message.buffer, message.byteOffset).getUint16(5, true)) {
      throw new Error("the reply's tag is another");
    }
    const reader = new MessageReader(reply);
    if (view.getUint8(4) === 7) {
      const errno = reader.u32();
      throw new Refused(Object.entries(ERRNO).find(([, number]) => number === errno)?.[0] ?? String(errno));
    }
    if (view.getUint8(4) !== message[4]! + 1) throw new Error(`a reply of type ${view.getUint8(4)}`);
    return reader;
  }

  async version(messageBytes = 0x1_0000, version = "9P2000.L"): Promise<[number, string]> {
    const reply = await this.ask(T.version, (to) => to.u32(messageBytes).text(version), undefined, 0xffff);
    return [reply.u32(), reply.text()];
  }

  attach(fid: number, tree = ""): Promise<MessageReader> {
    return this.ask(T.attach, (to) => to.u32(fid).u32(NO_FID).text("root").text(tree).u32(0));
  }

  /** Answers how many names were walked. */
  async walk(fid: number, newFid: number, ...names: string[]): Promise<number> {
    const reply = await this.ask(T.walk, (to) => {
      to.u32(fid).u32(newFid).u16(names.length);
      for (const name of names) to.text(name);
    });
    return reply.u16();
  }

  open(fid: number, flags = 0): Promise<MessageReader> {
    return this.ask(T.lopen, (to) => to.u32(fid).u32(flags));
  }

  async read(fid: number, offset: bigint | number, length: number): Promise<string> {
    const reply = await this.ask(T.read, (to) => to.u32(fid).u64(offset).u32(length));
    return Buffer.from(reply.block(reply.u32())).toString("latin1");
  }

  async write(fid: number, offset: bigint | number, text: string): Promise<number> {
    const bytes = Buffer.from(text);
    return (await this.ask(T.write, (to) => to.u32(fid).u64(offset).u32(bytes.length).block(bytes))).u32();
  }

  clunk(fid: number): Promise<MessageReader> {
    return this.ask(T.clunk, (to) => to.u32(fid));
  }

  async attributes(fid: number) {
    const reply = await this.ask(T.getattr, (to) => to.u32(fid).u64(0x7ff));
    const valid = reply.u64();
    const qid = [reply.u8(), reply.u32(), reply.u64()] as const;
    const [mode, uid, gid] = [reply.u32(), reply.u32(), reply.u32()];
    const [links, device, size] = [reply.u64(), reply.u64(), reply.u64()];
    return { valid, qid, mode, uid, gid, links, device, size };
  }

  /** Names in an open folder, each with its offset. */
  async names(fid: number, offset: bigint | number = 0, room = 0x1000): Promise<[string, number][]> {
    const reply = await this.ask(T.readdir, (to) => to.u32(fid).u64(offset).u32(room));
    const list: [string, number][] = [];
    for (let left = reply.u32(); left > 0; ) {
      reply.block(13);
      const next = Number(reply.u64());
      reply.u8();
      const name = reply.text();
      list.push([name, next]);
      left -= 13 + 8 + 1 + 2 + Buffer.from(name).length;
    }
    return list;
  }

  /** The content of a file, named from the shared folder down. */
  async content(...names: string[]): Promise<string> {
    const fid = 0x7777;
    if ((await this.walk(0, fid, ...names)) !== names.length) throw new Refused("cut short");
    try {
      await this.open(fid);
      return await this.read(fid, 0, 0x1000);
    } finally {
      await this.clunk(fid);
    }
  }
}
