// The bundled Linux goes through the same states compiled and interpreted. VITRINE_SEED=n chooses other steps.
import { expect, test } from "vitest";
import { expectSameStates } from "./linux-states.ts";

const SEED = Number(process.env.VITRINE_SEED ?? 1);

test("the same state at 20 counts of steps, of a boot and a workload", async () => {
  expect(await expectSameStates(SEED, { threshold: 50, compile: "sync" })).toBeGreaterThan(0.8);
});
