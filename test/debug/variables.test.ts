/** Variables of frames: what gdb shows of six compilations of one source, and single location expressions. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { elfSymbols } from "../../src/debug/symbols.ts";
import { go, instructions } from "./machines.ts";
import {
  backtrace,
  compiled,
  FORMS,
  programOf,
  scopesOf,
  stackOf,
  stopsOf,
  variableText,
} from "./variables/variables.ts";

/** A machine that stands at `stop` for the n-th time. */
async function standing(form: string, times: number) {
  const file = compiled(form);
  const machine = await instructions(file);
  const stop = elfSymbols(file).find("stop")?.address ?? 0n;
  await machine.setBreakpoints([{ id: 1, kind: "execute", address: stop }]);
  for (let n = 0; n < times; n++) await go(machine);
  return { machine, program: programOf(file) };
}

describe("the same as gdb shows (recorded by test/peers/variables.test.ts)", () => {
  test.each(FORMS)("%s", async (form) => {
    const file = compiled(form);
    const program = programOf(file);
    const machine = await instructions(file);
    const stop = elfSymbols(file).find("stop")?.address ?? 0n;
    await machine.setBreakpoints([{ id: 1, kind: "execute", address: stop }]);
    const shown: string[] = [];
    for (let n = 0; n < stopsOf(form); n++) {
      await go(machine);
      shown.push(await backtrace(machine, program));
    }
    // Of callers only what functions leave as they found it is known, unlike with gdb.
    const caller = (await stackOf(machine, program))[1]?.registers;
    const isKnown = (name: string) => caller?.has(name);
    expect(["x18", "f8", "f27"].map(isKnown)).toEqual([true, true, true]);
    expect(["x10", "f10", "f28"].map(isKnown)).toEqual([false, false, false]);
    const recorded = readFileSync(new URL(`variables/${form}.txt`, import.meta.url), "utf8");
    expect(`${shown.join("\n\n")}\n`).toBe(recorded);
  });
});

test("where the registers of a caller are kept", async () => {
  const { machine, program } = await standing("optimized-gcc-O2-5", 6);
  const [inner, , work] = await stackOf(machine, program);
  const frameAddress = (work?.registers.get("x2") ?? 0n) - 24n;
  expect(inner?.homes.get("x9")).toEqual({ kind: "register", name: "x9" });
  // Of `strange`: s1 lies in its frame by one expression, s0 is what another one computes, s2 is still in the machine.
  expect(work?.homes.get("x9")).toEqual({ kind: "memory", address: frameAddress });
  expect([work?.registers.get("x8"), work?.homes.get("x8")]).toEqual([
    program.symbols.find("sink")?.address,
    undefined,
  ]);
  expect(work?.homes.get("x18")).toEqual({ kind: "register", name: "x18" });
});

describe("what gdb does not show", () => {
  test("what a pointer leads to that is in no memory", async () => {
    const { machine, program } = await standing("optimized-gcc-O2-5", 6);
    const work = (await scopesOf(machine, program)).at(-2)?.[0];
    const to = work?.locals.find(({ name }) => name === "to")?.value;
    expect(work?.name).toBe("work");
    expect(to).toMatchObject({ kind: "pointer", target: { name: "*to" } });
    expect(to?.kind === "pointer" && (await variableText(machine, to.target))).toBe("{x = 3, y = <optimized out>}");
  });

  test("a thread's own variables", async () => {
    const form = "optimized-clang-O2-5";
    const { machine, program } = await standing(form, stopsOf(form) + 1);
    const threads = (await scopesOf(machine, program))[1]?.[0];
    const calls = threads?.locals[0];
    expect([threads?.name, calls?.name]).toEqual(["threads", "calls"]);
    const symbols = elfSymbols(compiled(form));
    const address = (symbols.find("thread")?.address ?? 0n) + (symbols.find("threads.calls")?.address ?? -1n);
    expect(calls?.value).toEqual({ kind: "memory", address });
    // 5 and the 77 of the other one.
    expect(calls && (await variableText(machine, calls))).toBe("82");
  });
});
