// As linux.test.ts, with all code compiled, and with modules that come when they are ready.
import { expect, test } from "vitest";
import { expectSameStates } from "./linux-states.ts";
import { COMPILED } from "./modes.ts";

const SEED = Number(process.env.VITRINE_SEED ?? Date.now() % 2 ** 32);

test("all code is compiled", async () => {
  expect(await expectSameStates(SEED, COMPILED)).toBeGreaterThan(0.95);
});

test("modules come when they are ready", async () => {
  expect(await expectSameStates(SEED + 1, { threshold: 20, compile: "async" })).toBeGreaterThan(0.8);
});
