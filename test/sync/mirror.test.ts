/** The copy of the slots that stands for shared memory: which of the worker's answers it shows. */
import { expect, test } from "vitest";
import { CONTROL_BYTES, SYNC_BASE } from "../../src/spec/abi.ts";
import type { Exchanged, MachineWorkerApi, SlotsCopy } from "../../src/worker/machine-api.ts";
import { SlotsMirror } from "../../src/worker/slots-mirror.ts";

const copy = (number: number, edits: number, byte: number): SlotsCopy => ({
  number,
  edits,
  control: new Uint8Array(CONTROL_BYTES),
  areas: [Uint8Array.of(byte)],
});

function mirrored() {
  const answers: ((answer: Exchanged) => void)[] = [];
  const worker = { exchange: () => new Promise<Exchanged>((resolve) => answers.push(resolve)) };
  const mirror = new SlotsMirror(worker as unknown as MachineWorkerApi, 1);
  return { mirror, answers, shown: () => new Uint8Array(mirror.memory)[SYNC_BASE] };
}

test("answers and events may overtake each other: an older copy is not shown", () => {
  const { mirror, shown } = mirrored();
  mirror.take(copy(5, 0, 55));
  mirror.take(copy(4, 0, 44));
  expect(shown()).toBe(55);
  mirror.take(copy(6, 0, 66));
  expect(shown()).toBe(66);
});

test("a copy that lacks an edit made since is not shown; the one that answers the edit is", async () => {
  const { mirror, answers, shown } = mirrored();
  const got = mirror.api.get(0, 1);
  mirror.edited(0, [], false);
  answers[0]!({ answer: "the get's", copy: copy(0, 0, 10) });
  expect(await got).toBe("the get's");
  expect(shown()).toBe(0);
  answers[1]!({ copy: copy(1, 1, 11) });
  await new Promise((resolve) => setTimeout(resolve));
  expect(shown()).toBe(11);
});

test("an edit that the machine refused, because it moved meanwhile, is told by the next call", async () => {
  const { mirror, answers } = mirrored();
  mirror.edited(0, [], false);
  answers[0]!({ error: new Error("ESTALE CORE.x7: the slot is stale"), copy: copy(0, 1, 1) });
  const run = mirror.api.run();
  answers[1]!({ answer: {}, copy: copy(1, 1, 1) });
  await expect(run).rejects.toMatchObject({ code: "ESTALE", group: "CORE", register: "x7" });
  const again = mirror.api.run();
  answers[2]!({ answer: "runs", copy: copy(2, 1, 1) });
  expect(await again).toBe("runs");
});
