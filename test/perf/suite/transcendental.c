// exp, log, sin and cos from +, -, * and /: reduction of the argument, then a series. Results are results of these
// operations, the same to the bit wherever they are rounded as IEEE 754 says.
#include "suite.h"

static const double LN2 = 0x1.62e42fefa39efp-1, HALF_PI = 0x1.921fb54442d18p+0;

static double with_exponent(i32 exponent) {
  union {
    u64 bits;
    double value;
  } both = {(u64)(u32)(exponent + 1023) << 52};
  return both.value;
}

static inline double exponential(double x) {
  i32 halves = (i32)(x / LN2 + (x < 0 ? -0.5 : 0.5));
  double r = x - halves * LN2, term = 1, sum = 1;
  for (i32 n = 1; n < 14; n++) sum += term *= r / n;
  return sum * with_exponent(halves);
}

static inline double logarithm(double x) {
  i32 exponent = (i32)(bits_of(x) >> 52) - 1023;
  double m = x / with_exponent(exponent), t = (m - 1) / (m + 1), square = t * t, sum = 0;
  for (i32 n = 25; n > 0; n -= 2) sum = sum * square + 1.0 / n;
  return 2 * t * sum + exponent * LN2;
}

/** The sine, or with `quarter` 1 the cosine. */
static inline double sine(double x, i32 quarter) {
  i32 turns = (i32)(x / HALF_PI + (x < 0 ? -0.5 : 0.5));
  double r = x - turns * HALF_PI, square = r * r, term, sum;
  quarter = (quarter + turns) & 3;
  term = sum = quarter & 1 ? 1 : r;
  for (i32 n = quarter & 1 ? 1 : 2; n < 20; n += 2) sum += term *= -square / (n * (n + 1));
  return quarter & 2 ? -sum : sum;
}

u64 transcendental(u64 repetition) {
  double x = 0.25 + (double)(i32)(repetition & 1023) / 512, sum = 0;
  for (i32 i = 0; i < 200; i++) {
    double s = sine(x * i, 0), c = sine(x * i, 1);
    sum += s * s + c * c + exponential(s) - logarithm(2 + c);
  }
  return bits_of(sum);
}
