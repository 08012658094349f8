/** Comlink between a client and the worker of a machine. */
import * as Comlink from "comlink";
import type { MachineWorkerApi } from "./machine-api.ts";
import type { Connection } from "./machine-client.ts";
import type { MachineServer } from "./machine-server.ts";

/** The client's end. `thread`: how one hears of the worker's end, and brings it about. */
export function connectByMessages(
  endpoint: Comlink.Endpoint,
  thread: Pick<Connection, "onDeath" | "terminate">,
): Connection {
  return {
    api: Comlink.wrap<MachineWorkerApi>(endpoint) as unknown as MachineWorkerApi,
    sendable: (listener) => Comlink.proxy(listener),
    onDeath: thread.onDeath,
    terminate: thread.terminate,
  };
}

/** The worker's end. */
export function serveByMessages(server: MachineServer, endpoint?: Comlink.Endpoint): void {
  Comlink.expose(server, endpoint);
}
