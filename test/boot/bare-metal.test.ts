/** Each bundled bare-metal program runs to its end and says what it should. */
import { expect, test } from "vitest";
import { createInlineMachine } from "../../src/worker/inline.ts";
import { bundled, bundledGuests, Transcript } from "./machines.ts";

const lastLines: Record<string, string> = {
  hello: "The sum of these numbers is 55.",
  timer: "Ten ticks seen.",
  processes: "Both processes have ended.",
  fault: "3 faults repaired, 2 refused.",
};

test("there are bare-metal programs, and a last line is known of each", () => {
  const ids = bundledGuests.filter(({ bios }) => !bios).map(({ id }) => id);
  expect(Object.keys(lastLines).sort()).toEqual(ids.sort());
});

test.each(Object.entries(lastLines))("%s", async (id, lastLine) => {
  const machine = await createInlineMachine(bundled(id));
  const transcript = new Transcript(machine);
  await machine.run();
  expect(await machine.waitForStop()).toMatchObject({ reason: "poweroff", exitCode: 0 });
  expect(transcript.text.trimEnd().split(/\r?\n/).at(-1)).toBe(lastLine);
  const hash = await machine.stateHash();
  await expect(machine.run()).rejects.toThrow("the machine is switched off; reset switches it on again");

  // A reset is a power cycle: the same run again, to the same state.
  await machine.reset();
  expect(machine.state).toMatchObject({ kind: "stopped", reason: "created", pc: 0x1000n, steps: 0n });
  await machine.run();
  await machine.waitForStop();
  expect(await machine.stateHash()).toBe(hash);
  await machine.dispose();
});
