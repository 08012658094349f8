/** Pauses that are to come, and steps that take their time. */
import { afterEach, beforeAll, afterAll, expect, test, vi } from "vitest";
import { createInlineMachine } from "../../../src/worker/inline.ts";
import type { Machine, Movement } from "../../../src/worker/page.ts";
import { DebugModel } from "../../../web/model/debug-model.ts";
import type { MachineView, Notice } from "../../../web/model/machine-model.ts";
import type { RegisterModel } from "../../../web/model/register-model.ts";
import { RunControl } from "../../../web/model/run-control.ts";
import { Store } from "../../../web/model/store.ts";
import { bundled } from "../../boot/machines.ts";

let timer: Machine;

beforeAll(async () => {
  timer = await createInlineMachine(bundled("timer"));
});
afterAll(() => timer.dispose());
afterEach(() => vi.useRealTimers());

const STOPPED: MachineView = { kind: "stopped", reason: "pause", pc: 0n, steps: 0n };

function makeControl(machine: Partial<Machine>, refusal: string | null = null) {
  const view = new Store<MachineView>(STOPPED);
  const notice = new Store<Notice | null>(null);
  const isLate = vi.fn();
  const control = new RunControl({
    machine: () => machine as Machine,
    registers: { moves: () => {} } as RegisterModel,
    ...{ view, notice, isLate },
    addPause: async () => refusal,
    resets: () => {},
  });
  return { control, view, notice, isLate };
}

test("a step over or out is shown as running only when it takes its time", async () => {
  vi.useFakeTimers();
  const moved: Movement[] = [];
  let arrive = (): void => {};
  const move = (movement: Movement) => {
    moved.push(movement);
    return new Promise<never>((resolve) => (arrive = resolve as () => void));
  };
  const { control, isLate } = makeControl({ move });
  const first = control.move({ kind: "over" });
  expect(control.isStepping).toBe(true);
  // A second key press meanwhile is none.
  await control.move({ kind: "out" });
  vi.advanceTimersByTime(149);
  arrive();
  await first;
  vi.advanceTimersByTime(1000);
  expect([control.isStepping, isLate.mock.calls.length]).toEqual([false, 0]);
  control.stepInterrupts.set("taken");
  const second = control.move({ kind: "out" });
  vi.advanceTimersByTime(150);
  expect([control.isStepping, isLate.mock.calls.length]).toEqual([false, 1]);
  arrive();
  await second;
  void control.move({ kind: "until", address: 4n });
  expect(control.isStepping).toBe(false);
  expect(moved).toEqual([
    { kind: "over", interrupts: "held" },
    { kind: "out", interrupts: "taken" },
    { kind: "until", address: 4n },
  ]);
});

test("a pause that is announced is over with any stop, its refusal is a notice", async () => {
  const { control, view, notice } = makeControl({ run: async () => void view.set({ kind: "running" }) } as never);
  await control.pauseAt({ kind: "privilege" }, "change of privilege");
  const announced = { kind: "done", text: "It pauses at the next change of privilege." };
  expect(notice.get()).toEqual(announced);
  control.stands();
  expect(notice.get()).toBeNull();
  // What has been said since then stays.
  await control.pauseAt({ kind: "privilege" }, "change of privilege");
  const other: Notice = { kind: "trouble", text: "The disk is full." };
  notice.set(other);
  control.stands();
  expect(notice.get()).toBe(other);
  const refused = makeControl({}, "stop point 1: there is no privilege 7");
  await refused.control.pauseAt({ kind: "privilege", to: 7 }, "change of privilege");
  expect(refused.notice.get()).toEqual({ kind: "trouble", text: "stop point 1: there is no privilege 7" });
});

test("a pause is one point, in the place of the one before, and gone with the next stop, whatever made that", async () => {
  const debug = new DebugModel();
  const kinds = () => debug.points.get().map(({ id, kind, temporary }) => [id, kind, temporary ?? false]);
  await debug.attach(timer);
  await debug.add({ kind: "trap", exceptions: [2] });
  await debug.addPause({ kind: "trap", exceptions: "all" });
  await debug.addPause({ kind: "privilege" });
  expect(kinds()).toEqual([
    [1, "trap", false],
    [3, "privilege", true],
  ]);
  // A step is no such privilege: the pause is not reached.
  await timer.step(1);
  await debug.refresh();
  expect(kinds()).toEqual([[1, "trap", false]]);
  expect((await timer.breakpoints()).map(({ point }) => point.id)).toEqual([1]);
  await debug.addPause({ kind: "trap", interrupts: "all" });
  await timer.run();
  const state = await timer.waitForStop();
  expect(state).toMatchObject({
    reason: "trap",
    hits: [{ id: 4, temporary: true, trap: { interrupt: true, cause: 7 } }],
  });
  await debug.refresh();
  expect(kinds()).toEqual([[1, "trap", false]]);
});
