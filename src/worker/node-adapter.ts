/** Node's threads, files and timers in the form in which machines use them: the one place for Node's modules here. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type MessagePort, parentPort, Worker } from "node:worker_threads";
import type { Endpoint } from "comlink";
import { openWebDisk } from "../host/backends/web-disk.ts";
import { fetchBytes, type Platform } from "../host/platform.ts";
import type { Connection } from "./machine-client.ts";
import { openFileDisk, openFileStore, openScratchStore } from "./node-files/file-disks.ts";
import { openError } from "./node-files/file-errors.ts";
import { openFolder } from "./node-files/shared-folder.ts";

export const nodePlatform: Platform = {
  read: async (address, onProgress) => {
    if (isWebAddress(address)) return fetchBytes(address, onProgress);
    const path = pathOf(address);
    const bytes = await readFile(path).catch((error) => {
      throw openError(path, error);
    });
    onProgress(bytes.length, bytes.length);
    return bytes;
  },
  openDisk: async (address, readOnly) =>
    isWebAddress(address) ? openWebDisk(address, readOnly) : openFileDisk(pathOf(address), readOnly),
  openStore: (address) => openFileStore(pathOf(address)),
  openScratchStore,
  openFolder: (path, readOnly) => openFolder(pathOf(path), readOnly),
  yieldToEvents: () => new Promise((resolve) => setImmediate(resolve)),
};

function isWebAddress(address: string): boolean {
  return /^https?:/.test(address);
}

function pathOf(address: string): string {
  return address.startsWith("file:") ? fileURLToPath(address) : address;
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
