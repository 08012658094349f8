/** Folders of a page, shared with a guest to be read: one that the user has picked, or files that were handed over. */
import {
  type EntryKind,
  type FolderBackend,
  type FolderEntry,
  FolderError,
  type Names,
  type OpenFile,
} from "./folder.ts";

/** A file that a page has been given: of the browser's File, what is needed here. */
export interface PickedFile {
  readonly size: number;
  /** Of the last change, in ms since 1970. */
  readonly lastModified?: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** A folder that the user has picked: of the browser's FileSystemDirectoryHandle, what is needed here. */
export interface PickedFolder {
  readonly kind: "directory";
  getDirectoryHandle(name: string): Promise<PickedFolder>;
  getFileHandle(name: string): Promise<{ getFile(): Promise<PickedFile> }>;
  entries(): AsyncIterable<[string, { readonly kind: "file" | "directory" }]>;
}

/** Files that were handed over one by one, each with its path in the folder, as in "docs/readme.txt". */
export interface UploadedFile {
  readonly path: string;
  readonly file: PickedFile;
}

const READ_ONLY = () => Promise.reject(new FolderError("EROFS"));
const FOLDER_PERMISSIONS = 0o555;
const FILE_PERMISSIONS = 0o444;

abstract class ReadOnlyFolder implements FolderBackend {
  readonly readOnly = true;
  readonly create = READ_ONLY;
  readonly makeFolder = READ_ONLY;
  readonly remove = READ_ONLY;
  readonly rename = READ_ONLY;
  readonly change = READ_ONLY;

  abstract list(names: Names): Promise<readonly { readonly name: string; readonly kind: EntryKind }[]>;
  /** null: `names` stand for a folder. Rejects with ENOENT if they stand for nothing. */
  protected abstract fileAt(names: Names): Promise<PickedFile | null>;

  async status(names: Names): Promise<FolderEntry> {
    const file = await this.fileAt(names);
    if (file === null) return { kind: "folder", size: 0, permissions: FOLDER_PERMISSIONS, modifiedNs: 0n };
    const modifiedNs = BigInt(Math.max(0, Math.trunc(file.lastModified ?? 0))) * 1_000_000n;
    return { kind: "file", size: file.size, permissions: FILE_PERMISSIONS, modifiedNs };
  }

  async open(names: Names): Promise<OpenFile> {
    const file = await this.fileAt(names);
    if (file === null) throw new FolderError("EISDIR");
    return {
      read: async (offset, length) => new Uint8Array(await file.slice(offset, offset + length).arrayBuffer()),
      write: READ_ONLY,
      sync: async () => {},
      close: async () => {},
    };
  }

  readLink(): Promise<string> {
    return Promise.reject(new FolderError("EINVAL"));
  }

  async close(): Promise<void> {}
}

class HandleFolder extends ReadOnlyFolder {
  constructor(private readonly root: PickedFolder) {
    super();
  }

  async list(names: Names) {
    const folder = await this.folderAt(names);
    const entries: { name: string; kind: EntryKind }[] = [];
    for await (const [name, { kind }] of folder.entries()) {
      entries.push({ name, kind: kind === "directory" ? "folder" : "file" });
    }
    return entries;
  }

  protected async fileAt(names: Names): Promise<PickedFile | null> {
    const last = names[names.length - 1];
    if (last === undefined) return null;
    const parent = await this.folderAt(names.slice(0, -1));
    try {
      return await (await parent.getFileHandle(last)).getFile();
    } catch (error) {
      if ((error as Error).name !== "TypeMismatchError") throw guestError(error);
      // The name is a folder's; by now it may be nobody's.
      await this.folderAt(names);
      return null;
    }
  }

  private async folderAt(names: Names): Promise<PickedFolder> {
    let folder = this.root;
    for (const name of names) {
      folder = await folder.getDirectoryHandle(name).catch((error) => Promise.reject(guestError(error)));
    }
    return folder;
  }
}

/** What the browser says (File System Standard), in the terms of a guest. */
function guestError(error: unknown): unknown {
  const { name } = error as Error;
  if (name === "NotFoundError") return new FolderError("ENOENT");
  if (name === "TypeMismatchError") return new FolderError("ENOTDIR");
  if (name === "NotAllowedError" || name === "SecurityError") return new FolderError("EACCES");
  // A name that the browser does not have in a folder.
  return error instanceof TypeError ? new FolderError("ENOENT") : error;
}

type Tree = Map<string, Tree | PickedFile>;

class UploadedFolder extends ReadOnlyFolder {
  constructor(private readonly root: Tree) {
    super();
  }

  async list(names: Names) {
    const folder = this.entryAt(names);
    if (!(folder instanceof Map)) throw new FolderError("ENOTDIR");
    return [...folder].map(([name, entry]) => ({
      name,
      kind: entry instanceof Map ? ("folder" as const) : ("file" as const),
    }));
  }

  protected async fileAt(names: Names): Promise<PickedFile | null> {
    const entry = this.entryAt(names);
    return entry instanceof Map ? null : entry;
  }

  private entryAt(names: Names): Tree | PickedFile {
    let entry: Tree | PickedFile = this.root;
    for (const name of names) {
      if (!(entry instanceof Map)) throw new FolderError("ENOTDIR");
      const next: Tree | PickedFile | undefined = entry.get(name);
      if (next === undefined) throw new FolderError("ENOENT");
      entry = next;
    }
    return entry;
  }
}

export function pickedFolder(folder: PickedFolder): FolderBackend {
  return new HandleFolder(folder);
}

/** Throws an Error that names the path which cannot be one: absolute, with "..", or both a file's and a folder's. */
export function uploadedFolder(files: readonly UploadedFile[]): FolderBackend {
  const root: Tree = new Map();
  for (const { path, file } of files) {
    const names = path.split("/");
    const last = names.pop() as string;
    if ([...names, last].some((name) => name === "" || name === "." || name === ".." || name.includes("\0"))) {
      throw new Error(`shared folder: "${path}" is no path of a file in it`);
    }
    let folder = root;
    for (const name of names) {
      const next = folder.get(name) ?? new Map();
      if (!(next instanceof Map)) throw new Error(`shared folder: "${path}" would lie in a file`);
      folder.set(name, next);
      folder = next;
    }
    if (folder.has(last)) throw new Error(`shared folder: "${path}" is there twice`);
    folder.set(last, file);
  }
  return new UploadedFolder(root);
}
