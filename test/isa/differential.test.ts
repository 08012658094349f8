// Random programs leave in Vitrine what QEMU 10.0 has left: registers, flags, traps, memory and page tables, case by case.
import { describe, expect, test } from "vitest";
import { Random } from "../differential/random.ts";
import { missingRows, type Tally, tally } from "../differential/riscv64/compare.ts";
import { runInVitrine } from "../differential/riscv64/machines.ts";
import { programOf, RECORDED, recorded } from "../differential/riscv64/recording.ts";
import { faultsOf, listing, recordsOf } from "../differential/riscv64/records.ts";
import { COMPILED, MODES } from "../jit/modes.ts";

const tallies: Tally[] = [];

describe.each(MODES)("$how", ({ jit }) => {
  // Each case runs once, so that translating it is most of the work: one program will do.
  test.each(jit ? RECORDED.slice(-1) : RECORDED)("$name: $cases cases of seed $seed", async ({ name, ...what }) => {
    const program = programOf(what);
    if (!jit) tallies.push(tally(program.cases));
    const expected = recorded(name, program);
    const actual = recordsOf(await runInVitrine(program, { jit }), program.cases.length);
    const failures = program.cases.flatMap((placed, i) => {
      const lines = faultsOf(actual[i], expected[i], placed);
      return lines.length === 0 ? [] : [{ head: `seed ${what.seed}, case ${i}`, lines, placed }];
    });
    const reports = failures.slice(0, 3).map(({ head, lines, placed }) => [head, ...lines, listing(placed)].join("\n"));
    expect(failures.length, reports.join("\n\n")).toBe(0);
  });
});

test.each([
  { what: "steps", cases: 3, longest: 1 },
  { what: "slices of random length", cases: 100, longest: 500 },
])("a program run in $what leaves the same", async ({ cases, longest }) => {
  const program = programOf({ seed: 7, cases, accessedDirty: "either" });
  const random = new Random(1);
  const sliced = await runInVitrine(program, { slice: () => random.between(1, longest), jit: COMPILED });
  expect(sliced).toEqual(await runInVitrine(program, { jit: false }));
});

test("every row of the instruction table was among them", () => {
  expect(missingRows(tallies)).toEqual([]);
  expect(tallies.reduce((sum, { instructions }) => sum + instructions, 0)).toBeGreaterThan(80_000);
});
