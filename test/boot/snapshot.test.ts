/** Saved and loaded machines go on as those that were never saved; pending edits; refused files change nothing. */
import { afterEach, describe, expect, test } from "vitest";
import { createInlineMachine } from "../../src/worker/inline.ts";
import { type Machine, type MachineOptions, Sync } from "../../src/worker/node.ts";
import { elfFile, withSymbol } from "../unit/host/elf-image.ts";
import { bundled, bundledGuests, LOOP, path, program, Transcript } from "./machines.ts";

const MIB = 1 << 20;
const RAM = 0x8000_0000n;
const open: Machine[] = [];

afterEach(async () => {
  for (const machine of open.splice(0)) await machine.dispose();
});

async function create(options: MachineOptions): Promise<Machine> {
  const machine = await createInlineMachine(options);
  open.push(machine);
  return machine;
}

const bare = (kernel: Uint8Array, options: Partial<MachineOptions> = {}) =>
  create({ target: "riscv64", memory: 16 * MIB, kernel, ...options });

/** Both machines go through the same states for the next `steps`, looked at several times. */
async function expectSameFuture(a: Machine, b: Machine, steps: readonly number[]): Promise<void> {
  expect(await b.stateHash()).toBe(await a.stateHash());
  for (const more of steps) {
    await a.step(more);
    await b.step(more);
    expect(await b.stateHash()).toBe(await a.stateHash());
    expect(b.state).toEqual(a.state);
  }
}

const bareGuests = bundledGuests.filter(({ bios }) => !bios).map(({ id }) => id);

test.each(bareGuests)("%s: from a load on, all states are those of the machine that was saved", async (id) => {
  const saved = await create(bundled(id));
  const loaded = await create(bundled(id));
  // The other has run and holds something else before, also where the saved machine's memory is zero.
  await loaded.step(777);
  await loaded.writeMemory(RAM + 0x20_0123n, Uint8Array.of(1, 2, 3));
  await loaded.writeMemory(RAM + BigInt(loaded.info.memory - 3), Uint8Array.of(1, 2, 3));
  for (const steps of [1, 100, 5_003, 20_011]) {
    await saved.step(steps);
    const before = await saved.stateHash();
    const file = await saved.save();
    expect(await saved.stateHash()).toBe(before);
    expect(await loaded.load(file)).toEqual({ dropped: [0] });
    expect(loaded.state).toEqual(saved.state);
    if (saved.state.kind === "stopped" && saved.state.reason === "poweroff") break;
    await expectSameFuture(saved, loaded, [1, 10, 1000]);
  }
});

test("a machine that has not run yet becomes the saved one, whether or not somebody has written to its memory", async () => {
  const kernel = new Uint8Array(3 * 4096).fill(7);
  new DataView(kernel.buffer).setUint32(0, LOOP, true);
  const saved = await bare(kernel);
  await saved.step(10);
  // Of the image nothing is left in its second page, and something is where no image was.
  await saved.writeMemory(RAM + 4096n, new Uint8Array(4096));
  await saved.writeMemory(RAM + 0x80_0000n, Uint8Array.of(1));
  const [file, hash] = [await saved.save(), await saved.stateHash()];
  const untouched = await bare(kernel);
  await untouched.load(file);
  expect(await untouched.stateHash()).toBe(hash);
  const touched = await bare(kernel);
  await touched.writeMemory(RAM + 0x90_0000n, Uint8Array.of(1));
  await touched.writeMemory(RAM + 0x2000n, Uint8Array.of(1));
  await touched.load(file);
  expect(await touched.stateHash()).toBe(hash);
  // A snapshot of a machine that has not run is loaded, and then another one.
  const still = await bare(kernel);
  await still.writeMemory(RAM + 0x70_0000n, Uint8Array.of(1));
  await untouched.load(await still.save());
  await untouched.load(file);
  expect(await untouched.stateHash()).toBe(hash);
  // Off and on again: memory is as at the beginning.
  await untouched.reset();
  await untouched.load(file);
  expect(await untouched.stateHash()).toBe(hash);
});

test("nothing that the loading machine has decoded or translated is left", async () => {
  // addi a0,a0,STEP; addi a1,a1,1; j to the first
  const counting = (step: number) => program(((step << 20) | 0x0005_0513) >>> 0, 0x0015_8593, 0xff9f_f06f);
  const saved = await bare(counting(1));
  const loaded = await bare(counting(1));
  await loaded.writeMemory(RAM, counting(2));
  await saved.step(1000);
  await loaded.step(2000);
  await loaded.load(await saved.save());
  await expectSameFuture(saved, loaded, [1, 2, 3, 1000]);
});

test("a program that waits for its disk, at every moment of its requests", async () => {
  // Each of the 8 sectors begins with `li a0, 100 + sector` and `ret`.
  const image = Uint8Array.from({ length: 8 * 512 }, (_, i) => 31 * (i >> 9) + (i & 511));
  for (let sector = 0; sector < 8; sector++) {
    image.set(program((((100 + sector) << 20) | 0x513) >>> 0, 0x0000_8067), sector * 512);
  }
  const kernel = path("test/privileged/elf/disk-code.elf");
  const options = { target: "riscv64", memory: 32 * MIB, kernel, paced: false };
  // Answers come early, late, and too late, which holds the machine.
  const saved = await create({ ...options, disks: [{ image: image.buffer.slice(0), slot: 0, delay: 4 }] });
  const loaded = await create({ ...options, disks: [{ image: image.buffer.slice(0), slot: 0, delay: 4 }] });
  const transcript = new Transcript(saved);
  let requests = 0;
  for (let n = 0; n < 16; n++) {
    await saved.step(23_456 + 1_111 * n);
    const file = await saved.save();
    if (isUnderWay(file)) requests++;
    await loaded.load(file);
    await expectSameFuture(saved, loaded, [1, 5_003]);
  }
  expect(requests).toBeGreaterThan(4);
  await saved.run();
  await saved.waitForStop();
  await loaded.run();
  await loaded.waitForStop();
  expect(await loaded.stateHash()).toBe(await saved.stateHash());
  expect(transcript.text).toContain("end");
});

test("Linux, while it boots and while it works with its disk", async () => {
  const image = Uint8Array.from({ length: MIB }, (_, i) => (i * 31) >> 3).buffer;
  const options = { ...bundled("linux"), memory: 64 * MIB, entropy: true, seed: 5n };
  const saved = await create({ ...options, disks: [{ image, delay: 3 }] });
  const transcript = new Transcript(saved);
  const work =
    "n=0; echo be''gins; while :; do n=$((n+1)); echo 3 > /proc/sys/vm/drop_caches; md5sum /dev/vda; " +
    "dd if=/dev/urandom of=/dev/vda bs=4k count=8 seek=$((n%200)) conv=fsync; done 2>/dev/null\n";
  await saved.console.write(work, { atStep: 0n });
  const compare = async () => {
    const file = await saved.save();
    // All writes that were asked for are done: the disk is as the snapshot's future needs it.
    const loaded = await create({ ...options, disks: [{ image: image.slice(0), delay: 3 }] });
    await loaded.load(file);
    await expectSameFuture(saved, loaded, [1, 100_003, 700_001]);
    await loaded.dispose();
    open.splice(open.indexOf(loaded), 1);
  };
  for (const steps of [1_234_567, 9_000_001, 15_000_000]) {
    await saved.step(steps);
    await compare();
  }
  await saved.run();
  await transcript.shows("begins\r\n");
  await saved.pause();
  for (let n = 0; n < 3; n++) {
    await saved.step(1_320_000 + n * 5_777);
    await compare();
  }
});

/** Whether the section "blocks" of a file is longer than that of a machine whose disks rest. */
function isUnderWay(file: Uint8Array): boolean {
  const view = new DataView(file.buffer, file.byteOffset);
  for (let at = 20; at < file.length; at += 32 + Number(view.getBigUint64(at + 12, true))) {
    const name = new TextDecoder().decode(file.subarray(at, at + 6));
    if (name === "blocks") return view.getBigUint64(at + 20, true) > 4n;
  }
  throw new Error("the file has no section blocks");
}

test("a machine that runs is saved without stopping, and goes on running when it is loaded", async () => {
  const options = { ...bundled("linux"), memory: 64 * MIB };
  const machine = await create(options);
  const transcript = new Transcript(machine);
  await machine.run();
  await transcript.shows("Linux version");
  const file = await machine.save();
  expect(machine.state.kind).toBe("running");
  await transcript.shows("vitrine:~# ");
  const from = transcript.text.length;
  expect(await machine.load(file)).toEqual({ dropped: [0] });
  expect(machine.state.kind).toBe("running");
  // The end of its boot once more.
  await transcript.shows("vitrine:~# ", from);
  await machine.console.write("poweroff -f\n");
  expect((await machine.waitForStop()).reason).toBe("poweroff");

  // What is switched off stays so.
  const off = await machine.save();
  await machine.reset();
  await machine.run();
  await machine.load(off);
  expect(await machine.waitForStop()).toMatchObject({ reason: "poweroff", exitCode: 0 });
  await expect(machine.run()).rejects.toThrow("the machine is switched off");
});

test("input that waits, with the steps at which it is due, comes along", async () => {
  // lui t0,0x10000; 1: lbu t1,5(t0); andi t1,t1,1; beqz t1,1b; lbu a0,0(t0); slli a1,a1,8; add a1,a1,a0; j 1b
  const reading = program(
    ...[0x1000_02b7, 0x0052_c303, 0x0013_7313, 0xfe03_0ce3],
    ...[0x0002_c503, 0x0085_9593, 0x00a5_85b3, 0xfe9f_f06f],
  );
  const saved = await bare(reading);
  await saved.console.write("abc", { atStep: 0n });
  await saved.console.write("d", { atStep: 4_000_000n });
  await saved.console.resize(100, 50);
  // Input shows 10 ms after power-on, which is 2,500,000 steps.
  for (const steps of [100, 2_500_000]) {
    await saved.step(steps);
    const loaded = await bare(reading);
    await loaded.console.write("never seen");
    await loaded.load(await saved.save());
    await expectSameFuture(saved, loaded, [1, 10, 17]);
    await loaded.step(2_000_000 - 28 + (2_500_000 - steps));
    await loaded.cpus[0]!.get(Sync.CORE);
    expect(loaded.cpus[0]!.read("a1") & 0xffff_ffffn).toBe(0x6162_6364n);
  }
});

describe("pending edits (T13)", () => {
  test("are put before a save; a rejection fails it and changes nothing", async () => {
    const machine = await bare(program(LOOP));
    const cpu = machine.cpus[0]!;
    await machine.step(10);
    await cpu.get(Sync.FULL);
    cpu.edit("a0", 42n);
    cpu.edit("mscratch", 43n);
    const file = await machine.save();
    expect([cpu.state("CORE"), cpu.state("MTRAP"), cpu.state("FP")]).toEqual(["clean", "clean", "clean"]);
    const other = await bare(program(LOOP));
    await other.load(file);
    await other.cpus[0]!.get(Sync.FULL);
    expect(["a0", "mscratch"].map((name) => other.cpus[0]!.read(name))).toEqual([42n, 43n]);

    cpu.edit("a0", 44n);
    cpu.edit("pc", RAM + 1n);
    const hash = await machine.stateHash();
    await expect(machine.save()).rejects.toMatchObject({ code: "EREJECT", group: "CORE", register: "pc" });
    expect(await machine.stateHash()).toBe(hash);
    expect([cpu.state("CORE"), cpu.read("a0")]).toEqual(["dirty", 44n]);
  });

  test("are dropped and reported by a load, and kept when it is refused", async () => {
    const machine = await bare(program(LOOP));
    const cpu = machine.cpus[0]!;
    await machine.step(10);
    const file = await machine.save();
    await machine.step(10);
    await cpu.get(Sync.FULL);
    cpu.edit("a0", 42n);
    cpu.edit("stimecmp", 43n);
    const damaged = file.slice();
    damaged[file.length >> 1]! ^= 1;
    const hash = await machine.stateHash();
    await expect(machine.load(damaged)).rejects.toThrow("damaged snapshot");
    expect(await machine.stateHash()).toBe(hash);
    expect([cpu.state("CORE"), cpu.read("a0"), cpu.state("TIME")]).toEqual(["dirty", 42n, "dirty"]);

    cpu.want(Sync.MTRAP);
    expect(await machine.load(file)).toEqual({ dropped: [cpu.mask([Sync.CORE, Sync.TIME])] });
    expect(machine.state).toMatchObject({ kind: "stopped", reason: "step", steps: 10n });
    expect([cpu.state("CORE"), cpu.state("TIME"), cpu.state("MTRAP")]).toEqual(["stale", "stale", "clean"]);
    await cpu.get(Sync.FULL);
    expect(cpu.read("a0")).not.toBe(42n);
  });
});

test("every register, set to any legal value, is the same in a machine that loads it (T28)", async () => {
  const saved = await bare(program(LOOP));
  const loaded = await bare(program(LOOP));
  let state = 1n;
  const random = (bits: number) => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return BigInt.asUintN(bits, (state >> 29n) ^ (state << 35n));
  };
  await saved.step(50);
  const cpu = saved.cpus[0]!;
  for (let round = 0; round < 40; round++) {
    await cpu.get(Sync.FULL);
    for (const { registers } of cpu.groups) {
      for (const { row, readonly } of registers) {
        if (readonly || row.name === "pc" || row.name === "priv" || row.name === "runstate") continue;
        const before = cpu.read(row.name);
        cpu.edit(row.name, random(row.bits));
        try {
          await cpu.put(Sync.FULL);
        } catch {
          await cpu.revert(Sync.FULL);
          await cpu.get(Sync.FULL);
          expect(cpu.read(row.name)).toBe(before);
        }
      }
    }
    cpu.edit("pc", random(64) & ~1n);
    cpu.edit("priv", [0n, 1n, 3n][round % 3]!);
    cpu.edit("runstate", BigInt(round & 1));
    await cpu.put(Sync.FULL);
    await loaded.load(await saved.save());
    await cpu.get(Sync.FULL);
    const other = loaded.cpus[0]!;
    await other.get(Sync.FULL);
    for (const { row } of cpu.groups)
      expect([row.name, other.readGroup(row.name)]).toEqual([row.name, cpu.readGroup(row.name)]);
    expect(await loaded.stateHash()).toBe(await saved.stateHash());
  }
});

describe("refused, and nothing has changed", () => {
  test.each([
    ["other memory", { memory: 32 * MIB }, "its memory is 32 MiB, this machine's is 16 MiB"],
    ["a further device", { entropy: true }, "its device in virtio slot 7 is entropy (type 4), this machine's is none"],
    [
      "a disk",
      { disks: [{ image: new Uint8Array(1024), readOnly: true }] },
      "its device in virtio slot 7 is disk 0 (type 2) of 2 sectors, read-only, this machine's is none",
    ],
  ])("%s", async (_, options, message) => {
    const other = await bare(program(LOOP), options);
    const machine = await bare(program(LOOP));
    await machine.step(100);
    const hash = await machine.stateHash();
    await expect(machine.load(await other.save())).rejects.toThrow(`the snapshot is of another machine: ${message}`);
    expect(await machine.stateHash()).toBe(hash);
  });

  test("a file cut off anywhere", async () => {
    const machine = await bare(program(LOOP));
    const file = await machine.save();
    await machine.step(100);
    const hash = await machine.stateHash();
    const view = new DataView(file.buffer);
    const borders = [0, 8, 20];
    for (let at = 20; at < file.length; ) {
      borders.push(at + 32);
      at += 32 + Number(view.getBigUint64(at + 12, true));
      if (at < file.length) borders.push(at);
    }
    expect(borders.length).toBeGreaterThan(18);
    for (const end of borders) {
      await expect(machine.load(file.subarray(0, end))).rejects.toThrow(/snapshot/);
      expect(await machine.stateHash()).toBe(hash);
    }
    await machine.load(file);
  });
});

test("the watched word of an ELF file comes along, and a reset brings back the machine's own", async () => {
  // auipc t0,1; li t1,11; sd t1,0(t0); j . : stores to the start of RAM + 0x1000.
  const stores = program(0x0000_1297, 0x00b0_0313, 0x0062_b023, LOOP);
  const file = (at: bigint) => withSymbol(elfFile(RAM, [{ pa: RAM, bytes: stores }]), "tohost", at);
  const saved = await bare(file(RAM + 0x1000n));
  await saved.step(7);
  const loaded = await bare(file(RAM + 0x5000n));
  await loaded.load(await saved.save());
  await loaded.run();
  expect(await loaded.waitForStop()).toMatchObject({ reason: "failure", exitCode: 5 });
  const off = await loaded.save();
  await loaded.reset();
  await loaded.step(100);
  expect(loaded.state).toMatchObject({ reason: "step", steps: 100n });
  await loaded.load(off);
  expect(loaded.state).toMatchObject({ reason: "failure", exitCode: 5 });
});
