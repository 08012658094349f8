// 64-bit integers: products (the upper half too), quotients, remainders, shifts by variable amounts.
#include "suite.h"

static u64 upper_product(u64 a, u64 b) {
  u64 a0 = (u32)a, a1 = a >> 32, b0 = (u32)b, b1 = b >> 32;
  u64 middle = a1 * b0 + (a0 * b0 >> 32), other = a0 * b1 + (u32)middle;
  return a1 * b1 + (middle >> 32) + (other >> 32);
}

static __attribute__((noinline)) u64 power(u64 base, u32 exponent, u64 modulus) {
  u64 result = 1;
  for (; exponent != 0; exponent >>= 1) {
    if (exponent & 1) result = result * base % modulus;
    base = base * base % modulus;
  }
  return result;
}

u64 arith64(u64 repetition) {
  u64 x = repetition * 0x9e3779b97f4a7c15 + 1, sum = 0;
  for (u32 i = 0; i < 2000; i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    sum += upper_product(x, x * 0x2545f4914f6cdd1d);
    sum ^= x << (sum & 63) | x >> (-sum & 63);
    sum -= (u64)((i64)x >> (i & 31));
    if ((i & 15) == 0) sum += x / (sum | 1) + (u64)((i64)sum % (i64)(x | 1));
  }
  return sum + power((x & 0x7fffffff) | 1, (u32)repetition | 0x10001, 0xfffffffb);
}
