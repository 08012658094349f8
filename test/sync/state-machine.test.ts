/** The state machine of the sync contract, row by row, on a held vCPU of the made-up machine. */
import { beforeEach, expect, test } from "vitest";
import type { CpuRegisters } from "../../src/sync/cpu-registers.ts";
import { HEAD_SEQUENCE, SLOT_HEADS, SYNC_BASE } from "../../src/spec/abi.ts";
import { codeOf } from "./code-of.ts";
import { CORE, FP, MACH, PROT, STATUS } from "./toy/groups.ts";
import { ToyMachine } from "./toy/machine.ts";

let machine: ToyMachine;
let cpu: CpuRegisters;

beforeEach(async () => {
  machine = await ToyMachine.create();
  cpu = machine.client();
});

test("get: STALE is copied and becomes CLEAN", async () => {
  machine.core.poke(0, 77);
  expect(cpu.state("CORE")).toBe("stale");
  expect(await cpu.get("CORE")).toEqual({ fetched: CORE, kept: 0, epoch: 0, instret: 0n });
  expect(cpu.state("CORE")).toBe("clean");
  expect(cpu.read("r3")).toBe(77n);
});

test("get: a CLEAN group is not copied again", async () => {
  await cpu.get("CORE");
  machine.core.poke(0, 78);
  expect((await cpu.get(["CORE", "FP"])).fetched).toBe(FP);
  expect(cpu.read("r3")).toBe(0n);
});

test("get: a DIRTY group is kept and reported", async () => {
  await cpu.get("CORE");
  cpu.edit("r1", 5n);
  expect(await cpu.get("RUNTIME")).toEqual({ fetched: FP | STATUS, kept: CORE, epoch: 0, instret: 0n });
  expect(cpu.state("CORE")).toBe("dirty");
  expect(cpu.read("r1")).toBe(5n);
});

test("edit: STALE refuses with ESTALE, CLEAN and DIRTY become DIRTY", async () => {
  expect(await codeOf(() => cpu.edit("r1", 1n))).toBe("ESTALE CORE.r1");
  expect(cpu.state("CORE")).toBe("stale");
  await cpu.get("CORE");
  cpu.edit("r1", 1n);
  expect(cpu.state("CORE")).toBe("dirty");
  cpu.edit("r2", 2n);
  expect(cpu.state("CORE")).toBe("dirty");
  expect([cpu.isEdited("r0"), cpu.isEdited("r1"), cpu.isEdited("r2")]).toEqual([false, true, true]);
});

test("writing the whole group: STALE, CLEAN and DIRTY become DIRTY", async () => {
  const values = { r0: 1n, r1: 2n, r2: 3n, r3: 4n, pc: 0x200n };
  cpu.writeGroup("CORE", values);
  expect(cpu.state("CORE")).toBe("dirty");
  expect((await cpu.put("CORE")).applied).toBe(CORE);
  cpu.writeGroup("CORE", { ...values, r3: 5n });
  cpu.writeGroup("CORE", { ...values, r3: 6n });
  expect(cpu.state("CORE")).toBe("dirty");
  await cpu.put("CORE");
  expect(machine.truths()).toMatchObject({ r0: 1n, r1: 2n, r2: 3n, r3: 6n, pc: 0x200n });
});

test("put: STALE and CLEAN groups are not written", async () => {
  await cpu.get("CORE");
  machine.core.poke(0, 9);
  expect((await cpu.put("FULL")).applied).toBe(0);
  expect(machine.core.writes()).toBe(0);
  expect(machine.truth("r3")).toBe(9n);
});

test("put, accepted: applied, the canonical value is read back, CLEAN", async () => {
  await cpu.get("STATUS");
  // round = 3 is illegal (keeps 0), wired cannot change (stays 5), bits outside fields are reserved.
  cpu.edit("status", 0xff_ab_fa_32n);
  expect((await cpu.put("STATUS")).applied).toBe(STATUS);
  expect(cpu.state("STATUS")).toBe("clean");
  expect(cpu.read("status")).toBe(0xab_05_02n);
  expect(machine.truth("status")).toBe(0xab_05_02n);
});

test("put, rejected: DIRTY, and nothing of the whole mask applied", async () => {
  await cpu.get("RUNTIME");
  cpu.edit("w0", 1n << 100n);
  cpu.edit("pc", 0x101n);
  expect(await codeOf(() => cpu.put(["CORE", "FP"]))).toBe("EREJECT CORE.pc");
  expect([cpu.state("CORE"), cpu.state("FP")]).toEqual(["dirty", "dirty"]);
  expect([cpu.read("pc"), cpu.isEdited("pc"), cpu.isEdited("w0")]).toEqual([0x101n, true, true]);
  expect(machine.truths()).toMatchObject({ pc: 0x100n, w0: 0n });
  expect(machine.core.writes()).toBe(0);
  cpu.edit("pc", 0x102n);
  expect((await cpu.put(["CORE", "FP"])).applied).toBe(CORE | FP);
  expect(machine.truths()).toMatchObject({ pc: 0x102n, w0: 1n << 100n });
});

test("T15 revert: STALE from every state, edits dropped and reported", async () => {
  await cpu.get(["CORE", "FP"]);
  cpu.edit("r1", 5n);
  expect((await cpu.revert(["CORE", "FP", "STATUS"])).dropped).toBe(CORE);
  expect([cpu.state("CORE"), cpu.state("FP"), cpu.state("STATUS")]).toEqual(["stale", "stale", "stale"]);
  expect(cpu.isEdited("r1")).toBe(false);
  await cpu.get("CORE");
  expect(cpu.read("r1")).toBe(0n);
});

test("resume: dirty groups of every class are put first, then all are STALE", async () => {
  await cpu.get("FULL");
  cpu.edit("r0", 10n);
  cpu.edit("ceiling", 55n);
  cpu.edit("retired", 1000n);
  expect(machine.run(3)).toEqual([CORE | MACH | (1 << 14)]);
  expect(machine.truths()).toMatchObject({ r0: 13n, ceiling: 55n, retired: 1003n });
  expect(cpu.groups.map(({ row }) => cpu.state(row.name))).toEqual(new Array(9).fill("stale"));
});

test("T10 resume with a rejected edit: the vCPU does not move", async () => {
  await cpu.get("CORE");
  cpu.edit("pc", 1n);
  cpu.edit("r1", 4n);
  expect(await codeOf(() => machine.run(1))).toBe("EREJECT CORE.pc");
  expect(machine.truths()).toMatchObject({ r0: 0n, r1: 0n, pc: 0x100n });
  expect(cpu.state("CORE")).toBe("dirty");
  cpu.edit("pc", 2n);
  machine.run(1);
  expect(machine.truths()).toMatchObject({ r0: 1n, r1: 4n, pc: 4n });
});

test("stop: what is wanted is CLEAN, the rest STALE", () => {
  cpu.want(["CORE", "COUNT"]);
  machine.run(2);
  expect(cpu.groups.filter(({ row }) => cpu.state(row.name) === "clean").map(({ row }) => row.name)).toEqual([
    "CORE",
    "COUNT",
  ]);
  expect([cpu.read("r0"), cpu.read("retired")]).toEqual([2n, 2n]);
  expect(cpu.stamp("CORE")).toEqual({ epoch: 1, instret: 2n });
});

test("the core changes: CLEAN becomes STALE; DIRTY keeps its edits, the next get refreshes the rest", async () => {
  await cpu.get(["CORE", "FP"]);
  cpu.edit("r1", 5n);
  machine.core.poke(0, 31);
  machine.core.markStale(0, CORE | FP);
  expect([cpu.state("CORE"), cpu.state("FP")]).toEqual(["dirty", "stale"]);
  expect(cpu.read("r3")).toBe(0n);
  expect(await cpu.get("CORE")).toMatchObject({ fetched: 0, kept: CORE });
  expect([cpu.read("r1"), cpu.read("r3")]).toEqual([5n, 31n]);
  await cpu.put("CORE");
  expect(machine.truths()).toMatchObject({ r1: 5n, r3: 31n });
});

test("reset: affected groups lose their edits and are STALE, or CLEAN if wanted; others keep them", async () => {
  await cpu.get(["CORE", "FP", "PROT"]);
  cpu.edit("r1", 5n);
  cpu.edit("partner", 6n);
  cpu.want("FP");
  machine.core.syncReset(0, CORE | FP);
  expect(machine.sync.droppedByReset(0)).toBe(CORE);
  expect([cpu.state("CORE"), cpu.state("FP"), cpu.state("PROT")]).toEqual(["stale", "clean", "dirty"]);
  expect((await cpu.put("FULL")).applied).toBe(PROT);
  expect(machine.truths()).toMatchObject({ r1: 0n, partner: 6n });
});

test("running: a get is a sample, an edit ESTALE, a whole group ESTALE, a put EBUSY", async () => {
  await cpu.get("CORE");
  machine.sync.resume();
  expect(cpu.state("CORE")).toBe("stale");
  machine.core.move(4);
  expect(await cpu.get(["CORE", "COUNT"])).toEqual({ fetched: CORE | (1 << 14), kept: 0, epoch: 1, instret: 4n });
  expect([cpu.state("CORE"), cpu.read("r0"), cpu.read("retired")]).toEqual(["stale", 4n, 4n]);
  machine.core.move(1);
  expect((await cpu.get("CORE")).fetched).toBe(CORE);
  expect(cpu.read("r0")).toBe(5n);
  const sequence = () => new Int32Array(machine.memory, SYNC_BASE + SLOT_HEADS + HEAD_SEQUENCE, 1)[0];
  const before = sequence();
  expect(await codeOf(() => cpu.edit("r1", 1n))).toBe("ESTALE CORE.r1");
  expect(await codeOf(() => cpu.writeGroup("CORE", { r0: 0n, r1: 0n, r2: 0n, r3: 0n, pc: 0n }))).toBe("ESTALE CORE");
  // Refused at once, not written and taken back: readers of the sample are not disturbed.
  expect(sequence()).toBe(before);
  expect(await codeOf(() => cpu.put("CORE"))).toBe("EBUSY ");
  // What was refused does not stand in the slot either.
  expect([cpu.read("r0"), cpu.read("r1")]).toEqual([5n, 0n]);
  machine.sync.stop();
  expect(machine.truths()).toMatchObject({ r0: 5n, r1: 0n });
});

test("a save puts the edits of all vCPUs first, which stay held; one rejection and nothing is applied", async () => {
  machine = await ToyMachine.create(2);
  cpu = machine.client();
  const second = machine.client(1);
  await cpu.get("CORE");
  await second.get("CORE");
  cpu.edit("r1", 1n);
  second.edit("pc", 3n);
  expect(await codeOf(() => machine.sync.apply())).toBe("EREJECT CORE.pc");
  expect([machine.truth("r1"), cpu.state("CORE"), second.state("CORE")]).toEqual([0n, "dirty", "dirty"]);
  second.edit("pc", 4n);
  expect(machine.sync.apply()).toEqual({ applied: [CORE, CORE] });
  expect([machine.truth("r1"), machine.truth("pc", 1), cpu.state("CORE")]).toEqual([1n, 4n, "clean"]);
  machine.sync.resume();
  expect(await codeOf(() => machine.sync.apply())).toBe("EBUSY ");
  machine.sync.stop();
});

test("before init every writable group is DIRTY with reset values", async () => {
  machine = await ToyMachine.createUninitialised();
  cpu = machine.client();
  const writable = CORE | FP | STATUS | MACH | PROT | (1 << 14) | (1 << 16);
  expect(await cpu.get("FULL")).toMatchObject({ kept: writable, fetched: (1 << 18) | (1 << 19) });
  expect([cpu.read("pc"), cpu.read("status"), cpu.read("ceiling"), cpu.read("serial")]).toEqual([
    0x100n,
    0x500n,
    100n,
    0xc0ffeen,
  ]);
  expect(machine.run(0)).toEqual([writable]);
});
