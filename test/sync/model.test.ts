/**
 * Random sequences of what two clients can do to one machine, against a simple model of the contract's state machine: states
 * of groups, pending edits and who has seen them, holds, and what every call answers.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createInlineMachine } from "../../src/worker/inline.ts";
import type { MachineClient } from "../../src/worker/client.ts";
import type { Machine } from "../../src/worker/machine-client.ts";
import { codeOf } from "./code-of.ts";

const SEQUENCES = 2000;

/** Registers that the guest, an endless loop, never changes. pc is only ever edited. */
const REGISTERS = { x7: "CORE", x8: "CORE", sscratch: "TRAP", stval: "TRAP", satp: "MMU", pmpaddr5: "PROT" } as const;
type Register = keyof typeof REGISTERS;
type Group = (typeof REGISTERS)[Register];
const names = Object.keys(REGISTERS) as Register[];
const BITS: Record<Group, number> = { CORE: 1, MMU: 1 << 6, TRAP: 1 << 7, PROT: 1 << 11 };
const groups = Object.keys(BITS) as Group[];
const START = 0x8000_0000n;

class Model {
  core = zeros();
  /** Bytes of the slots, true or not. */
  slots = zeros();
  state: Record<Group, "stale" | "clean" | "dirty"> = { CORE: "stale", MMU: "stale", TRAP: "stale", PROT: "stale" };
  /** Registers with edits that the core has not seen. */
  pending = new Set<Register>();
  /** The pending pc: odd ones are refused. */
  pc: bigint | null = null;
  /** Whose edit of a register is the latest that each client has seen. */
  version = counts();
  seen = [counts(), counts()];
  pcVersion = 0;
  pcSeen = [0, 0];
  holds = [0, 0];
  paused = [false, false];
  goal = false;
  moving = false;
  /** What the snapshot holds. */
  saved = zeros();

  dirty(mask: number): number {
    return groups.reduce((all, group) => (this.state[group] === "dirty" ? all | BITS[group] : all), 0) & mask;
  }

  isHeld(except?: number): boolean {
    return [0, 1].some((client) => client !== except && ((this.holds[client] ?? 0) > 0 || this.paused[client]));
  }

  /** What the contract says about a get. */
  get(mask: number): { fetched: number; kept: number } {
    const kept = this.dirty(mask);
    let fetched = 0;
    for (const group of groups) {
      if (!(mask & BITS[group]) || this.state[group] !== "stale") continue;
      fetched |= BITS[group];
      this.show(group);
      if (!this.moving) this.state[group] = "clean";
    }
    return { fetched, kept };
  }

  /** "" or the error. */
  put(mask: number): string {
    if (this.moving) return mask === 0 ? "" : "EBUSY ";
    if (this.dirty(mask) & BITS.CORE && this.pc !== null && this.pc & 1n) return "EREJECT CORE.pc";
    for (const group of groups) {
      if (!(this.dirty(mask) & BITS[group])) continue;
      for (const name of names)
        if (REGISTERS[name] === group && this.pending.has(name)) this.core[name] = this.slots[name];
      this.drop(group);
      this.show(group);
      this.state[group] = "clean";
    }
    return "";
  }

  revert(mask: number): number {
    const dropped = this.dirty(mask);
    for (const group of groups) {
      if (!(mask & BITS[group])) continue;
      this.drop(group);
      this.state[group] = "stale";
    }
    return dropped;
  }

  /** Applies everything and moves, or does not. */
  resume(): string {
    const error = this.put(~0);
    if (error === "") for (const group of groups) this.state[group] = "stale";
    return error;
  }

  private drop(group: Group): void {
    for (const name of names) if (REGISTERS[name] === group) this.pending.delete(name);
    if (group === "CORE") this.pc = null;
  }

  private show(group: Group): void {
    for (const name of names) if (REGISTERS[name] === group) this.slots[name] = this.core[name];
  }
}

function zeros(): Record<Register, bigint> {
  return { x7: 0n, x8: 0n, sscratch: 0n, stval: 0n, satp: 0n, pmpaddr5: 0n };
}

function counts(): Record<Register, number> {
  return { x7: 0, x8: 0, sscratch: 0, stval: 0, satp: 0, pmpaddr5: 0 };
}

type Real = { machine: Machine; clients: readonly MachineClient[]; file: Uint8Array | null };
type Command = fc.AsyncCommand<Model, Real>;

/** A command that any client may give at any time; `act` compares the answer with the model's. */
function command(text: string, act: (model: Model, real: Real) => Promise<void>): Command {
  return {
    check: () => true,
    toString: () => text,
    run: async (model, real) => {
      await act(model, real);
      const cpu = real.clients[0]!.cpus[0]!;
      expect(Object.fromEntries(groups.map((group) => [group, cpu.state(group)]))).toEqual(model.state);
      expect(names.filter((name) => cpu.isEdited(name))).toEqual(names.filter((name) => model.pending.has(name)));
      expect(real.machine.state.kind).toBe(model.moving ? "running" : "stopped");
    },
  };
}

const anyClient = fc.constantFrom(0, 1);
const anyMask = fc.subarray(groups).map((some) => some.reduce((mask, group) => mask | BITS[group], 0));

function expectCode(found: string, error: string): void {
  expect(found).toBe(error === "" ? "no error" : error);
}

/** Legal values only, so that what is written is what is read. */
const legal = (name: Register, value: bigint): bigint => (name === "satp" ? (8n << 60n) | value : value);

const light = [
  fc.tuple(anyClient, anyMask).map(([who, mask]) =>
    command(`get(${who}, 0x${mask.toString(16)})`, async (model, { clients }) => {
      const { fetched, kept } = await clients[who]!.cpus[0]!.get(mask);
      expect({ fetched, kept }).toEqual(model.get(mask));
    }),
  ),
  fc.tuple(anyClient, fc.constantFrom(...names)).map(([who, name]) =>
    command(`read(${who}, ${name})`, async (model, { clients }) => {
      expect(clients[who]!.cpus[0]!.read(name)).toBe(model.slots[name]);
      model.seen[who]![name] = model.version[name];
    }),
  ),
  fc.tuple(anyClient, fc.constantFrom(...names), fc.bigInt({ min: 0n, max: 3n })).map(([who, name, value]) =>
    command(`edit(${who}, ${name}, ${value})`, async (model, { clients }) => {
      const group = REGISTERS[name];
      const code = await codeOf(() => clients[who]!.cpus[0]!.edit(name, legal(name, value)));
      if (model.state[group] === "stale") return expectCode(code, `ESTALE ${group}.${name}`);
      if (model.pending.has(name) && model.seen[who]![name] !== model.version[name]) {
        return expectCode(code, `ECONFLICT ${group}.${name}`);
      }
      expectCode(code, "");
      model.state[group] = "dirty";
      model.pending.add(name);
      model.slots[name] = legal(name, value);
      model.seen[who]![name] = ++model.version[name];
    }),
  ),
  fc.tuple(anyClient, fc.constantFrom(START, START + 1n)).map(([who, pc]) =>
    command(`edit(${who}, pc, 0x${pc.toString(16)})`, async (model, { clients }) => {
      const code = await codeOf(() => clients[who]!.cpus[0]!.edit("pc", pc));
      if (model.state.CORE === "stale") return expectCode(code, "ESTALE CORE.pc");
      if (model.pc !== null && model.pcSeen[who] !== model.pcVersion) return expectCode(code, "ECONFLICT CORE.pc");
      expectCode(code, "");
      model.state.CORE = "dirty";
      model.pc = pc;
      model.pcSeen[who] = ++model.pcVersion;
    }),
  ),
  fc.tuple(anyClient, fc.bigInt({ min: 0n, max: 3n })).map(([who, value]) =>
    command(`writeGroup(${who}, MMU, ${value})`, async (model, { clients }) => {
      const satp = legal("satp", value);
      const code = await codeOf(() => clients[who]!.cpus[0]!.writeGroup("MMU", { satp }));
      if (model.moving) return expectCode(code, "ESTALE MMU");
      if (model.pending.has("satp") && model.seen[who]!.satp !== model.version.satp) {
        return expectCode(code, "ECONFLICT MMU");
      }
      expectCode(code, "");
      model.state.MMU = "dirty";
      model.pending.add("satp");
      model.slots.satp = satp;
      model.seen[who]!.satp = ++model.version.satp;
    }),
  ),
  fc.tuple(anyClient, anyMask).map(([who, mask]) =>
    command(`put(${who}, 0x${mask.toString(16)})`, async (model, { clients }) => {
      const applied = model.moving ? 0 : model.dirty(mask);
      let answer = 0;
      const code = await codeOf(async () => {
        answer = (await clients[who]!.cpus[0]!.put(mask)).applied;
      });
      const error = model.put(mask);
      expectCode(code, error);
      if (error === "") expect(answer).toBe(applied);
    }),
  ),
  fc.tuple(anyClient, anyMask).map(([who, mask]) =>
    command(`revert(${who}, 0x${mask.toString(16)})`, async (model, { clients }) => {
      expect((await clients[who]!.cpus[0]!.revert(mask)).dropped).toBe(model.revert(mask));
    }),
  ),
  anyClient.map((who) =>
    command(`hold(${who})`, async (model, { clients }) => {
      await clients[who]!.hold();
      model.holds[who]!++;
      model.moving = false;
    }),
  ),
  anyClient.map((who) =>
    command(`release(${who})`, async (model, { clients }) => {
      const code = await codeOf(() => clients[who]!.release());
      if (model.holds[who] === 0) return expectCode(code, "EINVAL ");
      const isLast = model.holds[who] === 1 && !model.paused[who] && !model.isHeld(who);
      const error = isLast && model.goal && !model.moving ? model.resume() : "";
      expectCode(code, error);
      if (error !== "") return;
      model.holds[who]!--;
      if (isLast && model.goal) model.moving = true;
    }),
  ),
  anyClient.map((who) =>
    command(`run(${who})`, async (model, { clients }) => {
      const code = await codeOf(() => clients[who]!.run());
      const starts = !model.moving && model.holds[who] === 0 && !model.isHeld(who);
      const error = starts ? model.resume() : "";
      expectCode(code, error);
      if (error !== "") return;
      model.goal = true;
      model.paused[who] = false;
      if (starts) model.moving = true;
    }),
  ),
  anyClient.map((who) =>
    command(`pause(${who})`, async (model, { clients }) => {
      await clients[who]!.pause();
      if (model.moving || model.goal) model.paused[who] = true;
      model.moving = false;
    }),
  ),
  anyClient.map((who) =>
    command(`step(${who})`, async (model, { clients }) => {
      const code = await codeOf(() => clients[who]!.step());
      if (model.isHeld(who)) return expectCode(code, "EBUSY ");
      model.goal = false;
      model.moving = false;
      expectCode(code, model.resume());
    }),
  ),
];

/** They move all of RAM. */
const heavy = [
  fc.constant(
    command("reset", async (model, { machine }) => {
      // A running machine is reset at its next boundary: an instant that the model does not know.
      if (model.moving) return;
      await machine.reset();
      model.revert(~0);
      model.core = zeros();
    }),
  ),
  fc.constant(
    command("save", async (model, real) => {
      const code = await codeOf(async () => {
        real.file = await real.machine.save();
      });
      // Nothing is dirty while it runs.
      const error = model.moving ? "" : model.put(~0);
      expectCode(code, error);
      if (error === "") model.saved = { ...model.core };
    }),
  ),
  fc.constant(
    command("load", async (model, { machine, file }) => {
      if (file === null) return;
      expect((await machine.load(file)).dropped).toEqual([model.revert(~0)]);
      model.core = { ...model.saved };
    }),
  ),
  fc.constant(
    command("load something else", async (_model, { machine }) => {
      await expect(machine.load(new Uint8Array(100))).rejects.toThrow();
    }),
  ),
];

const commands = [...light, ...light, ...light, ...light, ...heavy];

let machine: Machine;

beforeAll(async () => {
  const kernel = new Uint8Array(Uint32Array.of(0x6f).buffer);
  machine = await createInlineMachine({ target: "riscv64", memory: 16 << 20, kernel });
});

afterAll(() => machine.dispose());

test(`${SEQUENCES} random sequences of two clients behave as the model says`, async () => {
  const sequences = fc.commands(commands, { maxCommands: 20, size: "max" });
  await fc.assert(
    fc.asyncProperty(sequences, async (sequence) => {
      // One machine serves all: it begins anew, with new clients and slots that show what the core holds. A reset would take long.
      const cpu = machine.cpus[0]!;
      await machine.pause();
      await cpu.revert("FULL");
      await machine.run();
      await machine.step();
      await cpu.get("FULL");
      for (const name of names) cpu.edit(name, 0n);
      await cpu.put("FULL");
      await cpu.revert("FULL");
      const clients = [await machine.client("a"), await machine.client("b")];
      try {
        const model = new Model();
        const shown = clients.map(({ cpus }) => names.map((name) => cpus[0]!.read(name)));
        expect(shown).toEqual([names.map(() => 0n), names.map(() => 0n)]);
        for (const { cpus } of clients) cpus[0]!.read("pc");
        await fc.asyncModelRun(() => ({ model, real: { machine, clients, file: null } }), sequence);
      } finally {
        for (const client of clients) await client.close();
      }
    }),
    { numRuns: SEQUENCES },
  );
}, 240_000);
