// The host's own arithmetic where it provably gives the bits and the flags of the other files, which serve the rest.
// WebAssembly rounds to nearest, ties to even, and knows no flags: a result far enough from overflow and underflow can
// only be inexact, which is found out unless the `accrued` flags say so already. Hence the flags raised here are exact
// only when ORed with the accrued ones.

import { f32Add, f64Add } from "./add";
import { f32Div, f64Div } from "./divide";
import { NX, raiseFlags } from "./flags";
import { f32Fma, f64Fma } from "./fma";
import { exponentBias, exponentOf, fractionBits, infinity, magnitudeOf, negate, significandOf } from "./format";
import { f32Mul, f64Mul } from "./multiply";
import { RNE } from "./rounding-mode";
import { f32Sqrt, f64Sqrt } from "./square-root";

// Sums do not underflow: those below the least normal are exact.

export function f32AddFast(a: u32, b: u32, rm: u32, accrued: u32): u32 {
  if (rm == RNE) {
    const x = reinterpret<f32>(a);
    const y = reinterpret<f32>(b);
    const sum = x + y;
    let error: f32 = 0;
    if (!(accrued & NX)) error = sumError<f32>(x, y, sum);
    if (abs<f32>(sum) <= f32.MAX_VALUE) {
      if (error != 0) raiseFlags(NX);
      return reinterpret<u32>(sum);
    }
  }
  return f32Add(a, b, rm);
}

export function f32SubFast(a: u32, b: u32, rm: u32, accrued: u32): u32 {
  return f32AddFast(a, <u32>negate<u32>(b), rm, accrued);
}

export function f64AddFast(a: u64, b: u64, rm: u32, accrued: u32): u64 {
  if (rm == RNE) {
    const x = reinterpret<f64>(a);
    const y = reinterpret<f64>(b);
    const sum = x + y;
    let error: f64 = 0;
    if (!(accrued & NX)) error = sumError<f64>(x, y, sum);
    if (abs<f64>(sum) <= f64.MAX_VALUE) {
      if (error != 0) raiseFlags(NX);
      return reinterpret<u64>(sum);
    }
  }
  return f64Add(a, b, rm);
}

export function f64SubFast(a: u64, b: u64, rm: u32, accrued: u32): u64 {
  return f64AddFast(a, negate<u64>(b), rm, accrued);
}

// A product of two 24-bit significands is exact in binary64, and so shows whether a binary32 result is.

export function f32MulFast(a: u32, b: u32, rm: u32, accrued: u32): u32 {
  const product = <f64>reinterpret<f32>(a) * <f64>reinterpret<f32>(b);
  const rounded = <f32>product;
  const result = reinterpret<u32>(rounded);
  if (rm != RNE || !isSafe<u32>(result)) return f32Mul(a, b, rm);
  if (!(accrued & NX) && <f64>rounded != product) raiseFlags(NX);
  return result;
}

export function f32DivFast(a: u32, b: u32, rm: u32, accrued: u32): u32 {
  const dividend = reinterpret<f32>(a);
  const divisor = reinterpret<f32>(b);
  const quotient = dividend / divisor;
  const result = reinterpret<u32>(quotient);
  if (rm != RNE || !isSafe<u32>(result)) return f32Div(a, b, rm);
  if (!(accrued & NX) && <f64>quotient * <f64>divisor != <f64>dividend) raiseFlags(NX);
  return result;
}

export function f32SqrtFast(a: u32, rm: u32, accrued: u32): u32 {
  const radicand = reinterpret<f32>(a);
  const root = sqrt<f32>(radicand);
  const result = reinterpret<u32>(root);
  if (rm != RNE || !isSafe<u32>(result)) return f32Sqrt(a, rm);
  if (!(accrued & NX) && <f64>root * <f64>root != <f64>radicand) raiseFlags(NX);
  return result;
}

export function f64MulFast(a: u64, b: u64, rm: u32, accrued: u32): u64 {
  const result = reinterpret<u64>(reinterpret<f64>(a) * reinterpret<f64>(b));
  if (rm != RNE || !isSafe<u64>(result)) return f64Mul(a, b, rm);
  if (!(accrued & NX) && !isProduct(a, b, result)) raiseFlags(NX);
  return result;
}

export function f64DivFast(a: u64, b: u64, rm: u32, accrued: u32): u64 {
  const result = reinterpret<u64>(reinterpret<f64>(a) / reinterpret<f64>(b));
  if (rm != RNE || !isSafe<u64>(result)) return f64Div(a, b, rm);
  if (!(accrued & NX) && !isProduct(b, result, a)) raiseFlags(NX);
  return result;
}

export function f64SqrtFast(a: u64, rm: u32, accrued: u32): u64 {
  const result = reinterpret<u64>(sqrt<f64>(reinterpret<f64>(a)));
  if (rm != RNE || !isSafe<u64>(result)) return f64Sqrt(a, rm);
  if (!(accrued & NX) && !isProduct(result, result, a)) raiseFlags(NX);
  return result;
}

/** Rounds the exact product plus c to odd in binary64: with at least 24 + 2 bits, rounding that again is innocuous. */
export function f32FmaFast(a: u32, b: u32, c: u32, rm: u32, accrued: u32): u32 {
  const sum = addToOdd(<f64>reinterpret<f32>(a) * <f64>reinterpret<f32>(b), <f64>reinterpret<f32>(c));
  const rounded = <f32>sum;
  const result = reinterpret<u32>(rounded);
  if (rm != RNE || !isSafe<u32>(result)) return f32Fma(a, b, c, rm);
  // A sum that was made odd has more bits than binary32.
  if (!(accrued & NX) && <f64>rounded != sum) raiseFlags(NX);
  return result;
}

/**
 * The product as an unevaluated sum of two numbers (Dekker); c added to them, the lower part of the sum rounded to odd
 * (Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums", 2008).
 */
export function f64FmaFast(a: u64, b: u64, c: u64, rm: u32, accrued: u32): u64 {
  if (rm != RNE || !isMiddling(a) || !isMiddling(b) || !isMiddling(c)) return f64Fma(a, b, c, rm);
  const x = reinterpret<f64>(a);
  const y = reinterpret<f64>(b);
  const z = reinterpret<f64>(c);
  const product = x * y;
  const productRest = productError(x, y, product);
  const inner = z + productRest;
  const outer = product + inner;
  const lower = addToOdd(sumError<f64>(z, productRest, inner), sumError<f64>(product, inner, outer));
  const result = outer + lower;
  // If the lower part was made odd, then so was the exact sum too long.
  if (!(accrued & NX) && sumError<f64>(outer, lower, result) != 0) raiseFlags(NX);
  return reinterpret<u64>(result);
}

/**
 * What rounding to nearest took from x + y, exactly (Knuth's TwoSum). With a finite sum, an operation on the way can
 * overflow only if the sum is inexact, and the answer, infinite or NaN, is then not zero either.
 */
function sumError<T>(x: T, y: T, sum: T): T {
  const shifted = sum - x;
  return x - (sum - shifted) + (y - shifted);
}

/** What rounding to nearest took from x × y, exactly, as long as nothing overflows or underflows (Dekker's product). */
function productError(x: f64, y: f64, product: f64): f64 {
  const xUpper = upperHalf(x);
  const yUpper = upperHalf(y);
  const xLower = x - xUpper;
  const yLower = y - yUpper;
  return xLower * yLower - (product - xUpper * yUpper - xLower * yUpper - xUpper * yLower);
}

/** The nearest number of 26 bits (Veltkamp's splitting). */
function upperHalf(x: f64): f64 {
  const scaled = x * 134217729; // 2^27 + 1
  return scaled - (scaled - x);
}

/** x + y rounded to odd: an inexact sum with an even last bit gives way to its odd neighbour beyond the exact one. */
function addToOdd(x: f64, y: f64): f64 {
  const sum = x + y;
  const error = sumError<f64>(x, y, sum);
  const bits = reinterpret<u64>(sum);
  if (error == 0 || (bits & 1) != 0) return sum;
  return reinterpret<f64>(error > 0 == sum > 0 ? bits + 1 : bits - 1);
}

/** Normal, finite, and not the least normal, to which a tiny value may have been rounded. */
function isSafe<T>(result: u64): bool {
  const least: u64 = 2 << fractionBits<T>();
  return magnitudeOf<T>(result) - least < infinity<T>() - least;
}

/** Within 2^±450, so that neither a product of two nor the last bit of one leaves the range. */
function isMiddling(bits: u64): bool {
  const least: u64 = (1023 - 450) << 52;
  return magnitudeOf<u64>(bits) - least < 900 << 52;
}

/**
 * Whether product = x × y exactly, all finite and not zero, when one of the three is the others' product, quotient or
 * root rounded to nearest: the difference, below 2^54 in the last place of a 106-bit product, is exact modulo 2^64.
 */
function isProduct(x: u64, y: u64, product: u64): bool {
  const a = magnitudeOf<u64>(x);
  const b = magnitudeOf<u64>(y);
  const p = magnitudeOf<u64>(product);
  const scale = 52 + exponentOf<u64>(p) - exponentOf<u64>(a) - exponentOf<u64>(b) + exponentBias<u64>();
  return (significandOf<u64>(a) >> 11) * (significandOf<u64>(b) >> 11) == (significandOf<u64>(p) >> 11) << scale;
}
