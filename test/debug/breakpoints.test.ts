/** Breakpoints: where they stop, that they change nothing, and what they cost. */
import { describe, expect, test } from "vitest";
import { LOOP, program } from "../boot/machines.ts";
import { bareProgram, go, instructions, read } from "./machines.ts";

const RAM = 0x8000_0000n;

describe("execute", () => {
  test("stops before the instruction, each time, and goes on from there", async () => {
    const { machine, address } = await bareProgram("hello");
    const square = address("square");
    await machine.setBreakpoints([{ id: 7, kind: "execute", address: square }]);
    for (let n = 1n; n <= 10n; n++) {
      const state = await go(machine);
      expect(state).toMatchObject({ reason: "breakpoint", pc: square });
      expect(state.hits).toEqual([{ client: 0, id: 7, kind: "execute", hits: Number(n) }]);
      expect(await read(machine, "a0", "s1")).toEqual([n, n]);
    }
    expect(await go(machine)).toMatchObject({ reason: "poweroff", exitCode: 0 });
  });

  test("leaves the guest's memory and states alone", async () => {
    const plain = (await bareProgram("processes")).machine;
    const { machine, address } = await bareProgram("processes");
    const points = ["print", "print_char", "trap_entry"].map((name, id) => {
      return { id, kind: "execute" as const, address: address(name) };
    });
    await machine.setBreakpoints(points);
    for (let stop = 0, steps = 0n; stop < 8; stop++) {
      const state = await go(machine);
      expect(state.reason).toBe("breakpoint");
      if (state.steps > steps) await plain.step(Number(state.steps - steps));
      steps = state.steps;
      // At a handler's first instruction, the trap is entered here and not yet there: a stop at a step comes before interrupts.
      if (state.hits?.[0].id !== 2) expect(await machine.stateHash()).toBe(await plain.stateHash());
      expect(await machine.readMemory(RAM, 0x8000)).toEqual(await plain.readMemory(RAM, 0x8000));
    }
  });

  test("in code that is written after it was set", async () => {
    // auipc t0,0; addi t1,x0,0x13 (the bits of nop); sw t1,28(t0); four nops; j . (overwritten); j .
    const NOP = 0x0000_0013;
    const machine = await instructions(program(0x297, 0x0130_0313, 0x0062_ae23, NOP, NOP, NOP, NOP, LOOP, LOOP));
    await machine.setBreakpoints([{ id: 1, kind: "execute", address: RAM + 28n }]);
    expect(await go(machine)).toMatchObject({ reason: "breakpoint", pc: RAM + 28n, steps: 13n });
    expect(await machine.step(1)).toMatchObject({ pc: RAM + 32n });
  });

  test("is set, moved and taken away while the machine runs", async () => {
    const machine = await instructions(program(0x0000_0013, 0x0000_0013, 0xff9f_f06f)); // nop; nop; j -8
    await machine.run();
    await machine.setBreakpoints([{ id: 1, kind: "execute", address: RAM + 4n }]);
    const first = await machine.waitForStop();
    expect(first).toMatchObject({ reason: "breakpoint", pc: RAM + 4n });
    await machine.setBreakpoints([]);
    await machine.run();
    await machine.setBreakpoints([{ id: 2, kind: "execute", address: RAM + 8n }]);
    const second = await machine.waitForStop();
    expect(second).toMatchObject({ reason: "breakpoint", pc: RAM + 8n, hits: [{ id: 2, hits: 1 }] });
  });

  test("fires once for each arrival, in a loop of one instruction too", async () => {
    const machine = await instructions(program(LOOP));
    await machine.setBreakpoints([{ id: 1, kind: "execute", address: RAM }]);
    expect(await go(machine)).toMatchObject({ pc: RAM, steps: 6n });
    expect(await go(machine)).toMatchObject({ pc: RAM, steps: 7n });
    expect(await go(machine)).toMatchObject({ pc: RAM, steps: 8n });
  });

  test("at an address to which the debugger moves the program counter", async () => {
    const NOP = 0x13;
    const machine = await instructions(program(NOP, NOP, NOP, LOOP));
    const points = [RAM, RAM + 8n].map((address, id) => ({ id, kind: "execute" as const, address }));
    await machine.setBreakpoints(points);
    expect(await go(machine)).toMatchObject({ pc: RAM, steps: 6n });
    await machine.cpus[0]?.get("CORE");
    machine.cpus[0]?.edit("pc", RAM + 8n);
    expect(await go(machine)).toMatchObject({ reason: "breakpoint", pc: RAM + 8n, steps: 6n });
  });

  test("survives a reset and a snapshot", async () => {
    const { machine, address } = await bareProgram("hello");
    await machine.setBreakpoints([{ id: 1, kind: "execute", address: address("square") }]);
    const first = await go(machine);
    const file = await machine.save();
    await machine.reset();
    expect(await go(machine)).toMatchObject({ reason: "breakpoint", steps: first.steps, hits: [{ hits: 2 }] });
    await machine.load(file);
    await machine.run();
    const after = await machine.waitForStop();
    expect(after).toMatchObject({ reason: "breakpoint", pc: address("square") });
    expect(await read(machine, "a0")).toEqual([2n]);
  });
});

describe("conditions, counts and log points", () => {
  test("a condition decides, and counts go on while the point is the same", async () => {
    const { machine, address } = await bareProgram("hello");
    const point = { id: 1, kind: "execute", address: address("square"), condition: "a0 >= 4 && a0 % 2 == 0" } as const;
    await machine.setBreakpoints([point]);
    expect((await go(machine)).hits).toEqual([{ client: 0, id: 1, kind: "execute", hits: 1 }]);
    expect(await read(machine, "a0")).toEqual([4n]);
    await machine.setBreakpoints([{ ...point }]);
    expect((await go(machine)).hits?.[0]?.hits).toBe(2);
    expect(await read(machine, "a0")).toEqual([6n]);
  });

  test("$hits counts arrivals, ignore lets hits pass, temporary goes", async () => {
    const { machine, address } = await bareProgram("hello");
    const kind = "execute";
    await machine.setBreakpoints([
      { id: 1, kind, address: address("square"), condition: "$hits == 3" },
      { id: 2, kind, address: address("square"), ignore: 6, temporary: true },
      { id: 3, kind, address: address("square"), enabled: false },
    ]);
    await go(machine);
    expect(await read(machine, "a0")).toEqual([3n]);
    expect((await go(machine)).hits).toEqual([{ client: 0, id: 2, kind, hits: 7, temporary: true }]);
    expect((await machine.breakpoints()).map(({ point, hits }) => [point.id, hits])).toEqual([
      [1, 1],
      [3, 0],
    ]);
    expect(await go(machine)).toMatchObject({ reason: "poweroff" });
  });

  test("a log point prints and does not stop", async () => {
    const { machine, address } = await bareProgram("hello");
    const lines: string[] = [];
    machine.onLog((more) => lines.push(...more.map(({ text }) => text)));
    await machine.setBreakpoints([
      { id: 1, kind: "execute", address: address("square"), log: "{a0:d}^2, {*(u64*)sum:d} {{{print}}} {*(u8*)1}" },
    ]);
    expect(await go(machine)).toMatchObject({ reason: "poweroff" });
    expect(lines.length).toBe(10);
    expect(lines[0]).toBe(`1^2, 0 {0x${address("print").toString(16)}} <address 0x1: there is no memory>`);
    expect(lines[9]).toMatch(/^10\^2, 45 /);
  });

  test("a condition that cannot be evaluated stops, and says why", async () => {
    const { machine, address } = await bareProgram("hello");
    await machine.setBreakpoints([
      { id: 1, kind: "execute", address: address("square"), condition: "*(u8*)(a0 - 1) == 0" },
    ]);
    expect((await go(machine)).hits?.[0]?.error).toBe("condition: at character 1: address 0x0: there is no memory");
  });

  test("20,000 false hits a second at least", async () => {
    // addi t0, t0, 1; j -4
    const machine = await instructions(program(0x0012_8293, 0xffdf_f06f));
    await machine.setBreakpoints([{ id: 1, kind: "execute", address: RAM, condition: "t0 == 20000" }]);
    await machine.step(6);
    await machine.cpus[0].get("CORE");
    machine.cpus[0].edit("t0", 0n);
    const start = process.cpuUsage().user;
    expect(await go(machine)).toMatchObject({ reason: "breakpoint", steps: 40_006n });
    expect(process.cpuUsage().user - start).toBeLessThan(1_000_000);
  });
});

test("each client has its own list, which goes with it", async () => {
  const { machine, address } = await bareProgram("hello");
  const gdb = await machine.client("gdb");
  await machine.setBreakpoints([{ id: 1, kind: "execute", address: address("square") }]);
  await gdb.setBreakpoints([{ id: 1, kind: "execute", address: address("square") }]);
  expect((await go(machine)).hits?.map(({ client }) => client)).toEqual([0, 1]);
  await machine.setBreakpoints([]);
  expect((await go(machine)).hits?.map(({ client }) => client)).toEqual([1]);
  await gdb.close();
  expect(await go(machine)).toMatchObject({ reason: "poweroff" });
});

test("nonsense is refused by name, and nothing changes", async () => {
  const { machine, address } = await bareProgram("hello");
  const good = { id: 1, kind: "execute", address: address("square") } as const;
  await machine.setBreakpoints([good]);
  const refused = async (point: object): Promise<string> => {
    const error = await machine.setBreakpoints([good, { id: 2, ...point } as never]).catch((e: Error) => e);
    return (error as Error).message;
  };
  expect(await refused({ kind: "execute", address: 1n << 64n })).toBe(
    "stop point 2: 18446744073709551616 is not an address of 64 bits",
  );
  expect(await refused({ kind: "execute", address: 0n, condition: "a0 ==" })).toBe(
    "stop point 2: condition: at character 6: a number, register, symbol or ( expected",
  );
  expect(await refused({ kind: "execute", address: 0n, log: "{a0" })).toBe(
    "stop point 2: log: at character 4: } expected",
  );
  expect(await refused({ kind: "watch", address: 0n, size: 0, access: "read" })).toMatch(
    /size: 0 is not a number of b/,
  );
  expect(await refused({ kind: "watch", address: (1n << 64n) - 4n, size: 8, access: "read" })).toMatch(/end above/);
  expect(await refused({ kind: "watch", address: 0n, size: 1, access: "look" })).toMatch(/access: "look" is none of/);
  expect(await refused({ kind: "register", name: "a99" })).toMatch(/there is no register a99/);
  expect(await refused({ kind: "csr", name: "a0" })).toMatch(/a0 is no control register/);
  expect(await refused({ kind: "trap" })).toMatch(/no cause is named/);
  expect(await refused({ kind: "trap", exceptions: [64] })).toMatch(/64 is not the number of a cause/);
  expect(await refused({ kind: "privilege", to: 9 })).toMatch(/there is no privilege 9/);
  expect(await refused({ kind: "console", text: "" })).toMatch(/text/);
  expect(await refused({ kind: "dance" })).toMatch(/"dance" is no kind of stop point/);
  expect(await refused({ kind: "execute", address: 0n, id: 1 })).toMatch(/stop point 1: another has the same id/);
  const many = Array.from({ length: 112 }, (_, id) => ({ id, kind: "execute" as const, address: BigInt(id) }));
  await expect(machine.setBreakpoints(many)).rejects.toThrow("112 addresses cannot be watched at once, at most 111");
  expect(await machine.breakpoints()).toEqual([{ client: 0, point: good, hits: 0 }]);
});
