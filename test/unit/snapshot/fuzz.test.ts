/** Hostile snapshots with right checksums: refused and nothing has changed, or the machine runs on. */
import { afterAll, expect, test } from "vitest";
import type { Machine } from "../../../src/host/machine.ts";
import { createMachine, fileOf, fuzz, sectionsOf } from "./hostile.ts";

const machines: Machine[] = [];

afterAll(async () => {
  for (const machine of machines) await machine.dispose();
});

async function stoppedAt(elf: string, disk: Uint8Array | null, steps: number) {
  const machine = await createMachine(elf, disk);
  machines.push(machine);
  await machine.control.step(steps);
  return { machine, sections: sectionsOf(await machine.save()) };
}

test("a file put together by the test is loaded like the original", async () => {
  const { machine, sections } = await stoppedAt("public/guests/timer.elf", null, 5_000);
  const hash = machine.stateHash();
  await machine.control.step(100);
  await machine.load(fileOf(sections));
  expect(machine.stateHash()).toBe(hash);
});

test.each([
  ["a disk's requests under way", "test/privileged/elf/disk-code.elf", new Uint8Array(4096), 60_000, 1],
  ["paging, user mode, timer", "public/guests/processes.elf", null, 30_000, 2],
])("%s: 1,100 mutations", { timeout: 240_000 }, async (_, elf, disk, steps, seed) => {
  const { machine, sections } = await stoppedAt(elf, disk, steps);
  const requests = sections.find(({ name }) => name === "blocks")!.bytes;
  expect(requests[0]).toBe(disk === null ? 0 : 1);
  const { accepted, refused } = await fuzz(machine, sections, seed, 1_100);
  expect(accepted + refused).toBe(1_100);
  // Mutations of both kinds, or this would test little.
  expect(accepted).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(100);
});
