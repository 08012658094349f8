// Lengths of Collatz sequences, and Euclid's algorithm over them: short loops whose ends nobody can predict.
#include "suite.h"

static __attribute__((noinline)) u32 divisor(u32 a, u32 b) {
  while (b != 0) {
    u32 rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

u64 collatz(u64 repetition) {
  u32 start = 1 + (u32)(repetition % 1000) * 7, last = 1;
  u64 sum = 0;
  for (u32 first = start; first < start + 2000; first++) {
    u64 n = first;
    u32 length = 0;
    while (n != 1) {
      n = n & 1 ? 3 * n + 1 : n >> 1;
      length++;
    }
    sum += length + divisor(first, last + length);
    last = length;
  }
  return sum;
}
