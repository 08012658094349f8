/** Runs random programs on both machines; on a difference, makes the first failing case as short as possible. */

import { Random } from "../random.ts";
import { decode, ROWS } from "./assembler.ts";
import { type AccessedDirty, type Case, randomCases } from "./cases.ts";
import { runInVitrine, runOnQemu } from "./machines.ts";
import { buildProgram, type PlacedCase } from "./program.ts";
import { faultsOf, listing, recordsOf } from "./records.ts";
import type { Insn, Unit } from "./unit.ts";

export interface Tally {
  /** Instructions in blocks. */
  readonly instructions: number;
  /** How often each row of the instruction table was generated, by its name. */
  readonly rows: ReadonlyMap<string, number>;
}

/** Counts the words of the blocks by the rows that decode them. */
export function tally(cases: readonly PlacedCase[]): Tally {
  const rows = new Map(ROWS.map(({ name }) => [name, 0]));
  let instructions = 0;
  for (const { code } of cases) {
    const view = new DataView(code.buffer);
    for (let at = 0; at < code.length; ) {
      const long = (code[at] & 3) === 3;
      const decoded = decode(long ? view.getUint32(at, true) : view.getUint16(at, true));
      if (decoded !== undefined && !decoded.reserved) rows.set(decoded.row.name, rows.get(decoded.row.name)! + 1);
      instructions++;
      at += long ? 4 : 2;
    }
  }
  return { instructions, rows };
}

/** Rows of the instruction table that occur in none of the tallies. */
export function missingRows(tallies: readonly Tally[]): string[] {
  return ROWS.map(({ name }) => name).filter((name) => tallies.every(({ rows }) => rows.get(name) === 0));
}

/** Fills an instruction's place with one that does nothing. */
function dropped({ bytes }: Insn): Insn {
  return { word: bytes === 4 ? 0x00000013 : 0x0001, bytes, dropped: true };
}

async function bothRun(cases: readonly Case[], accessedDirty: AccessedDirty) {
  const program = buildProgram(cases);
  const [ours, theirs] = await Promise.all([runInVitrine(program), runOnQemu(program, accessedDirty)]);
  const [a, b] = [recordsOf(ours, cases.length), recordsOf(theirs, cases.length)];
  return program.cases.map((placed, i) => ({ placed, lines: faultsOf(a[i], b[i], placed) }));
}

/** Replaces units by nops as long as a difference remains; reports the result in words. */
async function reduced(failing: PlacedCase, accessedDirty: AccessedDirty): Promise<string> {
  let smallest: Case = { ...failing, pageOffset: Number(failing.entry & 4095n) };
  for (;;) {
    const live = smallest.units.flatMap((unit, i) => (unit.every((insn) => insn.dropped) ? [] : [i]));
    // Larger and smaller pieces at once, all in one program.
    const pieces: number[][] = [];
    for (let size = live.length; size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < live.length; at += size) pieces.push(live.slice(at, at + size));
    }
    const without = (piece: number[]): Case => ({
      ...smallest,
      units: smallest.units.map((unit, i): Unit => (piece.includes(i) ? unit.map(dropped) : unit)),
    });
    const outcome = await bothRun([smallest, ...pieces.map(without)], accessedDirty);
    const next = outcome.slice(1).findIndex(({ lines }) => lines.length > 0);
    if (next < 0) {
      const { placed, lines } = outcome[0];
      // It may need its place in memory, or what came before it.
      if (lines.length === 0) return "alone it does not differ";
      return `reduced:\n${lines.join("\n")}\n${listing(placed)}`;
    }
    smallest = without(pieces[next]);
  }
}

export interface Comparison {
  readonly tally: Tally;
  /** Cases that differ. */
  readonly failures: readonly { readonly index: number; readonly report: string }[];
}

/** Runs the cases of one seed on both machines. The first `reports` failing cases are reported in full. */
export async function compareSeed(
  seed: number,
  count: number,
  accessedDirty: AccessedDirty,
  reports = 3,
): Promise<Comparison> {
  const outcome = await bothRun(randomCases(new Random(seed), count, accessedDirty), accessedDirty);
  const failures: { index: number; report: string }[] = [];
  for (const [index, { placed, lines }] of outcome.entries()) {
    if (lines.length === 0) continue;
    let report = `seed ${seed}, case ${index}: ${lines.slice(0, 6).join("\n")}`;
    if (failures.length < reports) report += `\n${await reduced(placed, accessedDirty)}`;
    failures.push({ index, report });
  }
  return { tally: tally(outcome.map(({ placed }) => placed)), failures };
}
