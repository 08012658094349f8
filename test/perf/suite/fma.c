// Polynomials by fused multiply-add, which a compiler for this instruction set makes of each a * b + c unless told otherwise.
#include "suite.h"

u64 fma(u64 repetition) {
  double x = 0.5 + (double)(i32)(repetition & 255) / 1024, y = 0;
  float f = (float)x, g = 0;
  for (int i = 0; i < 1000; i++) {
    double p = 0.125;
    for (int n = 1; n < 12; n++) p = __builtin_fma(p, x, 1.0 / n);
    y = __builtin_fma(y, -0.5, p);
    x = __builtin_fma(x, 0.75, 0.125);
    g = __builtin_fmaf(g, 0.25f, __builtin_fmaf(f, f, (float)p));
  }
  return bits_of(y) + bits_of((double)g);
}
