/** Keeps what QEMU has left of a program, small: a doubleword that the case has not changed becomes 0, and gzip does the rest. */

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { Random } from "../random.ts";
import { type AccessedDirty, randomCases } from "./cases.ts";
import { DESCRIPTOR, PTES, STATE } from "./layout.ts";
import { buildProgram, type PlacedCase, type Program } from "./program.ts";
import { comparable, recordsOf, trapEndOf } from "./records.ts";

/** A program that is recorded, as recorded/programs.json lists it. */
export interface RecordedProgram {
  readonly name: string;
  readonly seed: number;
  readonly cases: number;
  readonly accessedDirty: AccessedDirty;
}

export const recordedFolder = join(import.meta.dirname, "../recorded");

export const RECORDED: readonly RecordedProgram[] = JSON.parse(
  readFileSync(join(recordedFolder, "programs.json"), "utf8"),
);

export function programOf({ seed, cases, accessedDirty }: Omit<RecordedProgram, "name">): Program {
  return buildProgram(randomCases(new Random(seed), cases, accessedDirty));
}

const HASH_BYTES = 32;
const hashOf = (program: Program): Buffer => createHash("sha256").update(program.elf).digest();
const fileOf = (name: string): string => join(recordedFolder, `${name}.bin.gz`);

/** Exclusive or with the state before the case; done twice, it changes nothing. */
function relative(record: BigUint64Array, { descriptor, entry }: PlacedCase): BigUint64Array {
  const words = record.slice();
  const trapEnd = trapEndOf(record);
  for (let at = 1; at < trapEnd; at += 3) words[at] ^= entry;
  const before = new Map<string, number>();
  for (let i = 0; i < 32; i++) before.set(`x${i}`, DESCRIPTOR.x + i).set(`f${i}`, DESCRIPTOR.f + i);
  for (let i = 0; i < PTES; i++) before.set(`pte${i}`, DESCRIPTOR.ptes + i);
  for (const name of ["fcsr", "mstatus", "sscratch", "sepc", "stval"] as const) before.set(name, DESCRIPTOR[name]);
  STATE.forEach((name, i) => {
    words[trapEnd + 1 + i] ^= descriptor[before.get(name)!];
  });
  return words;
}

/** Writes the file of a program: hash of the executable, then each record's length and content, in doublewords. */
export function record(name: string, program: Program, words: BigUint64Array): void {
  const parts = recordsOf(words, program.cases.length).flatMap((one, i) => {
    return [new BigUint64Array([BigInt(one.length)]), relative(comparable(one), program.cases[i])];
  });
  const bytes = [hashOf(program), ...parts.map(({ buffer }) => new Uint8Array(buffer))];
  writeFileSync(fileOf(name), gzipSync(Buffer.concat(bytes), { level: 9 }));
}

/** Comparable records of a program's cases, as QEMU left them. Throws if they are those of another program. */
export function recorded(name: string, program: Program): BigUint64Array[] {
  const bytes = gunzipSync(readFileSync(fileOf(name)));
  if (!bytes.subarray(0, HASH_BYTES).equals(hashOf(program))) {
    throw new Error(
      `${name} was recorded of another program: generator or instruction table have changed since. ` +
        "With QEMU: VITRINE_RECORD=1 npm run test:peers -- differential",
    );
  }
  const words = new BigUint64Array(new Uint8Array(bytes.subarray(HASH_BYTES)).buffer);
  let at = 0;
  return program.cases.map((placed) => {
    const length = Number(words[at]);
    const one = words.slice(at + 1, at + 1 + length);
    at += 1 + length;
    return relative(one, placed);
  });
}
