// Random floating-point code goes through the same states, flags and field FS included, whether interpreted or compiled.
import { expect, test } from "vitest";
import { Random } from "../differential/random.ts";
import { floatLoop } from "./riscv64/float-loop.ts";
import { lockStep, pair, randomCourse } from "./riscv64/lock-step.ts";

test.each(Array.from({ length: 10 }, (_, i) => i * 1000))("30 programs from seed %i", async (first) => {
  const machines = await pair(2);
  let [steps, compiledSteps] = [0, 0];
  for (let seed = first; seed < first + 30; seed++) {
    const program = floatLoop(seed);
    const tally = await lockStep(machines, program, randomCourse(new Random(seed), 60_000));
    steps += tally.steps;
    compiledSteps += tally.compiledSteps;
  }
  console.log(`${steps} steps, ${((compiledSteps / steps) * 100).toFixed(1)} % of them compiled`);
  expect(compiledSteps / steps).toBeGreaterThan(0.9);
});
