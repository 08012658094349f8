/** A store in the private file system of the page's origin, which only this machine's worker has open. */
import type { ByteStore } from "./byte-store.ts";

/** Below the root: a folder for each disk whose changes are kept, and in it the file of changes. */
export const KEPT_FOLDER = "disks";
export const CHANGES_FILE = "changes";

/** The tab before a reload may need a moment to let go. */
const OPEN_ATTEMPTS = 20;
const OPEN_PAUSE_MS = 100;

/** FileSystemSyncAccessHandle (File System Standard, section 2.6), as far as it is used. */
export interface SyncAccessHandle {
  read(into: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  flush(): void;
  getSize(): number;
  truncate(size: number): void;
  close(): void;
}

interface FileHandle {
  createSyncAccessHandle(): Promise<SyncAccessHandle>;
}

interface Directory {
  getDirectoryHandle(name: string): Promise<Directory>;
  getFileHandle(name: string, options: { create: boolean }): Promise<FileHandle>;
}

/** A store over `handle`, which it closes; `name` is for messages. */
export function handleStore(name: string, handle: SyncAccessHandle): ByteStore {
  const full = () =>
    new Error(
      `${name}: the browser has no room for more. What the guest has flushed is safe; discard other kept disks, or free ` +
        "room on this computer",
    );
  const attempt = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      if ((error as Error).name === "QuotaExceededError") throw full();
      throw new Error(`${name}: the browser's storage failed: ${(error as Error).message}`);
    }
  };
  const readNow = (offset: number, bytes: Uint8Array): number => attempt(() => handle.read(bytes, { at: offset }));
  return {
    name,
    size: async () => attempt(() => handle.getSize()),
    read: async (offset, length) => {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readNow(offset, bytes));
    },
    readNow,
    write: async (offset, bytes) => {
      const written = attempt(() => handle.write(bytes, { at: offset }));
      // Chromium's private windows say by an odd count, not by an exception, that there is no room.
      if (written !== bytes.length) throw full();
    },
    flush: async () => attempt(() => handle.flush()),
    truncate: async (size) => attempt(() => handle.truncate(size)),
    close: async () => handle.close(),
  };
}

/**
 * Opens the changes of the kept disk `id`, which must be listed. Throws an Error that says what to do if another tab has them
 * open, or if there is no such disk.
 */
export async function openKeptStore(id: string): Promise<ByteStore> {
  const file = await keptFile(id);
  for (let attempt = 1; ; attempt++) {
    try {
      return handleStore(`overlay ${id}`, await file.createSyncAccessHandle());
    } catch (error) {
      if ((error as Error).name !== "NoModificationAllowedError") throw error;
      if (attempt === OPEN_ATTEMPTS) {
        throw new Error(
          `its changes are open in another tab: close that tab, or open another machine there, and try again`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, OPEN_PAUSE_MS));
    }
  }
}

async function keptFile(id: string): Promise<FileHandle> {
  const { navigator } = globalThis as unknown as { navigator?: { storage?: { getDirectory?(): Promise<Directory> } } };
  const storage = navigator?.storage;
  if (storage?.getDirectory === undefined) {
    throw new Error("changes cannot be kept: this browser gives the page no file system of its own");
  }
  try {
    const folder = await (await storage.getDirectory()).getDirectoryHandle(KEPT_FOLDER);
    return await (await folder.getDirectoryHandle(id)).getFileHandle(CHANGES_FILE, { create: true });
  } catch (error) {
    if ((error as Error).name === "NotFoundError") throw new Error(`there is no kept disk "${id}" in this browser`);
    throw new Error(`changes cannot be kept here: ${(error as Error).message}`);
  }
}
