/** The sync against a second thread: a scribbler (K10 to K12), a reader beside a publisher (T29), a racing writer (T30). */
import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import {
  HEAD_EDITED,
  SLOT_DATA,
  SLOT_HEAD_BYTES,
  SLOT_HEADS,
  SLOT_STATE,
  STATE_RUNNING,
  SYNC_BASE,
} from "../../src/spec/abi.ts";
import { slotLayout } from "../../src/spec/slot-layout.ts";
import { SyncError } from "../../src/sync/errors.ts";
import { ToyMachine } from "./toy/machine.ts";
import { TOY_TABLES } from "./toy/tables.ts";

const layout = slotLayout(TOY_TABLES);
let worker: Worker | undefined;

afterEach(async () => {
  await worker?.terminate();
  worker = undefined;
});

/** Starts `code` in a second thread and waits until it says that it is at work. */
async function startThread(code: string, workerData: unknown): Promise<void> {
  const preamble = 'const { parentPort, workerData } = require("node:worker_threads");';
  worker = new Worker(`${preamble}${code}`, { eval: true, workerData });
  await new Promise((resolve, reject) => {
    worker!.once("message", resolve);
    worker!.once("error", reject);
  });
}

/** Writes random bytes and bits wherever a client may, without lock or rule. */
const SCRIBBLER = `
const { memory, kinds, area, data, bytes, heads, headBytes, edited } = workerData;
const words = new Int32Array(memory);
const all = new Uint8Array(memory);
let seed = 1;
const random = () => (seed = (Math.imul(seed, 1664525) + 1013904223) | 0) >>> 8;
parentPort.postMessage("ready");
for (;;) {
  for (let n = 0; n < 1000; n++) {
    if (kinds.includes("bits")) Atomics.store(words, (area >> 2) + (random() & 1), random() & 0x000d_4c13);
    if (kinds.includes("bytes")) all[area + data + (random() % bytes)] = random();
    if (kinds.includes("masks")) {
      words[(area + heads + (random() % 20) * headBytes + edited) >> 2] = random() & 0x1f;
    }
  }
}`;

test.each([
  ["K10 scribbles valid and dirty bits", ["bits", "masks"]],
  ["K11 scribbles slots", ["bytes", "masks"]],
  ["K12 scribbles slots and bits", ["bits", "bytes", "masks"]],
])("%s for two seconds: never an illegal combination in the core", async (_name, kinds) => {
  const machine = await ToyMachine.create();
  const cpu = machine.client();
  await startThread(SCRIBBLER, {
    memory: machine.memory,
    kinds,
    area: SYNC_BASE,
    data: SLOT_DATA,
    bytes: layout.bytes,
    heads: SLOT_HEADS,
    headBytes: SLOT_HEAD_BYTES,
    edited: HEAD_EDITED,
  });
  const until = performance.now() + 2000;
  const outcomes = new Map<string, number>();
  while (performance.now() < until) {
    for (const action of [
      () => machine.sync.get(0, cpu.mask("FULL")),
      () => cpu.edit("pc", 0x200n),
      () => machine.sync.put(0, cpu.mask("FULL")),
      () => machine.run(1),
    ]) {
      let outcome = "done";
      try {
        action();
      } catch (error) {
        if (!(error instanceof SyncError)) throw error;
        outcome = error.code;
      }
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    const { pc, status, limit, ceiling, fixed, carry, e0, serial } = machine.truths();
    expect({
      odd: pc! & 1n,
      mode: status! & 3n,
      wired: (status! >> 8n) & 0xfn,
      round: (status! >> 4n) & 3n,
      over: limit! > ceiling!,
      fixed,
      carry: carry! >> 1n,
      e0: e0! >> 80n,
      serial,
    }).toEqual({
      odd: 0n,
      mode: expect.toSatisfy((mode: bigint) => mode < 3n),
      wired: 5n,
      round: expect.toSatisfy((round: bigint) => round < 2n),
      over: false,
      fixed: 7n,
      carry: 0n,
      e0: 0n,
      serial: 0xc0ffeen,
    });
  }
  // The scribbler was there: some calls went through, some met its traces.
  expect(outcomes.get("done")).toBeGreaterThan(10);
  expect(outcomes.size).toBeGreaterThan(1);
});

/** The worker's half in a second thread: resume, some steps, stop, a short hold, again. */
const DRIVER = `
const { module, memory, cpuBase, steps, hold } = workerData;
const core = new WebAssembly.Instance(module, { env: { memory, cpuBase } }).exports;
parentPort.postMessage("ready");
let sink = 0;
for (;;) {
  if (core.syncResume() !== 0) throw new Error("an edit was rejected");
  core.move(steps);
  core.syncStop();
  for (let n = 0; n < hold; n++) sink += n;
}`;

test("T29, T18 reads beside a publisher are never torn", async () => {
  const machine = await ToyMachine.create();
  const cpu = machine.client();
  cpu.want("CORE");
  await startThread(DRIVER, { ...(await machine.parts()), steps: 1, hold: 0 });
  // A busy host may give the other thread little time: go on until enough was seen.
  const seen = new Set<bigint>();
  while (seen.size < 500) {
    const [r0, , , , pc] = cpu.readGroup("CORE");
    expect(pc).toBe(0x100n + 2n * r0!);
    seen.add(r0!);
  }
});

test("T30 edits that race with resumes: what was accepted arrives, what was refused does not", async () => {
  const machine = await ToyMachine.create();
  const cpu = machine.client();
  await startThread(DRIVER, { ...(await machine.parts()), steps: 2000, hold: 2000 });
  const state = new BigUint64Array(machine.memory, SYNC_BASE + SLOT_STATE);
  const counts = { done: 0, refused: 0 };
  for (let n = 1n; counts.done < 150 || counts.refused < 150; n++) {
    try {
      cpu.writeGroup("FP", { w0: n, e0: n + 1n, carry: n & 1n });
      counts.done++;
      // Dirty and running exclude each other at every instant.
      for (let word = Atomics.load(state, 0); (word >> 33n) & 1n; word = Atomics.load(state, 0)) {
        expect(word & BigInt(STATE_RUNNING)).toBe(0n);
      }
      const { w0, e0, carry } = machine.truths();
      expect([w0, e0, carry]).toEqual([n, n + 1n, n & 1n]);
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      expect(error.code).toBe("ESTALE");
      counts.refused++;
      expect(machine.truth("w0")).not.toBe(n);
    }
  }
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
  expect((await cpu.put("CORE")).applied).toBe(1);
  expect(machine.truths()).toMatchObject({ r1: 1n, r2: 0n });
  expect([cpu.read("r1"), cpu.read("r2"), cpu.state("CORE")]).toEqual([1n, 0n, "clean"]);
});
