/** The page's model on a real machine in this thread: what is shown, and when. */
import { afterEach, expect, test, vi } from "vitest";
import { createInlineMachine } from "../../../src/worker/inline.ts";
import type { createMachine, Machine, MachineState } from "../../../src/worker/page.ts";
import type { BundledGuest } from "../../../web/model/bundled-guests.ts";
import type { CpuRegisters } from "../../../src/sync/cpu-registers.ts";
import type { Frames } from "../../../web/model/frame-reader.ts";
import { InstructionRate } from "../../../web/model/instruction-rate.ts";
import { MachineModel } from "../../../web/model/machine-model.ts";
import { groupsToOpen, RegisterModel } from "../../../web/model/register-model.ts";
import type { ChosenFile } from "../../../web/model/snapshot-file.ts";
import { loadSettings } from "../../../web/model/settings.ts";
import { bundledGuests, path } from "../../boot/machines.ts";

/** Frames that are drawn when the test says so. */
class ManualFrames implements Frames {
  private waiting: (() => void) | null = null;
  drawn = 0;
  time = 0;
  /** What was asked for last. */
  ms = 0;

  delay(ms: number, callback: () => void): () => void {
    this.ms = ms;
    this.waiting = callback;
    return () => {
      this.waiting = null;
    };
  }

  frame(callback: () => void): () => void {
    this.drawn++;
    callback();
    return () => {};
  }

  now(): number {
    return this.time;
  }

  /** Lets 100 ms go by. */
  tick(): void {
    this.time += 100;
    this.waiting?.();
  }
}

/** Of a busy computer. */
const PATIENCE = { timeout: 60_000 };

const hello = bundledGuests.find(({ id }) => id === "hello") as unknown as BundledGuest;
const made: Machine[] = [];

function makeModel() {
  const frames = new ManualFrames();
  const model = new MachineModel(new RegisterModel(["CORE"]), frames, async (options, onState) => {
    const kernel = path(`public/${options.kernel}`);
    const machine = await createInlineMachine({ ...options, kernel, coreUrl: undefined, paced: true }, onState);
    made.push(machine);
    return machine;
  });
  return { model, frames };
}

afterEach(async () => {
  for (const machine of made.splice(0)) await machine.dispose();
  vi.unstubAllGlobals();
});

/** hello, paused in the middle of its work. */
async function pausedHello() {
  const { model, frames } = makeModel();
  let output = "";
  model.console.onOutput((bytes) => {
    output += new TextDecoder().decode(bytes);
  });
  await model.open(hello);
  await expect.poll(() => output).toContain("s1 = 1, squared 1\r\n");
  await model.control.pause();
  await expect.poll(() => model.registers.view("CORE").get().state).toBe("clean");
  return { model, frames, core: model.registers.view("CORE") };
}

function indexOf(model: MachineModel, register: string): number {
  const registers = model.registers.groups.get().find(({ row }) => row.name === "CORE")?.registers ?? [];
  return registers.findIndex(({ row }) => row.name === register);
}

test("a frame in which nothing changed makes nothing new", async () => {
  const { frames, core } = await pausedHello();
  const before = core.get();
  let heard = 0;
  core.subscribe(() => heard++);
  for (let n = 0; n < 10; n++) frames.tick();
  expect(core.get()).toBe(before);
  expect(heard).toBe(0);
});

test("a step is never shown as running, and marks what it changed", async () => {
  const { model, core } = await pausedHello();
  const kinds: string[] = [];
  model.view.subscribe(() => kinds.push(model.view.get().kind));
  await model.control.step();
  await expect.poll(() => core.get().changed[indexOf(model, "pc")]).toBe(true);
  expect(kinds).toEqual(["stopped"]);
  expect(core.get().changed.filter(Boolean).length).toBeLessThanOrEqual(2);
});

test("of the steps asked for while one is under way one more is made", async () => {
  const { model } = await pausedHello();
  const steps = () => (model.view.get() as { steps: bigint }).steps;
  const before = steps();
  await Promise.all([model.control.step(), model.control.step(), model.control.step()]);
  expect(steps()).toBe(before + 2n);
  await model.control.step();
  expect(steps()).toBe(before + 3n);
});

test("a refused run leaves edits, marks and privilege as they were", async () => {
  const { model, core } = await pausedHello();
  await model.control.step();
  await expect.poll(() => core.get().changed[indexOf(model, "pc")]).toBe(true);
  expect(model.registers.privilege.get()).toBe("M");
  const { changed } = core.get();
  expect(await model.registers.edit("pc", 1n)).toBeNull();
  await model.control.run();
  expect(model.view.get()).toMatchObject({ kind: "stopped", reason: "step" });
  expect(model.notice.get()).toEqual({ kind: "trouble", text: expect.stringMatching(/^EREJECT CORE\.pc: /) });
  expect(model.registers.errors.get().get("pc")).toMatch(/^EREJECT/);
  expect(core.get().edited[indexOf(model, "pc")]).toBe(true);
  expect(core.get().changed).toEqual(changed);
  expect(model.registers.privilege.get()).toBe("M");
  await model.registers.revert();
  expect(model.registers.errors.get().size).toBe(0);
  expect(model.registers.dirtyGroups.get()).toBe(0);
});

test("only the machine that was opened last is kept", async () => {
  const { model } = makeModel();
  const first = model.open(hello);
  const second = model.open(hello);
  await Promise.all([first, second]);
  expect(made).toHaveLength(2);
  expect(made.map(({ state }) => state.kind).sort()).toEqual(["dead", "running"]);
  expect(model.view.get().kind).toBe("running");
});

test("progress that arrives after the failure does not hide it", async () => {
  let report: (state: MachineState) => void = () => {};
  const create: typeof createMachine = async (_options, onState) => {
    report = onState ?? report;
    throw new Error("kernel: truncated");
  };
  const model = new MachineModel(new RegisterModel([]), new ManualFrames(), create);
  await model.open(hello);
  report({ kind: "loading", loaded: 1, total: 2 });
  expect(model.view.get()).toEqual({ kind: "failed", message: "kernel: truncated" });
});

test("what is folded is not fetched", async () => {
  const { model } = await pausedHello();
  expect(model.registers.view("TIME").get()).toMatchObject({ state: "stale", values: null });
  model.registers.toggle("TIME");
  await expect.poll(() => model.registers.view("TIME").get().state).toBe("clean");
  expect(model.registers.view("TIME").get().values).toHaveLength(2);
});

test("a guest that waits for an interrupt asks for no frames", async () => {
  const { model, frames } = makeModel();
  await model.open(hello);
  await expect.poll(() => model.view.get()).toMatchObject({ kind: "running" });
  // hello prints and then sleeps 100 ms of the host's time: between two of these moments nothing is executed.
  await vi.waitFor(() => {
    frames.tick();
    const { drawn } = frames;
    frames.tick();
    expect(frames.drawn).toBe(drawn);
  }, PATIENCE);
  const { drawn } = frames;
  await vi.waitFor(() => {
    frames.tick();
    expect(frames.drawn).toBeGreaterThan(drawn);
  }, PATIENCE);
});

test("a guest that has mostly waited for three seconds is looked at less often", async () => {
  const { model, frames } = makeModel();
  await model.open(hello);
  await expect.poll(() => model.view.get()).toMatchObject({ kind: "running" });
  const pace: number[] = [frames.ms];
  for (let n = 0; n < 35; n++) {
    frames.tick();
    pace.push(frames.ms);
  }
  // The whole program has about 10,000 instructions. Its rate is known after 500 ms; it counts as idle 3 s later.
  expect(model.reader.rate.get()).toBe(0);
  expect(pace).toEqual([...new Array(34).fill(100), 500, 500]);
});

test("what is shown of the running machine comes without a message", async () => {
  const { model, frames } = makeModel();
  await model.open(hello);
  const [machine] = made as [Machine];
  const core = model.registers.view("CORE");
  const get = vi.spyOn(machine.cpus[0] as CpuRegisters, "get");
  const seen = new Set<readonly bigint[] | null>();
  await vi.waitFor(() => {
    frames.tick();
    expect(seen.add(core.get().values).size).toBeGreaterThan(3);
  }, PATIENCE);
  expect(core.get()).toMatchObject({ state: "stale", edited: [], changed: [] });
  expect(get).not.toHaveBeenCalled();
  // Unfolded now: published from now on.
  await model.registers.toggle("TIME");
  expect(model.registers.view("TIME").get().values).toHaveLength(2);
  expect(get).not.toHaveBeenCalled();
});

const file = (name: string, bytes: Uint8Array): ChosenFile => ({
  name,
  size: bytes.length,
  arrayBuffer: async () => bytes.slice().buffer,
});

test("saved and loaded: the machine goes on from where it was saved", async () => {
  const { model, core } = await pausedHello();
  const s1 = () => core.get().values?.[indexOf(model, "s1")];
  const pc = indexOf(model, "pc");
  const { steps } = (made[0] as Machine).state as { steps: bigint };
  expect(await model.registers.edit("s1", 1000n)).toBeNull();
  const saved = await model.save();
  expect(saved?.name).toBe(`hello-${steps}.vitrine`);
  expect(model.notice.get()).toEqual({
    kind: "done",
    text: `Saved as hello-${steps}.vitrine, ${saved?.bytes.length.toLocaleString("en")} bytes. The edits of CORE have been applied first.`,
  });
  expect([core.get().state, model.registers.dirtyGroups.get()]).toEqual(["clean", 0]);
  const there = core.get().values?.[pc];
  await model.control.step();
  await expect.poll(() => core.get().values?.[pc]).not.toBe(there);
  await model.registers.edit("s1", 5n);
  await model.load(file("kept", saved?.bytes as Uint8Array));
  expect(model.notice.get()).toEqual({
    kind: "done",
    text: "kept is loaded. Pending edits of registers have been dropped.",
  });
  expect([s1(), core.get().values?.[pc], core.get().changed]).toEqual([1000n, there, []]);
  expect(model.view.get()).toMatchObject({ kind: "stopped", steps });
});

test("a file that is no snapshot is refused by name and reason, and nothing changes", async () => {
  const { model, core } = await pausedHello();
  const before = core.get();
  const hash = await made[0]?.stateHash();
  await model.load(file("notes.txt", new TextEncoder().encode("no snapshot")));
  expect(model.notice.get()).toEqual({
    kind: "trouble",
    text: "notes.txt is not loaded, and nothing has changed: this is not a snapshot of a Vitrine machine",
  });
  await model.load({ ...file("film.mkv", new Uint8Array()), size: 9e9 });
  expect(model.notice.get()?.text).toMatch(/^film\.mkv is not loaded, .*: it has 9000\.0 MB, and no snapshot of this/);
  expect(core.get()).toBe(before);
  expect(await made[0]?.stateHash()).toBe(hash);
  expect(model.busy.get()).toBeNull();
});

test("the meter is read while somebody looks, and not otherwise", async () => {
  const { model } = await pausedHello();
  const [machine] = made as [Machine];
  const meter = vi.spyOn(machine, "meter");
  expect(model.meter.clients.get()).toBeNull();
  // Closed before the answer is there.
  model.meter.watch()();
  await meter.mock.results[0]?.value;
  expect(model.meter.clients.get()).toBeNull();
  meter.mockClear();
  const end = model.meter.watch();
  await expect.poll(() => model.meter.clients.get()).not.toBeNull();
  const [main] = model.meter.clients.get() ?? [];
  expect(main).toMatchObject({
    name: "main",
    groups: { CORE: { kept: 0, applied: 0 }, FP: { requests: 0, bytes: 0 } },
  });
  // x1 to x31 and pc, of 8 bytes each, once or more.
  const bytes = main?.groups.CORE?.bytes ?? 0;
  expect([bytes > 0, bytes % 256]).toEqual([true, 0]);
  expect(main?.allBytes).toBeGreaterThan(main?.bytes ?? 0);
  end();
  expect(meter).toHaveBeenCalledTimes(1);
});

test("an instruction rate needs half a second, and begins anew after a reset", () => {
  const rate = new InstructionRate();
  rate.restart(0, 0n);
  expect(rate.update(400, 9_000_000n)).toBeNull();
  expect(rate.update(500, 10_000_000n)).toBe(20_000_000);
  expect(rate.update(600, 10_000_000n)).toBe(20_000_000);
  expect(rate.update(1000, 10_000_000n)).toBe(0);
  expect(rate.update(1100, 5n)).toBeNull();
});

const TWICE = '{"kind":"tabs","panels":["meter","meter"],"shown":"meter"}';

test.each([
  ["nothing", null, false, null],
  ["a theme", '{"theme":"light"}', false, "light"],
  ["no JSON", "{", true, null],
  ["a list", "[]", true, null],
  ["an unknown theme", '{"theme":"plaid"}', true, null],
  ["groups that are no names", '{"openGroups":[1]}', true, null],
  ["an unknown layout", '{"layouts":{"current":"upside down","changed":{}}}', true, null],
  ["a layout with a panel twice", `{"layouts":{"current":"look","changed":{"look":${TWICE}}}}`, true, null],
  ["pins that are no names", '{"pinned":"pc"}', true, null],
  ["another way to step", '{"theme":"light","stepInterrupts":"some"}', true, null],
  ["a known way to step", '{"theme":"light","stepInterrupts":"taken"}', false, "light"],
])("stored settings: %s", (_, stored, damaged, theme) => {
  vi.stubGlobal("localStorage", { getItem: () => stored, setItem: () => {} });
  const loaded = loadSettings();
  expect(loaded.damaged).toBe(damaged);
  expect(loaded.settings.theme).toBe(theme);
});

test("stored groups that no longer exist are left out", () => {
  expect(groupsToOpen(["FP", "GONE", "toString"])).toEqual(["FP"]);
  expect(groupsToOpen(null)).toContain("CORE");
});
