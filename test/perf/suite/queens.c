// Nine queens: backtracking over sets that are bits of a word.
#include "suite.h"

static u32 solutions(u32 all, u32 columns, u32 left, u32 right) {
  if (columns == all) return 1;
  u32 count = 0;
  for (u32 free = all & ~(columns | left | right); free != 0;) {
    u32 place = free & -free;
    free ^= place;
    count += solutions(all, columns | place, (left | place) << 1, (right | place) >> 1);
  }
  return count;
}

u64 queens(u64 repetition) {
  // A forbidden column that changes keeps the compiler from doing it once.
  u32 all = (1 << 9) - 1, taken = 1u << (repetition % 9);
  return solutions(all, 0, taken, 0);
}
