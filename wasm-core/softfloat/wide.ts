// Shifts and products of significands that keep a record of the bits that fall off.

/** x / 2^count, any count, with bit 0 set if a one was shifted out. */
export function shiftRightJam(x: u64, count: u32): u64 {
  if (count > 63) return u64(x != 0);
  const shifted = x >> count;
  return shifted | u64(shifted << count != x);
}

/** 2^11 times the integer nearest to an exact value, moved by one toward it; the sign of `remainder` says which way. */
export function nudge(nearest: u64, remainder: i64): u64 {
  return (nearest << 11) + <u64>(i64(remainder > 0) - i64(remainder < 0));
}

/** The upper 64 bits of the 128-bit product; the lower ones are `a * b`. */
export function multiplyHigh(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const middle = a1 * b0 + ((a0 * b0) >> 32);
  // a0 * b1 + (2^32 - 1) still fits: (2^32 - 1)^2 + 2^32 - 1 < 2^64.
  return a1 * b1 + (middle >> 32) + ((a0 * b1 + (middle & 0xffffffff)) >> 32);
}
