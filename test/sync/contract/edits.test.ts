/** Invariants and named test cases (K, T) of the sync contract that need no particular CPU: whose edits count, and when. */
import { beforeEach, describe, expect, test } from "vitest";
import { SLOT_STATE } from "../../../src/spec/abi.ts";
import type { CpuRegisters } from "../../../src/sync/cpu-registers.ts";
import { Sync } from "../../../src/sync/group-masks.ts";
import { codeOf } from "../code-of.ts";
import { scribble, setEditedBits } from "../toy/forgery.ts";
import { ALL, CORE, COUNT, FP, ID, LINES, MACH, PROT, STATUS, VTIME } from "../toy/groups.ts";
import { ToyMachine } from "../toy/machine.ts";
import { TOY_TABLES } from "../toy/tables.ts";

let machine: ToyMachine;
let cpu: CpuRegisters;

beforeEach(async () => {
  machine = await ToyMachine.create();
  cpu = machine.client();
});

describe("want, edits and scribbles", () => {
  test("K5 want all, run: every slot equals an independent read of the core", () => {
    cpu.want("FULL");
    machine.run(5);
    const shown = Object.fromEntries(TOY_TABLES.registers.map(({ name }) => [name, cpu.read(name)]));
    expect(shown).toEqual({ ...machine.truths(), time: 5n });
    expect(shown.r0).toBe(5n);
  });

  test("K6 an edited counter is edit + 1 after one step, a register of a second group holds", async () => {
    await cpu.get("RUNTIME");
    cpu.edit("r0", 0xbeefn);
    cpu.edit("w0", (1n << 127n) | 5n);
    cpu.want("FULL");
    machine.run(1);
    expect(machine.truths()).toMatchObject({ r0: 0xbef0n, w0: (1n << 127n) | 5n });
    expect([cpu.read("r0"), cpu.read("w0")]).toEqual([0xbef0n, (1n << 127n) | 5n]);
  });

  test("K7 slot bytes without the dirty bit never reach the core", async () => {
    await cpu.get("FULL");
    scribble(machine, "r1", 0xdeadn);
    setEditedBits(machine, 0, 0b11111n);
    await cpu.put("FULL");
    machine.run(1);
    expect(machine.truth("r1")).toBe(0n);
    expect(machine.truth("r0")).toBe(1n);
  });

  test("K7 nor do bytes of registers that are not edited, in a dirty group", async () => {
    await cpu.get("FULL");
    cpu.edit("r2", 2n);
    scribble(machine, "r1", 0xdeadn);
    await cpu.put("CORE");
    expect(machine.truths()).toMatchObject({ r1: 0n, r2: 2n });
    expect(cpu.read("r1")).toBe(0n);
  });

  test("K8 want none, dirty none: the slot still shows the old bytes, the core runs on", async () => {
    await cpu.get("CORE");
    machine.core.poke(0, 0xaaaa);
    machine.run(1);
    expect([cpu.read("r3"), machine.truth("r3"), machine.truth("r0")]).toEqual([0n, 0xaaaan, 1n]);
  });

  test("K9 want none, dirty all: the edit is applied, the slot is not refreshed", async () => {
    await cpu.get("FULL");
    cpu.edit("r0", 0xaaaan);
    cpu.edit("limit", 3n);
    machine.run(1);
    expect([machine.truth("r0"), machine.truth("limit"), cpu.read("r0")]).toEqual([0xaaabn, 3n, 0xaaaan]);
    expect(cpu.state("CORE")).toBe("stale");
  });

  test("T1 get FULL while a RESET_EXTRA group is dirty keeps and lists it", async () => {
    await cpu.get("RESET");
    cpu.edit("ceiling", 50n);
    expect(await cpu.get("FULL")).toMatchObject({ kept: MACH, fetched: COUNT | VTIME | LINES | ID });
    expect(cpu.read("ceiling")).toBe(50n);
  });

  test("T2 get FULL after get RUNTIME fetches only the rest", async () => {
    expect((await cpu.get(Sync.RUNTIME)).fetched).toBe(CORE | FP | STATUS);
    expect((await cpu.get(Sync.FULL)).fetched).toBe(ALL & ~(CORE | FP | STATUS));
  });

  test("T3 inspect and resume: zero groups written", async () => {
    await cpu.get("FULL");
    for (const { row } of cpu.groups) cpu.readGroup(row.name);
    expect(machine.run(1)).toEqual([0]);
    expect(machine.core.writes()).toBe(0);
  });

  test("T4 an edited RESET_EXTRA group survives resume", async () => {
    await cpu.get("MACH");
    cpu.edit("ceiling", 60n);
    machine.run(10);
    expect(machine.truth("ceiling")).toBe(60n);
  });

  test("T5 one register edited: its siblings take the core's values", async () => {
    await cpu.get("CORE");
    cpu.edit("r1", 1n);
    machine.core.poke(0, 44);
    await cpu.put("CORE");
    expect([cpu.read("r1"), cpu.read("r3")]).toEqual([1n, 44n]);
    expect(machine.truths()).toMatchObject({ r1: 1n, r3: 44n });
  });

  test("T7 a blind whole-group write leaves read-only registers to the core", async () => {
    cpu.writeGroup("PROT", { limit: 9n, partner: 8n });
    expect(await cpu.get("PROT")).toMatchObject({ fetched: 0, kept: PROT });
    expect([cpu.read("limit"), cpu.read("partner"), cpu.read("fixed")]).toEqual([9n, 8n, 7n]);
    await cpu.put("PROT");
    expect(machine.truths()).toMatchObject({ limit: 9n, partner: 8n, fixed: 7n });
    expect(await codeOf(() => cpu.writeGroup("PROT", { limit: 9n }))).toBe("EINVAL PROT.partner");
    expect(await codeOf(() => cpu.writeGroup("PROT", { limit: 9n, r0: 1n, partner: 1n }))).toBe("EINVAL PROT.r0");
    expect(await codeOf(() => cpu.writeGroup("PROT", { limit: 9n, fixed: 1n, partner: 1n }))).toBe("EROFS PROT.fixed");
  });

  test("T8 the second group is invalid: the first is not applied", async () => {
    await cpu.get("FULL");
    cpu.edit("limit", 90n);
    cpu.edit("r1", 1n);
    cpu.edit("status", 0x503n);
    expect(await codeOf(() => cpu.put("FULL"))).toBe("EREJECT STATUS.status");
    expect(machine.truths()).toMatchObject({ r1: 0n, limit: 0n, status: 0x500n });
  });
});

describe("a core that fetches and stores everything at once", () => {
  test("T37 a selective get loses no edit", async () => {
    await cpu.get("RUNTIME");
    cpu.edit("r1", 1n);
    cpu.edit("w0", 2n);
    expect(await cpu.get(["CORE", "FP", "MACH"])).toMatchObject({ kept: CORE | FP, fetched: MACH });
    expect([cpu.read("r1"), cpu.read("w0"), cpu.isEdited("r1"), cpu.isEdited("w0")]).toEqual([1n, 2n, true, true]);
  });

  test("T37 a selective put changes nothing else", async () => {
    machine.run(7);
    await cpu.get("FULL");
    const before = machine.truths();
    cpu.edit("r1", 1n);
    cpu.edit("w0", 2n);
    scribble(machine, "status", 0x501n);
    expect((await cpu.put("FP")).applied).toBe(FP);
    expect(machine.truths()).toEqual({ ...before, w0: 2n });
    expect([cpu.state("CORE"), cpu.read("r1")]).toEqual(["dirty", 1n]);
  });
});

describe("views and aliases", () => {
  test("an alias is its register, a view edits its owner's bits only", async () => {
    await cpu.get("FULL");
    cpu.edit("acc", 12n);
    expect([cpu.read("r0"), cpu.isEdited("r0")]).toEqual([12n, true]);
    cpu.edit("flags", 0x5an);
    expect([cpu.read("status"), cpu.read("flags"), cpu.isEdited("status")]).toEqual([0x5a_0500n, 0x5an, true]);
    await cpu.put("STATUS");
    expect(machine.truth("status")).toBe(0x5a_0500n);
  });
});

describe("two clients", () => {
  test("T14 see each other's edits, merge different registers, conflict on the same", async () => {
    const other = machine.client();
    await cpu.get("CORE");
    other.read("r1");
    cpu.edit("r1", 1n);
    expect([other.read("r1"), other.isEdited("r1"), other.state("CORE")]).toEqual([1n, true, "dirty"]);
    other.edit("r2", 2n);
    const third = machine.client();
    expect(await codeOf(() => third.edit("r1", 9n))).toBe("ECONFLICT CORE.r1");
    expect(third.read("r1")).toBe(1n);
    third.edit("r1", 9n);
    expect(await codeOf(() => cpu.edit("r1", 4n))).toBe("ECONFLICT CORE.r1");
    await cpu.put("CORE");
    expect(machine.truths()).toMatchObject({ r1: 9n, r2: 2n });
    // Nothing is pending any more: there is nothing to overwrite unseen.
    cpu.edit("r1", 4n);
    await cpu.put("CORE");
    expect(machine.truth("r1")).toBe(4n);
  });
});

describe("two vCPUs", () => {
  beforeEach(async () => {
    machine = await ToyMachine.create(2);
    cpu = machine.client(0);
  });

  test("T20 are independent", async () => {
    const second = machine.client(1);
    await cpu.get("FULL");
    await second.get("FULL");
    cpu.edit("r1", 1n);
    second.edit("r1", 2n);
    await cpu.put("FULL");
    expect([machine.truth("r1", 0), machine.truth("r1", 1)]).toEqual([1n, 0n]);
    expect(second.state("CORE")).toBe("dirty");
    machine.run(1);
    expect([machine.truth("r1", 0), machine.truth("r1", 1)]).toEqual([1n, 2n]);
  });

  test("one rejection and none moves", async () => {
    const second = machine.client(1);
    await cpu.get("FULL");
    await second.get("FULL");
    cpu.edit("r1", 1n);
    second.edit("pc", 3n);
    expect(await codeOf(() => machine.run(1))).toBe("EREJECT CORE.pc");
    expect([machine.truth("r1", 0), machine.truth("r0", 0), machine.truth("r0", 1)]).toEqual([0n, 0n, 0n]);
    expect([cpu.state("CORE"), second.state("CORE")]).toEqual(["dirty", "dirty"]);
    await second.revert("CORE");
    expect(machine.run(1)).toEqual([CORE, 0]);
  });

  test("T21 a machine-wide group needs every vCPU stopped, and is stale everywhere after a put", async () => {
    const second = machine.client(1);
    await second.get("FULL");
    await cpu.get("FULL");
    cpu.edit("time", 5n);
    machine.area(1).setUint32(SLOT_STATE, 0x4000_0000, true);
    expect(await codeOf(() => cpu.put("VTIME"))).toBe("EBUSY VTIME");
    machine.area(1).setUint32(SLOT_STATE, VTIME, true);
    expect(await cpu.put("VTIME")).toEqual({ applied: VTIME });
    expect(second.state("VTIME")).toBe("stale");
  });
});
