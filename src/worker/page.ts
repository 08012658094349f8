/** Machines in a web page: each runs in a worker of its own. */
import { coreLocation } from "./core-location.ts";
import type { MachineOptions, MachineState } from "./machine-api.ts";
import { type Connection, Machine } from "./machine-client.ts";
import { connectByMessages } from "./message-connection.ts";

export { CHANGES_FILE, KEPT_FOLDER } from "../host/backends/opfs-store.ts";
export { EMPTY_BYTES as EMPTY_CHANGES_BYTES } from "../host/backends/overlay-log.ts";
export { SyncError } from "../sync/errors.ts";
export { Sync, type SyncMask, type SyncName } from "../sync/group-masks.ts";
export type * from "./embedded-machine.ts";
export type * from "./machine-api.ts";
export { MachineClient, type Sample, Subscription } from "./client.ts";
export { Machine, type MachineConsole } from "./machine-client.ts";
export type {
  FrameListener,
  InputTime,
  MachineScreen,
  MouseState,
  PointerDevice,
  PointerState,
  ScreenFrame,
} from "./machine-screen.ts";

/**
 * Makes a machine, not yet running. Image addresses are URLs, relative to the page. `onState` hears of loading. `worker` runs
 * machine-worker.ts, for pages that cannot start one by its address, and is the machine's from now on.
 * Throws an Error that names what is wrong: an option, an image and the field of it, an address.
 */
export async function createMachine(
  options: MachineOptions,
  onState?: (state: MachineState) => void,
  worker: Worker = startWorker(),
): Promise<Machine> {
  const { disks = [] } = options;
  return Machine.create(
    connectTo(worker),
    {
      ...options,
      paced: options.paced ?? true,
      firmware: absolute(options.firmware),
      kernel: absolute(options.kernel),
      initrd: absolute(options.initrd),
      disks: disks.map((disk) => ({ ...disk, image: absolute(disk.image) })),
      coreUrl: absolute(options.coreUrl ?? coreLocation(options.target)),
    },
    onState,
  );
}

/** A worker's own address, not the page's, is the base of relative addresses in it. */
function absolute<T>(source: T): T {
  return (typeof source === "string" ? new URL(source, globalThis.location.href).href : source) as T;
}

function startWorker(): Worker {
  return new Worker(new URL("./machine-worker.ts", import.meta.url), { type: "module" });
}

function connectTo(worker: Worker): Connection {
  return connectByMessages(worker, {
    onDeath: (callback) => {
      worker.addEventListener("error", (event) => {
        worker.terminate();
        callback(`the machine's worker failed: ${event.message ?? "it could not be loaded"}`);
      });
    },
    terminate: async () => worker.terminate(),
  });
}
