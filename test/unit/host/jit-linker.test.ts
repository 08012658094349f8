/** The linker of compiled code, with a core that only remembers what it was told. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, expect, test, vi } from "vitest";
import { type CoreExports, createMachineMemory } from "../../../src/host/core-instance.ts";
import { JitLinker } from "../../../src/host/jit/jit-linker.ts";
import { EXITS, jitStatistics } from "../../../src/host/jit/jit-statistics.ts";
import type { CheckedJit } from "../../../src/host/machine-options.ts";
import type { LinkedModule } from "../../../src/host/machine-types.ts";
import { JIT_BASE, JIT_EXIT_COUNT, JIT_EXITS, JIT_INSTRUCTIONS, JIT_SLOTS, RAM_BASE } from "../../../src/spec/abi.ts";
import { readersOf } from "./jit-modules.ts";

/** The fake core's table has so many functions of its own. */
const OWN = 3;
/** Where modules are put for the linker. */
const PLACE = JIT_BASE + 0x60_0000;

interface Bench {
  readonly linker: JitLinker;
  readonly table: WebAssembly.Table;
  readonly memory: WebAssembly.Memory;
  /** What the core and the listener were told, in order. */
  readonly told: unknown[];
  /** What the function in a slot answers, or null if there is none. */
  call(slot: number): number | null;
  link(bytes: Uint8Array, slot: number, count: number): number;
}

function bench(options: Partial<CheckedJit> | null = {}): Bench {
  const memory = createMachineMemory(RAM_BASE);
  const table = new WebAssembly.Table({ element: "anyfunc", initial: OWN });
  const told: unknown[] = [];
  const checked: CheckedJit | null = options && { threshold: 0, compile: "async", log: false, ...options };
  let clock = 0;
  const linker = new JitLinker(
    memory,
    checked,
    {
      notice: (text) => told.push(text),
      linked: (module: LinkedModule) => told.push(module),
      addressOf: (ptr) => BigInt(0x8000_0000 + ptr),
    },
    () => clock++,
  );
  const core = {
    memory,
    table,
    read: (value: number) => value + 0x100,
    steps: () => 77n,
    jitEntry: (slot: number) => 0x100 + slot,
    jitSlotAt: (ptr: number) => (ptr < 0x200 ? ptr - 0x100 : 0),
    jitConfigure: (...values: number[]) => told.push(["configure", ...values]),
    jitLinked: (...values: number[]) => told.push(["linked", ...values]),
    jitFailed: (...values: number[]) => told.push(["failed", ...values]),
  };
  linker.configure(core as unknown as CoreExports);
  return {
    ...{ linker, table, memory, told },
    call: (slot) => table.get(slot)?.() ?? null,
    link: (bytes, slot, count) => {
      new Uint8Array(memory.buffer).set(bytes, PLACE);
      const answer = linker.jitLink(PLACE, bytes.length, slot, count);
      // Who answers may write the next module at once.
      new Uint8Array(memory.buffer).fill(0xee, PLACE, PLACE + bytes.length);
      return answer;
    },
  };
}

/** Of a busy computer. */
const PATIENCE = { timeout: 60_000 };

/** Lets all that the engine compiles arrive. */
async function settle({ told }: Bench, count: number): Promise<void> {
  await vi.waitFor(() => expect(told.length).toBeGreaterThanOrEqual(count), PATIENCE);
}

afterEach(() => vi.restoreAllMocks());

test("the table grows once, behind the core's own functions, and the core hears where", () => {
  const { table, told, linker } = bench({ threshold: 5 });
  expect(table.length).toBe(OWN + JIT_SLOTS);
  expect(told).toEqual([["configure", 1, 5, OWN, 0]]);
  expect(linker.isOn).toBe(true);
});

test("switched off, the core hears that and the table stays", () => {
  const { table, told, linker, memory } = bench(null);
  expect([table.length, told, linker.isOn, jitStatistics(memory, linker)]).toEqual([
    OWN,
    [["configure", 0, 0, 0, 0]],
    false,
    null,
  ]);
});

test("sync: functions can be called at once", () => {
  const b = bench({ compile: "sync" });
  expect(b.link(readersOf([1, 2, 3]), 10, 3)).toBe(1);
  expect([9, 10, 11, 12, 13].map(b.call)).toEqual([null, 0x101, 0x102, 0x103, null]);
  expect(b.told).toEqual([["configure", 1, 0, OWN, 1]]);
  b.linker.jitRelease(11, 1);
  expect([10, 11, 12].map(b.call)).toEqual([0x101, null, 0x103]);
  expect(b.linker.slots).toBe(2);
});

test("async: the core hears when they can be called, and not before", async () => {
  const b = bench();
  expect(b.link(readersOf([4, 5]), 20, 2)).toBe(0);
  expect([b.call(20), b.linker.slots]).toEqual([null, 2]);
  await settle(b, 2);
  expect(b.told[1]).toEqual(["linked", 20, 2]);
  expect([20, 21].map(b.call)).toEqual([0x104, 0x105]);
});

test("what was released on its way is not linked", async () => {
  const b = bench();
  b.link(readersOf([4, 5]), 20, 2);
  b.linker.jitRelease(20, 2);
  b.link(readersOf([6]), 30, 1);
  await settle(b, 2);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(b.told).toEqual([
    ["configure", 1, 0, OWN, 0],
    ["linked", 30, 1],
  ]);
  expect([20, 21, 30].map(b.call)).toEqual([null, null, 0x106]);
});

test("a slow module leaves alone what others have put into slots that it lost", async () => {
  const compile = WebAssembly.compile;
  let letGo = () => {};
  const slow = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  vi.spyOn(WebAssembly, "compile").mockImplementationOnce(async (bytes) => {
    await slow;
    return compile(bytes as Uint8Array<ArrayBuffer>);
  });
  const b = bench();
  b.link(readersOf([1, 2, 3, 4, 5]), 40, 5);
  b.linker.jitRelease(42, 1);
  b.link(readersOf([0x20]), 42, 1);
  await settle(b, 2);
  letGo();
  await settle(b, 4);
  expect(b.told.slice(1)).toEqual([
    ["linked", 42, 1],
    ["linked", 40, 2],
    ["linked", 43, 2],
  ]);
  expect([40, 41, 42, 43, 44].map(b.call)).toEqual([0x101, 0x102, 0x120, 0x104, 0x105]);
});

test.each(["async", "sync"] as const)(
  "%s: a refused module is said once, and the core hears of each",
  async (compile) => {
    const b = bench({ compile });
    const broken = readersOf([1]).with(-1, 0x0c);
    expect(b.link(broken, 50, 1)).toBe(0);
    expect(b.link(broken, 60, 1)).toBe(0);
    // Not while the core runs, which asked for it.
    expect(b.told.length).toBe(1);
    await settle(b, 4);
    expect(b.told[1]).toMatch(/^jit: a module was refused, its code is interpreted: WebAssembly\./);
    // The engine compiles both at once and promises no order.
    expect(b.told.slice(2).sort()).toEqual([
      ["failed", 50, 1],
      ["failed", 60, 1],
    ]);
    expect([b.linker.refused, b.call(50)]).toEqual([2, null]);
  },
);

test("a module without its function is refused", async () => {
  const b = bench();
  b.link(readersOf([1]), 50, 2);
  await settle(b, 3);
  expect(b.told.slice(1)).toEqual([
    'jit: a module was refused, its code is interpreted: it exports no function "1"',
    ["failed", 50, 2],
  ]);
});

test("the code of a slot can be looked at until it is released", () => {
  const b = bench({ compile: "sync" });
  const module = readersOf([1, 2]);
  b.link(module, 30, 2);
  expect(b.linker.codeAt(0x100 + 31)).toEqual({ module, index: 1 });
  expect([b.linker.codeAt(0x100 + 32), b.linker.codeAt(0x200)]).toEqual([null, null]);
  b.linker.jitRelease(31, 1);
  expect([b.linker.codeAt(0x100 + 31), b.linker.codeAt(0x100 + 30)]).toEqual([null, { module, index: 0 }]);
});

test("a closed machine hears of nothing more", async () => {
  const b = bench();
  b.link(readersOf([1]), 50, 1);
  b.linker.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(b.told.length).toBe(1);
});

test("slots that are the core's own are refused", () => {
  const b = bench({ compile: "sync" });
  expect(() => b.link(readersOf([1]), OWN - 1, 1)).toThrow("jit: slots 2 to 2 are not for compiled code");
  expect(() => b.link(readersOf([1, 1]), OWN + JIT_SLOTS - 1, 2)).toThrow("jit: slots 8194 to 8195 are not");
  expect(() => b.linker.jitRelease(0, 1)).toThrow("jit: slots 0 to 0 are not");
  expect(b.link(readersOf([1]), OWN + JIT_SLOTS - 1, 1)).toBe(1);
});

test("the log: one entry a module, with the instructions since the one before", () => {
  const b = bench({ compile: "sync", log: true });
  const counters = new DataView(b.memory.buffer, JIT_BASE);
  counters.setBigUint64(JIT_INSTRUCTIONS, 30n, true);
  const one = readersOf([1]);
  b.link(one, 10, 1);
  counters.setBigUint64(JIT_INSTRUCTIONS, 42n, true);
  b.link(readersOf([1, 2]), 11, 2);
  // The clock of this test ticks with each look: at the start and when linked.
  expect(b.told.slice(1)).toEqual([
    { number: 0, steps: 77n, entries: [0x8000_010an], instructions: 30, bytes: one.length, ms: 1 },
    {
      number: 1,
      steps: 77n,
      entries: [0x8000_010bn, 0x8000_010cn],
      instructions: 12,
      bytes: readersOf([1, 2]).length,
      ms: 1,
    },
  ]);
  expect([b.linker.compileMs, b.linker.longestStallMs]).toEqual([2, 2]);
});

test("statistics are the core's counters by name", () => {
  const b = bench({ compile: "sync" });
  const counters = new DataView(b.memory.buffer, JIT_BASE);
  for (let i = 0; i < 9; i++) counters.setBigUint64(8 * i, BigInt(100 + i), true);
  for (let i = 0; i < JIT_EXIT_COUNT; i++) counters.setBigUint64(JIT_EXITS + 8 * i, BigInt(200 + i), true);
  b.link(readersOf([1]), 10, 1);
  expect(jitStatistics(b.memory, b.linker)).toEqual({
    ...{ compiledSteps: 100n, translated: 101, regions: 102, invalidated: 103, evicted: 104, modules: 105 },
    ...{ wasmBytes: 106, instructions: 107, entries: 1628, refused: 0, slots: 1, compileMs: 1, longestStallMs: 2 },
    exits: { jump: 200, indirect: 201, next: 202, budget: 203, miss: 204, interpret: 205, trap: 206, leave: 207 },
  });
  expect(Object.keys(EXITS).length).toBe(JIT_EXIT_COUNT);
});

test("released code is collected", async () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const b = bench({ compile: "sync" });
  // Kept by nothing but the slot.
  const compiled = [1, 2, 3, 4].map((value) => {
    b.link(readersOf([value]), 10 + value, 1);
    return new WeakRef(b.table.get(10 + value));
  });
  b.linker.jitRelease(11, 3);
  await vi.waitFor(() => {
    collect();
    expect(compiled.map((reference) => reference.deref() === undefined)).toEqual([true, true, true, false]);
  }, PATIENCE);
});
