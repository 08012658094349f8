/** A disk that no machine has, in the hands of a page: image and kept changes together. */
import * as Comlink from "comlink";
import type { DiskServer } from "./disk-worker.ts";
import type { DiskOptions } from "./machine-api.ts";

export interface DiskImage {
  readonly bytes: number;
  /** Both numbers are multiples of 512, and the bytes lie on the disk. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Kept changes become part of the image, as Machine.commitDisk() says. */
  commit(): Promise<void>;
  /** Lets go of it. */
  close(): Promise<void>;
}

/** Throws an Error that says why it cannot be opened, as createMachine does. */
export async function openDiskImage(options: DiskOptions): Promise<DiskImage> {
  const worker = new Worker(new URL("./disk-worker.ts", import.meta.url), { type: "module" });
  const server = Comlink.wrap<DiskServer>(worker);
  try {
    const bytes = await server.open(options as Parameters<typeof server.open>[0]);
    return {
      bytes,
      read: (offset, length) => server.read(offset, length),
      commit: () => server.commit(),
      close: async () => {
        await server.close();
        worker.terminate();
      },
    };
  } catch (error) {
    worker.terminate();
    throw error;
  }
}
