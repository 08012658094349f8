/** Invariants and named test cases (K, T) of the sync contract that need no particular CPU: gets, puts, and what a subscriber reads. */
import { beforeEach, describe, expect, test } from "vitest";
import type { CpuRegisters } from "../../../src/sync/cpu-registers.ts";
import { codeOf } from "../code-of.ts";
import { coreBytes } from "../toy/forgery.ts";
import { CORE, COUNT, FP } from "../toy/groups.ts";
import { ToyMachine } from "../toy/machine.ts";

let machine: ToyMachine;
let cpu: CpuRegisters;

beforeEach(async () => {
  machine = await ToyMachine.create();
  cpu = machine.client();
});

describe("a put", () => {
  test("is judged against the final state of the whole put, in whatever order it was edited", async () => {
    const results = [];
    for (const order of [
      ["ceiling", "limit"],
      ["limit", "ceiling"],
    ]) {
      machine = await ToyMachine.create();
      cpu = machine.client();
      await cpu.get("FULL");
      for (const name of order) cpu.edit(name, name === "ceiling" ? 500n : 400n);
      await cpu.put("FULL");
      results.push(coreBytes(machine));
      expect(machine.truths()).toMatchObject({ ceiling: 500n, limit: 400n });
    }
    expect(results[0]).toBe(results[1]);
  });

  test("keeps the old value where the new one is illegal, and shows it", async () => {
    await cpu.get("FULL");
    cpu.edit("limit", 101n);
    await cpu.put("PROT");
    expect([cpu.read("limit"), machine.truth("limit"), cpu.state("PROT")]).toEqual([0n, 0n, "clean"]);
  });

  test("is rejected when it makes a register of another group illegal, which it may not change", async () => {
    await cpu.get("FULL");
    cpu.edit("limit", 90n);
    await cpu.put("PROT");
    cpu.edit("ceiling", 80n);
    expect(await codeOf(() => cpu.put("FULL"))).toBe("EREJECT MACH.ceiling");
    expect(machine.truths()).toMatchObject({ limit: 90n, ceiling: 100n });
  });

  test("of some groups leaves the edits of others pending", async () => {
    await cpu.get("FULL");
    cpu.edit("r1", 1n);
    cpu.edit("w0", 2n);
    expect(await cpu.put("FP")).toEqual({ applied: FP });
    expect([cpu.state("CORE"), cpu.state("FP")]).toEqual(["dirty", "clean"]);
    expect(machine.truths()).toMatchObject({ r1: 0n, w0: 2n });
  });

  test("has derived effects once, and a group that changed by them becomes STALE", async () => {
    await cpu.get("FULL");
    cpu.edit("time", 2000n);
    cpu.edit("r1", 1n);
    cpu.edit("w0", 1n);
    await cpu.put("FULL");
    expect(machine.core.writes()).toBe(1);
    expect([cpu.state("LINES"), cpu.state("VTIME"), cpu.state("ID")]).toEqual(["stale", "clean", "clean"]);
    await cpu.get("LINES");
    expect(cpu.read("alarm")).toBe(1n);
  });

  test("T26 any order of edits and puts gives the same final state", async () => {
    const edits: [string, bigint][] = [
      ["r1", 1n],
      ["w0", 1n << 99n],
      ["ceiling", 300n],
      ["limit", 250n],
      ["status", 0x1_0511n],
    ];
    const states = new Set<string>();
    for (let rotation = 0; rotation < edits.length; rotation++) {
      for (const reversed of [false, true]) {
        machine = await ToyMachine.create();
        cpu = machine.client();
        await cpu.get("FULL");
        const order = [...edits.slice(rotation), ...edits.slice(0, rotation)];
        if (reversed) order.reverse();
        for (const [name, value] of order) cpu.edit(name, value);
        await cpu.put("FULL");
        states.add(coreBytes(machine));
      }
    }
    expect(states.size).toBe(1);
    expect(machine.truths()).toMatchObject({ r1: 1n, w0: 1n << 99n, ceiling: 300n, limit: 250n, status: 0x1_0511n });
  });

  test("T27 get and put of everything without an edit changes nothing", async () => {
    await cpu.get("FULL");
    cpu.edit("e0", (1n << 80n) - 1n);
    machine.run(3);
    const before = coreBytes(machine);
    await cpu.get("FULL");
    await cpu.put("FULL");
    expect(coreBytes(machine)).toBe(before);
    expect(machine.core.writes()).toBe(1);
  });

  test("writing back what is there changes nothing either", async () => {
    machine.run(3);
    await cpu.get("FULL");
    const before = coreBytes(machine);
    for (const { registers } of cpu.groups) {
      for (const slot of registers) if (!slot.readonly) cpu.edit(slot.row.name, cpu.read(slot.row.name));
    }
    await cpu.put("FULL");
    expect(coreBytes(machine)).toBe(before);
  });

  test("exact values of every width", async () => {
    await cpu.get("FULL");
    const values = {
      r0: 0xffff_ffffn,
      pc: 0xffff_ffff_ffff_fffen,
      w0: (1n << 128n) - 3n,
      e0: (1n << 80n) - 5n,
      carry: 1n,
    };
    for (const [name, value] of Object.entries(values)) cpu.edit(name, value);
    cpu.edit("partner", 0xfffen);
    await cpu.put("FULL");
    expect(machine.truths()).toMatchObject({ ...values, partner: 0xfffen, fixed: 7n, r1: 0n, limit: 0n });
    expect(Object.fromEntries(Object.keys(values).map((name) => [name, cpu.read(name)]))).toEqual(values);
  });
});

describe("a get", () => {
  test("twice without a run gives identical bytes and changes nothing in the core", async () => {
    machine.run(3);
    const before = coreBytes(machine);
    await cpu.get("FULL");
    const first = cpu.groups.map(({ row }) => cpu.readGroup(row.name));
    await cpu.revert("FULL");
    await cpu.get("FULL");
    const second = cpu.groups.map(({ row }) => cpu.readGroup(row.name));
    expect(second).toEqual(first);
    expect(coreBytes(machine)).toBe(before);
  });

  test("stamps all its groups with one epoch and one instruction count", async () => {
    machine.run(3);
    machine.run(4);
    await cpu.get("FULL");
    expect(cpu.groups.map(({ row }) => cpu.stamp(row.name))).toEqual(new Array(9).fill({ epoch: 2, instret: 7n }));
  });

  test("of an unchanged group hands out the same array and the same numbers", async () => {
    await cpu.get("FULL");
    const values = cpu.readGroup("CORE");
    machine.run(0);
    await cpu.get("FULL");
    expect(cpu.readGroup("CORE")).toBe(values);
    machine.run(1);
    await cpu.get("FULL");
    expect(cpu.readGroup("CORE")).toEqual([1n, 0n, 0n, 0n, 0x102n]);
    expect(values).toEqual([0n, 0n, 0n, 0n, 0x100n]);
  });
});

describe("a frame of a subscriber", () => {
  const mask = CORE | COUNT;
  const subscribed = () => cpu.groups.filter(({ row }) => (mask >> row.bit) & 1);

  test("in which no register changed allocates nothing, though the slots were written again", async () => {
    const groups = subscribed();
    machine.sync.resume();
    const frames = 20_000;
    const growth = () => {
      const before = process.memoryUsage().heapUsed;
      for (let frame = 0; frame < frames; frame++) {
        machine.core.syncGet(0, mask);
        cpu.takeCut(groups);
      }
      return process.memoryUsage().heapUsed - before;
    };
    // Compiled or not. A bigint for each frame would be 16 bytes.
    const grown = [growth(), growth(), growth(), growth(), growth()];
    expect(Math.min(...grown.map((bytes) => (bytes < 0 ? Number.POSITIVE_INFINITY : bytes)))).toBeLessThan(frames);
  });

  test("takes groups of one boundary only", () => {
    const groups = subscribed();
    machine.sync.resume();
    machine.sync.get(0, mask);
    expect([cpu.takeCut(groups), cpu.takeCut(groups)]).toEqual([true, false]);
    machine.core.move(3);
    machine.sync.get(0, CORE);
    expect(cpu.takeCut(groups)).toBe(false);
    expect(cpu.takenGroup("CORE")[0]).toBe(0n);
    machine.sync.get(0, mask);
    expect(cpu.takeCut(groups)).toBe(true);
    expect([cpu.takenGroup("CORE")[0], cpu.takenGroup("COUNT")[0], cpu.takenStamp("CORE").instret]).toEqual([
      3n,
      3n,
      3n,
    ]);
  });
});
