/** The made-up machine against a second thread: a scribbler (K10 to K12), a reader beside a publisher (T29), a racing writer (T30). */
import {
  HEAD_EDITED,
  SLOT_DATA,
  SLOT_HEAD_BYTES,
  SLOT_HEADS,
  SLOT_STATE,
  STATE_RUNNING,
  SYNC_BASE,
} from "../../../src/spec/abi.ts";
import { slotLayout } from "../../../src/spec/slot-layout.ts";
import { SyncError } from "../../../src/sync/errors.ts";
import { ToyMachine } from "../toy/machine.ts";
import { TOY_TABLES } from "../toy/tables.ts";
import { must, mustBe } from "./must.ts";

/** Starts one of THREADS, whose code finds `data` and `ready()`, in a second thread; answers when it has called ready(). */
export type StartThread = (thread: keyof typeof THREADS, data: unknown) => Promise<void>;

const layout = slotLayout(TOY_TABLES);

/** Writes random bytes and bits wherever a client may, without lock or rule. */
const SCRIBBLER = `
const { memory, kinds, area, slots, bytes, heads, headBytes, edited } = data;
const words = new Int32Array(memory);
const all = new Uint8Array(memory);
let seed = 1;
const random = () => (seed = (Math.imul(seed, 1664525) + 1013904223) | 0) >>> 8;
ready();
for (;;) {
  for (let n = 0; n < 1000; n++) {
    if (kinds.includes("bits")) Atomics.store(words, (area >> 2) + (random() & 1), random() & 0x000d_4c13);
    if (kinds.includes("bytes")) all[area + slots + (random() % bytes)] = random();
    if (kinds.includes("masks")) {
      words[(area + heads + (random() % 20) * headBytes + edited) >> 2] = random() & 0x1f;
    }
  }
}`;

async function scribble(kinds: readonly string[], start: StartThread): Promise<void> {
  const machine = await ToyMachine.create();
  const cpu = machine.client();
  await start("scribbler", {
    memory: machine.memory,
    kinds,
    area: SYNC_BASE,
    slots: SLOT_DATA,
    bytes: layout.bytes,
    heads: SLOT_HEADS,
    headBytes: SLOT_HEAD_BYTES,
    edited: HEAD_EDITED,
  });
  const until = performance.now() + 2000;
  const outcomes = new Map<string, number>();
  // The scribbler is there when some calls have gone through and some met its traces. A busy host may give it little time.
  const isSeen = (): boolean => (outcomes.get("done") ?? 0) > 10 && outcomes.size > 1;
  while (performance.now() < until || (!isSeen() && performance.now() < until + 60_000)) {
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
    const { pc, status, limit, ceiling, fixed, carry, e0, serial } = machine.truths() as Record<string, bigint>;
    must((status! & 3n) < 3n && ((status! >> 4n) & 3n) < 2n, `status is 0x${status!.toString(16)}`);
    mustBe(
      [pc! & 1n, (status! >> 8n) & 0xfn, limit! > ceiling!, fixed, carry! >> 1n, e0! >> 80n, serial],
      [0n, 5n, false, 7n, 0n, 0n, 0xc0ffeen],
      "pc, wired, limit above ceiling, fixed, carry, e0, serial",
    );
  }
  must(isSeen(), JSON.stringify([...outcomes]));
}

/** The worker's half in a second thread: resume, some steps, stop, a short hold, again. */
const DRIVER = `
const { module, memory, cpuBase, steps, hold } = data;
const core = new WebAssembly.Instance(module, { env: { memory, cpuBase } }).exports;
ready();
let sink = 0;
for (;;) {
  if (core.syncResume() !== 0) throw new Error("an edit was rejected");
  core.move(steps);
  core.syncStop();
  for (let n = 0; n < hold; n++) sink += n;
}`;

async function tornReads(start: StartThread): Promise<void> {
  const machine = await ToyMachine.create();
  const cpu = machine.client();
  cpu.want("CORE");
  await start("driver", { ...(await machine.parts()), steps: 1, hold: 0 });
  // A busy host may give the other thread little time: go on until enough was seen.
  const seen = new Set<bigint>();
  while (seen.size < 500) {
    const [r0, , , , pc] = cpu.readGroup("CORE");
    mustBe(pc, 0x100n + 2n * r0!, "pc");
    seen.add(r0!);
  }
}

async function racingEdits(start: StartThread): Promise<void> {
  const machine = await ToyMachine.create();
  const cpu = machine.client();
  await start("driver", { ...(await machine.parts()), steps: 2000, hold: 2000 });
  const state = new BigUint64Array(machine.memory, SYNC_BASE + SLOT_STATE);
  const counts = { done: 0, refused: 0 };
  for (let n = 1n; counts.done < 500 || counts.refused < 500; n++) {
    try {
      // While this first edit is being put, the second comes in between.
      cpu.writeGroup("MACH", { ceiling: 100n });
      cpu.writeGroup("FP", { w0: n, e0: n + 1n, carry: n & 1n });
      counts.done++;
      // Dirty and running exclude each other at every instant.
      for (let word = Atomics.load(state, 0); (word >> 33n) & 1n; word = Atomics.load(state, 0)) {
        mustBe(word & BigInt(STATE_RUNNING), 0n, "running while dirty");
      }
      const { w0, e0, carry } = machine.truths();
      mustBe([w0, e0, carry], [n, n + 1n, n & 1n], "an accepted edit");
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      mustBe(error.code, "ESTALE");
      counts.refused++;
      must(machine.truth("w0") !== n, "a refused edit arrived");
    }
  }
}

export const THREADS = { scribbler: SCRIBBLER, driver: DRIVER } as const;

export const TOY_THREADS: Readonly<Record<string, (start: StartThread) => Promise<void>>> = {
  "K10 a second thread scribbles valid and dirty bits for two seconds: never an illegal combination in the core": (
    start,
  ) => scribble(["bits", "masks"], start),
  "K11 the same with slots": (start) => scribble(["bytes", "masks"], start),
  "K12 the same with slots and bits": (start) => scribble(["bits", "bytes", "masks"], start),
  "T29 reads beside a publisher are never torn": tornReads,
  "T30 edits that race with resumes: what was accepted arrives, what was refused does not": racingEdits,
};
