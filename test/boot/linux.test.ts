/** The bundled Linux in a thread of Node: boots, obeys, knows its terminal, repeats itself, and switches off. */
import { afterEach, expect, test } from "vitest";
import type { Machine, MachineOptions } from "../../src/worker/node.ts";
import { bundled, library, PROMPT, Transcript } from "./machines.ts";

const { createMachine, createInlineMachine } = await library();
const machines: Machine[] = [];

afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.dispose();
});

async function linux(options: Partial<MachineOptions> = {}, make = createMachine) {
  const machine = await make({ ...bundled("linux"), ...options });
  machines.push(machine);
  return { machine, transcript: new Transcript(machine) };
}

test("boots to its prompt, runs a script, powers off", async () => {
  const { machine, transcript } = await linux({
    disks: [{ image: { blank: 1 << 20 } }, { image: { blank: 2 << 20 } }],
  });
  expect(machine.state).toEqual({ kind: "stopped", reason: "created", pc: 0x1000n, steps: 0n });
  await machine.run();
  await transcript.shows(PROMPT);
  for (const [line, answer] of [
    ["echo $((6*7)) > /tmp/x; cat /tmp/x", "42\r\n"],
    ["ls /proc/device-tree/soc | grep -c virtio_mmio", "8\r\n"],
    ["grep -o sv57 /proc/cpuinfo", "sv57\r\n"],
    // Several disks are in the order of the options, as in QEMU.
    ["cat /sys/block/vd[ab]/size", "2048\r\n4096\r\n"],
  ]) {
    const from = transcript.text.length;
    await machine.console.write(`${line}\n`);
    await transcript.shows(`${line}\r\n${answer}`, from);
    await transcript.shows(PROMPT, from);
  }
  await machine.console.write("poweroff -f\n");
  const stop = await machine.waitForStop();
  expect(stop).toMatchObject({ kind: "stopped", reason: "poweroff", exitCode: 0 });
  expect(transcript.text).toContain("reboot: Power down");
  await expect(machine.run()).rejects.toThrow("the machine is switched off; reset switches it on again");
});

test("the guest learns the terminal's size, and when it changes", async () => {
  const { machine, transcript } = await linux();
  await machine.console.resize(101, 33);
  await machine.run();
  await transcript.shows(PROMPT);
  await machine.console.write("stty size\n");
  await transcript.shows("33 101\r\n");
  await machine.console.resize(80, 24);
  await machine.console.write("stty size\n");
  await transcript.shows("24 80\r\n");
});

test("64 KiB that were there before the prompt arrive whole", async () => {
  const { machine, transcript } = await linux();
  const lines = Array.from({ length: 1024 }, (_, i) => `${String(i).padStart(5, "0")} ${"x".repeat(57)}\n`).join("");
  expect(lines.length).toBe(65536);
  await machine.console.write(`stty -echo; md5sum; poweroff -f\n${lines}\u0004`, { atStep: 0n });
  await machine.run();
  expect((await machine.waitForStop()).reason).toBe("poweroff");
  const { createHash } = await import("node:crypto");
  expect(transcript.text).toContain(createHash("md5").update(lines).digest("hex"));
});

const script = "echo hello > /dev/vda; sync; md5sum /dev/vda; date; head -c 8 /dev/urandom | od -x; poweroff -f\n";

async function hashAfterScript(make: typeof createMachine, delay?: number): Promise<{ hash: string; text: string }> {
  const image = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 31) >> 3);
  const disk = delay === undefined ? { image } : { image, delay };
  const { machine, transcript } = await linux({ disks: [disk], entropy: true, seed: 5n }, make);
  await machine.console.write(script, { atStep: 0n });
  await machine.run();
  await machine.waitForStop();
  return { hash: await machine.stateHash(), text: transcript.text };
}

test("two runs with a disk end in the same state, whatever the disk's delays and wherever they run", async () => {
  const first = await hashAfterScript(createMachine);
  expect(first.text).toMatch(/[0-9a-f]{32} {2}\/dev\/vda/);
  expect(first.hash).toMatch(/^[0-9a-f]{16}$/);
  expect(await hashAfterScript(createMachine, 15)).toEqual(first);
  expect(await hashAfterScript(createInlineMachine)).toEqual(first);
});

test("sleep takes its time on a paced machine, which rests while it waits", async () => {
  const { machine, transcript } = await linux({ paced: true });
  await machine.run();
  await transcript.shows(PROMPT);
  const [start, shown] = [performance.now(), transcript.text.length];
  await machine.console.write("read a b < /proc/uptime; sleep 1; read c b < /proc/uptime; echo from $a to $c\n");
  await transcript.shows(PROMPT, shown);
  expect(performance.now() - start).toBeGreaterThan(900);
  // A busy host is late; the guest does not see it.
  const [, from, to] = /^from (\S+) to (\S+)\r$/m.exec(transcript.text) as RegExpExecArray;
  expect(Number(to) - Number(from)).toBeCloseTo(1, 0);
  // The host still compiles what the boot made hot; some stretch is the machine's own.
  const load = async (): Promise<number> => {
    const [before, since] = [process.cpuUsage(), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / (performance.now() - since);
  };
  await expect.poll(load).toBeLessThan(0.03);
  // Input ends the wait at once. Whether this host is quick enough to see it may take some tries.
  const answer = async (): Promise<number> => {
    const [typed, shown] = [performance.now(), transcript.text.length];
    await machine.console.write("echo ty''ped\n");
    await transcript.shows("typed\r\n", shown);
    return performance.now() - typed;
  };
  await expect.poll(answer).toBeLessThan(500);
});

test("with the realtime clock, time passes as for the host and stands still while paused", async () => {
  const { machine, transcript } = await linux({ clock: "realtime" });
  const began = performance.now();
  await machine.run();
  await transcript.shows(PROMPT);
  const start = performance.now();
  await machine.console.write("sleep 1; echo sle''pt\n");
  await transcript.shows("slept\r\n");
  expect(performance.now() - start).toBeGreaterThan(900);
  await machine.pause();
  const paused = performance.now();
  const { virtualNs } = await machine.statistics();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await machine.statistics()).virtualNs).toBe(virtualNs);
  const pausedMs = performance.now() - paused;
  await machine.run();
  await machine.console.write("echo re''sumed\n");
  await transcript.shows("resumed\r\n");
  const passedMs = Number((await machine.statistics()).virtualNs) / 1e6;
  // Not the time while it was paused, however slow this host is.
  expect(passedMs).toBeLessThan(performance.now() - began - pausedMs);
  expect(passedMs).toBeGreaterThan(900);
});
