// A ring of pointers through 8,192 pages in an order without pattern: each step needs another page's translation.
#include "suite.h"

#define PAGES 8192
#define WORDS (4096 / 4)
static u32 memory[PAGES * WORDS];
static u32 order[PAGES];

static void link_pages(void) {
  u32 state = 1;
  for (u32 i = 0; i < PAGES; i++) order[i] = i;
  for (u32 i = PAGES - 1; i > 0; i--) {
    u32 j = next_random(&state) % (i + 1), kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
  // A place of its own in each page, so that the host's cache is not what is measured.
  for (u32 i = 0; i < PAGES; i++) {
    u32 page = order[i], next = order[(i + 1) % PAGES];
    memory[page * WORDS + page * 16 % WORDS] = next * WORDS + next * 16 % WORDS;
  }
}

u64 chase(u64 repetition) {
  if (order[0] == order[1]) link_pages();
  u32 at = (u32)(repetition % PAGES);
  at = at * WORDS + at * 16 % WORDS;
  for (u32 i = 0; i < 20000; i++) at = memory[at];
  return at;
}
