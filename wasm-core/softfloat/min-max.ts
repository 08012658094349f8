// minimumNumber and maximumNumber (IEEE 754-2019 section 9.6): a number wins over a NaN, -0 is less than +0.

import { precedes } from "./compare";
import { NV, raiseFlags } from "./flags";
import { canonicalNaN, isNaN, isSignaling } from "./format";

export function f32Min(a: u32, b: u32): u32 {
  return <u32>select<u32>(a, b, precedes<u32>(a, b));
}

export function f32Max(a: u32, b: u32): u32 {
  return <u32>select<u32>(a, b, precedes<u32>(b, a));
}

export function f64Min(a: u64, b: u64): u64 {
  return select<u64>(a, b, precedes<u64>(a, b));
}

export function f64Max(a: u64, b: u64): u64 {
  return select<u64>(a, b, precedes<u64>(b, a));
}

/** The operand chosen by `first`, which counts only if both are numbers. */
function select<T>(a: u64, b: u64, first: bool): u64 {
  if (isSignaling<T>(a) || isSignaling<T>(b)) raiseFlags(NV);
  if (isNaN<T>(a)) return isNaN<T>(b) ? canonicalNaN<T>() : b;
  if (isNaN<T>(b)) return a;
  return first ? a : b;
}
