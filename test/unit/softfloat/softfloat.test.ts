// The core's floating point against exact rational arithmetic, and both against what an x86-64 processor answered.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { type Core, compileCore } from "./core";
import { F64, NX, ROUNDING_MODES, UF } from "./formats";
import type { Result } from "./oracle";
import { OPERATIONS, type Operation } from "./operations";
import { assemble, Random, randomOperands, specialOperands } from "./operands";

const SEED = Number(process.env.SOFTFLOAT_SEED ?? Date.now() % 0x7fffffff);
const RANDOM_CASES = Number(process.env.SOFTFLOAT_CASES ?? 1500);

let core: Core;

beforeAll(async () => {
  console.info(`SOFTFLOAT_SEED=${SEED}`);
  core = await compileCore();
}, 60_000);

function describeCase(operation: Operation, operands: bigint[], rm: number, got: Result, want: Result): string {
  const hex = (x: bigint) => (x < 0n ? `${x}` : `0x${x.toString(16)}`);
  const show = ({ bits, flags }: Result) => `${hex(bits)} flags ${flags}`;
  return `${operation.name}(${operands.map(hex).join(", ")}) rm ${rm}: ${show(got)}, not ${show(want)}`;
}

/** Runs a case in every rounding mode, software and fast path, and notes what differs from the oracle. */
function check(operation: Operation, operands: bigint[], mismatches: string[]): void {
  for (const rm of operation.rounds ? ROUNDING_MODES : [0]) {
    const want = operation.expected(operands, rm);
    const note = (got: Result, wanted: Result) => {
      if (got.bits === wanted.bits && got.flags === wanted.flags) return;
      mismatches.push(describeCase(operation, operands, rm, got, wanted));
    };
    note(core.run(operation, operands, rm), want);
    if (!operation.fast) continue;
    note(core.runFast(operation, operands, rm, 0), want);
    const accrued = core.runFast(operation, operands, rm, NX);
    note({ bits: accrued.bits, flags: accrued.flags | NX }, { bits: want.bits, flags: want.flags | NX });
  }
}

/** Special operands in full, except that of the triples only every n-th is taken, from a random start. */
function* cases(operation: Operation, random: Random): Generator<bigint[]> {
  const specials = specialOperands(operation);
  const stride = specials.length > 5000 ? 7 : 1;
  for (let i = random.below(stride); i < specials.length; i += stride) yield specials[i];
  for (let i = 0; i < RANDOM_CASES; i += 1) yield randomOperands(random, operation);
}

function row(name: string): Operation {
  return OPERATIONS.find((operation) => operation.name === name) as Operation;
}

describe("against exact rational arithmetic", () => {
  test.each(OPERATIONS.map((operation) => [operation.name, operation] as const))("%s", (_, operation) => {
    const random = new Random(SEED);
    const mismatches: string[] = [];
    for (const operands of cases(operation, random)) check(operation, operands, mismatches);
    expect(mismatches.slice(0, 5), `${mismatches.length} mismatches, SOFTFLOAT_SEED=${SEED}`).toEqual([]);
  });
});

describe("tininess is detected after rounding", () => {
  const leastNormal = 1n << BigInt(F64.precision - 1);

  test("a product below the least normal that rounds up to it even with an unbounded exponent does not underflow", () => {
    // (1 + 2^-52) × 2^-1 × (1 - 2^-52) × 2^-1021 = 2^-1022 × (1 - 2^-104)
    const got = core.run(row("f64Mul"), [0x3fe0000000000001n, 0x001ffffffffffffen], 0);
    expect(got).toEqual({ bits: leastNormal, flags: NX });
  });

  test("one that rounds up to it only for want of exponent underflows", () => {
    // (1 - 2^-53) × 2^-1022 has 53 bits, one more than the subnormals leave it.
    const got = core.run(row("f64Mul"), [0x3fefffffffffffffn, leastNormal], 0);
    expect(got).toEqual({ bits: leastNormal, flags: NX | UF });
  });
});

test("the lowest bit of a product counts however far the addend is above it", () => {
  // The factors of 2^105 + 1 give the product 2 + 2^-104, whose two bits no alignment but a total one keeps together.
  const mismatches: string[] = [];
  for (let exponent = -200; exponent <= 200; exponent += 1) {
    for (const sign of [0n, 1n]) {
      const c = assemble(F64, sign, F64.emax + exponent, 0n);
      check(row("f64Fma"), [0x3ff404b25a15c2bbn, 0x3ff9939800033273n, c], mismatches);
    }
  }
  expect(mismatches).toEqual([]);
});

test("a sum whose error term overflows is inexact", () => {
  // 3 × 2^970 less the greatest finite: a tie, whose rounding error takes the intermediate values beyond that greatest.
  const mismatches: string[] = [];
  check(row("f64Add"), [0x7ca8000000000000n, 0xffefffffffffffffn], mismatches);
  expect(mismatches).toEqual([]);
  expect(core.runFast(row("f64Add"), [0x7ca8000000000000n, 0xffefffffffffffffn], 0, 0).flags).toBe(NX);
});

describe("the operations", () => {
  test("are the exported ones", () => {
    const tested = OPERATIONS.flatMap(({ name, fast }) => (fast ? [name, fast] : [name]));
    const exported = core.names.filter((name) => /^[fiu]\d+[A-Z]/.test(name));
    expect(exported.sort()).toEqual(tested.sort());
  });
});

describe("against vectors recorded on x86-64 (reference/vectors.c)", () => {
  const path = new URL("reference/vectors.txt.gz", import.meta.url);
  const rows = gunzipSync(readFileSync(path)).toString("latin1").trimEnd().split("\n");
  const byName = new Map(OPERATIONS.map((operation) => [operation.name, operation]));

  test("core and oracle agree with the processor", () => {
    const mismatches: string[] = [];
    const seen = new Map<string, number>();
    for (const row of rows) {
      // name operand… : bits flags, the pair once for each of RNE, RTZ, RDN and RUP
      const [left, right] = row.split(" : ");
      const [name, ...hexOperands] = left.split(" ");
      const operation = byName.get(name);
      if (!operation) throw new Error(`vectors.txt.gz names the unknown operation ${name}`);
      seen.set(name, (seen.get(name) ?? 0) + 1);
      const operands = hexOperands.map((hex, i) => parseOperand(operation.operands[i], hex));
      const results = right.split(" ");
      for (let rm = 0; rm < 4; rm += 1) {
        const want = { bits: BigInt(`0x${results[2 * rm]}`), flags: Number(results[2 * rm + 1]) };
        for (const got of [core.run(operation, operands, rm), operation.expected(operands, rm)]) {
          if (got.bits !== want.bits || got.flags !== want.flags) {
            mismatches.push(describeCase(operation, operands, rm, got, want));
          }
        }
      }
    }
    expect(mismatches.slice(0, 5), `${mismatches.length} mismatches`).toEqual([]);
    expect(seen.size).toBe(39);
    expect(Math.min(...seen.values())).toBeGreaterThanOrEqual(150);
  });
});

function parseOperand(type: string, hex: string): bigint {
  const value = BigInt(`0x${hex}`);
  if (type === "i32") return BigInt.asIntN(32, value);
  return type === "i64" ? BigInt.asIntN(64, value) : value;
}
