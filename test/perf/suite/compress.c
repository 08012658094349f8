// A packer after Lempel and Ziv, and its unpacker: 32 KiB of text-like bytes, matches found through a table of hashes.
#include "suite.h"

#define BYTES 32768
#define HEADS 4096
static u8 plain[BYTES], packed[BYTES * 2], unpacked[BYTES];
static u32 heads[HEADS];

/** Flag byte, then eight items: a byte, or distance (2 bytes) and length less 3 (1 byte). */
static __attribute__((noinline)) u32 pack(void) {
  u32 out = 0, flag_at = 0, items = 0;
  for (u32 i = 0; i < HEADS; i++) heads[i] = 0;
  for (u32 at = 0; at < BYTES;) {
    if ((items++ & 7) == 0) packed[flag_at = out++] = 0;
    u32 length = 0, distance = 0;
    if (at + 3 < BYTES) {
      u32 key = (plain[at] * 0x9e5u ^ plain[at + 1] * 0x79bu ^ plain[at + 2] * 0x1fu) & (HEADS - 1);
      u32 seen = heads[key];
      heads[key] = at + 1;
      if (seen != 0) {
        distance = at - (seen - 1);
        while (length < 258 && at + length < BYTES && plain[seen - 1 + length] == plain[at + length]) length++;
      }
    }
    if (length >= 3) {
      packed[flag_at] |= 1 << ((items - 1) & 7);
      packed[out++] = (u8)distance;
      packed[out++] = (u8)(distance >> 8);
      packed[out++] = (u8)(length - 3);
      at += length;
    } else {
      packed[out++] = plain[at++];
    }
  }
  return out;
}

static __attribute__((noinline)) u32 unpack(u32 bytes) {
  u32 out = 0, flags = 0, items = 0;
  for (u32 in = 0; in < bytes;) {
    if ((items++ & 7) == 0) flags = packed[in++];
    if (flags & 1) {
      u32 distance = packed[in] | packed[in + 1] << 8, length = packed[in + 2] + 3;
      in += 3;
      for (u32 i = 0; i < length; i++, out++) unpacked[out] = unpacked[out - distance];
    } else {
      unpacked[out++] = packed[in++];
    }
    flags >>= 1;
  }
  return out;
}

u64 compress(u64 repetition) {
  static const char *const words[] = {"register ", "memory ", "page ", "the ", "of ", "and ", "machine ", "in ",
                                      "time ", "cycle ", "code ", "a ", "hart ", "trap ", "is ", "slice "};
  u32 state = (u32)repetition + 1, at = 0;
  while (at < BYTES) {
    const char *word = words[next_random(&state) & 15];
    while (*word && at < BYTES) plain[at++] = (u8)*word++;
  }
  u32 bytes = pack();
  u32 count = unpack(bytes), wrong = 0;
  for (u32 i = 0; i < BYTES; i++) wrong += plain[i] != unpacked[i];
  return ((u64)wrong << 48) + ((u64)count << 24) + bytes;
}
