// Addition and subtraction (IEEE 754-2019 section 5.4.1).

import {
  exponentOf,
  infinity,
  invalid,
  isNaN,
  magnitudeOf,
  negate,
  propagateNaN,
  significandOf,
  signOf,
  withSign,
} from "./format";
import { round } from "./round";
import { RDN } from "./rounding-mode";
import { shiftRightJam } from "./wide";

export function f32Add(a: u32, b: u32, rm: u32): u32 {
  return <u32>add<u32>(a, b, rm);
}

export function f32Sub(a: u32, b: u32, rm: u32): u32 {
  return <u32>add<u32>(a, negate<u32>(b), rm);
}

export function f64Add(a: u64, b: u64, rm: u32): u64 {
  return add<u64>(a, b, rm);
}

export function f64Sub(a: u64, b: u64, rm: u32): u64 {
  return add<u64>(a, negate<u64>(b), rm);
}

function add<T>(a: u64, b: u64, rm: u32): u64 {
  const x = magnitudeOf<T>(a);
  const y = magnitudeOf<T>(b);
  if (x >= infinity<T>() || y >= infinity<T>()) return addSpecial<T>(a, b);
  const signX = signOf<T>(a);
  const signY = signOf<T>(b);
  const sigX = significandOf<T>(x) >> 1;
  const sigY = significandOf<T>(y) >> 1;
  if (x < y) return roundSum<T>(signY, exponentOf<T>(y), sigY, signX, exponentOf<T>(x), sigX, rm);
  return roundSum<T>(signX, exponentOf<T>(x), sigX, signY, exponentOf<T>(y), sigY, rm);
}

/**
 * Rounded sum of two signed significands with leading ones at bit 62, the larger magnitude first.
 * Their lowest bit is clear, so that alignment by one place, after which many bits may cancel, loses nothing.
 */
export function roundSum<T>(
  sign: u64,
  exponent: i32,
  larger: u64,
  sign2: u64,
  exponent2: i32,
  smaller: u64,
  rm: u32,
): u64 {
  const aligned = shiftRightJam(smaller, exponent - exponent2);
  const sum = sign == sign2 ? larger + aligned : larger - aligned;
  if (sum == 0) return withSign<T>(zeroSumSign(sign, sign2, rm), 0);
  const shift = <i32>clz(sum);
  return round<T>(sign, exponent + 1 - shift, sum << shift, rm);
}

/** Sign of a sum that is exactly zero (section 6.3). */
export function zeroSumSign(sign1: u64, sign2: u64, rm: u32): u64 {
  return sign1 == sign2 ? sign1 : u64(rm == RDN);
}

function addSpecial<T>(a: u64, b: u64): u64 {
  if (isNaN<T>(a) || isNaN<T>(b)) return propagateNaN<T>(a, b);
  if (magnitudeOf<T>(a) != infinity<T>()) return b;
  return b == negate<T>(a) ? invalid<T>() : a;
}
