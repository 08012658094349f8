/** The place where machines of a page run, a web worker, in the form in which they use it. */
import { memoryStore } from "../host/backends/byte-store.ts";
import { openKeptStore } from "../host/backends/opfs-store.ts";
import { openWebDisk } from "../host/backends/web-disk.ts";
import { fetchBytes, type Platform } from "../host/platform.ts";

/** Timers of a page wait 4 ms at least; a message to oneself does not. */
const channel = new MessageChannel();
const waiting: (() => void)[] = [];
channel.port1.onmessage = () => waiting.shift()?.();

export const pagePlatform: Platform = {
  read: fetchBytes,
  openDisk: openWebDisk,
  openStore: openKeptStore,
  openScratchStore: async () => memoryStore("the memory for changes"),
  openFolder: async (path) => {
    throw new Error(`${path}: a page has no folders but those that its user picks`);
  },
  yieldToEvents: () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      channel.port2.postMessage(null);
    }),
};
