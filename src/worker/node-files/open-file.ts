/** A file that a machine reads and writes at any place, locked while it may be written to. */
import { readSync, writeSync } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { openError, removedError, shortError, ioError } from "./file-errors.ts";
import { lockFile, requireUnlocked } from "./file-lock.ts";
import { Promptness } from "./promptness.ts";

/** Longer than between two ticks of a file system's clock, in ms. */
const CLOCK_TICK_MS = 20;
/** What a guest writes is nobody else's business. */
const PRIVATE = 0o600;

/** "create": it need not exist; "new": it must not, and nobody else will ever open it. */
export type FileAccess = "read" | "write" | "create" | "new";

/** Throws an Error that names the file and what is wrong with it. */
export async function openFile(path: string, access: FileAccess): Promise<OpenFile> {
  const mayBeMissing = access === "create" || access === "new";
  const real = await realpath(path).catch((error) => {
    if (error.code === "ENOENT" && mayBeMissing) return path;
    throw openError(path, error);
  });
  if (access === "read") await requireUnlocked(real);
  const unlock = access === "write" || access === "create" ? await lockFile(real) : null;
  let file: FileHandle | null = null;
  try {
    file = await openHandle(real, access);
    if (!(await file.stat()).isFile()) throw new Error(`${path} is not a regular file`);
    return new OpenFile(path, file, unlock);
  } catch (error) {
    await file?.close();
    await unlock?.();
    throw error;
  }
}

async function openHandle(path: string, access: FileAccess): Promise<FileHandle> {
  try {
    if (access !== "new") return await open(path, access === "read" ? "r" : "r+");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" || access !== "create") throw openError(path, error as NodeJS.ErrnoException);
  }
  const file = await open(path, "wx+", PRIVATE).catch((error) => {
    throw openError(path, error);
  });
  if (access === "create") await syncFolder(dirname(path));
  return file;
}

/** A new file survives a crash only when its folder has been written, too. */
export async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders, and needs no such thing.
  const folder = await open(path, "r").catch(() => null);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

export class OpenFile {
  /** No write before this time (performance.now()), so that the file's time tells it from what a fingerprint was about. */
  private quietUntil = 0;
  private readonly promptness = new Promptness();

  constructor(
    readonly name: string,
    private readonly file: FileHandle,
    private unlock: (() => Promise<void>) | null,
  ) {}

  async size(): Promise<number> {
    return (await this.file.stat()).size;
  }

  /** `length` bytes, or fewer where the file ends. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let at = 0;
    while (at < length) {
      const { bytesRead } = await this.file.read(bytes, at, length - at, offset + at).catch((error) => {
        throw ioError(this.name, error);
      });
      if (bytesRead === 0) return bytes.slice(0, at);
      at += bytesRead;
    }
    return bytes;
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const wait = this.quietUntil - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    let at = 0;
    while (at < bytes.length) {
      const { bytesWritten } = await this.file.write(bytes, at, bytes.length - at, offset + at).catch((error) => {
        throw ioError(this.name, error);
      });
      at += bytesWritten;
    }
  }

  /** Reads at once: bytes, fewer where the file ends; null: it may have to wait for the host's disk, so nothing was done. */
  readNow(offset: number, bytes: Uint8Array): number | null {
    return this.atOnce(() => {
      let at = 0;
      while (at < bytes.length) {
        const count = readSync(this.file.fd, bytes, at, bytes.length - at, offset + at);
        if (count === 0) break;
        at += count;
      }
      return at;
    });
  }

  /** Writes at once; false: nothing was done, as for readNow(). */
  writeNow(offset: number, bytes: Uint8Array): boolean {
    if (this.quietUntil > performance.now()) return false;
    const written = this.atOnce(() => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.file.fd, bytes, at, bytes.length - at, offset + at);
      return true;
    });
    return written !== null;
  }

  private atOnce<T>(act: () => T): T | null {
    try {
      return this.promptness.attempt(act);
    } catch (error) {
      throw ioError(this.name, error as NodeJS.ErrnoException);
    }
  }

  /** Resolves when fsync has returned. Throws an Error if the file has no name any more, or fewer bytes than `expected`. */
  async flush(expected = 0): Promise<void> {
    await this.file.sync().catch((error) => {
      throw ioError(this.name, error);
    });
    const { nlink, size } = await this.file.stat();
    if (nlink === 0) throw removedError(this.name);
    if (size < expected) throw shortError(this.name);
  }

  /** Length and time of the latest change; a later change gives another time. */
  async version(): Promise<string> {
    const { size, mtimeNs } = await this.file.stat({ bigint: true });
    this.quietUntil = performance.now() + CLOCK_TICK_MS;
    return `${size} bytes, changed ${mtimeNs}`;
  }

  async truncate(size: number): Promise<void> {
    await this.file.truncate(size).catch((error) => {
      throw ioError(this.name, error);
    });
  }

  async close(): Promise<void> {
    const { unlock } = this;
    this.unlock = null;
    await this.file.close();
    await unlock?.();
  }
}
