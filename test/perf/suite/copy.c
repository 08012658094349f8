// Copies of 64 KiB: by words, by bytes from an odd address, overlapping, and a fill. The pointers cannot be seen through.
#include "suite.h"

#define BYTES (1 << 16)
static u64 from[BYTES / 8 + 1], to[BYTES / 8 + 1];

static __attribute__((noinline)) void copy_words(u64 *target, const u64 *source, u32 bytes) {
  for (u32 i = 0; i < bytes / 8; i++) target[i] = source[i];
}

static __attribute__((noinline)) void copy_bytes(u8 *target, const u8 *source, u32 bytes) {
  for (u32 i = 0; i < bytes; i++) target[i] = source[i];
}

static __attribute__((noinline)) void fill(u8 *target, u8 value, u32 bytes) {
  for (u32 i = 0; i < bytes; i++) target[i] = value;
}

u64 copy(u64 repetition) {
  for (u32 i = 0; i <= BYTES / 8; i++) from[i] = (repetition + i) * 0x100000001;
  for (int round = 0; round < 4; round++) copy_words(to, from, BYTES);
  copy_bytes((u8 *)to + 3, (const u8 *)from + 1, BYTES / 4);
  copy_words(from, from + 1, BYTES);
  fill((u8 *)to + BYTES / 2, (u8)repetition, BYTES / 4);
  u64 sum = 0;
  for (u32 i = 0; i < BYTES / 8; i++) sum += to[i] ^ from[i];
  return sum;
}
