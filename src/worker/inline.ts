/** A machine in the caller's own thread, for tests: the same interface, nothing in between. */
import type { Platform } from "../host/platform.ts";
import { coreLocation } from "./core-location.ts";
import type { MachineOptions, MachineState } from "./machine-api.ts";
import { Machine } from "./machine-client.ts";
import { MachineServer } from "./machine-server.ts";
import { nodePlatform } from "./node-adapter.ts";

/** As createMachine of Node; `platform` may be replaced; `copying`: as without shared memory. */
export async function createInlineMachine(
  options: MachineOptions,
  onState?: (state: MachineState) => void,
  platform: Platform = nodePlatform,
  copying = false,
): Promise<Machine> {
  const api = new MachineServer(platform);
  return Machine.create(
    { api, sendable: (listener) => listener, onDeath: () => {}, terminate: async () => {}, copying },
    { ...options, coreUrl: options.coreUrl ?? coreLocation(options.target) },
    onState,
  );
}
