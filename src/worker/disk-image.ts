/** A disk that no machine has, in the hands of a page: image and kept changes together. */
import * as Comlink from "comlink";
import type { ProgressListener } from "../host/backends/block.ts";
import type { DiskServer } from "./disk-worker.ts";
import type { DiskOptions } from "./machine-api.ts";

export interface DiskImage {
  readonly bytes: number;
  /** Both numbers are multiples of 512, and the bytes lie on the disk. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Kept changes become part of the image, as Machine.commitDisk() says. */
  commit(onProgress: ProgressListener): Promise<void>;
  /** Lets go of it. */
  close(): Promise<void>;
}

/** Throws an Error that says why it cannot be opened, as createMachine does. */
export async function openDiskImage(options: DiskOptions): Promise<DiskImage> {
  const worker = new Worker(new URL("./disk-worker.ts", import.meta.url), { type: "module" });
  const server = Comlink.wrap<DiskServer>(worker);
  const died = new Promise<never>((_, reject) => {
    worker.addEventListener("error", ({ message }) => {
      reject(new Error(`the disk's worker failed: ${message ?? "it could not be loaded"}`));
    });
  });
  // Each call looks at it; it is no error when none is under way.
  died.catch(() => {});
  const answer = <T>(asked: Promise<T>): Promise<T> => Promise.race([asked, died]);
  try {
    const bytes = await answer(server.open(options as Parameters<typeof server.open>[0]));
    return {
      bytes,
      read: (offset, length) => answer(server.read(offset, length)),
      commit: (onProgress) => answer(server.commit(Comlink.proxy(onProgress))),
      close: async () => {
        try {
          await answer(server.close());
        } finally {
          // What it has open is free again, whatever became of the call.
          worker.terminate();
        }
      },
    };
  } catch (error) {
    worker.terminate();
    throw error;
  }
}
