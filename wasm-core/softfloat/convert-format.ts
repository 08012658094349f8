// Conversions between floating-point formats (IEEE 754-2019 section 5.4.2).

import {
  canonicalNaN,
  exponentBias,
  exponentOf,
  infinity,
  invalid,
  isNaN,
  isSignaling,
  magnitudeOf,
  significandOf,
  signOf,
  withSign,
} from "./format";
import { round } from "./round";
import { RNE } from "./rounding-mode";

// Widening is exact, so its rounding mode does not matter.

export function f16ToF32(a: u32): u32 {
  return <u32>convert<u16, u32>(a, RNE);
}

export function f16ToF64(a: u32): u64 {
  return convert<u16, u64>(a, RNE);
}

export function f32ToF64(a: u32): u64 {
  return convert<u32, u64>(a, RNE);
}

export function f32ToF16(a: u32, rm: u32): u32 {
  return <u32>convert<u32, u16>(a, rm);
}

export function f64ToF16(a: u64, rm: u32): u32 {
  return <u32>convert<u64, u16>(a, rm);
}

export function f64ToF32(a: u64, rm: u32): u32 {
  return <u32>convert<u64, u32>(a, rm);
}

function convert<From, To>(a: u64, rm: u32): u64 {
  if (isNaN<From>(a)) return isSignaling<From>(a) ? invalid<To>() : canonicalNaN<To>();
  const sign = signOf<From>(a);
  const magnitude = magnitudeOf<From>(a);
  if (magnitude == 0) return withSign<To>(sign, 0);
  if (magnitude == infinity<From>()) return withSign<To>(sign, infinity<To>());
  const exponent = exponentOf<From>(magnitude) - exponentBias<From>() + exponentBias<To>();
  return round<To>(sign, exponent, significandOf<From>(magnitude), rm);
}
