/** The debugger's half of a machine, as far as the machine has it. */
import type { DebuggerApi, Machine } from "../../src/worker/page.ts";

/** Commands beside those of every client. */
export type Debugger = Omit<DebuggerApi, "move"> & {
  move(movement: Parameters<DebuggerApi["move"]>[0]): Promise<unknown>;
};

export function debuggerOf(machine: Machine): Machine & Debugger {
  const full = machine as Machine & Partial<Debugger>;
  if (full.readVirtual !== undefined) return full as Machine & Debugger;
  const missing = (): Promise<never> => Promise.reject(new Error("This machine has no debugger."));
  return Object.assign(Object.create(machine) as Machine, {
    readVirtual: (va: bigint, length: number) => machine.readMemory(va, length),
    writeVirtual: (va: bigint, bytes: Uint8Array) => machine.writeMemory(va, bytes),
    setBreakpoints: missing,
    breakpoints: missing,
    move: missing,
    evaluate: missing,
    setSymbols: missing,
    addressSpace: missing,
    translate: missing,
    addressRanges: missing,
  }) as Machine & Debugger;
}
