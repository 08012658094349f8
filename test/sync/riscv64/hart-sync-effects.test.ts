/** Named test cases of the sync contract on the real hart: edits meet derived state and running code. */
import { beforeEach, describe, expect, test } from "vitest";
import type { CpuRegisters } from "../../../src/sync/cpu-registers.ts";
import { HartMachine, START, addi, csrrw, faddD, jump, ld, lrD, scD, wfi } from "./hart-machine.ts";
import { LOOP } from "./hart-values.ts";

let machine: HartMachine;
let cpu: CpuRegisters;

async function start(program: readonly number[]): Promise<void> {
  machine = await HartMachine.create(program);
  cpu = machine.client();
}

beforeEach(() => start(LOOP));

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
