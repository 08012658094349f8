/** The sync against second threads, in Node: scenarios that a page runs too (test/web), and clients that die. */
import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { SLOT_DATA, SLOT_HEADS } from "../../src/spec/abi.ts";
import { slotLayout } from "../../src/spec/slot-layout.ts";
import { library } from "../boot/machines.ts";
import { MACHINE_THREADS } from "./scenarios/machine-threads.ts";
import { THREADS, TOY_THREADS } from "./scenarios/toy-threads.ts";
import { ToyMachine } from "./toy/machine.ts";
import { TOY_TABLES } from "./toy/tables.ts";

const layout = slotLayout(TOY_TABLES);
let worker: Worker | undefined;

afterEach(async () => {
  await worker?.terminate();
  worker = undefined;
});

/** Starts a second thread and waits until it says that it is at work. */
async function startThread(thread: keyof typeof THREADS, data: unknown): Promise<void> {
  const preamble =
    'const { parentPort, workerData: data } = require("node:worker_threads"); const ready = () => parentPort.postMessage(0);';
  worker = new Worker(`${preamble}${THREADS[thread]}`, { eval: true, workerData: data });
  await new Promise((resolve, reject) => {
    worker!.once("message", resolve);
    worker!.once("error", reject);
  });
}

test.each(Object.entries(TOY_THREADS))("%s", (_name, scenario) => scenario(startThread));

test.each(Object.entries(MACHINE_THREADS))("%s", async (_name, scenario) => {
  const { createMachine } = await library();
  await scenario({
    create: createMachine as never,
    kill: (machine) => (machine as unknown as { connection: { terminate(): Promise<void> } }).connection.terminate(),
  });
});

test("T36 a worker that dies with groups dirty: slots become stale, and nobody waits for its locks", async () => {
  const machine = await ToyMachine.create();
  const cpu = machine.client();
  await cpu.get("CORE");
  cpu.edit("r1", 1n);
  cpu.abandon();
  expect([cpu.state("CORE"), cpu.isEdited("r1")]).toEqual(["stale", false]);
});

test("a client that died with a slot's lock: the worker breaks it, marked edits stay, the rest is refreshed", async () => {
  const machine = await ToyMachine.create();
  const cpu = machine.client();
  await cpu.get("CORE");
  cpu.edit("r1", 1n);
  const head = SLOT_HEADS;
  // Lock taken, sequence odd, half an edit of r2 written.
  machine.area().setInt32(head, 12345, true);
  machine.area().setUint32(head + 4, machine.area().getUint32(head + 4, true) | 1, true);
  machine.area().setUint32(SLOT_DATA + layout.registers.find(({ row }) => row.name === "r2")!.offset, 0xdead, true);
  const start = performance.now();
  expect((await cpu.put("CORE")).applied).toBe(1);
  // It does not wait for ever; a busy host has other things to do meanwhile.
  expect(performance.now() - start).toBeLessThan(60_000);
  expect(machine.truths()).toMatchObject({ r1: 1n, r2: 0n });
  expect([cpu.read("r1"), cpu.read("r2"), cpu.state("CORE")]).toEqual([1n, 0n, "clean"]);
});
