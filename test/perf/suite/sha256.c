// SHA-256 (FIPS 180-4) of 16 KiB: rotations and logic in 32 bits, all in registers. The constants are computed, not listed.
#include "suite.h"

#define BLOCKS 256
static u32 constants[64], start[8];

static u32 rotate(u32 x, u32 by) { return x >> by | x << (32 - by); }

/**
 * The first 32 bits behind the point of the square or cube root of a prime (sections 4.2.2 and 5.3.3): the largest x with
 * x^root <= prime * 2^(32 root), bit by bit, the power in limbs of 32 bits.
 */
static u32 fraction(u32 prime, u32 root) {
  u64 x = 0;
  for (int bit = 36; bit >= 0; bit--) {
    u64 tried = x | 1ull << bit;
    u32 power[6] = {1};
    for (u32 times = 0; times < root; times++) {
      u64 low = (u32)tried, high = tried >> 32, carry = 0;
      u32 before = 0;
      for (int i = 0; i < 6; i++) {
        // high is below 32, so that this stays below 2^64
        carry += low * power[i] + high * before;
        before = power[i];
        power[i] = (u32)carry;
        carry >>= 32;
      }
    }
    u64 whole = power[root] | (u64)power[root + 1] << 32;
    if (whole < prime) x = tried;
  }
  return (u32)x;
}

static void prepare(void) {
  u32 found = 0;
  for (u32 candidate = 2; found < 64; candidate++) {
    u32 divisor = 2;
    while (divisor * divisor <= candidate && candidate % divisor != 0) divisor++;
    if (divisor * divisor <= candidate) continue;
    if (found < 8) start[found] = fraction(candidate, 2);
    constants[found++] = fraction(candidate, 3);
  }
}

static __attribute__((noinline)) void block(u32 *state, const u32 *words) {
  u32 w[64], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
  for (int i = 0; i < 16; i++) w[i] = words[i];
  for (int i = 16; i < 64; i++) {
    u32 s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
    u32 s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  for (int i = 0; i < 64; i++) {
    u32 s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    u32 t1 = h + s1 + ((e & f) ^ (~e & g)) + constants[i] + w[i];
    u32 s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    u32 t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

u64 sha256(u64 repetition) {
  if (constants[0] == 0) prepare();
  u32 state[8], words[16];
  for (int i = 0; i < 8; i++) state[i] = start[i];
  for (u32 i = 0; i < 16; i++) words[i] = (u32)repetition * 16 + i;
  for (int i = 0; i < BLOCKS; i++) {
    words[i & 15] ^= state[0];
    block(state, words);
  }
  return (u64)state[0] << 32 | state[7];
}
