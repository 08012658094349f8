/** What else can happen to a machine: clients that vanish, a worker or a core that fails, a terminal that fails or sleeps. */
import { afterEach, expect, test, vi } from "vitest";
import { Attention } from "../../src/host/attention.ts";
import { CONTROL_BYTES, CPUS_BASE, MACHINE_BASE } from "../../src/spec/abi.ts";
import { createInlineMachine } from "../../src/worker/inline.ts";
import { Machine } from "../../src/worker/machine-client.ts";
import { MachineServer } from "../../src/worker/machine-server.ts";
import { nodePlatform } from "../../src/worker/node-adapter.ts";
import { bundled, LOOP, path, program } from "./machines.ts";
import { bare, disposeAll, hosted, MIB, open, tlbEntryInUse } from "./small-machines.ts";

afterEach(disposeAll);

test("a client that raised the attention word and vanished holds the machine up for 50 ms only", async () => {
  const machine = await hosted(program(LOOP));
  const control = new Int32Array(machine.memory.buffer, MACHINE_BASE, CONTROL_BYTES / 4);
  const turns = async (): Promise<void> => {
    for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
  };
  machine.control.run();
  await expect.poll(() => machine.statistics().steps).toBeGreaterThan(0n);
  let now = performance.now();
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  Attention.raise(control);
  await turns();
  const held = machine.statistics().steps;
  now += 50;
  await turns();
  expect(machine.statistics().steps).toBe(held);
  now += 1;
  await expect.poll(() => machine.statistics().steps).toBeGreaterThan(held);
  clock.mockRestore();
  expect(machine.attention.raised).toBe(false);
});

test("the word counts announced messages and is lowered by their handlers", async () => {
  const machine = await hosted(program(LOOP));
  const control = new Int32Array(machine.memory.buffer, MACHINE_BASE, CONTROL_BYTES / 4);
  Attention.raise(control);
  Attention.raise(control);
  machine.attention.lower();
  expect(machine.attention.raised).toBe(true);
  machine.attention.lower();
  machine.attention.lower();
  expect(Atomics.load(control, 0)).toBe(0);
});

test("when its worker dies, the machine is dead: pending calls and later ones reject", async () => {
  let die: (message: string) => void = () => {};
  const server = new MachineServer(nodePlatform);
  const api = new Proxy(server, {
    get: (target, name) =>
      name === "stateHash" ? () => new Promise(() => {}) : Reflect.get(target, name).bind(target),
  });
  const machine = await Machine.create(
    {
      api,
      sendable: (listener) => listener,
      onDeath: (callback) => {
        die = callback;
      },
      terminate: async () => {},
    },
    { target: "riscv64", memory: 16 * MIB, kernel: program(LOOP), coreUrl: path("build/core-riscv64.wasm") },
  );
  await machine.run();
  const states: string[] = [];
  machine.onState(({ kind }) => states.push(kind));
  const pending = machine.stateHash();
  const stopped = machine.waitForStop();
  die("the thread ended");
  await expect(pending).rejects.toThrow("the thread ended");
  await expect(stopped).rejects.toThrow("the thread ended");
  await expect(machine.pause()).rejects.toThrow("the thread ended");
  expect(machine.state).toEqual({ kind: "dead", message: "the thread ended" });
  expect(states).toEqual(["dead"]);
  await server.dispose();
});

test("when the core itself fails, the machine is dead and says so", async () => {
  // auipc t0,0; 1: ld t1,0(t0); j 1b
  const machine = await hosted(program(0x0000_0297, 0x0002_b303, 0xffdf_f06f));
  await machine.control.step(20);
  const loads = CPUS_BASE + 0x8000 + 512 * 16;
  const entry = tlbEntryInUse(new Uint8Array(machine.memory.buffer), loads);
  new DataView(machine.memory.buffer).setUint32(entry + 8, 0x7ff0_0000, true);
  const { state } = await machine.control.step(10);
  expect(state).toEqual({ kind: "dead", message: "the core failed: memory access out of bounds" });
  expect(() => machine.control.run()).toThrow("the machine is dead: the core failed: memory access out of bounds");
});

test("a terminal that fails does not stop the machine", async () => {
  const machine = await createInlineMachine(bundled("hello"));
  open.push(machine);
  machine.console.onData(() => {
    throw new Error("no such terminal");
  });
  machine.console.onData(() => Promise.reject(new Error("nor this")));
  await machine.run();
  expect(await machine.waitForStop()).toMatchObject({ reason: "poweroff" });
});

test("a machine whose output nobody takes waits, and goes on when it is taken", async () => {
  // lui t0,0x10000; 1: sb t0,0(t0); j 1b
  const machine = await bare(program(0x1000_02b7, 0x0052_8023, 0xffdf_f06f));
  let received = 0;
  let takeAll: () => void = () => {};
  const taken = new Promise<void>((resolve) => {
    takeAll = resolve;
  });
  machine.console.onData((bytes) => {
    received += bytes.length;
    return taken;
  });
  await machine.run();
  await expect.poll(() => received).toBeGreaterThan(1 << 20);
  let before = 0;
  const more = async (): Promise<number> => {
    before = received;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return received - before;
  };
  await expect.poll(more).toBe(0);
  takeAll();
  await expect.poll(() => received).toBeGreaterThan(before);
  await machine.pause();
});
