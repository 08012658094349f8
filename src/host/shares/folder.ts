/** The host end of a shared folder: what 9P asks for, in terms of names. */

/** Error numbers of Linux, which 9P2000.L hands on to the guest. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  EBADF: 9,
  EACCES: 13,
  EEXIST: 17,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EMFILE: 24,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  ENAMETOOLONG: 36,
  ENOTEMPTY: 39,
  ELOOP: 40,
  EPROTO: 71,
  EMSGSIZE: 90,
  EOPNOTSUPP: 95,
} as const;

export type Errno = keyof typeof ERRNO;

/** What cannot be done, for the guest. Whatever else is thrown is EIO to it. */
export class FolderError extends Error {
  constructor(
    readonly errno: Errno,
    message: string = errno,
  ) {
    super(message);
  }
}

/** Names from the shared folder down; none: that folder itself. No name is empty, "." or "..", or has a slash or a NUL in it. */
export type Names = readonly string[];

export type EntryKind = "folder" | "file" | "link";

export interface FolderEntry {
  readonly kind: EntryKind;
  /** Bytes. */
  readonly size: number;
  /** The nine bits of rwxrwxrwx. */
  readonly permissions: number;
  /** Last change of the content, in ns since 1970. */
  readonly modifiedNs: bigint;
}

export interface OpenFile {
  /** At most `length` bytes from `offset` on; fewer at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Answers when all of it is written. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Resolves when what was written would survive a crash of the host. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface EntryChange {
  readonly size?: number;
  readonly permissions?: number;
  /** In ns since 1970. */
  readonly modifiedNs?: bigint;
}

/**
 * A folder. Names are looked up one after the other at each call and no link is followed, so that nothing outside can be reached,
 * whatever becomes of the names between two calls or during one. Only folders, regular files and links exist: whatever else the
 * host has there is left out and never opened. Each call may reject with a FolderError.
 */
export interface FolderBackend {
  /** true: the calls from create() on are not made. */
  readonly readOnly: boolean;
  status(names: Names): Promise<FolderEntry>;
  /** In any order. */
  list(names: Names): Promise<readonly { readonly name: string; readonly kind: EntryKind }[]>;
  /** A regular file. */
  open(names: Names, write: boolean): Promise<OpenFile>;
  /** What a link says. */
  readLink(names: Names): Promise<string>;
  /** A new, empty file, open for writing. */
  create(names: Names, permissions: number): Promise<OpenFile>;
  makeFolder(names: Names, permissions: number): Promise<void>;
  remove(names: Names, kind: "folder" | "other"): Promise<void>;
  rename(from: Names, to: Names): Promise<void>;
  change(names: Names, change: EntryChange): Promise<void>;
  close(): Promise<void>;
}
