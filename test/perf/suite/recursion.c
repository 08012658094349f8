// Recursion 4,000 frames deep: returns that no short stack of predicted addresses holds, and a stack of many pages.
#include "suite.h"

static __attribute__((noinline)) u32 descend(u32 depth, u32 value) {
  volatile u32 kept[8];
  kept[depth & 7] = value;
  u32 below = depth == 0 ? value : descend(depth - 1, value * 5 + depth);
  return below + kept[depth & 7];
}

static __attribute__((noinline)) u32 ackermann(u32 m, u32 n) {
  if (m == 0) return n + 1;
  if (n == 0) return ackermann(m - 1, 1);
  return ackermann(m - 1, ackermann(m, n - 1));
}

u64 recursion(u64 repetition) { return descend(4000, (u32)repetition) + ackermann(2, 40); }
