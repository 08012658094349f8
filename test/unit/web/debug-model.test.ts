/** What stop points print, on its way to the panels. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LogLine } from "../../../src/worker/page.ts";
import { DebugModel } from "../../../web/model/debug-model.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const line = (steps: number): LogLine => ({ client: 0, id: 1, steps: BigInt(steps), text: `line ${steps}` });

async function attached() {
  const model = new DebugModel();
  let print: (lines: readonly LogLine[]) => void = () => {};
  await model.attach({
    setBreakpoints: async () => [],
    breakpoints: async () => [],
    onLog: (listener) => {
      print = listener;
      return () => {};
    },
  });
  let changes = 0;
  model.log.subscribe(() => changes++);
  return { model, print: (lines: readonly LogLine[]) => print(lines), changes: () => changes };
}

test("a machine that prints faster than anybody reads changes the page four times a second", async () => {
  const { model, print, changes } = await attached();
  print([line(0)]);
  expect(model.log.get()).toEqual([line(0)]);
  for (let n = 1; n <= 2000; n++) print([line(n)]);
  expect(changes()).toBe(1);
  vi.advanceTimersByTime(250);
  expect(changes()).toBe(2);
  // The latest 500.
  expect(model.log.get().map(({ steps }) => Number(steps))).toEqual(Array.from({ length: 500 }, (_, n) => 1501 + n));
  vi.advanceTimersByTime(1000);
  print([line(2001)]);
  expect(changes()).toBe(3);
  expect(model.log.get().at(-1)).toEqual(line(2001));
});

test("what has been cleared does not come back", async () => {
  const { model, print } = await attached();
  print([line(0)]);
  print([line(1)]);
  model.clearLog();
  vi.advanceTimersByTime(1000);
  expect(model.log.get()).toEqual([]);
});
