/** A machine's commands, on small programs: steps, pause, reset, memory, state hash, attention, death. */
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Attention } from "../../src/host/attention.ts";
import { Machine as HostMachine } from "../../src/host/machine.ts";
import { CONTROL_BYTES, CPUS_BASE, DEVICES_BASE, MACHINE_BASE, RAM_BASE, ROM_BASE } from "../../src/spec/abi.ts";
import { REGISTER_TABLES } from "../../src/spec/riscv64/register-tables.ts";
import { createInlineMachine } from "../../src/worker/inline.ts";
import { Machine } from "../../src/worker/machine-client.ts";
import { MachineServer } from "../../src/worker/machine-server.ts";
import { nodePlatform } from "../../src/worker/node-adapter.ts";
import { type MachineOptions, Sync } from "../../src/worker/node.ts";
import { elfFile, withSymbol } from "../unit/host/elf-image.ts";
import { bundled, LOOP, library, path, program } from "./machines.ts";

const RAM = 0x8000_0000n;
const MIB = 1 << 20;
const open: { dispose(): Promise<void> }[] = [];

afterEach(async () => {
  for (const machine of open.splice(0)) await machine.dispose();
});

/** A machine of 16 MiB with this program at the start of RAM. */
async function bare(kernel: Uint8Array, options: Partial<MachineOptions> = {}) {
  const machine = await createInlineMachine({ target: "riscv64", memory: 16 * MIB, kernel, ...options });
  open.push(machine);
  return machine;
}

async function threaded(kernel: Uint8Array) {
  const { createMachine } = await library();
  const machine = await createMachine({ target: "riscv64", memory: 16 * MIB, kernel });
  open.push(machine);
  return machine;
}

async function hosted(kernel: Uint8Array) {
  const core = WebAssembly.compile(readFileSync(path("build/core-riscv64.wasm")));
  const options = { target: "riscv64", memory: 16 * MIB, kernel };
  const machine = await HostMachine.create(options, core, nodePlatform, () => {});
  open.push(machine);
  return machine;
}

/** addi x0,x0,0 */
const NOP = 0x0000_0013;

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
  const { createMachine } = await library();
  // lui t0,0x101; li t1,-1; li t2,-2; sw t1,12(t0); sw t2,8(t0); j .  (the clock's alarm, 2^64 - 2 ns)
  const kernel = program(0x0010_12b7, 0xfff0_0313, 0xffe0_0393, 0x0062_a623, 0x0072_a423, LOOP);
  const machine = await createMachine({ target: "riscv64", memory: 16 * MIB, kernel, rtcBase: 0 });
  open.push(machine);
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

test("the machine's memory is what it needs from the start, and never grows", async () => {
  const machine = await hosted(program(NOP, LOOP));
  const { buffer } = machine.memory;
  expect(buffer.byteLength).toBe(RAM_BASE + 16 * MIB);
  await machine.control.step(100_000);
  expect(machine.memory.buffer).toBe(buffer);
  expect(() => machine.memory.grow(1)).toThrow(RangeError);
});

test("a guest that traps for ever can be paused and looked at within 50 ms", async () => {
  const machine = await threaded(new Uint8Array(4));
  await machine.run();
  await new Promise((resolve) => setTimeout(resolve, 200));
  const usual = async (): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < 9; i++) {
      const start = performance.now();
      expect(await machine.pause()).toMatchObject({ kind: "stopped", reason: "pause", pc: 0n });
      await machine.cpus[0].get(Sync.RUNTIME);
      // Instruction access fault at 0, over and over.
      expect(machine.cpus[0].read("mcause")).toBe(1n);
      times.push(performance.now() - start);
      await machine.run();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return times.sort((a, b) => a - b)[4] as number;
  };
  // Until the host has time for it.
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

test("code that shares its page with a page table is coherent, though the walk writes there", async () => {
  // In M-mode, with the page at the start of RAM as code and as Sv39's root table.
  const code = program(
    ...[0x0000_0417, 0x0080_0313, 0x03c3_1313, 0x0008_03b7, 0x0073_6333, 0x1803_1073], // s0 = page; satp = Sv39, page
    ...[0xfff0_0f13, 0x3b0f_1073, 0x3a0f_d073], // PMP: all is allowed
    ...[0x0002_0e37, 0x0000_1eb7, 0x001e_de93, 0x01de_6e33], // t3 = mstatus.MPRV, MPP = S
    ...[0x0ff0_0513, 0x01e5_1513], // a0 = 255 << 30
    ...[0x06c4_2283, 0x0240_00ef], // t0 = the last word; call f, which is decoded now
    ...[0x300e_2073, 0x0005_2583, 0x300e_3073], // a load by way of the table: its entry's bit A is set
    ...[0x0654_2223, 0x0000_100f, 0x00c0_00ef], // f's first instruction = t0; fence.i; call f
    ...[0x0000_0013, LOOP],
    ...[0x0016_0613, 0x0000_8067], // f: addi a2,a2,1; ret
    0x0106_0613, // addi a2,a2,16
  );
  const page = new Uint8Array(4096);
  page.set(code);
  // Entry 255: a leaf for 1 GiB from the start of RAM, with D, W, R and V.
  new DataView(page.buffer).setBigUint64(255 * 8, ((RAM >> 12n) << 10n) | 0x87n, true);
  const machine = await bare(page);
  await machine.step(100);
  await machine.cpus[0].get(Sync.CORE);
  expect(await machine.readMemory(RAM + 255n * 8n, 1)).toEqual(Uint8Array.of(0xc7));
  expect(machine.cpus[0].read("a1")).toBe(0x417n);
  // The boot ROM left 0x1028 in a2; 1 was added, then 16.
  expect(machine.cpus[0].read("a2")).toBe(0x1028n + 17n);
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

test("the state hash covers input that waits for its step", async () => {
  const machine = await bare(program(NOP, LOOP));
  const hashes = [await machine.stateHash()];
  for (const [text, atStep] of [
    ["a", 50n],
    ["b", 50n],
    ["b", 51n],
  ] as const) {
    const before = await bare(program(NOP, LOOP));
    await before.console.write(new TextEncoder().encode(text), { atStep });
    hashes.push(await before.stateHash());
  }
  expect(new Set(hashes).size).toBe(4);
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

describe("memory", () => {
  test("is read and written where it is, and nowhere else", async () => {
    const machine = await bare(program(NOP, LOOP));
    expect([...(await machine.readMemory(RAM, 8))]).toEqual([0x13, 0, 0, 0, 0x6f, 0, 0, 0]);
    expect([...(await machine.readMemory(0x1000n, 4))]).toEqual([0x97, 2, 0, 0]);
    await machine.writeMemory(RAM + 16n * BigInt(MIB) - 2n, Uint8Array.of(1, 2));
    expect([...(await machine.readMemory(RAM + 16n * BigInt(MIB) - 4n, 4))]).toEqual([0, 0, 1, 2]);
    await expect(machine.readMemory(RAM + 16n * BigInt(MIB) - 2n, 4)).rejects.toThrow(
      new RangeError("physical address 0x80fffffe + 4 bytes lies outside RAM, ROM and flash"),
    );
    await expect(machine.writeMemory(0x1000n, Uint8Array.of(1))).rejects.toThrow(
      new RangeError("physical address 0x1000: this is ROM"),
    );
    await expect(machine.readMemory(RAM, (16 << 20) + 1)).rejects.toThrow(RangeError);
  });

  test("instructions written by the host are executed, though others were decoded there", async () => {
    // addi a0,a0,1; j .-4
    const machine = await bare(program(0x0015_0513, 0xffdf_f06f));
    await machine.step(1006);
    // addi a0,a0,2
    await machine.writeMemory(RAM, program(0x0025_0513));
    await machine.step(10);
    await machine.cpus[0].get(Sync.CORE);
    expect(machine.cpus[0].read("a0")).toBe(500n + 10n);
  });
});

describe("state hash", () => {
  test("two equal machines have one hash; reading changes nothing", async () => {
    const [a, b] = await Promise.all([bare(program(NOP, LOOP)), bare(program(NOP, LOOP))]);
    await a.step(100);
    await b.step(50);
    await b.cpus[0].get(Sync.FULL);
    await b.readMemory(RAM, 100);
    await b.stateHash();
    await b.step(50);
    expect(await b.stateHash()).toBe(await a.stateHash());
    await b.step(1);
    expect(await b.stateHash()).not.toBe(await a.stateHash());
  });

  test("one flipped bit in each part changes it, and flipped back restores it", async () => {
    const machine = await hosted(program(NOP, LOOP));
    await machine.control.step(1000);
    const bytes = new Uint8Array(machine.memory.buffer);
    const before = machine.stateHash();
    const parts: Record<string, number> = {
      "register x5": CPUS_BASE + 0x40 + 5 * 8,
      "TLB tag of an entry in use": tlbEntryInUse(bytes),
      "TLB host of an entry in use": tlbEntryInUse(bytes) + 8,
      "first byte of RAM": RAM_BASE,
      "last byte of RAM": RAM_BASE + 16 * MIB - 1,
      ROM: ROM_BASE,
      "first byte of the devices": DEVICES_BASE,
      "virtual time": MACHINE_BASE + CONTROL_BYTES + 8,
      "deadline of an event": MACHINE_BASE + CONTROL_BYTES + 0x100 + 7,
    };
    for (const [part, at] of Object.entries(parts)) {
      bytes[at] ^= 0x10;
      expect(machine.stateHash(), part).not.toBe(before);
      bytes[at] ^= 0x10;
      expect(machine.stateHash(), part).toBe(before);
    }
  });

  test("every register that can be edited changes it", async () => {
    const machine = await bare(program(NOP, LOOP));
    await machine.step(10);
    const [cpu] = machine.cpus;
    let hash = await machine.stateHash();
    const changed: string[] = [];
    for (const { row, registers } of cpu.groups) {
      if (row.readonly) continue;
      for (const { row: register, readonly } of registers) {
        if (readonly) continue;
        await cpu.get(row.name);
        const old = cpu.read(register.name);
        // Bit 2 is an ordinary one nearly everywhere; what a register does not take leaves the hash as it is.
        cpu.edit(register.name, old ^ (register.bits > 2 ? 4n : 1n));
        await cpu.put(row.name).catch(() => cpu.revert(row.name));
        await cpu.get(row.name);
        const now = await machine.stateHash();
        if (cpu.read(register.name) !== old) {
          expect(now, register.name).not.toBe(hash);
          changed.push(register.name);
        }
        hash = now;
      }
    }
    const writable = REGISTER_TABLES.registers.filter(({ readonly }) => !readonly).length;
    expect(changed.length).toBeGreaterThan(writable * 0.6);
    expect(changed).toEqual(expect.arrayContaining(["ra", "pc", "mscratch", "sscratch", "mepc"]));
  });

  test("input that the guest has not taken counts", async () => {
    const [a, b] = await Promise.all([bare(program(LOOP)), bare(program(LOOP))]);
    for (const machine of [a, b]) await machine.console.write(machine === a ? "abc" : "abd");
    await a.step(10);
    await b.step(10);
    expect(await a.stateHash()).not.toBe(await b.stateHash());
  });
});

/** Address of a TLB entry that holds something: {tag: u64, host: u32, info: u32}, 512 for each kind of access. */
function tlbEntryInUse(bytes: Uint8Array, from = CPUS_BASE + 0x8000): number {
  for (let at = from; at < CPUS_BASE + 0x8000 + 3 * 512 * 16; at += 16) {
    if (bytes.subarray(at, at + 8).some((byte) => byte !== 0)) return at;
  }
  throw new Error("the TLB is empty");
}

test("a client that raised the attention word and vanished holds the machine up for 50 ms only", async () => {
  const machine = await hosted(program(LOOP));
  const control = new Int32Array(machine.memory.buffer, MACHINE_BASE, CONTROL_BYTES / 4);
  const turns = async (): Promise<void> => {
    for (let n = 0; n < 100; n++) await new Promise((resolve) => setImmediate(resolve));
  };
  machine.control.run();
  await expect.poll(() => machine.statistics().steps).toBeGreaterThan(0n);
  let now = performance.now();
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  Attention.raise(control);
  await turns();
  const held = machine.statistics().steps;
  now += 50;
  await turns();
  expect(machine.statistics().steps).toBe(held);
  now += 1;
  await turns();
  clock.mockRestore();
  await expect.poll(() => machine.statistics().steps).toBeGreaterThan(held);
  expect(machine.attention.raised).toBe(false);
});

test("the word counts announced messages and is lowered by their handlers", async () => {
  const machine = await hosted(program(LOOP));
  const control = new Int32Array(machine.memory.buffer, MACHINE_BASE, CONTROL_BYTES / 4);
  Attention.raise(control);
  Attention.raise(control);
  machine.attention.lower();
  expect(machine.attention.raised).toBe(true);
  machine.attention.lower();
  machine.attention.lower();
  expect(Atomics.load(control, 0)).toBe(0);
});

test("when its worker dies, the machine is dead: pending calls and later ones reject", async () => {
  let die: (message: string) => void = () => {};
  const server = new MachineServer(nodePlatform);
  const api = new Proxy(server, {
    get: (target, name) =>
      name === "stateHash" ? () => new Promise(() => {}) : Reflect.get(target, name).bind(target),
  });
  const machine = await Machine.create(
    {
      api,
      sendable: (listener) => listener,
      onDeath: (callback) => {
        die = callback;
      },
      terminate: async () => {},
    },
    { target: "riscv64", memory: 16 * MIB, kernel: program(LOOP), coreUrl: path("build/core-riscv64.wasm") },
  );
  await machine.run();
  const states: string[] = [];
  machine.onState(({ kind }) => states.push(kind));
  const pending = machine.stateHash();
  const stopped = machine.waitForStop();
  die("the thread ended");
  await expect(pending).rejects.toThrow("the thread ended");
  await expect(stopped).rejects.toThrow("the thread ended");
  await expect(machine.pause()).rejects.toThrow("the thread ended");
  expect(machine.state).toEqual({ kind: "dead", message: "the thread ended" });
  expect(states).toEqual(["dead"]);
  await server.dispose();
});

test("when the core itself fails, the machine is dead and says so", async () => {
  // auipc t0,0; 1: ld t1,0(t0); j 1b
  const machine = await hosted(program(0x0000_0297, 0x0002_b303, 0xffdf_f06f));
  await machine.control.step(20);
  const loads = CPUS_BASE + 0x8000 + 512 * 16;
  const entry = tlbEntryInUse(new Uint8Array(machine.memory.buffer), loads);
  new DataView(machine.memory.buffer).setUint32(entry + 8, 0x7ff0_0000, true);
  const { state } = await machine.control.step(10);
  expect(state).toEqual({ kind: "dead", message: "the core failed: memory access out of bounds" });
  expect(() => machine.control.run()).toThrow("the machine is dead: the core failed: memory access out of bounds");
});

test("a terminal that fails does not stop the machine", async () => {
  const machine = await createInlineMachine(bundled("hello"));
  open.push(machine);
  machine.console.onData(() => {
    throw new Error("no such terminal");
  });
  machine.console.onData(() => Promise.reject(new Error("nor this")));
  await machine.run();
  expect(await machine.waitForStop()).toMatchObject({ reason: "poweroff" });
});

test("a machine whose output nobody takes waits, and goes on when it is taken", async () => {
  // lui t0,0x10000; 1: sb t0,0(t0); j 1b
  const machine = await bare(program(0x1000_02b7, 0x0052_8023, 0xffdf_f06f));
  let received = 0;
  let takeAll: () => void = () => {};
  const taken = new Promise<void>((resolve) => {
    takeAll = resolve;
  });
  machine.console.onData((bytes) => {
    received += bytes.length;
    return taken;
  });
  await machine.run();
  await expect.poll(() => received).toBeGreaterThan(1 << 20);
  let before = 0;
  const more = async (): Promise<number> => {
    before = received;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return received - before;
  };
  await expect.poll(more).toBe(0);
  takeAll();
  await expect.poll(() => received).toBeGreaterThan(before);
  await machine.pause();
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
