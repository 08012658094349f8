/** Named test cases of the sync contract on the real hart: what holds of any CPU holds of it, standing and running. */
import { beforeEach, describe, expect, test } from "vitest";
import { CONTROL_ATTENTION, MACHINE_BASE, SLOT_DATA, SYNC_BASE } from "../../../src/spec/abi.ts";
import type { CpuRegisters } from "../../../src/sync/cpu-registers.ts";
import { codeOf } from "../code-of.ts";
import { HartMachine, START, addi, jump } from "./hart-machine.ts";
import { LOOP, everything, inCore, layout } from "./hart-values.ts";

let machine: HartMachine;
let cpu: CpuRegisters;

async function start(program: readonly number[]): Promise<void> {
  machine = await HartMachine.create(program);
  cpu = machine.client();
}

beforeEach(() => start(LOOP));

describe("kernel cases", () => {
  test("K5 want all, run: slots equal the core, counters and time are exact", async () => {
    cpu.want("FULL");
    machine.run(30);
    expect(cpu.groups.every(({ row }) => cpu.state(row.name) === "clean")).toBe(true);
    for (const [name, value] of Object.entries(everything(cpu)))
      expect([name, value]).toEqual([name, inCore(machine, name)]);
    expect([cpu.read("t0"), cpu.read("t1"), cpu.read("pc")]).toEqual([10n, 10n, START]);
    // One step is 4 ns, one tick of mtime 100 ns.
    expect([cpu.read("mcycle"), cpu.read("minstret"), cpu.read("mtime")]).toEqual([30n, 30n, 1n]);
    expect([cpu.read("priv"), cpu.read("mhartid"), cpu.read("misa")]).toEqual([3n, 0n, 0x8000_0000_0014_112fn]);
    expect(cpu.stamp("TIME")).toEqual({ epoch: 1, instret: 30n });
  });

  test("K6 an edited x5 is edit + 1 after one step, sscratch of a second group holds", async () => {
    await cpu.get("RUNTIME");
    cpu.edit("x5", 0xbaad1dean);
    cpu.edit("sscratch", 0xdeadbeefn);
    cpu.want("RUNTIME");
    machine.run(1);
    expect([cpu.read("t0"), cpu.read("sscratch"), cpu.read("pc")]).toEqual([0xbaad1debn, 0xdeadbeefn, START + 4n]);
    expect(inCore(machine, "t0")).toBe(0xbaad1debn);
  });

  test("K7 scribbles in slots without the dirty bit never reach the hart", async () => {
    await cpu.get("FULL");
    const before = machine.stateHash();
    new Uint8Array(machine.memory, SYNC_BASE + SLOT_DATA, layout.bytes).fill(0xa5);
    await cpu.put("FULL");
    expect(machine.stateHash()).toBe(before);
    machine.run(3);
    expect([inCore(machine, "t0"), inCore(machine, "s11"), inCore(machine, "mtvec")]).toEqual([1n, 0n, 0n]);
  });

  test("K8, K9 want none: the slot keeps its bytes, edits are applied", async () => {
    await cpu.get("FULL");
    cpu.edit("x5", 100n);
    machine.run(3);
    expect([cpu.read("x5"), inCore(machine, "t0"), cpu.state("CORE")]).toEqual([100n, 101n, "stale"]);
  });

  test("bad masks have no effect", async () => {
    const before = machine.stateHash();
    expect(await codeOf(() => machine.sync.get(0, 0x8000_0000))).toBe("EINVAL ");
    expect(await codeOf(() => machine.sync.put(0, 0x1_0000_0000))).toBe("EINVAL ");
    expect(await codeOf(() => cpu.get(["VEC"]))).toBe("ENOTSUP VEC");
    expect(await codeOf(() => cpu.edit("mhartid", 1n))).toBe("EROFS ID.mhartid");
    expect(await codeOf(() => cpu.edit("mtip", 1n))).toBe("EROFS LINES.mtip");
    expect(machine.stateHash()).toBe(before);
  });
});

describe("while it runs", () => {
  test("T6, T21 samples are one cut, edits ESTALE, puts EBUSY", async () => {
    await cpu.get("FULL");
    machine.sync.resume();
    for (let n = 1; n <= 50; n++) {
      machine.core.run(BigInt(n * 7));
      const sample = await cpu.get("FULL");
      expect([sample.epoch, sample.instret, cpu.state("CORE")]).toEqual([1, BigInt(n * 7), "stale"]);
      expect(cpu.read("mcycle")).toBe(sample.instret);
      // T18: at each boundary x5 is x6 or one more.
      expect(cpu.read("x5") - cpu.read("x6")).toBe(BigInt((n * 7) % 3 === 1 ? 1 : 0));
    }
    expect(await codeOf(() => cpu.edit("x5", 1n))).toBe("ESTALE CORE.x5");
    expect(await codeOf(() => cpu.put("CORE"))).toBe("EBUSY ");
    machine.sync.stop();
  });

  test("T11 step: applied before, stale after, what is wanted published again", async () => {
    cpu.want("CORE");
    await cpu.get(["CORE", "STATUS"]);
    cpu.edit("x6", 50n);
    expect(machine.run(2)).toBe(1);
    expect([cpu.state("CORE"), cpu.state("STATUS"), cpu.read("x6")]).toEqual(["clean", "stale", 51n]);
  });

  test("T3 inspect and resume writes nothing", async () => {
    await cpu.get("FULL");
    expect(machine.run(1)).toBe(0);
  });

  test("T19 a stop that is asked for during a device access comes at the boundary behind it", async () => {
    // lui x8,0x10000; addi x9,x0,65; sb x9,0(x8); addi x5,x0,1
    const program = [0x1000_0437, addi(9, 0, 65), 0x0094_0023, addi(5, 0, 1), jump(0)];
    const out: number[] = [];
    const attention = () => new Int32Array(machine.memory, MACHINE_BASE + CONTROL_ATTENTION, 1);
    machine = await HartMachine.create(program, {
      consoleOut: (byte) => {
        out.push(byte);
        attention()[0] = 1;
      },
    });
    cpu = machine.client();
    const before = machine.sync.get(0, 0).instret;
    machine.run(100);
    await cpu.get("FULL");
    expect([out, cpu.read("pc"), cpu.stamp("CORE").instret - before]).toEqual([[65], START + 12n, 3n]);
    expect(cpu.read("x5")).not.toBe(1n);
    attention()[0] = 0;
    machine.run(1);
    await cpu.get("CORE");
    expect([out, cpu.read("pc"), cpu.read("x5")]).toEqual([[65], START + 16n, 1n]);
  });

  test("before its first reset no group of a hart is read: every writable one is DIRTY with reset values", async () => {
    machine = await HartMachine.createUninitialised();
    cpu = machine.client();
    const { kept } = await cpu.get("FULL");
    const writable = cpu.groups.filter(({ registers }) => registers.some(({ readonly }) => !readonly));
    expect(kept).toBe(writable.reduce((mask, { row }) => mask | (1 << row.bit), 0));
    expect([cpu.read("pc"), cpu.read("priv"), cpu.read("mhartid")]).toEqual([0x1000n, 3n, 0n]);
    machine.core.resetMachine();
    machine.core.syncReset(0, 0xffff_ffff);
    expect(writable.map(({ row }) => cpu.state(row.name))).toEqual(writable.map(() => "stale"));
  });

  test("T12 reset while dirty drops the edits", async () => {
    await cpu.get("FULL");
    cpu.edit("x5", 1n);
    cpu.edit("pmpaddr3", 1n);
    machine.core.resetMachine();
    machine.core.syncReset(0, 0xffff_ffff);
    expect(machine.sync.droppedByReset(0)).toBe((1 << 0) | (1 << 11));
    expect(machine.run(1)).toBe(0);
    expect([inCore(machine, "t0"), inCore(machine, "pmpaddr3")]).toEqual([0n, 0n]);
  });
});
