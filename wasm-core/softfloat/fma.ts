// Fused multiply-add, a × b + c with one rounding (IEEE 754-2019 section 5.4.1).

import { roundSum, zeroSumSign } from "./add";
import {
  exponentBias,
  exponentOf,
  infinity,
  invalid,
  isNaN,
  isSignaling,
  magnitudeOf,
  negate,
  canonicalNaN,
  significandOf,
  signOf,
  withSign,
} from "./format";
import { multiply } from "./multiply";
import { round } from "./round";
import { multiplyHigh, shiftRightJam } from "./wide";

export function f32Fma(a: u32, b: u32, c: u32, rm: u32): u32 {
  return <u32>fma<u32>(a, b, c, rm);
}

export function f64Fma(a: u64, b: u64, c: u64, rm: u32): u64 {
  return fma<u64>(a, b, c, rm);
}

function fma<T>(a: u64, b: u64, c: u64, rm: u32): u64 {
  const x = magnitudeOf<T>(a);
  const y = magnitudeOf<T>(b);
  const z = magnitudeOf<T>(c);
  const sign = signOf<T>(a ^ b);
  if (x >= infinity<T>() || y >= infinity<T>() || z >= infinity<T>()) return fmaSpecial<T>(a, b, c, sign);
  if (z == 0) {
    if (x != 0 && y != 0) return multiply<T>(a, b, rm);
    return withSign<T>(zeroSumSign(sign, signOf<T>(c), rm), 0);
  }
  if (x == 0 || y == 0) return c;
  const exponent = exponentOf<T>(x) + exponentOf<T>(y) - exponentBias<T>() + 1;
  const sigX = significandOf<T>(x);
  const sigY = significandOf<T>(y);
  const signZ = signOf<T>(c);
  const exponentZ = exponentOf<T>(z);
  const sigZ = significandOf<T>(z) >> 1;
  if (sizeof<T>() == 8) return sumWide<T>(sign, exponent, sigX, sigY, signZ, exponentZ, sigZ, rm);
  const product = (sigX >> 32) * (sigY >> 32);
  const shift = <i32>clz(product);
  return sumNarrow<T>(sign, exponent - shift, (product << shift) >> 1, signZ, exponentZ, sigZ, rm);
}

/** Both significands with their leading ones at bit 62. */
function sumNarrow<T>(sign: u64, exponent: i32, product: u64, signZ: u64, exponentZ: i32, sigZ: u64, rm: u32): u64 {
  if (exponent < exponentZ || (exponent == exponentZ && product < sigZ)) {
    return roundSum<T>(signZ, exponentZ, sigZ, sign, exponent, product, rm);
  }
  return roundSum<T>(sign, exponent, product, signZ, exponentZ, sigZ, rm);
}

/** sigX × sigY (leading ones at bit 63, exponent as for a product in [2, 4)) plus sigZ (leading one at bit 62). */
function sumWide<T>(
  sign: u64,
  exponent: i32,
  sigX: u64,
  sigY: u64,
  signZ: u64,
  exponentZ: i32,
  sigZ: u64,
  rm: u32,
): u64 {
  let high = multiplyHigh(sigX, sigY);
  let low = sigX * sigY;
  if (<i64>high < 0) {
    low = (low >> 1) | (high << 63); // exact: a product of 53-bit integers leaves the lower 22 bits empty
    high >>= 1;
  } else {
    exponent -= 1;
  }
  let smallHigh = sigZ;
  let smallLow: u64 = 0;
  let smallExponent = exponentZ;
  let sumSign = sign;
  if (exponent < exponentZ || (exponent == exponentZ && high < sigZ)) {
    smallHigh = high;
    smallLow = low;
    smallExponent = exponent;
    high = sigZ;
    low = 0;
    exponent = exponentZ;
    sumSign = signZ;
  }
  const distance = <u32>(exponent - smallExponent);
  if (distance > 63) {
    // smallHigh is not zero, so the result counts as inexact whatever smallLow was.
    smallLow = shiftRightJam(smallHigh, distance - 64);
    smallHigh = 0;
  } else if (distance > 0) {
    smallLow = shiftRightJam(smallLow, distance) | (smallHigh << (64 - distance));
    smallHigh >>= distance;
  }
  if (sign == signZ) {
    low += smallLow;
    high += smallHigh + u64(low < smallLow);
  } else {
    high -= smallHigh + u64(low < smallLow);
    low -= smallLow;
  }
  if (high == 0) {
    if (low == 0) return withSign<T>(zeroSumSign(sign, signZ, rm), 0);
    high = low;
    low = 0;
    exponent -= 64;
  }
  const shift = <i32>clz(high);
  if (shift != 0) {
    high = (high << shift) | (low >> (64 - shift));
    low <<= shift;
  }
  return round<T>(sumSign, exponent + 1 - shift, high | u64(low != 0), rm);
}

function fmaSpecial<T>(a: u64, b: u64, c: u64, sign: u64): u64 {
  const x = magnitudeOf<T>(a);
  const y = magnitudeOf<T>(b);
  // Section 7.2(c) leaves ∞ × 0 + quiet NaN to the implementation; RISC-V raises invalid.
  if ((x == infinity<T>() && y == 0) || (x == 0 && y == infinity<T>())) return invalid<T>();
  if (isNaN<T>(a) || isNaN<T>(b) || isNaN<T>(c)) {
    return isSignaling<T>(a) || isSignaling<T>(b) || isSignaling<T>(c) ? invalid<T>() : canonicalNaN<T>();
  }
  if (x != infinity<T>() && y != infinity<T>()) return c;
  const product = withSign<T>(sign, infinity<T>());
  return c == negate<T>(product) ? invalid<T>() : product;
}
