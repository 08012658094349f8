// Interrupts before each instruction of compiled code: each finds the state that it finds when the code is interpreted.
import { expect, test } from "vitest";
import { MODES } from "./modes.ts";
import { BareMachine } from "./riscv64/bare-machine.ts";
import { interruptedLoop, NOTES } from "./riscv64/interrupted-loop.ts";

const STEPS = 1_000_000;

test("a timer strikes before each instruction of a loop", async () => {
  const { code, addresses, first } = interruptedLoop();
  const hashes: string[] = [];
  for (const { jit } of MODES) {
    // 128 ns a step: a timer's tick of 100 ns can end before any of them.
    const vm = await BareMachine.create({ kernel: code, shift: 7, jit });
    await vm.advance(STEPS);
    hashes.push(vm.machine.stateHash());
    const notes = addresses.map((address) => [address, vm.doubleword(NOTES + (address - first) * 4n)] as const);
    const never = notes.filter(([, count]) => count === 0n).map(([address]) => address.toString(16));
    expect(never).toEqual([]);
    const total = notes.reduce((sum, [, count]) => sum + count, 0n);
    expect(total).toBeGreaterThan(4000n);
    if (jit) expect(Number(vm.compiledSteps)).toBeGreaterThan(STEPS * 0.5);
    await vm.machine.dispose();
  }
  expect(hashes[1]).toBe(hashes[0]);
});
