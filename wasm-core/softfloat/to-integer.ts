// Conversions to integers (IEEE 754-2019 section 5.8). Out of range saturates and raises invalid alone;
// a NaN counts as too large (the RISC-V manual's rule for FCVT).

import { NV, NX, raiseFlags } from "./flags";
import { exponentBias, exponentOf, infinity, isNaN, magnitudeOf, significandOf, signOf } from "./format";
import { roundsUp } from "./round";
import { shiftRightJam } from "./wide";

const I32_LIMIT: u64 = 1 << 31;
const I64_LIMIT: u64 = 1 << 63;

export function f32ToI32(a: u32, rm: u32): i32 {
  return <i32>toInteger<u32>(a, rm, I32_LIMIT - 1, I32_LIMIT);
}

export function f32ToU32(a: u32, rm: u32): u32 {
  return <u32>toInteger<u32>(a, rm, u32.MAX_VALUE, 0);
}

export function f32ToI64(a: u32, rm: u32): i64 {
  return <i64>toInteger<u32>(a, rm, I64_LIMIT - 1, I64_LIMIT);
}

export function f32ToU64(a: u32, rm: u32): u64 {
  return toInteger<u32>(a, rm, u64.MAX_VALUE, 0);
}

export function f64ToI32(a: u64, rm: u32): i32 {
  return <i32>toInteger<u64>(a, rm, I32_LIMIT - 1, I32_LIMIT);
}

export function f64ToU32(a: u64, rm: u32): u32 {
  return <u32>toInteger<u64>(a, rm, u32.MAX_VALUE, 0);
}

export function f64ToI64(a: u64, rm: u32): i64 {
  return <i64>toInteger<u64>(a, rm, I64_LIMIT - 1, I64_LIMIT);
}

export function f64ToU64(a: u64, rm: u32): u64 {
  return toInteger<u64>(a, rm, u64.MAX_VALUE, 0);
}

/** The integer in two's complement; `most` and `leastMagnitude` bound it above and below. */
function toInteger<T>(a: u64, rm: u32, most: u64, leastMagnitude: u64): u64 {
  if (isNaN<T>(a)) {
    raiseFlags(NV);
    return most;
  }
  const sign = signOf<T>(a);
  const limit = sign != 0 ? leastMagnitude : most;
  const magnitude = magnitudeOf<T>(a);
  if (magnitude == 0) return 0;
  // The significand is magnitude × 2^pointBits: pointBits of it lie behind the binary point.
  const pointBits = 63 + exponentBias<T>() - exponentOf<T>(magnitude);
  if (magnitude == infinity<T>() || pointBits < 0) {
    raiseFlags(NV);
    return sign != 0 ? 0 - limit : limit;
  }
  const significand = significandOf<T>(magnitude);
  const integer = pointBits > 63 ? 0 : significand >> pointBits;
  let rest: u64 = 0;
  if (pointBits > 63) rest = shiftRightJam(significand, pointBits - 64);
  else if (pointBits > 0) rest = significand << (64 - pointBits);
  const rounded = integer + roundsUp(rm, sign, integer & 1, rest);
  if (rounded > limit) {
    raiseFlags(NV);
    return sign != 0 ? 0 - limit : limit;
  }
  if (rest != 0) raiseFlags(NX);
  return sign != 0 ? 0 - rounded : rounded;
}
