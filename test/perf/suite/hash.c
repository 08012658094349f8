// A hash table with linear probing: 40,000 insertions into 65,536 places, then as many look-ups, half of which find nothing.
#include "suite.h"

#define PLACES (1 << 16)
#define KEYS 40000
static struct {
  u32 key;
  u32 value;
} table[PLACES];

static u32 place_of(u32 key) {
  u32 mixed = key * 0x9e3779b1u;
  return (mixed ^ mixed >> 15) & (PLACES - 1);
}

static __attribute__((noinline)) void insert(u32 key, u32 value) {
  u32 place = place_of(key);
  while (table[place].key != 0 && table[place].key != key) place = (place + 1) & (PLACES - 1);
  table[place].key = key;
  table[place].value += value;
}

static __attribute__((noinline)) u32 look_up(u32 key) {
  for (u32 place = place_of(key); table[place].key != 0; place = (place + 1) & (PLACES - 1))
    if (table[place].key == key) return table[place].value;
  return 0;
}

u64 hash(u64 repetition) {
  u32 state = (u32)repetition + 1, again;
  u64 found = 0;
  for (u32 i = 0; i < PLACES; i++) table[i].key = table[i].value = 0;
  again = state;
  for (u32 i = 0; i < KEYS; i++) insert(next_random(&state), i);
  for (u32 i = 0; i < KEYS; i++) {
    u32 key = next_random(&again);
    found += look_up(i & 1 ? key : ~key);
  }
  return found;
}
