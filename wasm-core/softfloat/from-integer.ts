// Conversions from integers (IEEE 754-2019 section 5.4.1, convertFromInt).

import { exponentBias } from "./format";
import { round } from "./round";

export function i32ToF32(a: i32, rm: u32): u32 {
  return <u32>fromSigned<u32>(a, rm);
}

export function u32ToF32(a: u32, rm: u32): u32 {
  return <u32>fromMagnitude<u32>(0, a, rm);
}

export function i64ToF32(a: i64, rm: u32): u32 {
  return <u32>fromSigned<u32>(a, rm);
}

export function u64ToF32(a: u64, rm: u32): u32 {
  return <u32>fromMagnitude<u32>(0, a, rm);
}

export function i32ToF64(a: i32, rm: u32): u64 {
  return fromSigned<u64>(a, rm);
}

export function u32ToF64(a: u32, rm: u32): u64 {
  return fromMagnitude<u64>(0, a, rm);
}

export function i64ToF64(a: i64, rm: u32): u64 {
  return fromSigned<u64>(a, rm);
}

export function u64ToF64(a: u64, rm: u32): u64 {
  return fromMagnitude<u64>(0, a, rm);
}

function fromSigned<T>(a: i64, rm: u32): u64 {
  return a < 0 ? fromMagnitude<T>(1, <u64>(0 - a), rm) : fromMagnitude<T>(0, <u64>a, rm);
}

function fromMagnitude<T>(sign: u64, magnitude: u64, rm: u32): u64 {
  if (magnitude == 0) return 0;
  const shift = clz(magnitude);
  return round<T>(sign, exponentBias<T>() + 63 - <i32>shift, magnitude << shift, rm);
}
