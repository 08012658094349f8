/** Movements: over, out, until, ranges and conditions, and single steps with interrupts held. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { elfLines } from "../../src/debug/line-table.ts";
import { moverFor } from "../../src/host/debug/movements.ts";
import type { Machine } from "../../src/worker/machine-client.ts";
import { LOOP, path, program } from "../boot/machines.ts";
import { bareProgram, go, instructions, read } from "./machines.ts";

const RAM = 0x8000_0000n;

async function atSquare() {
  const bare = await bareProgram("hello");
  await bare.machine.setBreakpoints([{ id: 1, kind: "execute", address: bare.address("square"), temporary: true }]);
  await go(bare.machine);
  const [ra] = await read(bare.machine, "ra");
  return { ...bare, ra: ra as bigint };
}

function standsAt({ state }: Machine): bigint {
  if (state.kind !== "stopped") throw new Error("it does not stand");
  return state.pc;
}

describe("out", () => {
  test("ends behind the call, with the function's value", async () => {
    const { machine, ra } = await atSquare();
    await machine.cpus[0].get("CORE");
    machine.cpus[0].edit("a0", 9n);
    expect(await machine.move({ kind: "out" })).toMatchObject({ reason: "step", pc: ra });
    expect(await read(machine, "a0")).toEqual([81n]);
  });

  test("of a function that calls others, each time from the middle", async () => {
    const { machine, address } = await bareProgram("hello");
    await machine.setBreakpoints([{ id: 1, kind: "execute", address: address("print_number"), temporary: true }]);
    await go(machine);
    const [ra, sp] = await read(machine, "ra", "sp");
    // Into print_in_base, then out of it and out again: nothing of print_char is seen.
    await machine.move({ kind: "until", address: address("print_char") });
    const inner = await machine.move({ kind: "out" });
    expect(inner).toMatchObject({ reason: "step" });
    expect(await machine.move({ kind: "out" })).toMatchObject({ reason: "step" });
    let state = machine.state;
    if (state.kind === "stopped" && state.pc !== ra) state = await machine.move({ kind: "out" });
    expect(state).toMatchObject({ pc: ra });
    expect(await read(machine, "sp")).toEqual([sp]);
  });

  test("of a trap handler, back to where it was entered", async () => {
    const { machine } = await bareProgram("timer");
    await machine.setBreakpoints([{ id: 1, kind: "trap", interrupts: "all", temporary: true }]);
    const state = await go(machine);
    const back = await machine.move({ kind: "out" });
    expect(back).toMatchObject({ reason: "step", pc: state.hits?.[0]?.trap?.pc });
  });

  test("runs through interrupts that come meanwhile", async () => {
    const { machine, address } = await bareProgram("timer");
    await machine.setBreakpoints([{ id: 1, kind: "execute", address: address("print"), temporary: true }]);
    await go(machine);
    const [ra] = await read(machine, "ra");
    const interrupts: bigint[] = [];
    machine.onLog((lines) => interrupts.push(...lines.map(({ steps }) => steps)));
    await machine.setBreakpoints([{ id: 1, kind: "trap", interrupts: "all", log: "interrupt" }]);
    expect(await machine.move({ kind: "out" })).toMatchObject({ reason: "step", pc: ra });
  });
});

describe("over", () => {
  test("a call as a whole, anything else as one instruction", async () => {
    const { machine, ra, symbols } = await atSquare();
    await machine.move({ kind: "out" });
    expect(machine.state).toMatchObject({ pc: ra });
    // Through the whole of main's loop: never anywhere but in main.
    for (let n = 0; n < 60; n++) {
      const state = await machine.move({ kind: "over" });
      if (state.kind !== "stopped" || state.reason !== "step") throw new Error(`it is ${JSON.stringify(state.kind)}`);
      expect(symbols.at(state.pc)?.symbol.name).toBe("main");
    }
  });

  test("a breakpoint inside the call stops there", async () => {
    const { machine, ra, address } = await atSquare();
    await machine.move({ kind: "out" });
    await machine.setBreakpoints([{ id: 5, kind: "execute", address: address("print_char") }]);
    let state = await machine.move({ kind: "over" });
    for (let n = 0; n < 20 && state.kind === "stopped" && state.reason === "step"; n++) {
      state = await machine.move({ kind: "over" });
    }
    expect(state).toMatchObject({ reason: "breakpoint", pc: address("print_char"), hits: [{ id: 5 }] });
    expect(ra).toBeGreaterThan(RAM);
  });

  test("a recursive call ends in its own frame", async () => {
    // sum(n): n + sum(n - 1).  li a0,3; li sp on the stack; jal sum; j .   sum: beqz a0,+28; addi sp,-16; sd ra,0(sp); sd a0,8(sp);
    // addi a0,-1; jal sum; ld t0,8(sp) …
    const machine = await instructions(
      program(
        ...[0x0030_0513, 0x0000_1117, 0x008000ef, LOOP],
        ...[0x0205_0463, 0xff01_0113, 0x0011_3023, 0x00a1_3423, 0xfff5_0513, 0xfedf_f0ef],
        ...[0x0081_3283, 0x0055_0533, 0x0001_3083, 0x0101_0113, 0x0000_8067],
      ),
    );
    await machine.setBreakpoints([{ id: 1, kind: "execute", address: RAM + 36n, temporary: true }]);
    await go(machine);
    const [sp] = await read(machine, "sp", "a0");
    expect(await machine.move({ kind: "over" })).toMatchObject({ reason: "step", pc: RAM + 40n });
    expect(await read(machine, "sp", "a0")).toEqual([sp, 3n]);
    await machine.move({ kind: "out" });
    expect(await read(machine, "pc", "a0")).toEqual([RAM + 12n, 6n]);
  });

  test("a system call as a whole", async () => {
    const { machine, address } = await bareProgram("processes");
    await machine.setBreakpoints([{ id: 1, kind: "execute", address: address("system_call"), temporary: true }]);
    const state = await go(machine);
    expect(state.pc).toBe(address("system_call"));
    // system_call is an ecall near its beginning: step until there.
    for (let n = 0; n < 8; n++) {
      const [pc] = await read(machine, "pc");
      const bytes = await machine.readVirtual(pc as bigint, 4);
      const isCall = bytes[0] === 0x73 && bytes[1] === 0 && bytes[2] === 0 && bytes[3] === 0;
      await machine.move({ kind: "over" });
      if (!isCall) continue;
      expect(await read(machine, "pc", "priv")).toEqual([(pc as bigint) + 4n, 0n]);
      return;
    }
    throw new Error("no system call was met");
  });
});

describe("until, range, condition", () => {
  test("until an address; from that address, until it comes again", async () => {
    const { machine, address } = await bareProgram("hello");
    const target = address("square");
    expect(await machine.move({ kind: "until", address: target })).toMatchObject({ reason: "until", pc: target });
    expect(await read(machine, "a0")).toEqual([1n]);
    expect(await machine.move({ kind: "until", address: target })).toMatchObject({ reason: "until", pc: target });
    expect(await read(machine, "a0")).toEqual([2n]);
  });

  test("until the address in an outer frame", async () => {
    const { machine, address } = await bareProgram("hello");
    await machine.move({ kind: "until", address: address("print_in_base") });
    const [sp, ra] = await read(machine, "sp", "ra");
    const state = await machine.move({ kind: "until", address: ra as bigint, stackAbove: (sp as bigint) - 1n });
    expect(state).toMatchObject({ reason: "until", pc: ra });
  });

  test("a range is left by its first instruction outside", async () => {
    const { machine, ra, address } = await atSquare();
    const main = address("main");
    await machine.move({ kind: "out" });
    const state = await machine.move({ kind: "range", first: main, end: main + 0x200n });
    if (state.kind !== "stopped") throw new Error("it does not stand");
    // The first call leaves it.
    expect(state.reason).toBe("step");
    expect(state.pc < main || state.pc >= main + 0x200n).toBe(true);
    expect(ra).toBeGreaterThan(main);
    await expect(machine.move({ kind: "range", first: 8n, end: 8n })).rejects.toThrow("range: its end is not above");
  });

  test("a range of several parts, calls as a whole", async () => {
    const { machine, address } = await bareProgram("hello");
    const file = readFileSync(path("public/guests/hello.elf"));
    const lines = elfLines(file);
    await machine.move({ kind: "until", address: address("main") });
    const seen: number[] = [];
    for (let n = 0; n < 14; n++) {
      const pc = standsAt(machine);
      const here = lines.at(pc);
      if (here === null) throw new Error(`no line at 0x${pc.toString(16)}`);
      seen.push(here.line);
      const also = lines.rangesOf(here.file, here.line);
      await machine.move({ kind: "range", first: here.first, end: here.end, also, calls: "over" });
    }
    // The loop's head has two parts, the call's result and the sum are in one line each.
    expect(seen).toEqual([13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 27, 17]);
    // From the head of the loop to its body, and into the call there.
    expect(lines.at(standsAt(machine))?.line).toBe(18);
    const { first, end } = lines.at(standsAt(machine)) ?? { first: 0n, end: 0n };
    await machine.move({ kind: "range", first, end, calls: "into" });
    expect(standsAt(machine)).toBe(address("print"));
    const bad = { kind: "range", first: 0n, end: 4n, also: [{ first: 9n, end: 9n }] } as const;
    await expect(machine.move(bad)).rejects.toThrow("range: its end is not above");
  });

  test("until a condition, checked at each instruction", async () => {
    const { machine } = await bareProgram("hello");
    const state = await machine.move({ kind: "condition", expression: "s1 == 3 && pc >= main" });
    expect(state).toMatchObject({ reason: "until" });
    expect(await read(machine, "s1")).toEqual([3n]);
    await expect(machine.move({ kind: "condition", expression: "s1 ==" })).rejects.toThrow("at character 6");
  });

  test("a pause by another client ends a movement", async () => {
    const machine = await instructions(program(LOOP));
    const other = await machine.client("other");
    const moving = machine.move({ kind: "until", address: 0n });
    await other.pause();
    expect(await moving).toMatchObject({ reason: "pause", pc: RAM });
  });
});

describe("single steps with interrupts held", () => {
  test("take no interrupt that is due, and the machine then takes it", async () => {
    const { machine, address } = await bareProgram("timer");
    await machine.setBreakpoints([{ id: 1, kind: "trap", interrupts: "all", temporary: true }]);
    const state = await go(machine);
    const entered = state.steps;
    const pc = state.hits?.[0]?.trap?.pc as bigint;
    // The same program, stopped in front of that interrupt.
    const { machine: held } = await bareProgram("timer");
    await held.step(Number(entered) - 1);
    // wfi may have ended there: the interrupt is due now.
    await held.step(1);
    const before = held.state.kind === "stopped" ? held.state.pc : 0n;
    const after = await held.step(1, { interrupts: "held" });
    if (after.kind !== "stopped") throw new Error("it does not stand");
    expect(before).toBe(pc);
    expect(after.pc).not.toBe(address("trap_entry"));
    expect(after.pc - before).toBeLessThanOrEqual(4n);
    // Not held any more.
    await held.setBreakpoints([{ id: 1, kind: "trap", interrupts: "all" }]);
    const taken = await go(held);
    expect(taken).toMatchObject({ reason: "trap", pc: address("trap_entry") });
    expect(taken.steps - entered).toBeLessThanOrEqual(2n);
  });
});

test("another client's hold refuses a movement", async () => {
  const { machine } = await bareProgram("hello");
  const other = await machine.client("other");
  await other.hold();
  await expect(machine.move({ kind: "over" })).rejects.toThrow("EBUSY");
  await other.release();
  expect(await machine.move({ kind: "over" })).toMatchObject({ reason: "step", steps: 1n });
});

test("out: an interrupt in a single step is run through, up to where it came in the same frame and space", () => {
  const values: Record<string, bigint> = { pc: 0x1000n, sp: 0x8000n, satp: 7n };
  const registers = { pc: 0x1000n, read: (name: string) => values[name] ?? 0n };
  const target = {
    stackPointer: "sp",
    addressSpace: () => values.satp ?? 0n,
    flowOf: () => ({ flow: "other", length: 4 }),
  };
  const around = { registers, target, instruction: () => new Uint8Array(4) } as never;
  const out = moverFor({ kind: "out" }, around, {} as never, {} as never);
  expect(out.hearsTraps).toBe(true);
  expect(out.next()).toBe("step");
  // The handler runs in another space.
  values.satp = 0n;
  const trap = { interrupt: true, cause: 7, pc: 0x1000n, value: 0n };
  expect(out.trapped(trap)).toEqual({ address: 0x1000n, space: 7n, stackFrom: 0x8000n });
});
