// Comparisons, minimum, maximum and class, the operations of the oracle that do not round.

import { canonicalNaN, decode, type Format, NV, type Value } from "./formats";
import type { Result } from "./oracle";

/** Negative, 0 or positive as x is below, equal to or above y; neither a NaN. */
function order(x: Value, y: Value): number {
  const scaled = (v: Value): bigint => {
    if (v.kind === "nan") throw new RangeError("a NaN has no order");
    const magnitude = v.kind === "infinity" ? 1n << 5000n : v.magnitude << BigInt(v.exponent + 1100);
    return v.negative ? -magnitude : magnitude;
  };
  const difference = scaled(x) - scaled(y);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function anySignaling(...values: Value[]): number {
  return values.some((v) => v.kind === "nan" && v.signaling) ? NV : 0;
}

function compare(format: Format, a: bigint, b: bigint, quiet: boolean, holds: (order: number) => boolean): Result {
  const x = decode(format, a);
  const y = decode(format, b);
  if (x.kind === "nan" || y.kind === "nan") return { bits: 0n, flags: quiet ? anySignaling(x, y) : NV };
  return { bits: holds(order(x, y)) ? 1n : 0n, flags: 0 };
}

export function equal(format: Format, a: bigint, b: bigint): Result {
  return compare(format, a, b, true, (o) => o === 0);
}

export function less(format: Format, a: bigint, b: bigint): Result {
  return compare(format, a, b, false, (o) => o < 0);
}

export function lessEqual(format: Format, a: bigint, b: bigint): Result {
  return compare(format, a, b, false, (o) => o <= 0);
}

/** minimumNumber for wanted -1, maximumNumber for wanted 1 (section 9.6). */
export function extremum(format: Format, a: bigint, b: bigint, wanted: -1 | 1): Result {
  const x = decode(format, a);
  const y = decode(format, b);
  const flags = anySignaling(x, y);
  if (x.kind === "nan") return { bits: y.kind === "nan" ? canonicalNaN(format) : b, flags };
  if (y.kind === "nan") return { bits: a, flags };
  const comparison = order(x, y);
  if (comparison !== 0) return { bits: comparison === wanted ? a : b, flags };
  return { bits: x.negative === (wanted === -1) ? a : b, flags };
}

/** The mask of RISC-V's FCLASS. */
export function classify(format: Format, a: bigint): Result {
  const x = decode(format, a);
  const bit = (n: number) => ({ bits: 1n << BigInt(n), flags: 0 });
  if (x.kind === "nan") return bit(x.signaling ? 8 : 9);
  if (x.kind === "infinity") return bit(x.negative ? 0 : 7);
  if (x.magnitude === 0n) return bit(x.negative ? 3 : 4);
  const subnormal = x.magnitude < 1n << BigInt(format.precision - 1);
  if (x.negative) return bit(subnormal ? 2 : 1);
  return bit(subnormal ? 5 : 6);
}
