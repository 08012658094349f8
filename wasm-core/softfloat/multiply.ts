// Multiplication (IEEE 754-2019 section 5.4.1).

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
import { multiplyHigh } from "./wide";

export function f32Mul(a: u32, b: u32, rm: u32): u32 {
  return <u32>multiply<u32>(a, b, rm);
}

export function f64Mul(a: u64, b: u64, rm: u32): u64 {
  return multiply<u64>(a, b, rm);
}

export function multiply<T>(a: u64, b: u64, rm: u32): u64 {
  const x = magnitudeOf<T>(a);
  const y = magnitudeOf<T>(b);
  const sign = signOf<T>(a ^ b);
  if (x >= infinity<T>() || y >= infinity<T>()) return multiplySpecial<T>(a, b, sign);
  if (x == 0 || y == 0) return withSign<T>(sign, 0);
  const sigX = significandOf<T>(x);
  const sigY = significandOf<T>(y);
  let product: u64;
  if (sizeof<T>() == 8) product = multiplyHigh(sigX, sigY) | u64(sigX * sigY != 0);
  else product = (sigX >> 32) * (sigY >> 32);
  // [1, 2) × [1, 2) lies in [1, 4): the leading one is at bit 62 or 63.
  const shift = <i32>clz(product);
  const exponent = exponentOf<T>(x) + exponentOf<T>(y) - exponentBias<T>() + 1 - shift;
  return round<T>(sign, exponent, product << shift, rm);
}

function multiplySpecial<T>(a: u64, b: u64, sign: u64): u64 {
  if (isNaN<T>(a) || isNaN<T>(b)) return propagateNaN<T>(a, b);
  if (magnitudeOf<T>(a) == 0 || magnitudeOf<T>(b) == 0) return invalid<T>();
  return withSign<T>(sign, infinity<T>());
}
