/** Named test cases of the sync contract on the real hart: legal values, and the whole state. */
import { beforeEach, describe, expect, test } from "vitest";
import { CPU_REGISTERS, CPUS_BASE } from "../../../src/spec/abi.ts";
import { CSRS } from "../../../src/spec/riscv64/csrs.ts";
import type { CpuRegisters } from "../../../src/sync/cpu-registers.ts";
import { codeOf } from "../code-of.ts";
import { HartMachine, START, csrrw } from "./hart-machine.ts";
import { LOOP, everything, inCore, layout, random, slots } from "./hart-values.ts";

let machine: HartMachine;
let cpu: CpuRegisters;

async function start(program: readonly number[]): Promise<void> {
  machine = await HartMachine.create(program);
  cpu = machine.client();
}

beforeEach(() => start(LOOP));

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
