/** The debugger on the bundled Linux, with the symbols beside its kernel. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listedSymbols } from "../../src/debug/symbols.ts";
import { createInlineMachine } from "../../src/worker/inline.ts";
import type { Machine } from "../../src/worker/machine-client.ts";
import { bundled, path } from "../boot/machines.ts";
import { go, read } from "./machines.ts";

const symbols = listedSymbols(gunzipSync(readFileSync(path("public/guests/linux/vmlinux.symbols.gz"))).toString());
let machine: Machine;

function address(name: string): bigint {
  const found = symbols.find(name);
  if (found === null) throw new Error(`the kernel has no symbol ${name}`);
  return found.address;
}

beforeAll(async () => {
  machine = await createInlineMachine(bundled("linux"));
  await machine.setSymbols(symbols.symbols);
});

afterAll(() => machine.dispose());

// One boot, step by step: the order of these tests is that of the kernel's life.
test("a breakpoint at a kernel address, set before the kernel has switched paging on", async () => {
  await machine.setBreakpoints([{ id: 1, kind: "execute", address: address("start_kernel") }]);
  expect(await go(machine)).toMatchObject({ reason: "breakpoint", pc: address("start_kernel"), hits: [{ hits: 1 }] });
  expect(await read(machine, "priv")).toEqual([1n]);
  const translation = await machine.translate(address("start_kernel"), { access: "fetch" });
  expect(translation).toMatchObject({ fault: null, pageBytes: 1n << 21n });
  expect(["Sv39", "Sv48", "Sv57"]).toContain(translation.scheme);
});

test("the kernel's banner, read through its own addresses", async () => {
  const banner = await machine.readVirtual(address("linux_banner"), 14);
  expect(new TextDecoder().decode(banner)).toBe("Linux version ");
  expect((await machine.evaluate("*(u8*)linux_banner == 'L'")).text).toBe("1");
});

test("what it prints, from where it prints it", async () => {
  await machine.setBreakpoints([{ id: 1, kind: "console", text: "Linux version 6." }]);
  expect(await go(machine)).toMatchObject({ reason: "console" });
});

test("the first process begins with a page that is not there yet", async () => {
  await machine.setBreakpoints([{ id: 1, kind: "privilege", to: 0 }]);
  const state = await go(machine);
  expect(state).toMatchObject({ reason: "privilege", hits: [{ privilege: { from: 1, to: 0 } }] });
  const { fault } = await machine.translate(state.pc, { access: "fetch" });
  expect(fault).toEqual({ cause: 12, why: "V is 0: nothing is mapped here" });
  await expect(machine.readVirtual(state.pc, 4)).rejects.toThrow(
    `address 0x${state.pc.toString(16)} is not mapped: V is 0`,
  );
  const ranges = await machine.addressRanges();
  // The kernel's code is mapped for itself, where its symbols say.
  const text = ranges.find(({ va, bytes }) => va <= address("_stext") && address("_stext") < va + bytes);
  expect(text).toMatchObject({ user: false, execute: true });
});

test("a condition on a system call's number, at the handler", async () => {
  // openat is 56 (asm-generic/unistd.h); a7 holds it at the trap.
  await machine.setBreakpoints([{ id: 1, kind: "trap", exceptions: [8], condition: "a7 == 56", temporary: true }]);
  const state = await go(machine);
  expect(state).toMatchObject({ reason: "trap", pc: address("handle_exception") });
  const [a7, sepc] = await read(machine, "a7", "sepc");
  expect(a7).toBe(56n);
  expect(state.hits?.[0]?.trap).toMatchObject({ cause: 8, pc: sepc });
});
