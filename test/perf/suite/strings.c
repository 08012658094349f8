// Byte strings: length, comparison, search, change of case, reversal, all byte by byte.
#include "suite.h"

#define LENGTH 4096
static u8 text[LENGTH + 1], other[LENGTH + 1];

static __attribute__((noinline)) u32 length_of(const u8 *string) {
  const u8 *end = string;
  while (*end) end++;
  return (u32)(end - string);
}

static __attribute__((noinline)) i32 compare(const u8 *a, const u8 *b) {
  while (*a && *a == *b) a++, b++;
  return *a - *b;
}

static __attribute__((noinline)) const u8 *find(const u8 *in, const u8 *what) {
  for (; *in; in++) {
    u32 i = 0;
    while (what[i] && in[i] == what[i]) i++;
    if (!what[i]) return in;
  }
  return 0;
}

u64 strings(u64 repetition) {
  u32 state = (u32)repetition + 1, sum = 0;
  for (u32 i = 0; i < LENGTH; i++) text[i] = "etaoin shrdlu"[next_random(&state) % 13];
  for (u32 i = 0; i < LENGTH; i++) other[i] = text[i] >= 'a' && text[i] <= 'z' ? text[i] - 32 : text[i];
  for (u32 i = 0; i < LENGTH; i++) other[i] = other[i] >= 'A' && other[i] <= 'Z' ? other[i] | 32 : other[i];
  sum += length_of(text) + (u32)compare(text, other);
  for (u32 length = 3; length < 8; length++) {
    u8 word[8] = {0};
    for (u32 i = 0; i < length; i++) word[i] = text[LENGTH / 2 + i];
    const u8 *at = find(text, word);
    sum = sum * 31 + (at ? (u32)(at - text) : 0);
  }
  for (u32 i = 0, j = LENGTH - 1; i < j; i++, j--) {
    u8 kept = other[i];
    other[i] = other[j];
    other[j] = kept;
  }
  return sum + (u32)compare(text, other) * 7;
}
