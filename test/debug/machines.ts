/** Machines for the tests of the debugger: bundled bare-metal programs with their symbols, in the test's own thread. */
import { readFileSync } from "node:fs";
import { afterEach } from "vitest";
import { elfSymbols } from "../../src/debug/symbols.ts";
import { createInlineMachine } from "../../src/worker/inline.ts";
import type { MachineOptions } from "../../src/worker/machine-api.ts";
import type { Machine } from "../../src/worker/machine-client.ts";
import { path } from "../boot/machines.ts";

const open: Machine[] = [];

afterEach(async () => {
  for (const machine of open.splice(0)) await machine.dispose();
});

/** A bundled program and the address of each of its symbols. */
export async function bareProgram(name: string, options: Partial<MachineOptions> = {}) {
  const kernel = path(`public/guests/${name}.elf`);
  const symbols = elfSymbols(readFileSync(kernel));
  const machine = await createInlineMachine({ target: "riscv64", memory: 16 << 20, kernel, paced: false, ...options });
  open.push(machine);
  await machine.setSymbols(symbols.symbols);
  const address = (symbol: string): bigint => {
    const found = symbols.find(symbol);
    if (found === null) throw new Error(`${name}.elf has no symbol ${symbol}`);
    return found.address;
  };
  return { machine, symbols, address };
}

/** A program of so many instructions at the start of RAM. */
export async function instructions(kernel: Uint8Array, options: Partial<MachineOptions> = {}): Promise<Machine> {
  const machine = await createInlineMachine({ target: "riscv64", memory: 16 << 20, kernel, ...options });
  open.push(machine);
  return machine;
}

/** Runs until the machine stands. */
export async function go(machine: Machine) {
  await machine.run();
  return machine.waitForStop();
}

/** Values of registers of a machine that stands. */
export async function read(machine: Machine, ...names: string[]): Promise<bigint[]> {
  const [cpu] = machine.cpus;
  await cpu.get(["CORE", "PRIV", "STATUS", "MMU", "TRAP", "MTRAP"]);
  return names.map((name) => cpu.read(name));
}
