/** A machine's commands, on small programs: steps, pause, input, edits, reset, and options that cannot be. */
import { afterEach, describe, expect, test } from "vitest";
import { createInlineMachine } from "../../src/worker/inline.ts";
import type { Machine } from "../../src/worker/machine-client.ts";
import { type MachineOptions, Sync } from "../../src/worker/node.ts";
import { elfFile, withSymbol } from "../unit/host/elf-image.ts";
import { bundled, LOOP, program } from "./machines.ts";
import { bare, disposeAll, MIB, NOP, open, RAM, threaded } from "./small-machines.ts";

afterEach(disposeAll);

const WFI = 0x1050_0073;

/** lui t0,0x10000; 1: addi t2,t2,1; lbu t1,5(t0); andi t1,t1,1; beqz t1,1b; j .  (counts until the serial port has input) */
const POLLING = program(0x1000_02b7, 0x0013_8393, 0x0052_c303, 0x0013_7313, 0xfe03_0ae3, LOOP);

test("step executes exactly so many instructions", async () => {
  const machine = await bare(program(NOP, NOP, NOP, LOOP));
  // Six instructions of the boot ROM, then the program.
  expect(await machine.step(6)).toMatchObject({ kind: "stopped", reason: "step", pc: RAM, steps: 6n });
  expect(await machine.step()).toMatchObject({ pc: RAM + 4n, steps: 7n });
  expect(await machine.step(1000)).toMatchObject({ pc: RAM + 12n, steps: 1007n });
  await expect(machine.step(0)).rejects.toThrow("step: 0 is not a number of steps");
});

test("an alarm at the very end of virtual time is no deadline of now", async () => {
  // lui t0,0x101; li t1,-1; li t2,-2; sw t1,12(t0); sw t2,8(t0); j .  (the clock's alarm, 2^64 - 2 ns)
  const kernel = program(0x0010_12b7, 0xfff0_0313, 0xffe0_0393, 0x0062_a623, 0x0072_a423, LOOP);
  const machine = await threaded(kernel, { rtcBase: 0 });
  expect(await machine.step(1000)).toMatchObject({ reason: "step", pc: RAM + 20n, steps: 1000n });
});

test("input at a step is there for the instruction of that step, not before", async () => {
  const rounds = async (atStep: bigint) => {
    const machine = await bare(POLLING);
    await machine.console.write("x", { atStep });
    await machine.step(Number(atStep) + 20);
    await machine.cpus[0].get(Sync.CORE);
    return machine.cpus[0].read("t2");
  };
  // The status is read for the 1,000,000th time by step 7 + 4 * 999,999 + 1, counted from 0.
  expect(await rounds(4_000_003n)).toBe(1_000_000n);
  expect(await rounds(4_000_004n)).toBe(1_000_000n);
  expect(await rounds(4_000_005n)).toBe(1_000_001n);
  const machine = await bare(POLLING);
  await machine.step(10);
  await expect(machine.console.write("x", { atStep: 11 as unknown as bigint })).rejects.toThrow(
    new TypeError("atStep: 11 is not a bigint"),
  );
  await expect(machine.console.write("x", { atStep: 9n })).rejects.toThrow(
    new RangeError("atStep: step 9 is over, the machine is at step 10"),
  );
});

test("input that came just before a reset does not wait for that step of the machine's next life", async () => {
  const rounds = async (machine: Machine) => {
    await machine.step(5_000_000);
    await machine.cpus[0].get(Sync.CORE);
    return machine.cpus[0].read("t2");
  };
  const fresh = await bare(POLLING);
  await fresh.console.write("x");
  const machine = await bare(POLLING);
  await machine.step(5_000_000);
  await machine.console.write("x");
  await machine.reset();
  const [expected, actual] = [await rounds(fresh), await rounds(machine)];
  expect(actual).toBe(expected);
  expect(expected).toBeLessThan(1_249_000n);
});

test("a guest that traps for ever can be paused and looked at within 50 ms", async () => {
  const machine = await threaded(new Uint8Array(4));
  await machine.run();
  await new Promise((resolve) => setTimeout(resolve, 200));
  const usual = async (): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < 9; i++) {
      const start = process.cpuUsage();
      expect(await machine.pause()).toMatchObject({ kind: "stopped", reason: "pause", pc: 0n });
      await machine.cpus[0].get(Sync.RUNTIME);
      // Instruction access fault at 0, over and over.
      expect(machine.cpus[0].read("mcause")).toBe(1n);
      const { user, system } = process.cpuUsage(start);
      times.push((user + system) / 1000);
      await machine.run();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return times.sort((a, b) => a - b)[4] as number;
  };
  // Of this process's time: a busy host has other processes. Some try is without what the engine does beside it.
  await expect.poll(usual).toBeLessThan(50);
  const { steps, instructions } = await machine.statistics();
  expect(steps).toBeGreaterThan(instructions + 1000n);
});

test("registers of a paused machine can be edited, and run applies the edits", async () => {
  const machine = await threaded(program(LOOP));
  const [cpu] = machine.cpus;
  await machine.run();
  expect(await machine.pause()).toMatchObject({ pc: RAM });
  const first = await cpu.get(Sync.RUNTIME);
  expect(first.fetched).toBe(cpu.mask(Sync.RUNTIME));
  expect(cpu.read("pc")).toBe(RAM);
  cpu.edit("a0", 42n);
  expect((await cpu.get(Sync.CORE)).kept).toBe(cpu.mask(Sync.CORE));
  await cpu.put(Sync.RUNTIME);
  cpu.edit("a1", 43n);
  await machine.step();
  await cpu.get(Sync.CORE);
  expect([cpu.read("a0"), cpu.read("a1")]).toEqual([42n, 43n]);
  cpu.edit("pc", RAM + 1n);
  await expect(machine.run()).rejects.toThrow(/EREJECT CORE\.pc/);
  expect(machine.state).toMatchObject({ kind: "stopped", pc: RAM });
  await cpu.revert(Sync.RUNTIME);
  await machine.run();
  // While it runs, a get is a sample.
  const sample = await cpu.get(Sync.CORE);
  expect(sample.epoch).toBeGreaterThan(first.epoch);
  expect(cpu.state("CORE")).toBe("stale");
  expect(machine.recentSteps).toBeGreaterThan(0n);
});

describe("an ELF file with the symbol tohost", () => {
  // auipc t0,1; li t1,VALUE; sd t1,0(t0); j . : stores to the start of RAM + 0x1000.
  const stores = (value: number) => program(0x0000_1297, ((value << 20) | 0x313) >>> 0, 0x0062_b023, LOOP);
  const kernel = (value: number, at: bigint) =>
    withSymbol(elfFile(RAM, [{ pa: RAM, bytes: stores(value) }]), "tohost", at);

  test.each([
    [1, "poweroff", 0],
    [(5 << 1) | 1, "failure", 5],
  ])("ends the run by writing %i there", async (value, reason, exitCode) => {
    const machine = await bare(kernel(value, RAM + 0x1000n));
    await machine.run();
    expect(await machine.waitForStop()).toMatchObject({ reason, exitCode });
  });

  test("is refused if that lies outside RAM", async () => {
    await expect(bare(kernel(1, 0x1000n))).rejects.toThrow("kernel: the symbol tohost (0x1000) lies outside RAM");
  });
});

test("a step that could only wait for input ends, and the CPU waits on", async () => {
  const machine = await bare(program(WFI, NOP, LOOP));
  const waiting = { kind: "stopped", reason: "step", pc: RAM + 4n, steps: 7n };
  expect(await machine.step(7)).toMatchObject(waiting);
  expect(await machine.step()).toMatchObject(waiting);
  expect(await machine.step(1000)).toMatchObject(waiting);
});

test("reset is a power cycle: RAM is zero but for the images, and the state is that of a new machine", async () => {
  const machine = await bare(program(NOP, LOOP));
  const created = await machine.stateHash();
  await machine.step(100);
  await machine.writeMemory(RAM + 0x10_0000n, Uint8Array.of(1));
  expect(await machine.reset()).toEqual({ kind: "stopped", reason: "created", pc: 0x1000n, steps: 0n });
  expect(await machine.stateHash()).toBe(created);
});

test("a reset says which pending edits it drops, once", async () => {
  const machine = await bare(program(NOP, LOOP));
  const notices: string[] = [];
  machine.onNotice((text) => notices.push(text));
  const [cpu] = machine.cpus;
  await cpu!.get(Sync.FULL);
  cpu!.edit("a0", 1n);
  cpu!.edit("satp", 0n);
  await machine.reset();
  await machine.reset();
  expect(notices).toEqual(["reset: CPU 0's pending edits of CORE, MMU are dropped"]);
  expect(cpu!.isEdited("a0")).toBe(false);
});

test("a running machine that is reset runs on, and nobody who waits for its stop is disturbed", async () => {
  const machine = await bare(program(NOP, LOOP));
  const marker = RAM + 0x10_0000n;
  await machine.writeMemory(marker, Uint8Array.of(1));
  await machine.run();
  let stops = 0;
  const stopped = machine.waitForStop().then(() => stops++);
  await machine.reset();
  expect(machine.state.kind).toBe("running");
  // The reset has happened when the call resolves.
  expect(await machine.readMemory(marker, 1)).toEqual(Uint8Array.of(0));
  expect(stops).toBe(0);
  const { steps } = await machine.statistics();
  await expect.poll(async () => (await machine.statistics()).steps).toBeGreaterThan(steps);
  await machine.pause();
  await stopped;
});

test.each<[string, Partial<MachineOptions>, string | RegExp]>([
  ["unknown target", { target: "z80" }, /^There is no target "z80"\./],
  ["RAM out of range", { memory: 1 << 20 }, /^memory: 1048576 bytes of RAM are not possible/],
  ["missing kernel", { kernel: "/nowhere/kernel" }, "kernel: /nowhere/kernel: there is no such file"],
  ["missing disk", { disks: [{ image: "/nowhere/disk" }] }, "disk 0: /nowhere/disk: there is no such file"],
  ["folder for a kernel", { kernel: "/tmp" }, "kernel: /tmp is a folder"],
  ["odd disk", { disks: [{ image: new Uint8Array(700) }] }, /^disk 0: its size of 700 bytes is not a multiple of 512/],
  [
    "slot",
    { disks: [{ image: new Uint8Array(512), slot: 9 }] },
    "disk 0: virtio slot 9 does not exist; slots are 0 to 7",
  ],
  ["missing core", { coreUrl: "/nowhere/core.wasm" }, "/nowhere/core.wasm: there is no such file"],
])("a machine that cannot be: %s", async (_, options, message) => {
  const machine = createInlineMachine({ target: "riscv64", memory: 16 * MIB, kernel: program(LOOP), ...options });
  await expect(machine).rejects.toThrow(message);
});

test("loading tells its progress, and the states follow each other", async () => {
  const states: string[] = [];
  const machine = await createInlineMachine(bundled("hello"), (state) => states.push(state.kind));
  open.push(machine);
  await machine.run();
  await machine.waitForStop();
  expect(states).toEqual(["loading", "stopped", "running", "stopped"]);
});
