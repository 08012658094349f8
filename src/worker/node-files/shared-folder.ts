/**
 * A folder of this computer, shared with a guest. Node knows no openat(2), Linux's /proc/self/fd is as good: the path
 * /proc/self/fd/N/name begins at the folder that is open as N, wherever it has been moved meanwhile, and O_NOFOLLOW refuses a link
 * in the place of the one name behind it. Each name is opened with O_PATH first, which opens neither file nor device, and only what
 * is then known to be a regular file or a folder is opened through /proc/self/fd: nothing can be put in its place between look and
 * use.
 */
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readlink, rename, rmdir, unlink } from "node:fs/promises";
import {
  type EntryChange,
  type EntryKind,
  ERRNO,
  type Errno,
  type FolderBackend,
  type FolderEntry,
  FolderError,
  type Names,
  type OpenFile,
} from "../../host/shares/folder.ts";

/** open(2): a handle on the name alone. Node has no name for it; the number is the same on all of Linux's architectures. */
const O_PATH = 0o10000000;
const { O_RDONLY, O_RDWR, O_NOFOLLOW, O_DIRECTORY, O_CREAT, O_EXCL, O_NONBLOCK, S_IFMT, S_IFREG, S_IFDIR, S_IFLNK } =
  constants;

/** Throws an Error that names the path and what is wrong with it. */
export async function openFolder(path: string, readOnly: boolean): Promise<FolderBackend> {
  if (process.platform !== "linux") {
    throw new Error(
      `${path}: folders of this computer can be shared on Linux only, where nothing can lead out of them`,
    );
  }
  const root = await open(path, O_PATH | O_DIRECTORY).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new Error(`${path}: there is no such folder`);
    if (error.code === "ENOTDIR") throw new Error(`${path} is not a folder`);
    throw new Error(`${path}: ${error.message}`);
  });
  return new NodeFolder(root, readOnly);
}

class NodeFolder implements FolderBackend {
  constructor(
    private readonly root: FileHandle,
    readonly readOnly: boolean,
  ) {}

  status(names: Names): Promise<FolderEntry> {
    return this.at(names, statusOf);
  }

  list(names: Names) {
    return this.inside(names, async (folder) => {
      const entries = await readdir(folder, { withFileTypes: true });
      return entries.flatMap((entry) => {
        const kind: EntryKind | null = entry.isDirectory()
          ? "folder"
          : entry.isFile()
            ? "file"
            : entry.isSymbolicLink()
              ? "link"
              : null;
        return kind === null ? [] : [{ name: entry.name, kind }];
      });
    });
  }

  open(names: Names, write: boolean): Promise<OpenFile> {
    return this.at(names, async (handle) => {
      if ((await statusOf(handle)).kind !== "file") throw new FolderError("EISDIR");
      return new NodeFile(await open(pathOf(handle), (write ? O_RDWR : O_RDONLY) | O_NONBLOCK));
    });
  }

  readLink(names: Names): Promise<string> {
    return this.named(names, async (path) => readlink(path));
  }

  create(names: Names, permissions: number): Promise<OpenFile> {
    return this.named(
      names,
      async (path) => new NodeFile(await open(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR, permissions)),
    );
  }

  makeFolder(names: Names, permissions: number): Promise<void> {
    return this.named(names, async (path) => void (await mkdir(path, permissions)));
  }

  remove(names: Names, kind: "folder" | "other"): Promise<void> {
    return this.named(names, (path) => (kind === "folder" ? rmdir(path) : unlink(path)));
  }

  rename(from: Names, to: Names): Promise<void> {
    return this.named(from, (source) => this.named(to, (target) => rename(source, target)));
  }

  change(names: Names, change: EntryChange): Promise<void> {
    return this.at(names, async (handle) => {
      const { kind } = await statusOf(handle);
      if (kind === "link") throw new FolderError("EOPNOTSUPP");
      if (change.size !== undefined && kind !== "file") throw new FolderError("EISDIR");
      const flags = change.size === undefined ? O_RDONLY | O_NONBLOCK : O_RDWR | O_NONBLOCK;
      const opened = await open(pathOf(handle), flags);
      try {
        if (change.size !== undefined) await opened.truncate(change.size);
        if (change.permissions !== undefined) await opened.chmod(change.permissions);
        if (change.modifiedNs !== undefined) {
          const seconds = Number(change.modifiedNs) / 1e9;
          await opened.utimes(seconds, seconds);
        }
      } finally {
        await opened.close();
      }
    });
  }

  close(): Promise<void> {
    return this.root.close();
  }

  /** What `task` makes of a handle (O_PATH) on the entry itself: of a link, not on what it leads to. */
  private at<T>(names: Names, task: (handle: FileHandle) => Promise<T>): Promise<T> {
    if (names.length === 0) return withGuestErrors(() => task(this.root));
    return this.named(names, async (path) => {
      const handle = await open(path, O_PATH | O_NOFOLLOW);
      try {
        return await task(handle);
      } finally {
        await handle.close();
      }
    });
  }

  /** As at(), with a path to a folder. */
  private inside<T>(names: Names, task: (path: string) => Promise<T>): Promise<T> {
    return this.at(names, async (handle) => {
      if ((await statusOf(handle)).kind !== "folder") throw new FolderError("ENOTDIR");
      return task(pathOf(handle));
    });
  }

  /** What `task` makes of a path in which one name alone is looked up, and that in the folder that was reached by all before it. */
  private named<T>(names: Names, task: (path: string) => Promise<T>): Promise<T> {
    const last = names[names.length - 1];
    if (last === undefined) return Promise.reject(new FolderError("EINVAL", "the shared folder itself has no name"));
    return withGuestErrors(async () => {
      let folder = this.root;
      try {
        for (const name of names.slice(0, -1)) {
          const next = await open(`${pathOf(folder)}/${only(name)}`, O_PATH | O_NOFOLLOW | O_DIRECTORY);
          if (folder !== this.root) await folder.close();
          folder = next;
        }
        return await task(`${pathOf(folder)}/${only(last)}`);
      } finally {
        if (folder !== this.root) await folder.close();
      }
    });
  }
}

class NodeFile implements OpenFile {
  constructor(private readonly file: FileHandle) {}

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    const { bytesRead } = await withGuestErrors(() => this.file.read(bytes, 0, length, offset));
    return bytes.subarray(0, bytesRead);
  }

  write(offset: number, bytes: Uint8Array): Promise<void> {
    return withGuestErrors(async () => {
      for (let done = 0; done < bytes.length; ) {
        done += (await this.file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
      }
    });
  }

  sync(): Promise<void> {
    return withGuestErrors(() => this.file.sync());
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

function pathOf(handle: FileHandle): string {
  return `/proc/self/fd/${handle.fd}`;
}

/** The session has checked it, but all hangs on it. */
function only(name: string): string {
  if (name === "" || name === "." || name === ".." || /[/\0]/.test(name)) throw new FolderError("EINVAL");
  return name;
}

async function statusOf(handle: FileHandle): Promise<FolderEntry> {
  const { mode, size, mtimeNs } = await handle.stat({ bigint: true });
  const type = Number(mode) & S_IFMT;
  const kind = type === S_IFDIR ? "folder" : type === S_IFREG ? "file" : type === S_IFLNK ? "link" : null;
  // Sockets, FIFOs and devices are not part of what is shared.
  if (kind === null) throw new FolderError("ENOENT");
  return {
    kind,
    size: kind === "folder" ? 0 : Number(size),
    permissions: Number(mode) & 0o777,
    modifiedNs: mtimeNs > 0n ? mtimeNs : 0n,
  };
}

/** Errors of the host that have a number which the guest knows keep it. */
async function withGuestErrors<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof FolderError || code === undefined || !(code in ERRNO)) throw error;
    throw new FolderError(code as Errno, (error as Error).message);
  }
}
