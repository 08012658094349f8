/** Semihosting: what a program may ask of whoever runs the machine, and that it is asked only where that is allowed. */
import { afterEach, expect, test } from "vitest";
import { createInlineMachine } from "../../src/worker/inline.ts";
import type { Machine, MachineOptions } from "../../src/worker/node.ts";
import { program } from "../boot/machines.ts";

const machines: Machine[] = [];
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.dispose();
});

const CALL = [0x01f0_1013, 0x0010_0073, 0x4070_5013];
const li = (rd: number, value: number) => ((value << 20) | (rd << 7) | 0x13) >>> 0;
const A0 = 10;
const A1 = 11;
/** auipc rd, 0 */
const here = (rd: number) => ((rd << 7) | 0x17) >>> 0;
const addi = (rd: number, rs: number, value: number) => ((value << 20) | (rs << 15) | (rd << 7) | 0x13) >>> 0;
const STOP = 0x0000_006f;

async function make(kernel: Uint8Array, options: Partial<MachineOptions> = {}) {
  const machine = await createInlineMachine({
    ...{ target: "riscv64", memory: 16 << 20, kernel, semihosting: true },
    ...options,
  });
  machines.push(machine);
  let text = "";
  machine.console.onData((bytes) => {
    text += new TextDecoder().decode(bytes);
  });
  return { machine, cpu: machine.cpus[0]!, output: () => text };
}

/** A call with the operation and the address of `data` behind the code; then it stays where it is. */
function call(operation: number, ...data: number[]): Uint8Array {
  return program(here(A1), addi(A1, A1, 32), li(A0, operation), ...CALL, STOP, STOP, ...data);
}

async function answerOf(kernel: Uint8Array, options?: Partial<MachineOptions>) {
  const { machine, cpu, output } = await make(kernel, options);
  await machine.step(20);
  await cpu.get("CORE");
  return { a0: cpu.read("a0"), pc: cpu.read("pc"), output: output(), machine };
}

const ALL_ONES = 2n ** 64n - 1n;
const BASE = 0x8000_0000;
/** "hi!\n" */
const HI = [0x0a21_6968, 0];

test("console", async () => {
  expect(await answerOf(call(0x04, ...HI))).toMatchObject({ a0: 0n, output: "hi!\n", pc: 0x8000_0018n });
  expect(await answerOf(call(0x03, 0x78))).toMatchObject({ a0: 0n, output: "x" });
  // SYS_WRITE: handle, address, length; answers what was not written.
  expect(await answerOf(call(0x05, 2, 0, BASE + 56, 0, 3, 0, ...HI))).toMatchObject({ a0: 0n, output: "hi!" });
  expect(await answerOf(call(0x05, 7, 0, BASE + 56, 0, 3, 0, ...HI))).toMatchObject({ a0: ALL_ONES, output: "" });
});

test("the console as a file", async () => {
  const open = (mode: number, name = 0x0074_743a) => call(0x01, BASE + 56, 0, mode, 0, 3, 0, name, 0);
  expect((await answerOf(open(0))).a0).toBe(1n);
  expect((await answerOf(open(4))).a0).toBe(2n);
  expect((await answerOf(open(8))).a0).toBe(3n);
  expect((await answerOf(open(12))).a0).toBe(ALL_ONES);
  // "abc"
  expect((await answerOf(open(0, 0x0063_6261))).a0).toBe(ALL_ONES);
  expect((await answerOf(call(0x09, 2, 0))).a0).toBe(1n);
  expect((await answerOf(call(0x09, 9, 0))).a0).toBe(0n);
});

test("input: a call waits for it", async () => {
  const { machine, cpu } = await make(program(li(A0, 7), ...CALL, STOP));
  await machine.step(100);
  await cpu.get("CORE");
  expect(cpu.read("a0")).toBe(7n);
  await machine.console.write("k");
  await machine.step(100);
  await cpu.get("CORE");
  expect(cpu.read("a0")).toBe(0x6bn);
});

test("clock: virtual time, so that runs repeat", async () => {
  // The ebreak is the sixth instruction after the reset ROM's; 4 ns each.
  const { a0, machine } = await answerOf(call(0x30, 0, 0));
  expect(a0).toBe(0n);
  const bytes = await machine.readMemory(BigInt(BASE + 32), 8);
  const ticks = new DataView(bytes.buffer).getBigUint64(0, true);
  expect(ticks % 4n).toBe(0n);
  expect(ticks).toBeLessThan(100n);
  expect(ticks).toBeGreaterThan(0n);
  expect((await answerOf(call(0x31))).a0).toBe(1_000_000_000n);
  expect((await answerOf(call(0x10))).a0).toBe(0n);
  expect((await answerOf(call(0x11))).a0).toBe(1_767_225_600n);
});

test.each([
  ["a code", [0x2_0026, 0, 0, 0], { reason: "poweroff", exitCode: 0 }],
  ["another code", [0x2_0026, 0, 3, 0], { reason: "failure", exitCode: 3 }],
  ["an abort", [0x2_0023, 0, 0, 0], { reason: "failure", exitCode: 1 }],
])("exit with %s", async (_, block, state) => {
  for (const operation of [0x18, 0x20]) {
    const { machine } = await make(call(operation, ...block));
    await machine.run();
    expect(await machine.waitForStop()).toMatchObject(state);
  }
});

test("files, commands and all else are refused", async () => {
  for (const operation of [0x0a, 0x0c, 0x0d, 0x0e, 0x0f, 0x12, 0x15, 0x16, 0x100]) {
    expect((await answerOf(call(operation, 0, 0, 0, 0))).a0, `operation ${operation}`).toBe(ALL_ONES);
  }
  expect((await answerOf(call(0x13))).a0).toBe(38n);
  // No block of parameters, no string.
  expect((await answerOf(program(li(A1, 0), li(A0, 4), ...CALL, STOP))).a0).toBe(ALL_ONES);
  expect((await answerOf(program(li(A1, 0), li(A0, 5), ...CALL, STOP))).a0).toBe(ALL_ONES);
});

test("without the option, or without the two instructions around it, an ebreak is an ebreak", async () => {
  expect(await answerOf(call(0x04, ...HI), { semihosting: false })).toMatchObject({ a0: 4n, output: "" });
  const [before, ebreak, after] = CALL as [number, number, number];
  for (const [first, last] of [
    [before, 0x13],
    [0x13, after],
  ] as const) {
    const kernel = program(here(A1), addi(A1, A1, 32), li(A0, 4), first, ebreak, last, STOP, STOP, ...HI);
    expect(await answerOf(kernel)).toMatchObject({ a0: 4n, output: "" });
  }
});
