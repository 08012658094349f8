/** Whatever gdb sends, the answer is the one that the protocol defines, and the machine lives. */
import { expect, test } from "vitest";
import { createInlineMachine } from "../../src/worker/inline.ts";
import { bundled, Transcript } from "../boot/machines.ts";
import { fuzz } from "./fuzz.ts";

test("20,000 packets", async () => {
  const machine = await createInlineMachine(bundled("hello"));
  await fuzz(machine, 20_000, 1);
  // It is as good as new.
  await machine.pause();
  await machine.reset();
  const transcript = new Transcript(machine);
  await machine.run();
  expect(await machine.waitForStop()).toMatchObject({ reason: "poweroff" });
  expect(transcript.text).toContain("The sum of these numbers is 55.");
  await machine.dispose();
}, 240_000);
