// The host's own arithmetic where it provably gives the bits and the flags of the other files, which serve the rest.
// WebAssembly rounds to nearest, ties to even, and knows no flags: here a result far enough from overflow and underflow can
// only be inexact, which is found out unless the `accrued` flags contain it already. Of the flags raised, only the union
// with the accrued ones is that of the other files.

import { f32Add, f64Add } from "./add";
import { f32Div, f64Div } from "./divide";
import { NX, raiseFlags } from "./flags";
import { f32Fma, f64Fma } from "./fma";
import { exponentBias, exponentOf, fractionBits, magnitudeOf, maxExponent, negate, significandOf } from "./format";
import { f32Mul, f64Mul } from "./multiply";
import { RNE } from "./rounding-mode";
import { f32Sqrt, f64Sqrt } from "./square-root";

export function f32AddFast(a: u32, b: u32, rm: u32, accrued: u32): u32 {
  const x = reinterpret<f32>(a);
  const y = reinterpret<f32>(b);
  const sum = x + y;
  let error: f32 = 0;
  if (!(accrued & NX)) error = sumError<f32>(x, y, sum);
  if (rm != RNE || !isFiniteSum<f32>(sum, error)) return f32Add(a, b, rm);
  if (error != 0) raiseFlags(NX);
  return reinterpret<u32>(sum);
}

export function f32SubFast(a: u32, b: u32, rm: u32, accrued: u32): u32 {
  return f32AddFast(a, <u32>negate<u32>(b), rm, accrued);
}

export function f64AddFast(a: u64, b: u64, rm: u32, accrued: u32): u64 {
  const x = reinterpret<f64>(a);
  const y = reinterpret<f64>(b);
  const sum = x + y;
  let error: f64 = 0;
  if (!(accrued & NX)) error = sumError<f64>(x, y, sum);
  if (rm != RNE || !isFiniteSum<f64>(sum, error)) return f64Add(a, b, rm);
  if (error != 0) raiseFlags(NX);
  return reinterpret<u64>(sum);
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

/** Rounds the exact product plus c to odd in binary64, whose 53 bits are at least 24 + 2: rounding that again is innocuous. */
export function f32FmaFast(a: u32, b: u32, c: u32, rm: u32, accrued: u32): u32 {
  const product = <f64>reinterpret<f32>(a) * <f64>reinterpret<f32>(b);
  const addend = <f64>reinterpret<f32>(c);
  let sum = product + addend;
  const error = sumError<f64>(product, addend, sum);
  if (error != 0) {
    const bits = reinterpret<u64>(sum);
    // An even sum gives way to its odd neighbour on the side of the exact value.
    if (!(bits & 1)) sum = reinterpret<f64>(error > 0 == sum > 0 ? bits + 1 : bits - 1);
  }
  const rounded = <f32>sum;
  const result = reinterpret<u32>(rounded);
  if (rm != RNE || !isSafe<u32>(result)) return f32Fma(a, b, c, rm);
  if (!(accrued & NX) && <f64>rounded != sum) raiseFlags(NX); // an odd sum has more bits than binary32
  return result;
}

// No wider format helps here, and error-free transformations cost more than the integers do.
export function f64FmaFast(a: u64, b: u64, c: u64, rm: u32, _accrued: u32): u64 {
  return f64Fma(a, b, c, rm);
}

/** What rounding to nearest took from x + y, exactly, as long as nothing overflows (Knuth's TwoSum). */
function sumError<T>(x: T, y: T, sum: T): T {
  const shifted = sum - x;
  return x - (sum - shifted) + (y - shifted);
}

/** Sums do not underflow, since those below the least normal are exact; an overflow, infinity or NaN is passed on to one of the two. */
function isFiniteSum<T>(sum: T, error: T): bool {
  return abs<T>(sum) < infinityOf<T>() && abs<T>(error) < infinityOf<T>();
}

function infinityOf<T>(): T {
  return <T>Infinity;
}

/** Normal, finite, and not the least normal, to which a tiny value may have been rounded. */
function isSafe<T>(result: u64): bool {
  const least: u64 = 2 << fractionBits<T>();
  return magnitudeOf<T>(result) - least < ((<u64>maxExponent<T>()) << fractionBits<T>()) - least;
}

/**
 * Whether product = x × y exactly, all finite and not zero, when one of the three is the others' product, quotient or root
 * rounded to nearest: then the difference is below 2^54 units of the last place of the 106-bit product, hence exact modulo 2^64.
 */
function isProduct(x: u64, y: u64, product: u64): bool {
  const a = magnitudeOf<u64>(x);
  const b = magnitudeOf<u64>(y);
  const p = magnitudeOf<u64>(product);
  const scale = 52 + exponentOf<u64>(p) - exponentOf<u64>(a) - exponentOf<u64>(b) + exponentBias<u64>();
  return (significandOf<u64>(a) >> 11) * (significandOf<u64>(b) >> 11) == (significandOf<u64>(p) >> 11) << scale;
}
