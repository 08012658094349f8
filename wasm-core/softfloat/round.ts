// Rounding of an exact or jammed significand to a format, with overflow and underflow
// (IEEE 754-2019 sections 4.3, 7.4, 7.5).

import { NX, OF, raiseFlags, UF } from "./flags";
import { fractionBits, infinity, maxExponent, withSign } from "./format";
import { RDN, RMM, RNE, RTZ, RUP } from "./rounding-mode";
import { shiftRightJam } from "./wide";

const HALF: u64 = 1 << 63;

/** 1 if the magnitude grows. `odd` is the lowest kept bit, `rest` the discarded part in units of 2^-64 of that bit. */
export function roundsUp(rm: u32, sign: u64, odd: u64, rest: u64): u64 {
  if (rm == RNE) return u64((rest | odd) > HALF);
  if (rm == RTZ) return 0;
  if (rm == RDN) return u64(rest != 0) & sign;
  if (rm == RUP) return u64(rest != 0) & (sign ^ 1);
  return u64(rest >= HALF);
}

/**
 * Rounds ±significand × 2^(exponent - bias - 63) and raises inexact, overflow and underflow.
 * The leading one is at bit 63, the exponent unbounded; bits below the rounding position may be jammed into bit 0.
 */
export function round<T>(sign: u64, exponent: i32, significand: u64, rm: u32): u64 {
  const precision = fractionBits<T>() + 1;
  const kept = significand >> (64 - precision);
  const rest = significand << precision;
  const rounded = kept + roundsUp(rm, sign, kept & 1, rest);
  if (exponent <= 0) {
    // Tininess is judged after rounding: with an unbounded exponent, would the result stay below the least normal?
    return roundSubnormal<T>(sign, exponent, significand, rm, exponent < 0 || rounded >> precision == 0);
  }
  if (exponent >= maxExponent<T>()) return overflow<T>(sign, rm);
  // The implicit bit, and a carry out of the fraction, each add one to the exponent field.
  const magnitude = ((<u64>(exponent - 1)) << fractionBits<T>()) + rounded;
  if (rest != 0) raiseFlags(magnitude >= infinity<T>() ? OF | NX : NX);
  return withSign<T>(sign, magnitude);
}

function roundSubnormal<T>(sign: u64, exponent: i32, significand: u64, rm: u32, tiny: bool): u64 {
  const precision = fractionBits<T>() + 1;
  const shifted = shiftRightJam(significand, 1 - exponent);
  const kept = shifted >> (64 - precision);
  const rest = shifted << precision;
  if (rest != 0) raiseFlags(tiny ? UF | NX : NX);
  return withSign<T>(sign, kept + roundsUp(rm, sign, kept & 1, rest));
}

function overflow<T>(sign: u64, rm: u32): u64 {
  raiseFlags(OF | NX);
  const away = rm == RNE || rm == RMM || rm == (sign != 0 ? RDN : RUP);
  return withSign<T>(sign, infinity<T>() - u64(!away));
}
