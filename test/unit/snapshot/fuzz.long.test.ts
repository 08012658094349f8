/** Hostile snapshots of every program that the tests have, many more of them. */
import { expect, test } from "vitest";
import { createMachine, fuzz, sectionsOf } from "./hostile.ts";

const programs: [string, Uint8Array | null, number][] = [
  ["test/privileged/elf/disk-code.elf", new Uint8Array(4096), 60_000],
  ["test/privileged/elf/disk-code.elf", new Uint8Array(4096), 200_000],
  ["test/privileged/elf/board.elf", new Uint8Array(4096), 50_000],
  ["test/privileged/elf/interrupts.elf", null, 40_000],
  ["test/privileged/elf/pmp.elf", null, 40_000],
  ["test/privileged/elf/triggers.elf", null, 40_000],
  ["test/privileged/elf/tlb.elf", null, 40_000],
  ["public/guests/processes.elf", null, 30_000],
  ["public/guests/timer.elf", null, 30_000],
];

test.each(programs)("%s: 4,000 mutations", async (elf, disk, steps) => {
  const machine = await createMachine(elf, disk);
  await machine.control.step(steps);
  const { accepted, refused } = await fuzz(machine, sectionsOf(await machine.save()), steps, 4_000);
  expect(Math.min(accepted, refused)).toBeGreaterThan(400);
  await machine.dispose();
});
