/** The web worker in which a machine of a page runs. */
import { memoryStore } from "../host/backends/byte-store.ts";
import { memoryDisk } from "../host/backends/memory-disk.ts";
import { fetchBytes, type Platform } from "../host/platform.ts";
import { MachineServer } from "./machine-server.ts";
import { serveByMessages } from "./message-connection.ts";

/** Timers of a page wait 4 ms at least; a message to oneself does not. */
const channel = new MessageChannel();
const waiting: (() => void)[] = [];
channel.port1.onmessage = () => waiting.shift()?.();

const platform: Platform = {
  read: fetchBytes,
  openDisk: async (address, readOnly) => memoryDisk(address, await fetchBytes(address, () => {}), readOnly),
  openStore: async (address) => {
    throw new Error(`${address}: changes cannot be kept here`);
  },
  openScratchStore: async () => memoryStore("the memory for changes"),
  yieldToEvents: () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      channel.port2.postMessage(null);
    }),
};

serveByMessages(new MachineServer(platform));
