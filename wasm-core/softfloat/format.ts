// The binary interchange formats of IEEE 754-2019 section 3.4. The type parameter names the storage word:
// u16 is binary16, u32 binary32, u64 binary64. Values travel zero-extended in a u64, so that one body serves all.

import { NV, raiseFlags } from "./flags";

/** Stored fraction bits, one fewer than the precision p. */
export function fractionBits<T>(): i32 {
  return sizeof<T>() == 8 ? 52 : sizeof<T>() == 4 ? 23 : 10;
}

/** The biased exponent of infinities and NaNs. */
export function maxExponent<T>(): i32 {
  return sizeof<T>() == 8 ? 0x7ff : sizeof<T>() == 4 ? 0xff : 0x1f;
}

export function exponentBias<T>(): i32 {
  return maxExponent<T>() >> 1;
}

export function signShift<T>(): u64 {
  return sizeof<T>() * 8 - 1;
}

export function infinity<T>(): u64 {
  return (<u64>maxExponent<T>()) << fractionBits<T>();
}

/** The leading fraction bit, clear in a signaling NaN (section 6.2.1). */
export function quietBit<T>(): u64 {
  const implicitBit: u64 = 1 << fractionBits<T>();
  return implicitBit >> 1;
}

/** The positive quiet NaN with an otherwise empty payload, the only NaN that an operation returns. */
export function canonicalNaN<T>(): u64 {
  return infinity<T>() | quietBit<T>();
}

export function signOf<T>(bits: u64): u64 {
  return bits >> signShift<T>();
}

export function negate<T>(bits: u64): u64 {
  return bits ^ (1 << signShift<T>());
}

export function withSign<T>(sign: u64, magnitude: u64): u64 {
  return (sign << signShift<T>()) | magnitude;
}

export function magnitudeOf<T>(bits: u64): u64 {
  return bits & ((1 << signShift<T>()) - 1);
}

export function isNaN<T>(bits: u64): bool {
  return magnitudeOf<T>(bits) > infinity<T>();
}

export function isSignaling<T>(bits: u64): bool {
  return isNaN<T>(bits) && (bits & quietBit<T>()) == 0;
}

/** Biased exponent of a finite nonzero magnitude, as if the exponent range went on below the subnormals. */
export function exponentOf<T>(magnitude: u64): i32 {
  const field = <i32>(magnitude >> fractionBits<T>());
  return field != 0 ? field : 64 - fractionBits<T>() - <i32>clz(magnitude);
}

/** Significand of a finite magnitude with its leading one at bit 63; 0 for a zero. */
export function significandOf<T>(magnitude: u64): u64 {
  if (magnitude >> fractionBits<T>() == 0) return magnitude << clz(magnitude);
  // What is left of the exponent field after the shift is under the implicit bit.
  return (magnitude << (63 - fractionBits<T>())) | (1 << 63);
}

export function invalid<T>(): u64 {
  raiseFlags(NV);
  return canonicalNaN<T>();
}

/** Result of an operation of which at least one operand is a NaN (section 6.2). */
export function propagateNaN<T>(a: u64, b: u64): u64 {
  return isSignaling<T>(a) || isSignaling<T>(b) ? invalid<T>() : canonicalNaN<T>();
}
