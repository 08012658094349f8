// Random programs with loops, calls, jumps, faults, code that changes and changing modes go through the same states whether they
// are interpreted or compiled. A failing seed reports its first differing step.
import { expect, test } from "vitest";
import { BareMachine } from "./riscv64/bare-machine.ts";
import { runSeeds } from "./riscv64/lock-step.ts";

test("1000 programs", async () => {
  const { steps, compiledSteps } = await runSeeds({ firstSeed: 1, programs: 1000, shift: 2 });
  console.log(`${steps} steps, ${((compiledSteps / steps) * 100).toFixed(1)} % of them compiled`);
  expect(steps).toBeGreaterThan(2_000_000);
  expect(compiledSteps / steps).toBeGreaterThan(0.9);
}, 240_000);

test("200 programs whose modules come when they are ready", async () => {
  const later = async (shift: number) => ({
    interpreted: await BareMachine.create({ shift, jit: false }),
    compiled: await BareMachine.create({ shift, jit: { threshold: 2, compile: "async" } }),
  });
  const { compiledSteps } = await runSeeds({ firstSeed: 2_000_001, programs: 200, shift: 2 }, later);
  expect(compiledSteps).toBeGreaterThan(100_000);
}, 120_000);

test("a machine whose time runs otherwise is found out, with the step and the instruction", async () => {
  const other = async () => ({
    interpreted: await BareMachine.create({ shift: 2, jit: false }),
    compiled: await BareMachine.create({ shift: 3, jit: false }),
  });
  const found = runSeeds({ firstSeed: 1, programs: 3, shift: 2 }, other);
  await expect(found).rejects.toThrow(/^seed 1 \(from .*\), stop 0, between steps 0 and \d+\nfirst at step 1\n/);
});
