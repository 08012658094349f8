/** Variables of frames: what gdb shows of six compilations of one source, and single location expressions. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { elfSymbols } from "../../src/debug/symbols.ts";
import { go, instructions } from "./machines.ts";
import { backtrace, compiled, FORMS, programOf, STOPS, stackOf } from "./variables/variables.ts";

describe("the same as gdb shows (recorded by test/peers/variables.test.ts)", () => {
  test.each(FORMS)("%s", async (form) => {
    const file = compiled(form);
    const program = programOf(file);
    const machine = await instructions(file);
    const stop = elfSymbols(file).find("stop")?.address ?? 0n;
    await machine.setBreakpoints([{ id: 1, kind: "execute", address: stop }]);
    const shown: string[] = [];
    for (let n = 0; n < STOPS; n++) {
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
