/** Several clients of one machine: holds, conflicts, samples, subscriptions, edit-and-go and the meter; over shared memory and over copies. */
import { afterEach, describe, expect, test } from "vitest";
import { createInlineMachine } from "../../src/worker/inline.ts";
import type { Machine } from "../../src/worker/machine-client.ts";
import { nodePlatform } from "../../src/worker/node-adapter.ts";
import { addi, jump } from "./riscv64/hart-machine.ts";
import { codeOf } from "./code-of.ts";

const RAM = 0x8000_0000n;
/** A poll that misses nothing for long. */
const OFTEN = { interval: 1 };
let machine: Machine;

afterEach(() => machine.dispose());

const words = (...instructions: number[]): Uint8Array => new Uint8Array(Uint32Array.from(instructions).buffer);
/** x5 and x6 count together; at each boundary but the one between them they are equal. */
const COUNTING = words(addi(5, 0, 0), addi(6, 0, 0), addi(5, 5, 1), addi(6, 6, 1), jump(-2));

describe.each([
  ["shared memory", false],
  ["copies", true],
])("over %s", (_name, copying) => {
  async function counting(): Promise<Machine> {
    const options = { target: "riscv64", memory: 16 << 20, kernel: COUNTING };
    machine = await createInlineMachine(options, undefined, nodePlatform, copying);
    expect(machine.sharesMemory).toBe(!copying);
    await machine.step(8);
    return machine;
  }

  const turns = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const steps = async (): Promise<bigint> => (await machine.statistics()).steps;
  /** The machine has gone on since it had retired so many instructions; none of these programs traps. */
  const moved = async (instret: bigint): Promise<void> => {
    await expect.poll(steps, OFTEN).toBeGreaterThan(instret);
  };

  test("T38 two clients hold; one releases: the machine does not move until the other does", async () => {
    await counting();
    const gdb = await machine.client("gdb");
    await machine.run();
    await machine.hold();
    await gdb.hold();
    await gdb.hold();
    const stood = await steps();
    await machine.release();
    await gdb.release();
    await turns(20);
    expect([machine.state.kind, await steps()]).toEqual(["stopped", stood]);
    await gdb.release();
    await expect.poll(() => machine.state.kind).toBe("running");
    await expect.poll(steps).toBeGreaterThan(stood);
    expect(await codeOf(() => gdb.release())).toBe("EINVAL ");
  });

  test("no client resumes another's pause; who leaves gives its holds back", async () => {
    await counting();
    const gdb = await machine.client("gdb");
    await machine.run();
    await gdb.pause();
    await machine.run();
    await turns(10);
    expect(machine.state.kind).toBe("stopped");
    expect(await codeOf(() => machine.step())).toBe("EBUSY ");
    await gdb.close();
    await expect.poll(() => machine.state.kind).toBe("running");
    await machine.pause();
    await expect(gdb.pause()).rejects.toThrow("there is no client");
  });

  test("the last release puts edits; if one is rejected the hold stays", async () => {
    await counting();
    await machine.run();
    await machine.hold();
    const [cpu] = machine.cpus;
    await cpu!.get("CORE");
    cpu!.edit("pc", 1n);
    expect(await codeOf(() => machine.release())).toBe("EREJECT CORE.pc");
    expect([machine.state.kind, cpu!.state("CORE")]).toEqual(["stopped", "dirty"]);
    cpu!.edit("pc", RAM + 8n);
    await machine.release();
    expect(machine.state.kind).toBe("running");
  });

  test("T14 clients see each other's edits; an edit that one has not seen is a conflict, even with the same value", async () => {
    await counting();
    const gdb = await machine.client("gdb");
    const [a, b] = [machine.cpus[0]!, gdb.cpus[0]!];
    await a.get("CORE");
    await b.get("CORE");
    expect([a.read("x7"), b.read("x7")]).toEqual([0n, 0n]);
    a.edit("x7", 1n);
    a.edit("x7", 0n);
    expect(await codeOf(() => b.edit("x7", 5n))).toBe("ECONFLICT CORE.x7");
    b.edit("x8", 8n);
    expect([b.isEdited("x7"), b.read("x7"), a.read("x8")]).toEqual([true, 0n, 8n]);
    b.edit("x7", 5n);
    expect((await a.put("CORE")).applied).toBe(1);
    expect([a.read("x7"), a.read("x8"), a.state("CORE")]).toEqual([5n, 8n, "clean"]);
    // Now that nothing is pending, nobody's edit can be overwritten.
    a.edit("x7", 6n);
    expect(await codeOf(() => b.writeGroup("MMU", { satp: 0n }))).toBe("no error");
    expect((await a.revert("FULL")).dropped).toBe(0x41);
  });

  test("a debugger's whole register file is applied as the difference to what it read", async () => {
    await counting();
    const gdb = await machine.client("gdb");
    const [page, cpu] = [machine.cpus[0]!, gdb.cpus[0]!];
    await cpu.get("CORE");
    const names = cpu.groups.find(({ row }) => row.name === "CORE")!.registers.map(({ row }) => row.name);
    const read = Object.fromEntries(cpu.readGroup("CORE").map((value, n) => [names[n], value]));
    page.edit("x9", 9n);
    cpu.writeDifferences("CORE", { ...read, [names[9]!]: 10n });
    expect((await page.put("CORE")).applied).toBe(1);
    expect([page.read("x9"), page.read("x10"), page.read("x5")]).toEqual([9n, 10n, read[names[4]!]]);
  });

  test("T18 a sample of the running machine is one cut, and leaves its groups stale", async () => {
    await counting();
    await machine.run();
    let last = -1n;
    for (let n = 0; n < 20; n++) {
      const { groups, instret, epoch } = await machine.sample(["CORE", "COUNT"]);
      const core = groups.get("CORE")!;
      const [x5, x6] = [core[4]!, core[5]!];
      expect(groups.get("COUNT")![1]).toBe(instret);
      // Eight instructions before the loop, three a round.
      expect([x5, x6]).toEqual([(instret - 6n) / 3n, (instret - 7n) / 3n]);
      expect(epoch).toBe(2);
      expect(instret).toBeGreaterThanOrEqual(last);
      last = instret;
      expect(machine.cpus[0]!.state("CORE")).toBe("stale");
      await turns(1);
    }
  });

  test("a sample of a held machine shows pending edits", async () => {
    await counting();
    const [cpu] = machine.cpus;
    await cpu!.get("CORE");
    cpu!.edit("x7", 77n);
    const { groups } = await machine.sample("RUNTIME");
    expect(groups.get("CORE")![6]).toBe(77n);
    expect(cpu!.state("CORE")).toBe("dirty");
  });

  test("edit-and-go changes a running machine, which goes on; a bad edit changes nothing", async () => {
    await counting();
    await machine.run();
    const before = await machine.sample("CORE");
    expect(
      (
        await machine.editAndGo([
          { cpu: 0, name: "x6", value: 0n },
          { cpu: 0, name: "x5", value: 0n },
        ])
      ).applied,
    ).toEqual([1]);
    const { groups, epoch } = await machine.sample("CORE");
    const [x5, x6] = [groups.get("CORE")![4]!, groups.get("CORE")![5]!];
    expect(x5 < before.groups.get("CORE")![4]! + 1_000_000_000n && x5 - x6 <= 1n && x6 - x5 <= 1n).toBe(true);
    expect(epoch).toBe(before.epoch + 1);
    const edits = [
      { cpu: 0, name: "x5", value: 1n << 62n },
      { cpu: 0, name: "pc", value: 3n },
    ];
    expect(await codeOf(() => machine.editAndGo(edits))).toBe("EREJECT CORE.pc");
    expect(machine.state.kind).toBe("running");
    expect((await machine.sample("CORE")).groups.get("CORE")![4]).toBeLessThan(1n << 62n);
    expect(await codeOf(() => machine.editAndGo([{ cpu: 0, name: "mhartid", value: 3n }]))).toBe("EROFS ID.mhartid");
    expect(await codeOf(() => machine.editAndGo([{ cpu: 1, name: "x5", value: 3n }]))).toBe("EINVAL ");
    // The same of a machine that stands: put at once, and it goes on standing.
    await machine.pause();
    await machine.editAndGo([{ cpu: 0, name: "x7", value: 7n }]);
    expect([machine.cpus[0]!.read("x7"), machine.cpus[0]!.state("CORE"), machine.state.kind]).toEqual([
      7n,
      "clean",
      "stopped",
    ]);
  });

  test("a subscription shows one cut after another without a get, and the last when the machine has stopped", async () => {
    await counting();
    const live = await machine.subscribe(["CORE", "COUNT"], 200);
    expect(live.update()).toBe(true);
    expect(live.update()).toBe(false);
    const known = live.values("CORE");
    expect(live.values("CORE")).toBe(known);
    await machine.run();
    for (let news = 0; news < 10; news++) {
      await expect.poll(() => live.update(), OFTEN).toBe(true);
      expect(live.values("COUNT")[1]).toBe(live.stamp.instret);
    }
    await machine.pause();
    live.update();
    const now = await machine.sample(["CORE", "COUNT"]);
    expect(live.stamp.instret).toBe(now.instret);
    expect(live.values("CORE")).toEqual(now.groups.get("CORE"));
    await live.end();
    await machine.step(3);
    expect(live.update() && live.stamp.instret !== now.instret).toBe(false);
    expect(await codeOf(() => machine.subscribe("CORE", 0))).toBe("EINVAL ");
    expect(await codeOf(() => machine.subscribe("VEC", 10))).toBe("ENOTSUP VEC");
  });

  test("subscriptions to different groups at different rates, and samples between them, spoil none of the cuts", async () => {
    await counting();
    const fast = await machine.subscribe(["CORE", "COUNT"], 200);
    const slow = await machine.subscribe(["CORE", "FP"], 50);
    await machine.run();
    let [fasts, slows, spoilt] = [0, 0, 0];
    const look = (): number => {
      if (fast.update()) fasts++;
      if (slow.update()) slows++;
      if (fast.values("COUNT")[1] !== fast.stamp.instret) spoilt++;
      return Math.min(fasts, slows);
    };
    await expect.poll(look, OFTEN).toBeGreaterThanOrEqual(5);
    expect(spoilt).toBe(0);
    await moved(fast.stamp.instret);
    await machine.sample("CORE");
    expect(fast.update()).toBe(true);
    expect(fast.values("COUNT")[1]).toBe(fast.stamp.instret);
  });

  test("a get of one group brings along what a subscriber reads together with it", async () => {
    await counting();
    const rare = await machine.subscribe(["CORE", "COUNT"], 1);
    await machine.run();
    await expect.poll(() => rare.update(), OFTEN).toBe(true);
    const { instret } = rare.stamp;
    await moved(instret);
    await machine.cpus[0]!.get("CORE");
    // Within the second until the next publication this is the only news.
    expect(rare.update()).toBe(true);
    expect(rare.stamp.instret).toBeGreaterThan(instret);
    expect(rare.values("COUNT")[1]).toBe(rare.stamp.instret);
  });

  test("each client's want is published at stops, and no other's overwrites it", async () => {
    await counting();
    const gdb = await machine.client("gdb");
    machine.cpus[0]!.want("CORE");
    gdb.cpus[0]!.want(["FP", "TRAP"]);
    await machine.step();
    const states = () => (["CORE", "FP", "TRAP", "MMU"] as const).map((name) => machine.cpus[0]!.state(name));
    expect(states()).toEqual(["clean", "clean", "clean", "stale"]);
    gdb.cpus[0]!.want([]);
    await machine.step();
    expect(states()).toEqual(["clean", "stale", "stale", "stale"]);
  });

  test("the meter counts requests, bytes, kept edits and time held, by client and group", async () => {
    await counting();
    const gdb = await machine.client("gdb");
    const [a, b] = [machine.cpus[0]!, gdb.cpus[0]!];
    await b.get("CORE");
    await b.get("CORE");
    b.edit("x7", 1n);
    await a.get(["CORE", "MMU"]);
    await a.put("CORE");
    await gdb.hold();
    await turns(20);
    await gdb.release();
    const [main, debug] = await machine.meter();
    expect(main).toMatchObject({ name: "main", requests: 2, bytes: 8, heldMs: 0 });
    expect(main!.groups.CORE).toEqual({ requests: 1, bytes: 0, kept: 1, applied: 1 });
    expect(main!.groups.MMU).toEqual({ requests: 1, bytes: 8, kept: 0, applied: 0 });
    expect(debug).toMatchObject({ name: "gdb", requests: 2, bytes: 256 });
    expect(debug!.groups.CORE).toEqual({ requests: 2, bytes: 256, kept: 0, applied: 0 });
    expect(debug!.heldMs).toBeGreaterThan(15);
    expect(debug!.allBytes).toBeGreaterThan(2 * 1200);
  });

  test("an answer that was on its way does not hide an edit", async () => {
    await counting();
    const [cpu] = machine.cpus;
    await cpu!.get("CORE");
    const answer = cpu!.get("FP");
    cpu!.edit("x7", 7n);
    await answer;
    expect([cpu!.read("x7"), cpu!.state("CORE")]).toEqual([7n, "dirty"]);
    await cpu!.put("CORE");
    expect([cpu!.read("x7"), cpu!.state("CORE")]).toEqual([7n, "clean"]);
  });

  test("T12 reset drops edits; T6 T21 a running machine refuses edits and puts", async () => {
    await counting();
    const [cpu] = machine.cpus;
    await cpu!.get("CORE");
    cpu!.edit("x7", 1n);
    await machine.reset();
    expect([cpu!.state("CORE"), cpu!.isEdited("x7")]).toEqual(["stale", false]);
    await machine.run();
    expect(await codeOf(() => cpu!.edit("x7", 1n))).toBe("ESTALE CORE.x7");
    expect(await codeOf(() => cpu!.put("CORE"))).toBe("EBUSY ");
  });
});
