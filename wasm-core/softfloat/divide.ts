// Division (IEEE 754-2019 section 5.4.1).

import { DZ, raiseFlags } from "./flags";
import {
  exponentBias,
  exponentOf,
  infinity,
  invalid,
  isNaN,
  magnitudeOf,
  propagateNaN,
  significandOf,
  signOf,
  withSign,
} from "./format";
import { round } from "./round";
import { nudge } from "./wide";

export function f32Div(a: u32, b: u32, rm: u32): u32 {
  return <u32>divide<u32>(a, b, rm);
}

export function f64Div(a: u64, b: u64, rm: u32): u64 {
  return divide<u64>(a, b, rm);
}

function divide<T>(a: u64, b: u64, rm: u32): u64 {
  const x = magnitudeOf<T>(a);
  const y = magnitudeOf<T>(b);
  const sign = signOf<T>(a ^ b);
  if (x >= infinity<T>() || y >= infinity<T>()) return divideSpecial<T>(a, b, sign);
  if (y == 0) return divideByZero<T>(x, sign);
  if (x == 0) return withSign<T>(sign, 0);
  const dividend = significandOf<T>(x) >> 11;
  const divisor = significandOf<T>(y) >> 11;
  const below = i32(dividend < divisor);
  const exponent = exponentOf<T>(x) - exponentOf<T>(y) + exponentBias<T>() - below;
  return round<T>(sign, exponent, quotient(dividend, divisor, 52 + below), rm);
}

/**
 * dividend × 2^scale / divisor, jammed, leading one at bit 63, for 53-bit operands and a quotient of 53 integer bits.
 * The host's quotient is the nearest, so the remainder, below 2^53, is exact modulo 2^64. Halfway cases do not occur:
 * a quotient of 54 significant bits times the divisor would be too long for the dividend.
 */
function quotient(dividend: u64, divisor: u64, scale: u64): u64 {
  const nearest = significandOf<u64>(reinterpret<u64>(<f64>dividend / <f64>divisor)) >> 11;
  return nudge(nearest, (dividend << scale) - nearest * divisor);
}

function divideSpecial<T>(a: u64, b: u64, sign: u64): u64 {
  if (isNaN<T>(a) || isNaN<T>(b)) return propagateNaN<T>(a, b);
  if (magnitudeOf<T>(a) != infinity<T>()) return withSign<T>(sign, 0);
  return magnitudeOf<T>(b) == infinity<T>() ? invalid<T>() : withSign<T>(sign, infinity<T>());
}

function divideByZero<T>(dividend: u64, sign: u64): u64 {
  if (dividend == 0) return invalid<T>();
  raiseFlags(DZ);
  return withSign<T>(sign, infinity<T>());
}
