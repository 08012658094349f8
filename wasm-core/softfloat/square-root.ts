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
 * The host's square root is within half a unit, so the remainder, below 2^54, is exact modulo 2^64 and corrects it.
 */
function root(radicand: u64): u64 {
  // Dropping the even power 2^-52 changes only the exponent of the root.
  let integer = significandOf<u64>(reinterpret<u64>(sqrt<f64>(<f64>radicand))) >> 11;
  let remainder = (radicand << 52) - integer * integer;
  if (<i64>remainder < 0) {
    integer -= 1;
    remainder += 2 * integer + 1;
  }
  // (n + 1/2)^2 = n^2 + n + 1/4, so the root passes the halfway point when the remainder exceeds n.
  return (integer << 11) | (u64(remainder > integer) << 10) | u64(remainder != 0);
}
