// Sieve of Eratosthenes over 1 MiB: byte stores with strides.
#include "suite.h"

#define COUNT (1 << 20)
static u8 composite[COUNT];

u64 sieve(u64 repetition) {
  u64 primes = 0;
  for (u32 i = 0; i < COUNT; i++) composite[i] = 0;
  for (u32 i = 2; i < COUNT; i++) {
    if (composite[i]) continue;
    primes++;
    for (u32 j = i + i; j < COUNT; j += i) composite[j] = 1;
  }
  return primes + repetition;
}
