// Operands at which arithmetic goes wrong: special values, neighbours of powers of two, sparse significands, halfway cases.

import type { Format } from "./formats";
import { FORMATS, type Operation, type OperandType } from "./operations";

/** A small linear congruential generator (64-bit state, upper half used), so that a printed seed repeats a run. */
export class Random {
  private state: bigint;

  constructor(seed: number) {
    this.state = BigInt(seed);
  }

  bits(count: number): bigint {
    let value = 0n;
    for (let have = 0; have < count; have += 32) {
      this.state = BigInt.asUintN(64, this.state * 0x5851f42d4c957f2dn + 0x14057b7ef767814fn);
      value = (value << 32n) | (this.state >> 32n);
    }
    return BigInt.asUintN(count, value);
  }

  below(limit: number): number {
    return Number(this.bits(32) % BigInt(limit));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }
}

function fieldMax(format: Format): number {
  return 2 * format.emax + 1;
}

export function assemble(format: Format, sign: bigint, field: number, fraction: bigint): bigint {
  return (
    (((sign << BigInt(format.width - format.precision)) | BigInt(field)) << BigInt(format.precision - 1)) | fraction
  );
}

/** Both signs of zeros, subnormals, the ends of the normal range, values around one, infinities and NaNs. */
export function specialValues(format: Format): bigint[] {
  const ones = (1n << BigInt(format.precision - 1)) - 1n;
  const quiet = 1n << BigInt(format.precision - 2);
  const top = fieldMax(format);
  const magnitudes: [number, bigint][] = [
    [0, 0n],
    [0, 1n],
    [0, ones],
    [1, 0n],
    [1, 1n],
    [format.emax - 1, ones],
    [format.emax, 0n],
    [format.emax, 1n],
    [format.emax + 1, quiet],
    [format.emax + format.precision, 1n],
    [top - 1, ones],
    [top, 0n],
    [top, quiet],
    [top, ones],
    [top, 1n],
  ];
  return magnitudes.flatMap(([field, fraction]) => [0n, 1n].map((sign) => assemble(format, sign, field, fraction)));
}

function randomFraction(random: Random, format: Format): bigint {
  const width = format.precision - 1;
  const ones = (1n << BigInt(width)) - 1n;
  const run = (1n << BigInt(random.below(width + 1))) - 1n;
  switch (random.below(6)) {
    case 0:
      return run;
    case 1:
      return ones ^ run;
    case 2:
      return (1n << BigInt(random.below(width))) | (1n << BigInt(random.below(width)));
    case 3:
      return random.bits(width) & ~run & ones;
    default:
      return random.bits(width);
  }
}

/** A random value whose exponent field is near the given one. */
function near(random: Random, format: Format, field: number, spread: number): bigint {
  const moved = field - spread + random.below(2 * spread + 1);
  const clamped = Math.min(Math.max(moved, 0), fieldMax(format) - 1);
  return assemble(format, random.bits(1), clamped, randomFraction(random, format));
}

export function randomFloat(random: Random, format: Format): bigint {
  switch (random.below(8)) {
    case 0:
      return random.pick(specialValues(format));
    case 1:
      return near(random, format, 0, 2);
    case 2:
      return near(random, format, fieldMax(format) - 1, 2);
    case 3:
    case 4:
      return near(random, format, format.emax, format.precision);
    case 5:
      return near(random, format, format.emax + 32, 36); // around the limits of the integers
    default:
      return random.bits(format.width);
  }
}

export function randomInteger(random: Random, width: number, isSigned: boolean): bigint {
  const bits = random.below(width + 1);
  const power = 1n << BigInt(bits);
  const magnitude = random.pick([
    random.bits(bits),
    power - 1n,
    power + 1n,
    power | random.bits(8),
    power - random.bits(Math.min(bits, 12)),
    power | (1n << BigInt(random.below(width))) | random.bits(1),
  ]);
  const value = random.below(2) === 0 ? magnitude : -magnitude;
  return isSigned ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value);
}

function fieldOf(format: Format, bits: bigint): number {
  return Number(BigInt.asUintN(format.width - format.precision, bits >> BigInt(format.precision - 1)));
}

/** Operands of one format, related so that sums cancel or just overlap, and products approach the ends of the range. */
function relatedFloats(random: Random, format: Format, operation: Operation): bigint[] {
  const precision = format.precision;
  const a = near(random, format, random.below(fieldMax(format)), 0);
  if (operation.operands.length === 1) return [a];
  const field = fieldOf(format, a);
  const sum = operation.name.endsWith("Add") || operation.name.endsWith("Sub");
  if (sum || operation.operands.length === 2) {
    const style = random.below(4);
    if (style === 0) return [a, a ^ random.bits(3) ^ (random.bits(1) << BigInt(format.width - 1))];
    if (style === 1 || sum) return [a, near(random, format, field, random.pick([1, precision + 2]))];
    // Results around the least normal, the greatest finite and the halfway point below the least subnormal.
    const target = random.pick([1, 1 - precision, fieldMax(format) - 1]);
    const partner = operation.name.endsWith("Div") ? field - target + format.emax : target - field + format.emax;
    return [a, near(random, format, partner, 2)];
  }
  const b = near(random, format, random.pick([format.emax, 1 - field + format.emax]), precision);
  const product = fieldOf(format, b) + field - format.emax;
  if (random.below(3) === 0) {
    // c is about -a × b, so that almost everything cancels.
    const nearly = operation.expected([a, b, 0n], 0).bits ^ (1n << BigInt(format.width - 1)) ^ random.bits(2);
    return [a, b, BigInt.asUintN(format.width, nearly)];
  }
  return [a, b, near(random, format, product, random.pick([1, precision + 2, 2 * precision + 2]))];
}

function randomOperand(random: Random, type: OperandType): bigint {
  if (type === "i32" || type === "i64") return randomInteger(random, type === "i32" ? 32 : 64, true);
  if (type === "u32" || type === "u64") return randomInteger(random, type === "u32" ? 32 : 64, false);
  return randomFloat(random, FORMATS[type]);
}

export function randomOperands(random: Random, operation: Operation): bigint[] {
  const type = operation.operands[0];
  const isFloat = type === "f16" || type === "f32" || type === "f64";
  if (isFloat && random.below(2) === 0) return relatedFloats(random, FORMATS[type], operation);
  return operation.operands.map((operand) => randomOperand(random, operand));
}

/** Every combination of special values, none for integers. */
export function specialOperands(operation: Operation): bigint[][] {
  let combinations: bigint[][] = [[]];
  for (const type of operation.operands) {
    const values = type === "f16" || type === "f32" || type === "f64" ? specialValues(FORMATS[type]) : limits(type);
    combinations = combinations.flatMap((head) => values.map((value) => [...head, value]));
  }
  return combinations;
}

function limits(type: "i32" | "u32" | "i64" | "u64"): bigint[] {
  const width = BigInt(type.slice(1));
  if (type.startsWith("u")) return [0n, 1n, (1n << width) - 1n, 1n << (width - 1n)];
  return [0n, 1n, -1n, (1n << (width - 1n)) - 1n, -(1n << (width - 1n)), 1n - (1n << (width - 1n))];
}
