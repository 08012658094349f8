/** Node's threads, files and timers in the form in which machines use them: the one place for Node's modules here. */
import { open, readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type MessagePort, parentPort, Worker } from "node:worker_threads";
import type { Endpoint } from "comlink";
import { type BlockBackend, SECTOR_BYTES, sectorsOf } from "../host/backends/block.ts";
import { memoryDisk } from "../host/backends/memory-disk.ts";
import { fetchBytes, type Platform } from "../host/platform.ts";
import type { Connection } from "./machine-client.ts";

export const nodePlatform: Platform = {
  read: async (address, onProgress) => {
    if (isWebAddress(address)) return fetchBytes(address, onProgress);
    const path = pathOf(address);
    const bytes = await readFile(path).catch((error) => {
      throw fileError(path, error);
    });
    onProgress(bytes.length, bytes.length);
    return bytes;
  },
  openDisk: async (address, readOnly) =>
    isWebAddress(address)
      ? memoryDisk(address, await fetchBytes(address, () => {}), readOnly)
      : openFileDisk(address, readOnly),
  yieldToEvents: () => new Promise((resolve) => setImmediate(resolve)),
};

function isWebAddress(address: string): boolean {
  return /^https?:/.test(address);
}

function pathOf(address: string): string {
  return address.startsWith("file:") ? fileURLToPath(address) : address;
}

function fileError(path: string, error: NodeJS.ErrnoException): Error {
  if (error.code === "ENOENT") return new Error(`${path}: there is no such file`);
  if (error.code === "EISDIR") return new Error(`${path} is a folder`);
  return new Error(`${path}: ${error.message}`);
}

/** A raw image in a file, read and written in place. */
async function openFileDisk(address: string, readOnly: boolean): Promise<BlockBackend> {
  const path = pathOf(address);
  const file = await open(path, readOnly ? "r" : "r+").catch((error) => {
    throw fileError(path, error);
  });
  try {
    const status = await stat(path);
    if (!status.isFile()) throw new Error(`${path} is not a regular file`);
    const sectors = sectorsOf(path, status.size);
    return {
      sectors,
      readOnly,
      read: async (sector, length) => {
        const bytes = new Uint8Array(length);
        const { bytesRead } = await file.read(bytes, 0, length, Number(sector) * SECTOR_BYTES);
        return bytes.subarray(0, bytesRead);
      },
      write: async (sector, bytes) => {
        const { bytesWritten } = await file.write(bytes, 0, bytes.length, Number(sector) * SECTOR_BYTES);
        if (bytesWritten !== bytes.length) {
          throw new Error(`only ${bytesWritten} of ${bytes.length} bytes were written at sector ${sector}`);
        }
      },
      flush: () => file.sync(),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Comlink's view of a Node port, which has emitter methods where Comlink expects an event target's. */
export function endpointOf(port: MessagePort | Worker): Endpoint {
  const wrappers = new WeakMap<object, (data: unknown) => void>();
  return {
    postMessage: (message, transfer) => port.postMessage(message, transfer as never),
    addEventListener: (_type, listener) => {
      const wrapper = (data: unknown) => {
        const event = { data } as MessageEvent;
        if ("handleEvent" in listener) listener.handleEvent(event);
        else listener(event);
      };
      wrappers.set(listener, wrapper);
      port.on("message", wrapper);
    },
    removeEventListener: (_type, listener) => {
      const wrapper = wrappers.get(listener);
      if (wrapper !== undefined) port.off("message", wrapper);
    },
  };
}

/** This thread's port to the thread that started it. */
export function parentEndpoint(): Endpoint {
  if (parentPort === null) throw new Error("this module runs in a thread of its own only");
  return endpointOf(parentPort);
}

/** Starts a thread; answers its port, and how one hears of its end. */
export function startThread(script: URL): { endpoint: Endpoint } & Pick<Connection, "onDeath" | "terminate"> {
  const worker = new Worker(script);
  return {
    endpoint: endpointOf(worker),
    onDeath: (callback) => {
      worker.once("error", (error) => callback(`the machine's thread failed: ${error.message}`));
      worker.once("exit", (code) => callback(`the machine's thread ended with status ${code}`));
    },
    terminate: async () => {
      await worker.terminate();
    },
  };
}
