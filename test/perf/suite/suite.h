// What the kernels of the suite share. They need no C library, so that every engine runs exactly the same C.
#ifndef SUITE_H
#define SUITE_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int i32;
typedef long long i64;

/** One repetition; returns what keeps the compiler from leaving out the work, the same on every machine. */
typedef u64 Kernel(u64 repetition);

struct entry {
  const char *name;
  Kernel *kernel;
};

/** Made by build.mjs from kernels.json; ends with a name that is 0. */
extern const struct entry kernels[];

/** The sum over `repetitions` of a kernel, in which their order counts. */
u64 run_kernel(u32 index, u64 repetitions);

/** The next of a sequence of words (Marsaglia's xorshift with 13, 17, 5); the state must not be 0. */
static inline u32 next_random(u32 *state) {
  u32 x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}

/** The bits of a double, since numbers are compared exactly. */
static inline u64 bits_of(double value) {
  union {
    double value;
    u64 bits;
  } both = {value};
  return both.bits;
}

#endif
