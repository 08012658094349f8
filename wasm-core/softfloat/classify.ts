// The class operation (IEEE 754-2019 section 5.7.2) as a mask with one bit set, in RISC-V's order of FCLASS.

import { infinity, isNaN, isSignaling, magnitudeOf, fractionBits, signOf } from "./format";

export function f16Classify(a: u32): u32 {
  return classify<u16>(a);
}

export function f32Classify(a: u32): u32 {
  return classify<u32>(a);
}

export function f64Classify(a: u64): u32 {
  return classify<u64>(a);
}

// Bits 0 to 3 are -infinity, -normal, -subnormal and -0, bits 4 to 7 the positive ones in reverse,
// bit 8 a signaling and bit 9 a quiet NaN.
function classify<T>(a: u64): u32 {
  if (isNaN<T>(a)) return isSignaling<T>(a) ? 1 << 8 : 1 << 9;
  const magnitude = magnitudeOf<T>(a);
  let rank: u32 = 0;
  if (magnitude == 0) rank = 3;
  else if (magnitude >> fractionBits<T>() == 0) rank = 2;
  else if (magnitude != infinity<T>()) rank = 1;
  if (signOf<T>(a) == 0) rank = 7 - rank;
  return 1 << rank;
}
