/** Invariants and named test cases (K, T) of the sync contract that need no particular CPU, on the made-up machine. */
import { beforeEach, describe, expect, test } from "vitest";
import {
  HEAD_EDITED,
  SLOT_DATA,
  SLOT_HEAD_BYTES,
  SLOT_HEADS,
  SLOT_STATE,
  SLOT_WANT,
  SYNC_BASE,
} from "../../src/spec/abi.ts";
import { slotLayout } from "../../src/spec/slot-layout.ts";
import type { CpuRegisters } from "../../src/sync/cpu-registers.ts";
import { SyncError } from "../../src/sync/errors.ts";
import { resolveMask, Sync } from "../../src/sync/group-masks.ts";
import { RegisterBytes } from "../../src/sync/register-bytes.ts";
import { ToyMachine } from "./toy/machine.ts";
import { TOY_TABLES } from "./toy/tables.ts";

const CORE = 1 << 0;
const FP = 1 << 1;
const VEC = 1 << 2;
const STATUS = 1 << 4;
const MACH = 1 << 10;
const PROT = 1 << 11;
const COUNT = 1 << 14;
const VTIME = 1 << 16;
const LINES = 1 << 18;
const ID = 1 << 19;
const ALL = CORE | FP | STATUS | MACH | PROT | COUNT | VTIME | LINES | ID;

let machine: ToyMachine;
let cpu: CpuRegisters;

beforeEach(async () => {
  machine = await ToyMachine.create();
  cpu = machine.client();
});

async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof SyncError)
      return [error.code, [error.group, error.register].filter(Boolean).join(".")].join(" ");
    throw error;
  }
  return "no error";
}

const snapshot = (of: ToyMachine): string => {
  const bytes = new Uint8Array(of.memory, of.core.blockPtr(0), slotLayout(TOY_TABLES).bytes);
  return Buffer.from(bytes).toString("hex");
};

/** Writes slot bytes without lock, state or mask of edits. */
function scribble(name: string, value: bigint, of = 0): void {
  const slot = slotLayout(TOY_TABLES).registers.find(({ row }) => row.name === name)!;
  new RegisterBytes(machine.memory, SYNC_BASE + of * 0x4000 + SLOT_DATA).setValue(slot, value);
}

function setDirtyBits(bits: number): void {
  machine.area().setUint32(SLOT_STATE + 4, bits, true);
}

function setEditedBits(group: number, bits: bigint): void {
  machine.area().setBigUint64(SLOT_HEADS + group * SLOT_HEAD_BYTES + HEAD_EDITED, bits, true);
}

describe("bad masks fail before any effect", () => {
  const wanted = (bits: number) => machine.area().setUint32(SLOT_WANT, bits, true);

  test.each([
    ["K1 want: an undefined bit", () => wanted(0x8000_0000), "EINVAL "],
    ["K2 want: an undefined bit with all valid ones", () => wanted((ALL | 0x4000_0000) >>> 0), "EINVAL "],
    ["K3 dirty: an undefined bit", () => setDirtyBits(0x8000_0000), "EINVAL "],
    ["K4 dirty: an undefined bit with all valid ones", () => setDirtyBits((ALL | 0x8000_0000) >>> 0), "EINVAL "],
    ["want: a group that is not there", () => wanted(VEC), "ENOTSUP VEC"],
    ["dirty: a group that is not there", () => setDirtyBits(VEC), "ENOTSUP VEC"],
  ])("%s", async (_name, spoil, code) => {
    await cpu.get("CORE");
    cpu.edit("r1", 3n);
    const before = snapshot(machine);
    spoil();
    expect(await codeOf(() => machine.run(1))).toBe(code);
    expect(snapshot(machine)).toBe(before);
    expect(machine.core.writes()).toBe(0);
  });

  test.each([[1 << 3], [0x4000_0000], [0x8000_0000], [(ALL | 0x8000_0000) >>> 0]])(
    "get, put, revert of %i",
    async (mask) => {
      await cpu.get("CORE");
      cpu.edit("r1", 3n);
      // The client's check, then the core's own.
      expect(await codeOf(() => cpu.get(mask))).toBe("EINVAL ");
      expect(await codeOf(() => machine.sync.get(0, mask))).toBe("EINVAL ");
      expect(await codeOf(() => machine.sync.put(0, mask))).toBe("EINVAL ");
      expect(await codeOf(() => machine.sync.revert(0, mask))).toBe("EINVAL ");
      expect([cpu.state("CORE"), cpu.state("FP"), machine.truth("r1")]).toEqual(["dirty", "stale", 0n]);
    },
  );

  test("T35 ENOTSUP, EROFS: lacking group, read-only group, read-only register, unknown names", async () => {
    await cpu.get("FULL");
    expect(await codeOf(() => cpu.get("VEC"))).toBe("ENOTSUP VEC");
    expect(await codeOf(() => cpu.put(CORE | VEC))).toBe("ENOTSUP VEC");
    expect(await codeOf(() => machine.sync.get(0, CORE | VEC))).toBe("ENOTSUP VEC");
    expect(await codeOf(() => machine.sync.put(0, VEC))).toBe("ENOTSUP VEC");
    expect(await codeOf(() => cpu.edit("serial", 1n))).toBe("EROFS ID.serial");
    expect(await codeOf(() => cpu.edit("fixed", 1n))).toBe("EROFS PROT.fixed");
    expect(await codeOf(() => cpu.writeGroup("ID", { serial: 1n }))).toBe("EROFS ID.serial");
    expect(await codeOf(() => cpu.edit("r9", 1n))).toBe("EINVAL ");
    expect(await codeOf(() => cpu.edit("carry", 2n))).toBe("EINVAL FP.carry");
    expect(await codeOf(() => cpu.edit("r1", -1n))).toBe("EINVAL CORE.r1");
    expect(await codeOf(() => cpu.get("SEG"))).toBe("EINVAL SEG");
    expect(cpu.state("ID")).toBe("clean");
  });

  test("a forged edit of a read-only register is EROFS, of a register that is none EINVAL", async () => {
    await cpu.get("FULL");
    scribble("fixed", 99n);
    scribble("partner", 98n);
    setEditedBits(11, 0b110n);
    setDirtyBits(PROT);
    expect(await codeOf(() => machine.sync.put(0, PROT))).toBe("EROFS PROT.fixed");
    setEditedBits(11, 0b1010n);
    expect(await codeOf(() => machine.sync.put(0, PROT))).toBe("EINVAL PROT");
    expect(machine.truths()).toMatchObject({ fixed: 7n, partner: 0n });
    expect(machine.core.writes()).toBe(0);
  });

  test("a forged value wider than its register, or without meaning, is EREJECT", async () => {
    await cpu.get("FULL");
    scribble("carry", 2n);
    setEditedBits(1, 0b100n);
    setDirtyBits(FP);
    expect(await codeOf(() => machine.sync.put(0, FP))).toBe("EREJECT FP.carry");
    await cpu.revert("FP");
    await cpu.get("FP");
    new RegisterBytes(machine.memory, SYNC_BASE + SLOT_DATA).setWord(slotOf("e0"), 2, 0x1_0000);
    setEditedBits(1, 0b10n);
    setDirtyBits(FP);
    expect(await codeOf(() => machine.sync.put(0, FP))).toBe("EREJECT FP.e0");
    await cpu.revert("FP");
    cpu.edit("status", 0x503n);
    expect(await codeOf(() => cpu.put("STATUS"))).toBe("EREJECT STATUS.status");
    expect(machine.core.writes()).toBe(0);
  });

  test("mask 0 succeeds and does nothing, even while the machine runs", async () => {
    machine.sync.resume();
    expect(await cpu.get(0)).toMatchObject({ fetched: 0, kept: 0 });
    expect(await cpu.put(0)).toEqual({ applied: 0 });
    expect(await cpu.revert(0)).toEqual({ dropped: 0 });
  });

  test("there is no CPU 1", async () => {
    expect(await codeOf(() => machine.client(1).get("CORE"))).toBe("EINVAL ");
  });
});

const slotOf = (name: string) => slotLayout(TOY_TABLES).registers.find(({ row }) => row.name === name)!;

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
    scribble("r1", 0xdeadn);
    setEditedBits(0, 0b11111n);
    await cpu.put("FULL");
    machine.run(1);
    expect(machine.truth("r1")).toBe(0n);
    expect(machine.truth("r0")).toBe(1n);
  });

  test("K7 nor do bytes of registers that are not edited, in a dirty group", async () => {
    await cpu.get("FULL");
    cpu.edit("r2", 2n);
    scribble("r1", 0xdeadn);
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
      results.push(snapshot(machine));
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
        states.add(snapshot(machine));
      }
    }
    expect(states.size).toBe(1);
    expect(machine.truths()).toMatchObject({ r1: 1n, w0: 1n << 99n, ceiling: 300n, limit: 250n, status: 0x1_0511n });
  });

  test("T27 get and put of everything without an edit changes nothing", async () => {
    await cpu.get("FULL");
    cpu.edit("e0", (1n << 80n) - 1n);
    machine.run(3);
    const before = snapshot(machine);
    await cpu.get("FULL");
    await cpu.put("FULL");
    expect(snapshot(machine)).toBe(before);
    expect(machine.core.writes()).toBe(1);
  });

  test("writing back what is there changes nothing either", async () => {
    machine.run(3);
    await cpu.get("FULL");
    const before = snapshot(machine);
    for (const { registers } of cpu.groups) {
      for (const slot of registers) if (!slot.readonly) cpu.edit(slot.row.name, cpu.read(slot.row.name));
    }
    await cpu.put("FULL");
    expect(snapshot(machine)).toBe(before);
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
    const before = snapshot(machine);
    await cpu.get("FULL");
    const first = cpu.groups.map(({ row }) => cpu.readGroup(row.name));
    await cpu.revert("FULL");
    await cpu.get("FULL");
    const second = cpu.groups.map(({ row }) => cpu.readGroup(row.name));
    expect(second).toEqual(first);
    expect(snapshot(machine)).toBe(before);
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
    scribble("status", 0x501n);
    expect((await cpu.put("FP")).applied).toBe(FP);
    expect(machine.truths()).toEqual({ ...before, w0: 2n });
    expect([cpu.state("CORE"), cpu.read("r1")]).toEqual(["dirty", 1n]);
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

describe("masks", () => {
  test("T40 symbolic masks leave out what the CPU lacks", () => {
    const { groups } = TOY_TABLES;
    expect(resolveMask(Sync.RUNTIME, groups)).toBe(CORE | FP | STATUS);
    expect(resolveMask(Sync.RESET, groups)).toBe(CORE | FP | STATUS | MACH | PROT);
    expect(resolveMask(Sync.FULL, groups)).toBe(ALL);
    expect(resolveMask([Sync.CORE, Sync.COUNT], groups)).toBe(CORE | COUNT);
    expect(() => resolveMask([Sync.RUNTIME, Sync.VEC], groups)).toThrow("ENOTSUP VEC");
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
