// Square root (IEEE 754-2019 section 5.4.1).

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
} from "./format";
import { round } from "./round";
import { nudge } from "./wide";

export function f32Sqrt(a: u32, rm: u32): u32 {
  return <u32>squareRoot<u32>(a, rm);
}

export function f64Sqrt(a: u64, rm: u32): u64 {
  return squareRoot<u64>(a, rm);
}

function squareRoot<T>(a: u64, rm: u32): u64 {
  if (isNaN<T>(a)) return propagateNaN<T>(a, a);
  if (magnitudeOf<T>(a) == 0) return a;
  if (signOf<T>(a) != 0) return invalid<T>();
  if (a == infinity<T>()) return a;
  const exponent = exponentOf<T>(a) - exponentBias<T>();
  const radicand = (significandOf<T>(a) >> 11) << (exponent & 1);
  return round<T>(0, (exponent >> 1) + exponentBias<T>(), root(radicand), rm);
}

/**
 * Jammed square root, leading one at bit 63, of radicand × 2^-52 in [1, 4).
 * The host's root is the nearest, and never halfway, so the remainder, below 2^54, is exact modulo 2^64.
 */
function root(radicand: u64): u64 {
  // Dropping the even power 2^-52 changes only the exponent of the root.
  const nearest = significandOf<u64>(reinterpret<u64>(sqrt<f64>(<f64>radicand))) >> 11;
  return nudge(nearest, (radicand << 52) - nearest * nearest);
}
