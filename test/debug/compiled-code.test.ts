/** Stop points in code that has been compiled: they are met all the same, and what is compiled changes nothing that they see. */
import { describe, expect, test } from "vitest";
import type { Machine } from "../../src/worker/machine-client.ts";
import { program } from "../boot/machines.ts";
import { bareProgram, go, instructions, read } from "./machines.ts";

const RAM = 0x8000_0000n;

// li t0,0; 1: addi t0,t0,1; jal ra,2f; j 1b;  2: addi t1,t1,1; ret
const CALLS = program(0x0000_0293, 0x0012_8293, 0x008000ef, 0xff9f_f06f, 0x0013_0313, 0x0000_8067);

async function compiledSteps(machine: Machine): Promise<bigint> {
  return (await machine.statistics()).jit?.compiledSteps ?? 0n;
}

async function hot() {
  const machine = await instructions(CALLS, { jit: { threshold: 8, compile: "sync" } });
  await machine.step(2_000_000);
  return machine;
}

describe("hot code", () => {
  test("is compiled", async () => {
    expect(await compiledSteps(await hot())).toBeGreaterThan(1_000_000n);
  });

  test.each([4n, 8n, 12n, 16n, 20n])(
    "a breakpoint at +%i is met once a round, and gone when it is taken away",
    async (offset) => {
      const machine = await hot();
      await machine.setBreakpoints([{ id: 1, kind: "execute", address: RAM + offset }]);
      const first = await go(machine);
      expect(first).toMatchObject({ reason: "breakpoint", pc: RAM + offset });
      const second = await go(machine);
      expect(second).toMatchObject({ pc: RAM + offset, steps: first.steps + 5n });
      await machine.setBreakpoints([]);
      expect(await machine.step(1_000_000)).toMatchObject({ reason: "step", steps: second.steps + 1_000_000n });
      const before = await compiledSteps(machine);
      await machine.step(1_000_000);
      expect((await compiledSteps(machine)) - before).toBeGreaterThan(900_000n);
      await machine.setBreakpoints([{ id: 1, kind: "execute", address: RAM + offset }]);
      expect(await go(machine)).toMatchObject({ reason: "breakpoint", pc: RAM + offset });
    },
  );

  test("what was compiled around a breakpoint is made anew without it", async () => {
    const machine = await hot();
    const never = { id: 1, kind: "execute", address: RAM + 8n, condition: "t0 == 0" } as const;
    await machine.setBreakpoints([never]);
    await machine.step(20_000);
    await machine.setBreakpoints([]);
    await machine.step(20_000);
    const before = await compiledSteps(machine);
    await machine.step(1_000_000);
    expect((await compiledSteps(machine)) - before).toBeGreaterThan(990_000n);
  });

  test("around a breakpoint the rest of the page is compiled", async () => {
    const machine = await hot();
    await machine.setBreakpoints([{ id: 1, kind: "execute", address: RAM }]);
    const before = await compiledSteps(machine);
    await machine.step(2_000_000);
    expect((await compiledSteps(machine)) - before).toBeGreaterThan(1_500_000n);
  });

  test("a watch on what compiled code stores to", async () => {
    // auipc t0,1; 1: addi t1,t1,1; sd t1,0(t0); ld t2,8(t0); j 1b
    const machine = await instructions(program(0x1297, 0x0013_0313, 0x0062_b023, 0x0082_b383, 0xff5f_f06f));
    await machine.step(4_000_007);
    const [t1] = await read(machine, "t1");
    await machine.setBreakpoints([{ id: 1, kind: "watch", address: RAM + 0x1000n, size: 8, access: "write" }]);
    const state = await go(machine);
    expect(state).toMatchObject({ reason: "watchpoint", pc: RAM + 12n });
    expect([t1, (t1 as bigint) + 1n]).toContain(state.hits?.[0]?.access?.after);
    const next = await go(machine);
    expect(next.steps).toBe(state.steps + 4n);
    await machine.setBreakpoints([{ id: 1, kind: "watch", address: RAM + 0x1008n, size: 4, access: "read" }]);
    expect(await go(machine)).toMatchObject({ reason: "watchpoint", pc: RAM + 16n });
  });

  test("single steps and a register's change", async () => {
    const machine = await hot();
    const [t0] = await read(machine, "t0");
    await machine.setBreakpoints([
      { id: 1, kind: "register", name: "t0", condition: `t0 == ${(t0 as bigint) + 100n}` },
    ]);
    expect((await go(machine)).hits?.[0]?.register).toEqual({
      name: "t0",
      before: (t0 as bigint) + 99n,
      after: (t0 as bigint) + 100n,
    });
  });
});

test("a breakpoint in another page than the compiled code that calls it", async () => {
  // 1: addi t0,t0,1; jal ra,+0x1000; j 1b …  and one page on, 4 bytes in: addi t1,t1,1; ret
  const words = new Array<number>(0x402).fill(0x13);
  words.splice(0, 3, 0x0012_8293, 0x0000_10ef, 0xff9f_f06f);
  words.splice(0x401, 2, 0x0013_0313, 0x0000_8067);
  const machine = await instructions(program(...words), { jit: { threshold: 8, compile: "sync" } });
  await machine.step(2_000_000);
  expect(await compiledSteps(machine)).toBeGreaterThan(1_000_000n);
  await machine.setBreakpoints([{ id: 1, kind: "execute", address: RAM + 0x1004n }]);
  const first = await go(machine);
  expect(first).toMatchObject({ reason: "breakpoint", pc: RAM + 0x1004n });
  expect((await go(machine)).steps).toBe(first.steps + 5n);
});

test("states with stop points in compiled code are those of the interpreter without", async () => {
  const plain = await bareProgram("processes", { jit: false });
  const { machine, address } = await bareProgram("processes");
  await machine.setBreakpoints([
    { id: 1, kind: "execute", address: address("index_at"), ignore: 300 },
    { id: 2, kind: "watch", address: address("ticks"), size: 8, access: "change" },
    { id: 3, kind: "trap", exceptions: [8], ignore: 3 },
  ]);
  let steps = 0n;
  for (let stop = 0; stop < 12; stop++) {
    const state = await go(machine);
    if (state.reason === "poweroff") break;
    if (state.steps > steps) await plain.machine.step(Number(state.steps - steps));
    steps = state.steps;
    expect(await machine.stateHash()).toBe(await plain.machine.stateHash());
  }
});

test("code beside a breakpoint is compiled after it was set, too", async () => {
  // nop (with a breakpoint, cold); then a loop over two pages as above.
  const words = new Array<number>(0x402).fill(0x13);
  words.splice(0, 5, 0x0080_006f, 0x0000_0013, 0x0012_8293, 0x7fd0_00ef, 0xff9f_f06f);
  words.splice(0x401, 2, 0x0013_0313, 0x0000_8067);
  words.splice(0x202, 2, 0x0013_0313, 0x0000_8067);
  const machine = await instructions(program(...words), { jit: { threshold: 8, compile: "sync" } });
  await machine.setBreakpoints([
    { id: 1, kind: "execute", address: RAM + 4n },
    { id: 2, kind: "execute", address: RAM + 0x80cn, enabled: false },
  ]);
  await machine.step(1_000_000);
  expect(await compiledSteps(machine)).toBeGreaterThan(900_000n);
  // Written by the debugger: the words are made anew, and the breakpoint is there again.
  await machine.writeMemory(RAM + 16n, Uint8Array.of(0x6f, 0xf0, 0x5f, 0xff)); // j -12: to the breakpoint
  expect(await go(machine)).toMatchObject({ reason: "breakpoint", pc: RAM + 4n });
});
