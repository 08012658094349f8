// Code that is rewritten all the time, and code in more pages than the caches hold: nothing grows, and the result is right.
import { afterEach, expect, test } from "vitest";
import { BareMachine } from "./riscv64/bare-machine.ts";
import { churn, churned } from "./riscv64/churn.ts";

const open: BareMachine[] = [];

afterEach(async () => {
  for (const { machine } of open.splice(0)) await machine.dispose();
});

const STEPS = 1_000_000;

test.each([
  { pages: 1, rounds: 8 },
  { pages: 3, rounds: 8 },
  { pages: 1500, rounds: 4 },
])("$pages pages, rewritten for millions of steps", async ({ pages, rounds }) => {
  const vm = await BareMachine.create({ kernel: churn(pages), jit: { threshold: 10, compile: "sync" } });
  open.push(vm);
  const { tableLength } = vm;
  const { buffer } = vm.machine.memory;
  for (let i = 0; i < rounds; i++) {
    await vm.advance(STEPS);
    const { jit } = vm.machine.statistics();
    expect(jit!.regions).toBeLessThanOrEqual(4096);
    expect(jit!.slots).toBeLessThanOrEqual(4096);
    expect(jit!.refused).toBe(0);
  }
  expect(vm.machine.memory.buffer).toBe(buffer);
  expect(vm.tableLength).toBe(tableLength);
  // Up to the end of a function's calls.
  while (vm.read("a5")[0] === 0n) await vm.advance(1);
  while (vm.read("a5")[0] !== 0n) await vm.advance(1);
  const [total, round] = vm.read("a0", "a3");
  expect(Number(round)).toBeGreaterThan((STEPS * rounds) / 250);
  expect(total).toBe(churned(Number(round)));
  const { jit } = vm.machine.statistics();
  expect(jit!.translated).toBeGreaterThan(1000);
  expect(Number(jit!.compiledSteps)).toBeGreaterThan((STEPS * rounds) / 2);
});
