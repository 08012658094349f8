/** Invariants and named test cases (K, T) of the sync contract that need no particular CPU: what is refused, before any effect. */
import { beforeEach, describe, expect, test } from "vitest";
import { SLOT_DATA, SLOT_WANT, SYNC_BASE } from "../../../src/spec/abi.ts";
import type { CpuRegisters } from "../../../src/sync/cpu-registers.ts";
import { resolveMask, Sync } from "../../../src/sync/group-masks.ts";
import { RegisterBytes } from "../../../src/sync/register-bytes.ts";
import { codeOf } from "../code-of.ts";
import { coreBytes, scribble, setDirtyBits, setEditedBits, slotOf } from "../toy/forgery.ts";
import { ALL, CORE, COUNT, FP, MACH, PROT, STATUS, VEC } from "../toy/groups.ts";
import { ToyMachine } from "../toy/machine.ts";
import { TOY_TABLES } from "../toy/tables.ts";

let machine: ToyMachine;
let cpu: CpuRegisters;

beforeEach(async () => {
  machine = await ToyMachine.create();
  cpu = machine.client();
});

describe("bad masks fail before any effect", () => {
  const wanted = (bits: number) => machine.area().setUint32(SLOT_WANT, bits, true);

  test.each([
    ["K1 want: an undefined bit", () => wanted(0x8000_0000), "EINVAL "],
    ["K2 want: an undefined bit with all valid ones", () => wanted((ALL | 0x4000_0000) >>> 0), "EINVAL "],
    ["K3 dirty: an undefined bit", () => setDirtyBits(machine, 0x8000_0000), "EINVAL "],
    [
      "K4 dirty: an undefined bit with all valid ones",
      () => setDirtyBits(machine, (ALL | 0x8000_0000) >>> 0),
      "EINVAL ",
    ],
    ["want: a group that is not there", () => wanted(VEC), "ENOTSUP VEC"],
    ["dirty: a group that is not there", () => setDirtyBits(machine, VEC), "ENOTSUP VEC"],
  ])("%s", async (_name, spoil, code) => {
    await cpu.get("CORE");
    cpu.edit("r1", 3n);
    const before = coreBytes(machine);
    spoil();
    expect(await codeOf(() => machine.run(1))).toBe(code);
    expect(coreBytes(machine)).toBe(before);
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
    scribble(machine, "fixed", 99n);
    scribble(machine, "partner", 98n);
    setEditedBits(machine, 11, 0b110n);
    setDirtyBits(machine, PROT);
    expect(await codeOf(() => machine.sync.put(0, PROT))).toBe("EROFS PROT.fixed");
    setEditedBits(machine, 11, 0b1010n);
    expect(await codeOf(() => machine.sync.put(0, PROT))).toBe("EINVAL PROT");
    expect(machine.truths()).toMatchObject({ fixed: 7n, partner: 0n });
    expect(machine.core.writes()).toBe(0);
  });

  test("a forged value wider than its register, or without meaning, is EREJECT", async () => {
    await cpu.get("FULL");
    scribble(machine, "carry", 2n);
    setEditedBits(machine, 1, 0b100n);
    setDirtyBits(machine, FP);
    expect(await codeOf(() => machine.sync.put(0, FP))).toBe("EREJECT FP.carry");
    await cpu.revert("FP");
    await cpu.get("FP");
    new RegisterBytes(machine.memory, SYNC_BASE + SLOT_DATA).setWord(slotOf("e0"), 2, 0x1_0000);
    setEditedBits(machine, 1, 0b10n);
    setDirtyBits(machine, FP);
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
