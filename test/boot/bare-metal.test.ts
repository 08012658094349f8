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
  expect([...Object.keys(lastLines), "hang"].sort()).toEqual(ids.sort());
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

test("hang waits for ever, until interrupts are let in", async () => {
  const machine = await createInlineMachine(bundled("hang"));
  const transcript = new Transcript(machine);
  // A second of virtual time: the timer has been due for most of it.
  expect(await machine.step(250_000_000)).toMatchObject({ kind: "stopped", reason: "step" });
  expect(transcript.text).toBe("Waiting for three timer interrupts ...\r\n");
  const cpu = machine.cpus[0]!;
  await cpu.get("FULL");
  const MTI = 1n << 7n;
  const MIE = 1n << 3n;
  expect([cpu.read("mtip"), cpu.read("mie") & MTI, cpu.read("mstatus") & MIE]).toEqual([1n, MTI, 0n]);
  cpu.edit("mstatus", cpu.read("mstatus") | MIE);
  await machine.run();
  expect(await machine.waitForStop()).toMatchObject({ reason: "poweroff", exitCode: 0 });
  expect(transcript.text.trimEnd().split(/\r?\n/).at(-1)).toBe("Three ticks seen.");
  await machine.dispose();
});
