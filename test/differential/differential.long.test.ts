// Differential programs of new seeds, some million instructions: `npm run test:long -- differential`. VITRINE_SEED=n repeats a run.
import { expect, test } from "vitest";
import { compareSeed } from "./riscv64/compare.ts";

const FIRST_SEED = Number(process.env.VITRINE_SEED ?? Date.now() % 2 ** 32);
const PROGRAMS = Number(process.env.VITRINE_PROGRAMS ?? 30);
const CASES = 5000;

test.each(Array.from({ length: PROGRAMS }, (_, i) => FIRST_SEED + i))("seed %i", async (seed) => {
  const accessedDirty = seed % 3 === 0 ? "update" : "either";
  const { tally, failures } = await compareSeed(seed, CASES, accessedDirty);
  console.log(`seed ${seed}, accessed and dirty bits ${accessedDirty}: ${tally.instructions} instructions`);
  expect(failures.length, failures.map(({ report }) => report).join("\n\n")).toBe(0);
});
