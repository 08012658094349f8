/** Files are read at once as long as the host answers out of its memory. */
import { afterEach, expect, test, vi } from "vitest";
import { Promptness } from "../../../src/worker/node-files/promptness.ts";

afterEach(() => void vi.useRealTimers());

test("after two slow answers in a row nothing is attempted for twenty times as long", () => {
  vi.useFakeTimers({ toFake: ["performance"], now: 1000 });
  const promptness = new Promptness();
  const take = (ms: number) => promptness.attempt(() => vi.advanceTimersByTime(ms) && ms);
  expect([take(1), take(9), take(1), take(3), take(5)]).toEqual([1, 9, 1, 3, 5]);
  expect(take(1)).toBeNull();
  vi.advanceTimersByTime(99);
  expect(take(1)).toBeNull();
  vi.advanceTimersByTime(1);
  expect([take(1), take(7), take(1)]).toEqual([1, 7, 1]);
  const fails = () =>
    promptness.attempt(() => {
      vi.advanceTimersByTime(3);
      throw new Error("bad");
    });
  expect(fails).toThrow("bad");
  expect(fails).toThrow("bad");
  expect(fails()).toBeNull();
});
