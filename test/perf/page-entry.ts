/** Runs in the bench's page: the same measurements as in Node, against the machine of a web page. */
import { createMachine } from "../../src/worker/page.ts";
import { type LinuxGuest, type Session, startVitrine } from "./linux-session.ts";
import { type Boot, type Measured, measureBoot, measureKernel } from "./measure.ts";
import { openPlainWasm } from "./plain-wasm.ts";
import { measureSync } from "./sync-measure.ts";
import type { V86Guest } from "./v86-session.ts";

const sessions = new Map<string, Session>();
let wasm: (index: number, repetitions: number) => Promise<Measured>;

function session(name: string): Session {
  const found = sessions.get(name);
  if (found === undefined) throw new Error(`The page has no session "${name}"`);
  return found;
}

/** What the driver of the page calls by name; images are addresses relative to the page. */
const calls = {
  kernel: async (elf: string) => measureKernel(createMachine, elf),
  sync: async () => measureSync(createMachine),
  boot: async (boot: Boot) => measureBoot(createMachine, boot),
  startVitrine: async (guest: LinuxGuest, jit?: boolean) => {
    sessions.set("vitrine", await startVitrine(createMachine, guest, jit));
  },
  startV86: async (guest: V86Guest) => {
    const { startV86 } = await import("./v86-session.ts");
    sessions.set("v86", await startV86(guest));
  },
  run: async (name: string, command: string) => session(name).run(command),
  close: async (name: string) => {
    await session(name).close();
    sessions.delete(name);
  },
  openWasm: async (address: string) => {
    wasm = await openPlainWasm(new Uint8Array(await (await fetch(address)).arrayBuffer()));
  },
  runWasm: async (index: number, repetitions: number) => wasm(index, repetitions),
};

export type PageCalls = typeof calls;

Object.assign(globalThis, { bench: calls });
document.title = "ready";
