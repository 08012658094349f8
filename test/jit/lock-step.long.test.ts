// Lock-step over new seeds: `npm run test:long -- lock-step`. VITRINE_SEED=n repeats a run.
import { expect, test } from "vitest";
import { runSeeds } from "./riscv64/lock-step.ts";

const FIRST_SEED = Number(process.env.VITRINE_SEED ?? Date.now() % 2 ** 40);
const PROGRAMS = Number(process.env.VITRINE_PROGRAMS ?? 20_000);

test.each([0, 2, 7, 10])("2^%i ns a step", async (shift) => {
  const { steps, compiledSteps } = await runSeeds({ firstSeed: FIRST_SEED, programs: PROGRAMS / 4, shift });
  console.log(
    `seeds from ${FIRST_SEED}: ${steps} steps, ${((compiledSteps / steps) * 100).toFixed(1)} % of them compiled`,
  );
  expect(compiledSteps / steps).toBeGreaterThan(0.9);
});
