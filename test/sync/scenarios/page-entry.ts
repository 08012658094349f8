/** Runs in a page of the tests: the scenarios with second threads, by name. */
import type { Machine } from "../../../src/worker/machine-client.ts";
import { createMachine } from "../../../src/worker/page.ts";
import { useToyCore } from "../toy/machine.ts";
import { MACHINE_THREADS, type MachineHost } from "./machine-threads.ts";
import { TOY_THREADS } from "./toy-threads.ts";

let helper: Worker | undefined;

/** Starts a second thread, a script beside the page, and waits until it says that it is at work. */
async function startThread(thread: string, data: unknown): Promise<void> {
  helper = new Worker(`./${thread}.js`);
  const started = new Promise((resolve, reject) => {
    helper!.onmessage = resolve;
    helper!.onerror = ({ message }) => reject(new Error(message));
  });
  helper.postMessage(data);
  await started;
}

/** The workers that machines have started, in order. */
const workers: Worker[] = [];
const machines: Machine[] = [];
globalThis.Worker = class extends Worker {
  constructor(address: string | URL, options?: WorkerOptions) {
    super(address, options);
    workers.push(this);
  }
};

const host: MachineHost = {
  create: async (options) => {
    workers.length = 0;
    const machine = await createMachine(options);
    machines.push(machine);
    return machine;
  },
  // A worker that fails says so by this event, and no other.
  kill: async () => void workers[0]?.dispatchEvent(new ErrorEvent("error", { message: "killed by the test" })),
};

Object.assign(globalThis, {
  useToyCore: (base64: string) => useToyCore(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))),
  runScenario: async (name: string) => {
    const ofMachine = MACHINE_THREADS[name];
    try {
      if (ofMachine !== undefined) await ofMachine(host);
      else await TOY_THREADS[name]!(startThread);
    } finally {
      helper?.terminate();
    }
    return machines.map(({ sharesMemory }) => sharesMemory).at(-1);
  },
});
document.title = "ready";
