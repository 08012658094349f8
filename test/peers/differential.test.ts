// Random programs on QEMU 10.0 and in Vitrine leave the same registers, flags, traps, memory and page tables. The seeds are
// fixed; VITRINE_SEED=n takes others. With VITRINE_RECORD=1 it also records for test/isa/differential.test.ts.
import { beforeAll, expect, test } from "vitest";
import { compareSeed, missingRows, type Tally, tally } from "../differential/riscv64/compare.ts";
import { qemuVersion, runOnQemu } from "../differential/riscv64/machines.ts";
import { programOf, RECORDED, record, recorded } from "../differential/riscv64/recording.ts";
import { comparable, recordsOf } from "../differential/riscv64/records.ts";

const FIRST_SEED = Number(process.env.VITRINE_SEED ?? 1);
const CASES = 5000;
const tallies: Tally[] = [];

beforeAll(() => {
  expect(qemuVersion(), "apt-get -t bookworm-backports install qemu-system-misc").toMatch(/ version 10\.0\./);
});

test.each([
  { seed: FIRST_SEED, accessedDirty: "either" },
  { seed: FIRST_SEED + 1, accessedDirty: "either" },
  { seed: FIRST_SEED + 2, accessedDirty: "update" },
] as const)("seed $seed, accessed and dirty bits: $accessedDirty", async ({ seed, accessedDirty }) => {
  const { tally, failures } = await compareSeed(seed, CASES, accessedDirty);
  tallies.push(tally);
  console.log(`seed ${seed}: ${tally.instructions} instructions in ${CASES} cases`);
  expect(failures.length, failures.map(({ report }) => report).join("\n\n")).toBe(0);
});

test("every row of the instruction table was among them, and 200,000 instructions", () => {
  expect(missingRows(tallies)).toEqual([]);
  expect(tallies.reduce((sum, { instructions }) => sum + instructions, 0)).toBeGreaterThan(200_000);
});

test.each(RECORDED)("the recording $name is what QEMU leaves", async ({ name, ...what }) => {
  const program = programOf(what);
  const words = await runOnQemu(program, what.accessedDirty);
  if (process.env.VITRINE_RECORD === "1") record(name, program, words);
  expect(missingRows([tally(program.cases)])).toEqual([]);
  expect(recorded(name, program)).toEqual(recordsOf(words, program.cases.length).map(comparable));
});
