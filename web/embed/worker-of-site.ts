/** The machine's worker, whose script lies where the element's does, in whatever page the element is. */
import workerAddress from "../../src/worker/machine-worker.ts?worker&url";
import { startModuleWorker } from "../model/module-worker.ts";

export function startSiteWorker(): Worker {
  return startModuleWorker(new URL(workerAddress, import.meta.url));
}
