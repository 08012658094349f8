/** Machines in Node: each runs in a thread of its own. */
import { coreLocation } from "./core-location.ts";
import type { MachineOptions, MachineState } from "./machine-api.ts";
import { Machine } from "./machine-client.ts";
import { connectByMessages } from "./message-connection.ts";
import { startThread } from "./node-adapter.ts";

export { SyncError } from "../sync/errors.ts";
export { Sync, type SyncMask, type SyncName } from "../sync/group-masks.ts";
export { createInlineMachine } from "./inline.ts";
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
 * Makes a machine, not yet running. Image addresses are paths or URLs. `onState` hears of loading.
 * Throws an Error that names what is wrong: an option, an image and the field of it, an address.
 */
export async function createMachine(
  options: MachineOptions,
  onState?: (state: MachineState) => void,
): Promise<Machine> {
  const thread = startThread(new URL("./machine-worker-node.ts", import.meta.url));
  return Machine.create(
    connectByMessages(thread.endpoint, thread),
    { ...options, coreUrl: options.coreUrl ?? coreLocation(options.target) },
    onState,
  );
}
