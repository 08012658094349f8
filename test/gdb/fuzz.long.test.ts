/** As fuzz.test.ts, for as long as a night may take. */
import { expect, test } from "vitest";
import { createInlineMachine } from "../../src/worker/inline.ts";
import { bundled } from "../boot/machines.ts";
import { fuzz } from "./fuzz.ts";

test.each(["hello", "processes"])("500,000 packets: %s", async (id) => {
  const machine = await createInlineMachine(bundled(id));
  await fuzz(machine, 500_000, 2);
  expect(machine.state.kind).not.toBe("dead");
  await machine.dispose();
});
