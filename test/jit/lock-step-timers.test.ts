// As lock-step.test.ts, on a machine on which a timer can be due at any step.
import { expect, test } from "vitest";
import { runSeeds } from "./riscv64/lock-step.ts";

test("1000 programs with interrupts at every step", async () => {
  const { steps, compiledSteps } = await runSeeds({ firstSeed: 1_000_001, programs: 1000, shift: 7 });
  console.log(`${steps} steps, ${((compiledSteps / steps) * 100).toFixed(1)} % of them compiled`);
  expect(steps).toBeGreaterThan(2_000_000);
  expect(compiledSteps / steps).toBeGreaterThan(0.9);
}, 240_000);
