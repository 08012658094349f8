// Comparisons (IEEE 754-2019 section 5.11): equality is quiet, the orderings are signaling.

import { NV, raiseFlags } from "./flags";
import { isNaN, isSignaling, magnitudeOf, signOf } from "./format";

export function f32Eq(a: u32, b: u32): u32 {
  return u32(equal<u32>(a, b));
}

export function f32Lt(a: u32, b: u32): u32 {
  return u32(less<u32>(a, b));
}

export function f32Le(a: u32, b: u32): u32 {
  return u32(lessEqual<u32>(a, b));
}

export function f64Eq(a: u64, b: u64): u32 {
  return u32(equal<u64>(a, b));
}

export function f64Lt(a: u64, b: u64): u32 {
  return u32(less<u64>(a, b));
}

export function f64Le(a: u64, b: u64): u32 {
  return u32(lessEqual<u64>(a, b));
}

function equal<T>(a: u64, b: u64): bool {
  if (isNaN<T>(a) || isNaN<T>(b)) {
    if (isSignaling<T>(a) || isSignaling<T>(b)) raiseFlags(NV);
    return false;
  }
  return a == b || bothZero<T>(a, b);
}

function less<T>(a: u64, b: u64): bool {
  return ordered<T>(a, b) && precedes<T>(a, b) && !bothZero<T>(a, b);
}

function lessEqual<T>(a: u64, b: u64): bool {
  return ordered<T>(a, b) && (!precedes<T>(b, a) || bothZero<T>(a, b));
}

function ordered<T>(a: u64, b: u64): bool {
  if (!isNaN<T>(a) && !isNaN<T>(b)) return true;
  raiseFlags(NV);
  return false;
}

function bothZero<T>(a: u64, b: u64): bool {
  return magnitudeOf<T>(a | b) == 0;
}

/** a < b, neither a NaN, with -0 before +0. */
export function precedes<T>(a: u64, b: u64): bool {
  const negative = signOf<T>(a);
  if (negative != signOf<T>(b)) return negative != 0;
  return negative != 0 ? a > b : a < b;
}
