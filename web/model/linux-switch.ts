/** Where a kernel switches from one task to another: the instruction at which all registers are the next one's. */
import type { LinuxTarget } from "../../src/spec/linux-target.ts";
import type { Kernel } from "./linux-kernel.ts";
import type { ReadKernel, TaskReader } from "./linux-tasks.ts";

/** What an instruction does to the stack of calls, and its length; null: its bytes are too few. */
export type FlowOf = (bytes: Uint8Array) => { readonly flow: string; readonly length: number } | null;

/** More bytes are no function that only changes registers. */
const MOST_BYTES = 1024;

export async function loadFlow(target: string): Promise<FlowOf> {
  const module: { codeFlow: FlowOf } = await import(`../../src/debug/${target}/code-flow.ts`);
  return module.codeFlow;
}

/** A kernel that switches, and what reads it. */
export interface SwitchingKernel {
  readonly read: ReadKernel;
  readonly kernel: Kernel;
  readonly target: LinuxTarget;
  readonly flowOf: FlowOf;
}

/** Address of the return of the function that switches; null: the kernel has none that is known. Throws an Error where it cannot be read. */
export async function endOfSwitch({ read, kernel, target, flowOf }: SwitchingKernel): Promise<bigint | null> {
  const symbol = kernel.symbols.find(target.taskSwitch.function);
  if (symbol === null) return null;
  const bytes = await read(symbol.address, Math.min(symbol.size || MOST_BYTES, MOST_BYTES));
  for (let at = 0; at < bytes.length; ) {
    const found = flowOf(bytes.subarray(at));
    if (found?.flow === "return") return symbol.address + BigInt(at);
    // What calls others is no such function.
    if (found?.flow !== "other") return null;
    at += found.length;
  }
  return null;
}

/** The switch at whose end the machine stands, as in "Switched from sh (42) to kworker/0:1 (17)". Throws an Error if that cannot be. */
export async function switchText({
  machine,
  target,
  reader,
}: {
  readonly machine: { evaluate(expression: string): Promise<{ readonly value: bigint }> };
  readonly target: LinuxTarget;
  readonly reader: TaskReader;
}): Promise<string> {
  const { previous, current } = target.taskSwitch;
  const task = async (register: string) => reader.taskText((await machine.evaluate(`$${register}`)).value);
  return `Switched from ${await task(previous)} to ${await task(current)}`;
}
