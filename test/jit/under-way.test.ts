// While a region waits for its module, the places at which it will be entered are not translated a second time.
import { afterEach, expect, test, vi } from "vitest";
import { BareMachine } from "./riscv64/bare-machine.ts";
import { SMALL_REGIONS, STEPS, THRESHOLD } from "./riscv64/small-regions.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("the headers of two loops are one region, whichever becomes hot first", async () => {
  const { code } = SMALL_REGIONS["nested loops"];
  const vm = await BareMachine.create({ kernel: code, jit: { threshold: THRESHOLD, compile: "async" } });
  vi.spyOn(WebAssembly, "compile").mockReturnValue(new Promise(() => {}));
  await vm.advance(STEPS);
  // One from the innermost header on, with the other inner loop; one from where the outer loop begins.
  const { jit } = vm.machine.statistics();
  await vm.machine.dispose();
  expect(jit).toMatchObject({ translated: 2, regions: 0, compiledSteps: 0n });
});
