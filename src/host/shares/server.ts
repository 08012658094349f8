/**
 * Serves a folder by 9P2000.L (diod's protocol.md; the Linux kernel's net/9p). Messages are served one after the other, in the
 * order in which they come, so that the guest sees the same whatever takes the host how long.
 */
import { type EntryKind, type FolderBackend, FolderError, type Names } from "./folder.ts";
import { MessageReader, MessageWriter } from "./message.ts";
import { checkName, errnoOf, type Fid, MOST_MESSAGE_BYTES, Session, step } from "./session.ts";

// Types of the messages that are served; the reply's is one more.
const RLERROR = 7;
const TSTATFS = 8;
const TLOPEN = 12;
const TLCREATE = 14;
const TRENAME = 20;
const TREADLINK = 22;
const TGETATTR = 24;
const TSETATTR = 26;
const TREADDIR = 40;
const TFSYNC = 50;
const TMKDIR = 72;
const TRENAMEAT = 74;
const TUNLINKAT = 76;
const TVERSION = 100;
const TATTACH = 104;
const TFLUSH = 108;
const TWALK = 110;
const TREAD = 116;
const TWRITE = 118;
const TCLUNK = 120;
const TREMOVE = 122;

const VERSION = "9P2000.L";
const NO_TAG = 0xffff;
const NO_FID = 0xffff_ffff;
/** A smaller one could not hold a reply to TGETATTR. */
const LEAST_MESSAGE_BYTES = 4096;
const MOST_WALK_NAMES = 16;

// Flags of TLOPEN and TLCREATE (Linux, asm-generic/fcntl.h).
const O_ACCMODE = 3;
const O_RDONLY = 0;
const O_TRUNC = 0o1000;
const O_DIRECTORY = 0o200000;
const AT_REMOVEDIR = 0x200;

/** High bits of a mode (POSIX: sys/stat.h), types in a qid and in an entry of a folder, by kind. */
const MODE = { folder: 0o040000, file: 0o100000, link: 0o120000 } as const;
const QID = { folder: 0x80, file: 0, link: 0x02 } as const;
const ENTRY = { folder: 4, file: 8, link: 10 } as const;

const ATTRIBUTES = 0x0000_07ffn; // P9_GETATTR_BASIC
const SET_MODE = 1;
const SET_SIZE = 8;
const SET_MTIME = 0x20;
const SET_MTIME_GIVEN = 0x100;
const NS_PER_SECOND = 1_000_000_000n;
const BLOCK = 4096;

/** The number of a file: made from its names, so that it is the same on every host and after a snapshot. */
function pathNumber(names: Names): bigint {
  // FNV-1a, 64 bits.
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const byte of new TextEncoder().encode(names.join("/"))) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100_0000_01b3n);
  }
  return hash;
}

export class ShareServer {
  readonly session: Session;

  constructor(private readonly folder: FolderBackend) {
    this.session = new Session(folder);
  }

  /** The reply to a message, of at most `room` bytes (11 at least). Never rejects: what goes wrong is told to the guest. */
  async serve(message: Uint8Array, room: number): Promise<Uint8Array> {
    const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
    const type = view.getUint8(4);
    const tag = view.getUint16(5, true);
    try {
      const length = view.getUint32(0, true);
      if (length < 7 || length > message.length) throw new FolderError("EINVAL", "the message's length is not its own");
      const { messageBytes } = this.session;
      if (messageBytes !== 0 && type !== TVERSION && length > messageBytes) throw new FolderError("EMSGSIZE");
      const most = Math.min(room, messageBytes === 0 ? LEAST_MESSAGE_BYTES : messageBytes);
      const reply = new MessageWriter();
      await this.answer(type, tag, new MessageReader(message.subarray(0, length)), reply, most);
      if (reply.length > most) throw new FolderError("EMSGSIZE", "there is no room for the reply");
      return reply.finish(type + 1, tag);
    } catch (error) {
      return new MessageWriter().u32(errnoOf(error)).finish(RLERROR, tag);
    }
  }

  private async answer(type: number, tag: number, from: MessageReader, to: MessageWriter, most: number): Promise<void> {
    if (type === TVERSION) return this.version(tag, from, to);
    if (this.session.messageBytes === 0) throw new FolderError("EPROTO", "no version has been agreed upon");
    switch (type) {
      case TATTACH:
        return this.attach(from, to);
      case TFLUSH:
        // Whatever came before has been served.
        return;
      case TWALK:
        return this.walk(from, to);
      case TGETATTR:
        return this.attributes(from, to);
      case TLOPEN:
        return this.open(from, to);
      case TREAD:
        return this.read(from, to, most);
      case TREADDIR:
        return this.readFolder(from, to, most);
      case TREADLINK: {
        to.text(await this.folder.readLink(this.session.fid(from.u32()).names));
        return;
      }
      case TSTATFS:
        return this.fileSystem(from, to);
      case TCLUNK:
        return this.session.forget(from.u32());
      case TFSYNC: {
        const fid = this.session.fid(from.u32());
        if (fid.open === "write") await (await this.session.fileOf(fid)).sync();
        return;
      }
      case TLCREATE:
        return this.create(from, to);
      case TWRITE:
        return this.write(from, to);
      case TSETATTR:
        return this.setAttributes(from);
      case TMKDIR:
        return this.makeFolder(from, to);
      case TREMOVE:
        return this.remove(from.u32());
      case TUNLINKAT:
        return this.unlink(from);
      case TRENAME:
        return this.rename(from);
      case TRENAMEAT:
        return this.renameAt(from);
      default:
        // Links, devices, locks and extended attributes among them.
        throw new FolderError("EOPNOTSUPP", `message ${type} is not served`);
    }
  }

  private async version(tag: number, from: MessageReader, to: MessageWriter): Promise<void> {
    const offered = from.u32();
    const version = from.text();
    await this.session.clear();
    if (tag !== NO_TAG || offered < LEAST_MESSAGE_BYTES) throw new FolderError("EINVAL");
    const messageBytes = Math.min(offered, MOST_MESSAGE_BYTES);
    if (version === VERSION) this.session.messageBytes = messageBytes;
    to.u32(messageBytes).text(version === VERSION ? VERSION : "unknown");
  }

  private async attach(from: MessageReader, to: MessageWriter): Promise<void> {
    const number = from.u32();
    const authentication = from.u32();
    from.text();
    const tree = from.text();
    if (authentication !== NO_FID || !this.session.isFree(number)) throw new FolderError("EINVAL");
    if (tree !== "" && tree !== "/") throw new FolderError("ENOENT", `there is no tree "${tree}"`);
    await this.qid(to, []);
    this.session.name(number, []);
  }

  private async walk(from: MessageReader, to: MessageWriter): Promise<void> {
    const fid = this.session.fid(from.u32());
    const number = from.u32();
    const count = from.u16();
    if (count > MOST_WALK_NAMES || fid.open !== null) throw new FolderError("EINVAL");
    if (!this.session.isFree(number) && this.session.fid(number) !== fid) throw new FolderError("EINVAL");
    const wanted = Array.from({ length: count }, () => from.text());
    const qids = new MessageWriter();
    let names = fid.names;
    let walked = 0;
    for (const name of wanted) {
      try {
        if (walked > 0 && (await this.folder.status(names)).kind !== "folder") throw new FolderError("ENOTDIR");
        const next = step(names, name);
        await this.qid(qids, next);
        names = next;
      } catch (error) {
        // The first name's fault is an error; a later one's only ends the walk.
        if (walked === 0) throw error;
        break;
      }
      walked++;
    }
    if (walked === wanted.length) this.session.name(number, names);
    to.u16(walked).block(qids.finish(0, 0).subarray(7));
  }

  private async attributes(from: MessageReader, to: MessageWriter): Promise<void> {
    const { names } = this.session.fid(from.u32());
    to.u64(ATTRIBUTES);
    const { kind, size, permissions, modifiedNs } = await this.qid(to, names);
    const [seconds, ns] = [modifiedNs / NS_PER_SECOND, modifiedNs % NS_PER_SECOND];
    // Everything belongs to root: the host's users are nobody to the guest.
    to.u32(MODE[kind] | permissions)
      .u32(0)
      .u32(0)
      .u64(kind === "folder" ? 2 : 1)
      .u64(0)
      .u64(size)
      .u64(BLOCK)
      .u64(Math.ceil(size / 512));
    for (let time = 0; time < 3; time++) to.u64(seconds).u64(ns);
    // Birth, generation and version are not told.
    to.u64(0).u64(0).u64(0).u64(0);
  }

  private async open(from: MessageReader, to: MessageWriter): Promise<void> {
    const fid = this.session.fid(from.u32());
    const flags = from.u32();
    if (fid.open !== null) throw new FolderError("EINVAL", "the fid is open already");
    const writes = (flags & O_ACCMODE) !== O_RDONLY || (flags & O_TRUNC) !== 0;
    if (writes) this.requireWritable();
    const { kind } = await this.qid(to, fid.names);
    if (kind === "folder") {
      if (writes) throw new FolderError("EISDIR");
      fid.open = "folder";
    } else {
      if (flags & O_DIRECTORY) throw new FolderError("ENOTDIR");
      if (kind === "link") throw new FolderError("ELOOP");
      const file = await this.folder.open(fid.names, writes);
      fid.open = writes ? "write" : "read";
      fid.file = Promise.resolve(file);
      if (flags & O_TRUNC) await this.folder.change(fid.names, { size: 0 });
    }
    // iounit 0: as much as a message holds.
    to.u32(0);
  }

  private async read(from: MessageReader, to: MessageWriter, most: number): Promise<void> {
    const fid = this.session.fid(from.u32());
    const offset = from.offset();
    const length = Math.min(from.u32(), most - to.length - 4);
    const file = await this.session.fileOf(fid);
    const bytes = length > 0 ? await file.read(offset, length) : new Uint8Array(0);
    to.u32(bytes.length).block(bytes);
  }

  /** Entries in the order of their names' code units; an entry's offset is its number, from 1. */
  private async readFolder(from: MessageReader, to: MessageWriter, most: number): Promise<void> {
    const fid = this.session.fid(from.u32());
    const first = from.offset();
    const room = Math.min(from.u32(), most - to.length - 4);
    if (fid.open !== "folder") throw new FolderError("EBADF", "the fid is not an open folder");
    if (first === 0 || fid.entries === null) fid.entries = await this.entriesOf(fid);
    const list = new MessageWriter();
    const empty = list.length;
    for (const [index, { name, kind }] of fid.entries.entries()) {
      if (index < first) continue;
      const bytes = 13 + 8 + 1 + 2 + new TextEncoder().encode(name).length;
      if (list.length - empty + bytes > room) break;
      const names = name === "." ? fid.names : name === ".." ? step(fid.names, "..") : [...fid.names, name];
      this.putQid(list, names, kind as EntryKind, 0);
      list
        .u64(index + 1)
        .u8(ENTRY[kind as EntryKind])
        .text(name);
    }
    to.u32(list.length - empty).block(list.finish(0, 0).subarray(7));
  }

  private async entriesOf(fid: Fid) {
    const entries = [...(await this.folder.list(fid.names))].sort((a, b) => (a.name < b.name ? -1 : 1));
    return [{ name: ".", kind: "folder" }, { name: "..", kind: "folder" }, ...entries];
  }

  /** Nothing of the host's file system is told: numbers that no program stumbles over. */
  private fileSystem(from: MessageReader, to: MessageWriter): void {
    this.session.fid(from.u32());
    const free = this.folder.readOnly ? 0 : 1 << 20;
    to.u32(0x0102_1997)
      .u32(BLOCK)
      .u64(1 << 20);
    to.u64(free)
      .u64(free)
      .u64(1 << 20)
      .u64(free)
      .u64(0)
      .u32(255);
  }

  private async create(from: MessageReader, to: MessageWriter): Promise<void> {
    const number = from.u32();
    const fid = this.session.fid(number);
    const name = from.text();
    from.u32();
    const permissions = from.u32() & 0o777;
    if (fid.open !== null) throw new FolderError("EINVAL", "the fid is open already");
    this.requireWritable();
    const names = step(fid.names, checkName(name));
    const file = await this.folder.create(names, permissions);
    this.session.name(number, names);
    const created = this.session.fid(number);
    created.open = "write";
    created.file = Promise.resolve(file);
    await this.qid(to, names);
    to.u32(0);
  }

  private async write(from: MessageReader, to: MessageWriter): Promise<void> {
    const fid = this.session.fid(from.u32());
    const offset = from.offset();
    const bytes = from.block(from.u32());
    if (fid.open !== "write") throw new FolderError("EBADF", "the fid is not open for writing");
    await (await this.session.fileOf(fid)).write(offset, bytes);
    to.u32(bytes.length);
  }

  private async setAttributes(from: MessageReader): Promise<void> {
    const { names } = this.session.fid(from.u32());
    const [valid, mode] = [from.u32(), from.u32()];
    from.u32();
    from.u32();
    const size = from.offset();
    from.u64();
    from.u64();
    const [seconds, ns] = [from.u64(), from.u64()];
    this.requireWritable();
    await this.folder.change(names, {
      ...(valid & SET_MODE && { permissions: mode & 0o777 }),
      ...(valid & SET_SIZE && { size }),
      ...(valid & SET_MTIME && valid & SET_MTIME_GIVEN && { modifiedNs: seconds * NS_PER_SECOND + ns }),
    });
  }

  private async makeFolder(from: MessageReader, to: MessageWriter): Promise<void> {
    const { names } = this.session.fid(from.u32());
    const folder = step(names, checkName(from.text()));
    this.requireWritable();
    await this.folder.makeFolder(folder, from.u32() & 0o777);
    await this.qid(to, folder);
  }

  private async remove(number: number): Promise<void> {
    const { names } = this.session.fid(number);
    // The fid is gone whether or not the file is.
    await this.session.forget(number);
    this.requireWritable();
    const { kind } = await this.folder.status(names);
    await this.folder.remove(names, kind === "folder" ? "folder" : "other");
  }

  private async unlink(from: MessageReader): Promise<void> {
    const { names } = this.session.fid(from.u32());
    const entry = step(names, checkName(from.text()));
    this.requireWritable();
    await this.folder.remove(entry, from.u32() & AT_REMOVEDIR ? "folder" : "other");
  }

  private async rename(from: MessageReader): Promise<void> {
    const { names } = this.session.fid(from.u32());
    const folder = this.session.fid(from.u32());
    const target = step(folder.names, checkName(from.text()));
    await this.move(names, target);
  }

  private async renameAt(from: MessageReader): Promise<void> {
    const source = step(this.session.fid(from.u32()).names, checkName(from.text()));
    const target = step(this.session.fid(from.u32()).names, checkName(from.text()));
    await this.move(source, target);
  }

  private async move(source: Names, target: Names): Promise<void> {
    this.requireWritable();
    if (source.length === 0) throw new FolderError("EINVAL", "the shared folder itself has no place");
    await this.folder.rename(source, target);
    this.session.moved(source, target);
  }

  private requireWritable(): void {
    if (this.folder.readOnly) throw new FolderError("EROFS");
  }

  /** Writes the qid of what `names` stand for, and answers its status. */
  private async qid(to: MessageWriter, names: Names) {
    const entry = await this.folder.status(names);
    // The version changes whenever the content does, for guests that keep what they have read.
    this.putQid(to, names, entry.kind, Number(BigInt.asUintN(32, entry.modifiedNs)));
    return entry;
  }

  private putQid(to: MessageWriter, names: Names, kind: EntryKind, version: number): void {
    to.u8(QID[kind]).u32(version).u64(pathNumber(names));
  }
}
