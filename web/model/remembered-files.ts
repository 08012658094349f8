/** Handles of files that were picked as images of kept disks, in the browser's database, which alone can hold such. */
import type { FileHandle } from "./picked-file.ts";

const DATABASE = "vitrine";
const IMAGES = "disk-images";

/** By the names of kept disks. A browser that remembers nothing is none the worse: its visitor is asked for the files again. */
export class RememberedFiles {
  /** All that are remembered. */
  async all(): Promise<ReadonlyMap<string, FileHandle>> {
    try {
      const [names, handles] = await this.#perform("readonly", (images) => [images.getAllKeys(), images.getAll()]);
      return new Map((names as string[]).map((name, n) => [name, (handles as FileHandle[])[n] as FileHandle]));
    } catch {
      return new Map();
    }
  }

  async remember(name: string, handle: FileHandle): Promise<void> {
    await this.#perform("readwrite", (images) => [images.put(handle, name)]).catch(() => {});
  }

  async forget(name: string): Promise<void> {
    await this.#perform("readwrite", (images) => [images.delete(name)]).catch(() => {});
  }

  /** Results of requests, once what they have changed is stored. */
  async #perform(
    mode: IDBTransactionMode,
    ask: (images: IDBObjectStore) => readonly IDBRequest[],
  ): Promise<readonly unknown[]> {
    const database = await open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(IMAGES, mode);
        const requests = ask(transaction.objectStore(IMAGES));
        transaction.oncomplete = () => resolve(requests.map(({ result }) => result));
        transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      database.close();
    }
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(IMAGES);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
