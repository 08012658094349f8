/** Named test cases of the sync contract on the real hart: edits meet legal values, derived state and running code. */
import { beforeEach, describe, expect, test } from "vitest";
import {
  CONTROL_ATTENTION,
  CPU_REGISTERS,
  CPUS_BASE,
  MACHINE_BASE,
  SLOT_DATA,
  SYNC_BASE,
} from "../../../src/spec/abi.ts";
import { CSRS } from "../../../src/spec/riscv64/csrs.ts";
import { REGISTER_TABLES } from "../../../src/spec/riscv64/register-tables.ts";
import { slotLayout } from "../../../src/spec/slot-layout.ts";
import type { CpuRegisters } from "../../../src/sync/cpu-registers.ts";
import { SyncError } from "../../../src/sync/errors.ts";
import { RegisterBytes } from "../../../src/sync/register-bytes.ts";
import { addi, csrrw, faddD, HartMachine, jump, ld, lrD, START, scD, wfi } from "./hart-machine.ts";

const layout = slotLayout(REGISTER_TABLES);
const slots = new Map(layout.registers.map((slot) => [slot.row.name, slot]));
/** Adds 1 to x5, then to x6, for ever. */
const LOOP = [addi(5, 5, 1), addi(6, 6, 1), jump(-2)];

let machine: HartMachine;
let cpu: CpuRegisters;

async function start(program: readonly number[]): Promise<void> {
  machine = await HartMachine.create(program);
  cpu = machine.client();
}

beforeEach(() => start(LOOP));

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

/** A register in the core's register file, past the sync. */
function inCore(of: HartMachine, name: string): bigint {
  return new RegisterBytes(of.memory, CPUS_BASE + CPU_REGISTERS).value(slots.get(name)!);
}

const everything = (client: CpuRegisters): Record<string, bigint> =>
  Object.fromEntries(
    client.groups.flatMap(({ row }) => {
      const values = client.readGroup(row.name);
      return client.groups.find((group) => group.row === row)!.registers.map((slot, n) => [slot.row.name, values[n]!]);
    }),
  );

/** Pseudo-random bits that repeat (xorshift64*). */
function random(seed: bigint): () => bigint {
  let state = seed;
  return () => {
    state ^= state >> 12n;
    state = BigInt.asUintN(64, state ^ (state << 25n));
    state ^= state >> 27n;
    return BigInt.asUintN(64, state * 0x2545f4914f6cdd1dn);
  };
}

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

describe("legal values", () => {
  test("T9 a put makes of a value what a CSR write makes of it, for every writable CSR", async () => {
    const next = random(0x5eedn);
    // The counters move between the write and the look at them; mip shows lines beside the bits that software sets.
    const moving = ["mcycle", "minstret", "mip"];
    const rows = CSRS.filter(({ name, view }) => view === undefined && slots.has(name) && !moving.includes(name));
    let compared = 0;
    for (const { name, bits } of rows) {
      if (slots.get(name)!.readonly) continue;
      const byInstruction = await HartMachine.create([csrrw(0, name, 5)]);
      const byPut = await HartMachine.create([csrrw(0, name, 5)]);
      for (let round = 0; round < 6; round++) {
        const value = BigInt.asUintN(bits, round === 0 ? -1n : round === 1 ? 0n : next());
        // A locked PMP entry would not take the next value from an instruction, but from a put: there they differ.
        const unlocked = name.startsWith("pmpcfg") ? value & 0x7f7f_7f7f_7f7f_7f7fn : value;
        const a = byInstruction.client();
        await a.get("FULL");
        a.edit("x5", unlocked);
        a.edit("pc", START);
        a.edit("mstatus", name === "mstatus" ? a.read("mstatus") : 0xa_0000_6000n);
        byInstruction.run(1);
        await a.get("FULL");
        const b = byPut.client();
        await b.get("FULL");
        b.edit(name, unlocked);
        await b.put("FULL");
        expect([name, unlocked, b.read(name)]).toEqual([name, unlocked, a.read(name)]);
        expect(a.read("pc")).toBe(START + 4n);
        compared++;
      }
    }
    expect(compared).toBe(6 * 70);
  });

  test("T35 EREJECT: odd pc, reserved privilege, run states that no hart has", async () => {
    await cpu.get("FULL");
    for (const [name, value, code] of [
      ["pc", START + 1n, "EREJECT CORE.pc"],
      ["priv", 2n, "EREJECT PRIV.priv"],
      ["runstate", 2n, "EREJECT RUN.runstate"],
      ["runstate", 7n, "EREJECT RUN.runstate"],
    ] as const) {
      const before = machine.stateHash();
      cpu.edit(name, value);
      cpu.edit("t6", 1n);
      expect(await codeOf(() => cpu.put("FULL"))).toBe(code);
      expect(await codeOf(() => machine.run(1))).toBe(code);
      expect(machine.stateHash()).toBe(before);
      await cpu.revert("FULL");
      await cpu.get("FULL");
    }
  });

  test("a put ignores PMP locks, which bind the guest only", async () => {
    await cpu.get("PROT");
    cpu.edit("pmpcfg0", 0x9fn);
    await cpu.put("PROT");
    cpu.edit("pmpcfg0", 0x0fn);
    await cpu.put("PROT");
    expect(cpu.read("pmpcfg0")).toBe(0x0fn);
  });

  test("a put of fcsr leaves mstatus.FS alone", async () => {
    await cpu.get("FULL");
    cpu.edit("fcsr", 0xffffn);
    await cpu.put("FP");
    expect([cpu.read("fcsr"), cpu.read("fflags"), cpu.read("frm")]).toEqual([0xffn, 0x1fn, 7n]);
    expect(inCore(machine, "mstatus")).toBe(0xa_0000_0000n);
  });
});

describe("the whole state", () => {
  test("T27 get and put of everything: same state hash, with and without edits to the present value", async () => {
    machine.run(1000);
    const before = machine.stateHash();
    const words = machine.machineState;
    await cpu.get("FULL");
    await cpu.put("FULL");
    expect(machine.stateHash()).toBe(before);
    for (const { registers } of cpu.groups) {
      for (const slot of registers) if (!slot.readonly) cpu.edit(slot.row.name, cpu.read(slot.row.name));
    }
    await cpu.put("FULL");
    expect(machine.stateHash()).toBe(before);
    expect(machine.machineState).toBe(words);
  });

  test("T26 any order of edits gives the same state hash", async () => {
    const edits: [string, bigint][] = [
      ["mstatus", 0xa_0000_3800n],
      ["satp", (8n << 60n) | 0x80001n],
      ["pmpcfg0", 0x0fn],
      ["pmpaddr0", 0xffff_ffffn],
      ["priv", 1n],
      ["menvcfg", 1n << 63n],
      ["stimecmp", 5n],
      ["mtimecmp", 9n],
      ["mtime", 7n],
      ["mcycle", 1000n],
      ["mcountinhibit", 1n],
      ["pc", START + 4n],
    ];
    const hashes = new Set<bigint>();
    for (let rotation = 0; rotation < edits.length; rotation++) {
      await start(LOOP);
      machine.run(10);
      await cpu.get("FULL");
      for (const [name, value] of [...edits.slice(rotation), ...edits.slice(0, rotation)]) cpu.edit(name, value);
      await cpu.put("FULL");
      hashes.add(machine.stateHash());
      expect(Object.fromEntries(edits.map(([name]) => [name, cpu.read(name)]))).toEqual(Object.fromEntries(edits));
    }
    expect(hashes.size).toBe(1);
  });

  test("T28 legal random values in every register, carried into a fresh machine: the same register file", async () => {
    const next = random(0xf111n);
    await cpu.get("FULL");
    // Of the rest any value is legal, or has bits that are.
    const legal: Record<string, (value: bigint) => bigint> = {
      priv: () => 1n,
      runstate: () => 1n,
      reservation_valid: () => 1n,
      tselect: () => 2n,
      mcountinhibit: () => 4n,
      pc: (value) => value & ~1n,
      stvec: (value) => value & ~2n,
      mtvec: (value) => value & ~2n,
      satp: (value) => (9n << 60n) | (value >> 4n),
    };
    for (const { row, readonly } of layout.registers) {
      const value = BigInt.asUintN(row.bits, next());
      if (!readonly) cpu.edit(row.name, legal[row.name]?.(value) ?? value);
    }
    await cpu.put("FULL");
    await cpu.get("FULL");
    const values = everything(cpu);
    const zero = layout.registers
      .filter((slot) => !slot.readonly && values[slot.row.name] === 0n)
      .map(({ row }) => row.name);
    expect(zero).toEqual(
      layout.registers.filter(({ row }) => /^mhpmcounter/.test(row.name)).map(({ row }) => row.name),
    );
    const other = await HartMachine.create(LOOP);
    const copy = other.client();
    for (const group of copy.groups) {
      const writable = group.registers.filter((slot) => !slot.readonly);
      if (writable.length === 0) continue;
      copy.writeGroup(group.row.name, Object.fromEntries(writable.map(({ row }) => [row.name, values[row.name]!])));
    }
    await copy.put("FULL");
    await copy.get("FULL");
    expect(everything(copy)).toEqual(values);
    const bytes = (of: HartMachine) =>
      Buffer.from(new Uint8Array(of.memory, CPUS_BASE + CPU_REGISTERS, layout.bytes)).toString("hex");
    await cpu.get("FULL");
    expect(bytes(other)).toBe(bytes(machine));
  });

  test("T17 a get at every stop leaves the result as it is", async () => {
    const undisturbed = await HartMachine.create(LOOP);
    undisturbed.run(3000);
    for (let n = 0; n < 300; n++) {
      machine.run(10);
      await cpu.get("FULL");
    }
    expect(machine.stateHash()).toBe(undisturbed.stateHash());
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

describe("effects of a put", () => {
  test("T16, T34 editing a comparator moves the lines and not mtime", async () => {
    machine.run(100);
    await cpu.get("FULL");
    // mtimecmp is 0 after power-on.
    expect([cpu.read("mtime"), cpu.read("mtip"), cpu.read("stip")]).toEqual([4n, 1n, 0n]);
    cpu.edit("mtimecmp", 1000n);
    cpu.edit("stimecmp", 4n);
    cpu.edit("menvcfg", 1n << 63n);
    await cpu.put("FULL");
    expect([cpu.state("LINES"), cpu.state("VTIME")]).toEqual(["stale", "clean"]);
    await cpu.get("FULL");
    expect([cpu.read("mtime"), cpu.read("mtip"), cpu.read("stip")]).toEqual([4n, 0n, 1n]);
    cpu.edit("stimecmp", 5n);
    await cpu.put("TIME");
    expect(cpu.state("LINES")).toBe("stale");
    await cpu.get("LINES");
    expect(cpu.read("stip")).toBe(0n);
    cpu.edit("mtime", 1000n);
    await cpu.put("VTIME");
    await cpu.get("LINES");
    expect([cpu.read("mtip"), cpu.read("mtimecmp")]).toEqual([1n, 1000n]);
  });

  test("T34 an edited stimecmp wakes a waiting hart at its time", async () => {
    await start([wfi, addi(5, 5, 1), jump(0)]);
    machine.run(1);
    await cpu.get("FULL");
    expect(cpu.read("runstate")).toBe(1n);
    cpu.edit("menvcfg", 1n << 63n);
    cpu.edit("mie", 1n << 5n);
    cpu.edit("stimecmp", 50n);
    machine.run(2);
    await cpu.get("FULL");
    expect([cpu.read("x5"), cpu.read("mtime"), cpu.read("stip")]).toEqual([1n, 50n, 1n]);
  });

  test("T24 an interrupt that an edit enables is taken before the next instruction", async () => {
    machine.run(3);
    await cpu.get("FULL");
    cpu.edit("mtvec", START + 0x100n);
    cpu.edit("mip", 2n);
    cpu.edit("mie", 2n);
    cpu.edit("mstatus", 0xa_0000_0008n);
    machine.write(START + 0x100n, [addi(7, 7, 1)]);
    machine.run(1);
    await cpu.get("FULL");
    expect([cpu.read("mcause"), cpu.read("mepc"), cpu.read("pc"), cpu.read("x7")]).toEqual([
      (1n << 63n) | 1n,
      START,
      START + 0x104n,
      1n,
    ]);
    expect(cpu.read("x5")).toBe(1n);
  });

  test("T25 an edited rounding mode counts for the next instruction", async () => {
    for (const [mode, expected] of [
      [0n, 0x3ff0_0000_0000_0000n],
      [3n, 0x3ff0_0000_0000_0001n],
    ] as const) {
      await start([faddD(2, 0, 1)]);
      await cpu.get("FULL");
      cpu.edit("mstatus", 0xa_0000_2000n);
      cpu.edit("f0", 0x3ff0_0000_0000_0000n);
      cpu.edit("f1", 0x3c00_0000_0000_0000n);
      cpu.edit("frm", mode);
      machine.run(1);
      await cpu.get("FULL");
      expect([cpu.read("f2"), cpu.read("fflags")]).toEqual([expected, 1n]);
    }
  });

  test("T22 an edited satp counts for the next fetch; the same value changes nothing", async () => {
    // A root table at 4 MiB whose gigapage maps virtual 0 to the start of RAM, for supervisor code.
    const root = 0x40_0000;
    machine.ram.setBigUint64(root, (0x8000_0000n >> 2n) | 0xcfn, true);
    machine.ram.setBigUint64(root + 2 * 8, (0x8000_0000n >> 2n) | 0xcfn, true);
    machine.write(START + 0x200n, [addi(9, 9, 1), jump(-1)]);
    await cpu.get("FULL");
    cpu.edit("pmpcfg0", 0x1fn);
    cpu.edit("pmpaddr0", (1n << 54n) - 1n);
    cpu.edit("priv", 1n);
    cpu.edit("pc", 0x200n);
    cpu.edit("satp", (8n << 60n) | ((START + BigInt(root)) >> 12n));
    machine.run(4);
    await cpu.get("FULL");
    expect([cpu.read("x9"), cpu.read("pc"), cpu.read("scause"), cpu.read("mcause")]).toEqual([2n, 0x200n, 0n, 0n]);
    const before = machine.stateHash();
    cpu.edit("satp", cpu.read("satp"));
    await cpu.put("MMU");
    expect(machine.stateHash()).toBe(before);
    // Bare again: the fetch of 0x200 finds no RAM there.
    cpu.edit("satp", 0n);
    machine.run(1);
    await cpu.get("FULL");
    expect([cpu.read("mcause"), cpu.read("mtval"), cpu.read("x9")]).toEqual([1n, 0x200n, 2n]);
  });

  test("T22 an edited satp leaves no translation of the old address space behind", async () => {
    const roots = [0x40_0000, 0x40_1000];
    for (const root of roots) machine.ram.setBigUint64(root, (0x8000_0000n >> 2n) | 0xcfn, true);
    // Only the first maps virtual 1 GiB too.
    machine.ram.setBigUint64(roots[0]! + 8, (0x8000_0000n >> 2n) | 0xcfn, true);
    const satp = (root: number): bigint => (8n << 60n) | ((START + BigInt(root)) >> 12n);
    machine.write(START + 0x200n, [ld(7, 8), jump(-1), csrrw(0, "satp", 0), addi(9, 9, 1)]);
    await cpu.get("FULL");
    cpu.edit("pmpcfg0", 0x1fn);
    cpu.edit("pmpaddr0", (1n << 54n) - 1n);
    cpu.edit("priv", 1n);
    cpu.edit("pc", 0x200n);
    cpu.edit("x8", 0x4000_1000n);
    cpu.edit("satp", satp(roots[0]!));
    machine.run(4);
    await cpu.get("FULL");
    expect([cpu.read("pc"), cpu.read("mcause")]).toEqual([0x200n, 0n]);
    cpu.edit("satp", satp(roots[1]!));
    machine.run(1);
    await cpu.get("FULL");
    expect([cpu.read("mcause"), cpu.read("mtval"), cpu.read("mepc")]).toEqual([13n, 0x4000_1000n, 0x200n]);
    // The guest goes back to no translation by itself: what it runs next is not the page that the edit had mapped.
    cpu.edit("priv", 1n);
    cpu.edit("pc", 0x208n);
    machine.run(2);
    await cpu.get("FULL");
    expect([cpu.read("mcause"), cpu.read("mtval"), cpu.read("x9")]).toEqual([1n, 0x20cn, 0n]);
  });

  test("T31 an edited privilege and PMP entry count for the next access", async () => {
    await start([ld(7, 8), jump(-1)]);
    machine.ram.setBigUint64(0x1000, 0x1234n, true);
    await cpu.get("FULL");
    cpu.edit("x8", START + 0x1000n);
    machine.run(2);
    await cpu.get("FULL");
    expect([cpu.read("x7"), cpu.read("pc")]).toEqual([0x1234n, START]);
    // Entry 0 denies the page at 0x8000_1000 (NAPOT, 4 KiB), entry 1 allows the rest; M-mode is not bound by either.
    cpu.edit("pmpaddr0", ((START + 0x1000n) >> 2n) | 0x1ffn);
    cpu.edit("pmpaddr1", (1n << 54n) - 1n);
    cpu.edit("pmpcfg0", 0x1f18n);
    cpu.edit("x7", 0n);
    machine.run(2);
    await cpu.get("FULL");
    expect(cpu.read("x7")).toBe(0x1234n);
    cpu.edit("priv", 0n);
    machine.run(1);
    await cpu.get("FULL");
    expect([cpu.read("mcause"), cpu.read("mtval"), cpu.read("priv")]).toEqual([5n, START + 0x1000n, 3n]);
  });

  test("T23 an edited pc enters the middle of decoded code, and code written since", async () => {
    machine.run(30);
    await cpu.get("FULL");
    cpu.edit("pc", START + 4n);
    machine.run(1);
    await cpu.get("FULL");
    expect([cpu.read("x5"), cpu.read("x6")]).toEqual([10n, 11n]);
    machine.write(START + 4n, [addi(6, 6, 100)]);
    cpu.edit("pc", START + 4n);
    machine.run(1);
    await cpu.get("FULL");
    expect(cpu.read("x6")).toBe(111n);
  });

  test("T32 a debugger's write breaks the reservation, an edit of RSV makes or breaks one", async () => {
    const program = [lrD(5, 8), scD(6, 8, 7)];
    const outcome = async (between: () => Promise<void> | void): Promise<bigint> => {
      await start(program);
      await cpu.get("FULL");
      cpu.edit("x8", START + 0x1000n);
      machine.run(1);
      await cpu.get("FULL");
      await between();
      machine.run(1);
      await cpu.get("FULL");
      return cpu.read("x6");
    };
    expect(await outcome(() => {})).toBe(0n);
    expect(await outcome(() => cpu.edit("reservation_valid", 0n))).toBe(1n);
    expect(await outcome(() => machine.write(START + 0x1000n, [1]))).toBe(1n);
  });

  test("T33 a waiting hart stays waiting through a get, and an edit of its run state wakes it", async () => {
    await start([wfi, addi(5, 5, 1), jump(-2)]);
    machine.run(1);
    machine.run(1);
    await cpu.get("FULL");
    expect([cpu.read("runstate"), cpu.read("x5")]).toEqual([1n, 0n]);
    machine.run(10);
    await cpu.get("FULL");
    expect([cpu.read("runstate"), cpu.read("x5")]).toEqual([1n, 0n]);
    cpu.edit("runstate", 0n);
    machine.run(1);
    await cpu.get("FULL");
    expect(cpu.read("x5")).toBe(1n);
  });

  test("editing counters changes what they show and nothing else", async () => {
    machine.run(9);
    await cpu.get("FULL");
    cpu.edit("mcycle", 1_000_000n);
    cpu.edit("minstret", 2_000_000n);
    machine.run(3);
    const { instret } = await cpu.get("FULL");
    expect([cpu.read("mcycle"), cpu.read("minstret"), instret]).toEqual([1_000_003n, 2_000_003n, 12n]);
    cpu.edit("mcountinhibit", 1n);
    machine.run(3);
    await cpu.get("FULL");
    expect([cpu.read("mcycle"), cpu.read("cycle"), cpu.read("minstret")]).toEqual([1_000_003n, 1_000_003n, 2_000_006n]);
  });

  test("SD follows FS, whoever changes it", async () => {
    await start([csrrw(0, "mstatus", 5), addi(6, 6, 1)]);
    await cpu.get("FULL");
    cpu.edit("mstatus", 0xa_0000_6000n);
    await cpu.put("STATUS");
    expect(cpu.read("mstatus")).toBe(0x8000_000a_0000_6000n);
    cpu.edit("x5", 0x2000n);
    machine.run(1);
    await cpu.get("FULL");
    expect(cpu.read("mstatus")).toBe(0xa_0000_2000n);
    cpu.edit("mstatus", 0xa_0000_6000n);
    await cpu.put("STATUS");
    cpu.edit("mstatus", 0x8000_000a_0000_0000n);
    await cpu.put("STATUS");
    expect([cpu.read("mstatus"), cpu.read("sstatus")]).toEqual([0xa_0000_0000n, 0x2_0000_0000n]);
  });

  test("views edit their owner: sstatus in mstatus", async () => {
    await cpu.get("FULL");
    cpu.edit("sstatus", 2n);
    await cpu.put("STATUS");
    expect([cpu.read("mstatus"), cpu.read("sstatus")]).toEqual([0xa_0000_0002n, 0x2_0000_0002n]);
  });
});
