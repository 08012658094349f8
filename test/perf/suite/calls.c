// Fibonacci numbers by recursion: calls and returns, and little else.
#include "suite.h"

static __attribute__((noinline)) u64 fibonacci(u64 n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

u64 calls(u64 repetition) { return fibonacci(22) + repetition; }
