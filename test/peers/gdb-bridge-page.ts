/** Runs in a page of the tests: a machine that a gdb debugs through the bridge. */
import { BRIDGE_PROTOCOL } from "../../src/gdbstub/bridge-protocol.ts";
import { type BridgeEvent, BridgeLink } from "../../src/gdbstub/bridge-link.ts";
import { createMachine, type Machine } from "../../src/worker/page.ts";

let machine: Machine | null = null;
const events: BridgeEvent[] = [];

const opened = (): Machine => {
  if (machine === null) throw new Error("there is no machine yet");
  return machine;
};

Object.assign(globalThis, {
  /** Makes the machine and pairs with the bridge; answers gdb's port. */
  pair: async (kernel: string, port: number, code: string) => {
    const bytes = Uint8Array.from(atob(kernel), (letter) => letter.charCodeAt(0));
    machine = await createMachine({ target: "riscv64", memory: 64 << 20, kernel: bytes, paced: false });
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, BRIDGE_PROTOCOL);
    const link = await BridgeLink.open(machine, socket, code, (event) => events.push(event));
    return link.gdbPort;
  },
  events: () => events,
  stateKind: () => opened().state.kind,
  /** A register as this page sees it, and whether it is a pending edit. */
  register: async (name: string) => {
    const [cpu] = opened().cpus;
    if (cpu === undefined) throw new Error("there is no CPU");
    await cpu.get("CORE");
    return { value: cpu.read(name).toString(), edited: cpu.isEdited(name) };
  },
  edit: (name: string, value: string) => opened().cpus[0]?.edit(name, BigInt(value)),
});

document.title = "ready";
