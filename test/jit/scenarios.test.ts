// Hard moments of compiled code, one by one, each with the exact state that must follow.
import { afterEach, describe, expect, test } from "vitest";
import type { MachineOptions } from "../../src/host/machine-types.ts";
import { COMPILED } from "./modes.ts";
import { BareMachine } from "./riscv64/bare-machine.ts";
import { addsInstead, hotLoop, LOOP, LOOP_STEP, loopState, STORED } from "./riscv64/hot-loop.ts";

const open: BareMachine[] = [];

afterEach(async () => {
  for (const { machine } of open.splice(0)) await machine.dispose();
});

async function running(options: Partial<MachineOptions> = {}): Promise<BareMachine> {
  const vm = await BareMachine.create({ kernel: hotLoop(), jit: COMPILED, ...options });
  open.push(vm);
  return vm;
}

function state(vm: BareMachine) {
  const [pc, t0, t1, t2, s0] = vm.read("pc", "t0", "t1", "t2", "s0");
  return { pc, t0, t1, t2, s0, stored: vm.doubleword(STORED) };
}

/** What the machine must be, by its own count of steps. */
const expected = (vm: BareMachine) => loopState(Number(vm.steps));

/** Does something while the machine runs, some ms after it began to. */
async function whileRunning(vm: BareMachine, act: () => unknown = () => {}): Promise<void> {
  vm.machine.control.run();
  await new Promise((resolve) => setTimeout(resolve, 10));
  await act();
  await new Promise((resolve) => setTimeout(resolve, 10));
  await vm.machine.control.pause();
}

test("most of a hot loop runs compiled, and its state is the right one", async () => {
  const vm = await running();
  await vm.advance(100_000);
  expect(state(vm)).toEqual(loopState(100_000));
  expect(Number(vm.compiledSteps)).toBeGreaterThan(99_000);
});

test.each(Array.from({ length: 20 }, (_, i) => i + 1))("slices of %i steps", async (length) => {
  const vm = await running();
  await vm.advance(1000);
  for (let i = 0; i < 40; i++) {
    await vm.advance(length);
    expect(state(vm)).toEqual(loopState(1000 + (i + 1) * length));
  }
});

test("a stop at any step, from the boot on", async () => {
  const vm = await running();
  for (let steps = LOOP_STEP; steps < LOOP_STEP + 40; steps++) {
    await vm.machine.control.reset();
    await vm.advance(steps);
    expect(state(vm)).toEqual(loopState(steps));
  }
});

test("pauses, again and again", async () => {
  const vm = await running();
  for (let i = 0; i < 5; i++) {
    await whileRunning(vm);
    const [pc] = vm.read("pc");
    expect(pc).toBe(LOOP + BigInt(((Number(vm.steps) - LOOP_STEP) % 6) * 4));
    const [t0] = vm.read("t0");
    expect(t0).toBe(BigInt(Math.ceil((Number(vm.steps) - LOOP_STEP) / 6)));
  }
});

test("a pause takes effect within 50 ms", async () => {
  const vm = await running();
  const usual = async (): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < 9; i++) {
      vm.machine.control.run();
      await new Promise((resolve) => setTimeout(resolve, 10));
      const start = process.cpuUsage();
      await vm.machine.control.pause();
      const { user, system } = process.cpuUsage(start);
      times.push((user + system) / 1000);
    }
    return times.sort((a, b) => a - b)[4] as number;
  };
  // Of this process's time: a busy host has other processes. Some try is without what the engine does beside it.
  await expect.poll(usual).toBeLessThan(50);
});

test("a reset, while it stands and while it runs", async () => {
  const vm = await running();
  await vm.advance(5000);
  await vm.machine.control.reset();
  await vm.advance(1234);
  expect(state(vm)).toEqual(loopState(1234));
  // Virtual time begins anew, so that few enough steps follow for the model.
  await whileRunning(vm, () => vm.machine.control.reset());
  await vm.machine.control.reset();
  await vm.advance(LOOP_STEP + 77);
  expect(state(vm)).toEqual(loopState(LOOP_STEP + 77));
});

describe("a snapshot from the middle of a hot loop", () => {
  test.each([
    { into: "a machine that compiles", jit: COMPILED },
    { into: "a machine that interprets", jit: false },
  ])("goes on in $into", async ({ jit }) => {
    const vm = await running();
    await vm.advance(2005);
    const file = await vm.machine.save();
    const other = await running({ jit });
    // It has compiled something else there before.
    other.machine.writeMemory(LOOP, addsInstead(5));
    await other.advance(999);
    await other.machine.load(file);
    expect(state(other)).toEqual(loopState(2005));
    expect(other.machine.stateHash()).toBe(vm.machine.stateHash());
    await other.advance(1001);
    await vm.advance(1001);
    expect(state(other)).toEqual(loopState(3006));
    expect(other.machine.stateHash()).toBe(vm.machine.stateHash());
  });
});

describe("memory written by a debugger", () => {
  test("into the loop, takes effect with its next execution", async () => {
    const vm = await running();
    // At the loop's first instruction.
    await vm.advance(LOOP_STEP + 6 * 100);
    const before = state(vm);
    vm.machine.writeMemory(LOOP, addsInstead(7));
    await vm.advance(1);
    expect(state(vm)).toEqual({ ...before, pc: LOOP + 4n, t0: 107n });
    await vm.advance(6 * 50);
    expect(state(vm).t0).toBe(100n + 7n * 51n);
    vm.machine.writeMemory(LOOP, addsInstead(-1));
    await vm.advance(6);
    expect(state(vm).t0).toBe(100n + 7n * 51n - 1n);
  });

  test("into the loop while it runs", async () => {
    const vm = await running();
    await whileRunning(vm, () => vm.machine.writeMemory(LOOP, addsInstead(0)));
    const [t0] = vm.read("t0");
    expect(t0).toBeGreaterThan(100n);
    await vm.advance(600);
    expect(vm.read("t0")).toEqual([t0]);
  });

  test("into data that the loop reads and writes", async () => {
    const vm = await running();
    await vm.advance(LOOP_STEP + 6 * 100 + 5);
    vm.machine.writeMemory(STORED, new Uint8Array(8).fill(0xaa));
    expect(vm.doubleword(STORED)).toBe(0xaaaaaaaaaaaaaaaan);
    await vm.advance(6);
    expect(state(vm)).toEqual(loopState(LOOP_STEP + 6 * 101 + 5));
  });
});

describe("an edit", () => {
  test("of a register, in the middle of the loop", async () => {
    const vm = await running();
    await vm.advance(LOOP_STEP + 6 * 100 + 2);
    vm.edit({ t1: 0x10n });
    await vm.advance(3);
    const { s0 } = loopState(LOOP_STEP + 6 * 100 + 2);
    expect(state(vm)).toMatchObject({ t1: 0x10n, t2: 0x80n, s0: s0 + 0x80n, stored: s0 + 0x80n });
  });

  test("of pc, out of the loop and back", async () => {
    const vm = await running();
    await vm.advance(LOOP_STEP + 6 * 100);
    vm.edit({ pc: LOOP + 12n });
    await vm.advance(3);
    expect(state(vm)).toMatchObject({ pc: LOOP, t0: 100n });
    vm.edit({ pc: LOOP + 20n });
    await vm.advance(1);
    expect(state(vm)).toMatchObject({ pc: LOOP, t0: 100n });
    await vm.advance(6);
    expect(state(vm)).toMatchObject({ pc: LOOP, t0: 101n });
  });

  test("while it runs", async () => {
    const vm = await running();
    await whileRunning(vm, () => vm.edit({ t0: 1n << 40n }));
    const [t0] = vm.read("t0");
    expect(t0).toBeGreaterThan(1n << 40n);
    expect(t0).toBeLessThan((1n << 40n) + vm.steps);
  });
});

describe("a trigger of the debug specification, set on a compiled loop", () => {
  const [MCONTROL6, IN_M, EXECUTE, STORE] = [6n << 60n, 1n << 6n, 4n, 2n];
  const HANDLER = 0x8000_0800n;
  const MIE = 8n;
  /** addi x9, x9, 1; j . */
  const handler = new Uint8Array(Uint32Array.of(0x0014_8493, 0x0000_006f).buffer);

  test.each([
    { kind: "execute", control: EXECUTE, address: LOOP + 8n, epc: LOOP + 8n, left: 2 },
    { kind: "store", control: STORE, address: STORED, epc: LOOP + 16n, left: 4 },
  ])("fires on $kind at the next match", async ({ control, address, epc, left }) => {
    const vm = await running();
    vm.machine.writeMemory(HANDLER, handler);
    await vm.advance(LOOP_STEP + 6 * 100);
    vm.edit({ mtvec: HANDLER, mstatus: MIE });
    await vm.advance(6 * 100);
    vm.edit({ tdata1_0: MCONTROL6 | IN_M | control, tdata2_0: address });
    await vm.advance(left + 1);
    expect(vm.read("pc", "mepc", "mcause", "mtval")).toEqual([HANDLER, epc, 3n, address]);
    expect(state(vm)).toMatchObject({ t0: 201n });
    await vm.advance(1);
    expect(vm.read("s1")).toEqual([1n]);
  });

  test("and taken away again", async () => {
    const vm = await running();
    await vm.advance(LOOP_STEP + 6 * 100);
    vm.edit({ tdata1_0: MCONTROL6 | IN_M | EXECUTE, tdata2_0: LOOP + 0x1000n });
    await vm.advance(600);
    vm.edit({ tdata1_0: 15n << 60n });
    await vm.advance(600);
    expect(state(vm)).toEqual(loopState(LOOP_STEP + 6 * 300));
  });
});

test("the same steps after the same edits leave the same state as interpreted", async () => {
  const hashes: string[] = [];
  for (const jit of [COMPILED, false]) {
    const vm = await running({ jit });
    await vm.advance(1003);
    vm.edit({ t1: 77n });
    await vm.advance(5);
    vm.machine.writeMemory(LOOP + 1024n, addsInstead(1));
    vm.machine.writeMemory(LOOP, addsInstead(3));
    await vm.advance(2003);
    hashes.push(vm.machine.stateHash());
  }
  expect(hashes[0]).toBe(hashes[1]);
});

test("the state that a machine says of itself is that of its count", async () => {
  const vm = await running();
  await vm.advance(4000);
  expect(state(vm)).toEqual(expected(vm));
});
