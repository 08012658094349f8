/** What the guest has named and opened in a shared folder: 9P's fids. A fid is a list of names, looked up anew at each use. */
import { ERRNO, type FolderBackend, FolderError, type Names, type OpenFile } from "./folder.ts";

/** Fids that a guest may have at a time: each may be an open file of the host. */
const MOST_FIDS = 4096;
const MOST_NAMES = 256;
const MOST_NAME_BYTES = 255;
export const MOST_MESSAGE_BYTES = 0x8_0000;

export interface Fid {
  names: Names;
  /** null: only named. */
  open: "folder" | "read" | "write" | null;
  /** Of an open folder: its entries as they were when the guest began to read it. */
  entries: readonly { readonly name: string; readonly kind: string }[] | null;
  file: Promise<OpenFile> | null;
}

/** All of a session that outlives the host's open files. */
export interface SessionState {
  /** 0: no version has been agreed upon. */
  readonly messageBytes: number;
  readonly fids: readonly Readonly<Pick<Fid, "names" | "open"> & { number: number }>[];
}

export class Session {
  /** Most bytes of a message that the guest agreed to; 0: none yet. */
  messageBytes = 0;
  private readonly fids = new Map<number, Fid>();

  constructor(readonly folder: FolderBackend) {}

  fid(number: number): Fid {
    const fid = this.fids.get(number);
    if (fid === undefined) throw new FolderError("EBADF", `fid ${number} stands for nothing`);
    return fid;
  }

  isFree(number: number): boolean {
    return !this.fids.has(number);
  }

  /** `number` stands for `names` from now on. */
  name(number: number, names: Names): void {
    const old = this.fids.get(number);
    if (old === undefined && this.fids.size >= MOST_FIDS) throw new FolderError("EMFILE");
    this.fids.set(number, { names, open: null, entries: null, file: null });
  }

  /** The open file behind a fid; after a snapshot it is opened again at its first use. */
  fileOf(fid: Fid): Promise<OpenFile> {
    if (fid.open !== "read" && fid.open !== "write") throw new FolderError("EBADF", "the fid is not an open file");
    fid.file ??= this.folder.open(fid.names, fid.open === "write");
    return fid.file;
  }

  async forget(number: number): Promise<void> {
    const { file } = this.fid(number);
    this.fids.delete(number);
    // A file that could not be opened again has nothing to be closed.
    const open = await file?.catch(() => null);
    await open?.close();
  }

  /** What `from` stood for, and all in it, is at `to` now. */
  moved(from: Names, to: Names): void {
    for (const fid of this.fids.values()) {
      if (from.every((name, i) => fid.names[i] === name)) fid.names = [...to, ...fid.names.slice(from.length)];
    }
  }

  /** A new session begins, or the device was reset. */
  async clear(): Promise<void> {
    this.messageBytes = 0;
    for (const number of [...this.fids.keys()]) await this.forget(number);
  }

  /** Nothing is under way. */
  get state(): SessionState {
    const fids = [...this.fids].map(([number, { names, open }]) => ({ number, names, open }));
    return { messageBytes: this.messageBytes, fids };
  }

  /** Becomes the session of `state`, which checkState() has accepted. */
  replace(state: SessionState): void {
    for (const { file } of this.fids.values()) file?.then((open) => open.close()).catch(() => {});
    this.fids.clear();
    this.messageBytes = state.messageBytes;
    for (const { number, names, open } of state.fids) {
      this.fids.set(number, { names, open, entries: null, file: null });
    }
  }
}

/** Throws a FolderError for what is no name of an entry of a folder. */
export function checkName(name: string): string {
  if (new TextEncoder().encode(name).length > MOST_NAME_BYTES) throw new FolderError("ENAMETOOLONG");
  if (name === "" || name === "." || name === ".." || /[/\0]/.test(name)) {
    throw new FolderError("EINVAL", `"${name}" is no name`);
  }
  return name;
}

/** `names` and one more. ".." leads up, but not out. */
export function step(names: Names, name: string): Names {
  if (name === "..") return names.slice(0, -1);
  if (names.length >= MOST_NAMES) throw new FolderError("ENAMETOOLONG");
  return [...names, checkName(name)];
}

/** Throws an Error if a file's session cannot be one. */
export function checkState({ messageBytes, fids }: SessionState): void {
  if (messageBytes > MOST_MESSAGE_BYTES || fids.length > MOST_FIDS) throw new Error("it has too much");
  if (new Set(fids.map(({ number }) => number)).size !== fids.length) throw new Error("a fid is there twice");
  for (const { names } of fids) {
    if (names.length > MOST_NAMES) throw new Error("a fid has too many names");
    for (const name of names) checkName(name);
  }
}

/** The number that tells the guest what went wrong. */
export function errnoOf(error: unknown): number {
  return error instanceof FolderError ? ERRNO[error.errno] : ERRNO.EIO;
}
