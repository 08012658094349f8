/** The DEBUG group: edited triggers fire, read back as after a CSR write, and leave everything else as it is. */
import { beforeEach, describe, expect, test } from "vitest";
import type { CpuRegisters } from "../../../src/sync/cpu-registers.ts";
import { SyncError } from "../../../src/sync/errors.ts";
import { addi, csrrw, HartMachine, jump, ld, START } from "./hart-machine.ts";

const LOAD = 1n;
const STORE = 2n;
const EXECUTE = 4n;
const IN_S = 1n << 4n;
const IN_M = 1n << 6n;
const FROM = 2n << 7n;
const HIT0 = 1n << 22n;
const MCONTROL6 = 6n << 60n;
const DISABLED = 15n << 60n;
const MIE = 8n;

const HANDLER = START + 0x800n;
const DATA = START + 0x4000n;
const sd = (rs2: number, rs1: number): number => ((rs2 << 20) | (rs1 << 15) | (3 << 12) | 0x23) >>> 0;

/** Adds 1 to x5, loads from x10, stores x5 at x11, for ever. */
const LOOP = [addi(5, 5, 1), ld(6, 10), sd(5, 11), jump(-3)];

let machine: HartMachine;
let cpu: CpuRegisters;

async function start(program: readonly number[]): Promise<void> {
  machine = await HartMachine.create(program);
  cpu = machine.client();
  machine.write(HANDLER, [addi(7, 7, 1), jump(-1)]);
  await edit({ mstatus: MIE, mtvec: HANDLER, a0: DATA, a1: DATA + 0x1000n });
}

async function edit(values: Record<string, bigint>): Promise<void> {
  await cpu.get("FULL");
  for (const [name, value] of Object.entries(values)) cpu.edit(name, value);
  await cpu.put("FULL");
}

async function read(...names: string[]): Promise<bigint[]> {
  await cpu.get("FULL");
  return names.map((name) => cpu.read(name));
}

beforeEach(() => start(LOOP));

const kinds = [
  { kind: "execute", control: EXECUTE, address: START + 8n, epc: START + 8n, left: 2 },
  { kind: "load", control: LOAD, address: DATA + 7n, epc: START + 4n, left: 1 },
  { kind: "store", control: STORE, address: DATA + 0x1000n, epc: START + 8n, left: 2 },
];

describe("an edited trigger fires", () => {
  test.each(kinds)("on $kind, at the very next match, in code and data long in use", async (row) => {
    // 30 rounds: the page is decoded, and its data are in the TLB.
    machine.run(120);
    await edit({ tdata1_3: MCONTROL6 | IN_M | row.control, tdata2_3: row.address });
    machine.run(row.left);
    expect(await read("pc", "mcause")).toEqual([START + 4n * BigInt(row.left), 0n]);
    machine.run(1);
    expect(await read("pc", "mcause", "mepc", "mtval")).toEqual([HANDLER, 3n, row.epc, row.address]);
    expect(await read("tdata1_3", "minstret")).toEqual([
      MCONTROL6 | IN_M | row.control | HIT0,
      120n + BigInt(row.left),
    ]);
    // The instruction has not happened: round 31 has not been stored.
    expect(machine.ram.getBigUint64(0x5000, true)).toBe(30n);
    // Disarmed, it goes on as if nothing had been.
    await edit({ tdata1_3: 0n, pc: row.epc, mstatus: MIE });
    machine.run(4);
    expect(await read("tdata1_3", "x5", "x7")).toEqual([DISABLED, 32n, 0n]);
  });

  test("not in another mode, not while MIE is off, not beside its address", async () => {
    for (const [control, address, mstatus] of [
      [EXECUTE | IN_S, START + 8n, MIE],
      [EXECUTE | IN_M, START + 8n, 0n],
      [EXECUTE | IN_M, START + 6n, MIE],
      [LOAD | STORE | IN_M, DATA + 8n, MIE],
    ] as const) {
      await edit({ tdata1_0: MCONTROL6 | control, tdata2_0: address, mstatus });
      machine.run(40);
      expect(await read("pc", "mcause")).toEqual([START, 0n]);
    }
    // The edit that switches interrupts on is enough.
    await edit({ tdata1_0: MCONTROL6 | EXECUTE | IN_M, tdata2_0: START + 8n, mstatus: 0n });
    machine.run(40);
    await edit({ mstatus: MIE });
    machine.run(3);
    expect(await read("pc", "mepc")).toEqual([HANDLER, START + 8n]);
  });
});

describe("nothing else changes", () => {
  test("pages that are looked at run to the same state, step by step as well as at once", async () => {
    machine.run(1000);
    const hash = machine.stateHash();

    await start(LOOP);
    const watched = MCONTROL6 | IN_M;
    await edit({
      ...{ tdata1_0: watched | EXECUTE, tdata2_0: START + 0x100n },
      ...{ tdata1_1: watched | LOAD | STORE, tdata2_1: DATA + 0x100n },
      ...{ tdata1_2: watched | LOAD | STORE, tdata2_2: DATA + 0x1100n },
      ...{ tdata1_3: watched | EXECUTE | LOAD | STORE | FROM, tdata2_3: START + 0x10_0000n },
    });
    machine.run(500);
    for (let n = 0; n < 500; n++) machine.run(1);
    const off = Object.fromEntries(
      [0, 1, 2, 3].flatMap((n) => [
        [`tdata1_${n}`, DISABLED],
        [`tdata2_${n}`, 0n],
      ]),
    );
    await edit(off);
    expect(machine.stateHash()).toBe(hash);
    machine.run(1);
    expect(machine.stateHash()).not.toBe(hash);
  });

  test("arming and disarming leaves the TLB as it was", async () => {
    machine.run(100);
    const before = machine.stateHash();
    await edit({ tdata1_0: MCONTROL6 | IN_M | LOAD | STORE | EXECUTE | FROM });
    expect(machine.stateHash()).not.toBe(before);
    await edit({ tdata1_0: 0n });
    expect(machine.stateHash()).toBe(before);
  });
});

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

describe("legal values", () => {
  test("a put makes of tdata1 and tdata2 what CSR writes make of them", async () => {
    await start([csrrw(0, "tselect", 5), csrrw(0, "tdata1", 6), csrrw(0, "tdata2", 7), jump(-3)]);
    const next = random(0x7d1n);
    const put = await HartMachine.create();
    const other = put.client();
    const seen = new Set<bigint>();
    for (let n = 0; n < 300; n++) {
      const type = n < 16 ? BigInt(n) : 6n;
      const control = BigInt.asUintN(60, next()) | (type << 60n);
      // Each tenth address ends in ones, as a NAPOT range does.
      const address = n % 10 === 0 ? next() | ((1n << (next() % 65n)) - 1n) : next();
      const trigger = next() % 4n;
      await edit({ mstatus: 0n, t0: trigger, t1: control, t2: address });
      machine.run(4);
      await other.get("DEBUG");
      other.edit(`tdata1_${trigger}`, control);
      other.edit(`tdata2_${trigger}`, address);
      await other.put("DEBUG");
      const names = [`tdata1_${trigger}`, `tdata2_${trigger}`, `tdata3_${trigger}`];
      const values = await read(...names);
      expect(names.map((name) => other.read(name))).toEqual(values);
      const fields = BigInt.asUintN(60, values[0]!);
      if (type === 6n) expect([values[0]! >> 60n, fields & ~0x4797dfn]).toEqual([6n, 0n]);
      else expect(values).toEqual([DISABLED, address, 0n]);
      seen.add(fields);
    }
    expect(seen.size).toBeGreaterThan(200);
  });

  test("tselect keeps to four triggers; tdata3 and tinfo are read-only", async () => {
    await edit({ tselect: 3n });
    expect(await read("tselect", "tdata1_3", "tdata3_3", "tinfo")).toEqual([3n, DISABLED, 0n, 0x0100_8040n]);
    await edit({ tselect: 4n });
    expect(await read("tselect")).toEqual([3n]);
    for (const name of ["tdata3_0", "tinfo"]) {
      expect(() => cpu.edit(name, 1n)).toThrow(SyncError);
      expect(() => cpu.edit(name, 1n)).toThrow("EROFS");
    }
  });
});
