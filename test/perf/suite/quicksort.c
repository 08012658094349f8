// Quicksort of 65,536 words: branches that cannot be predicted, recursion.
#include "suite.h"

#define COUNT (1 << 16)
static u32 values[COUNT];

static void sort(i32 low, i32 high) {
  while (low < high) {
    u32 pivot = values[(low + high) >> 1];
    i32 i = low, j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      u32 t = values[i];
      values[i++] = values[j];
      values[j--] = t;
    }
    if (j - low < high - i) {
      sort(low, j);
      low = i;
    } else {
      sort(i, high);
      high = j;
    }
  }
}

u64 quicksort(u64 repetition) {
  u32 state = (u32)repetition + 1;
  for (u32 i = 0; i < COUNT; i++) values[i] = next_random(&state);
  sort(0, COUNT - 1);
  return values[repetition & (COUNT - 1)];
}
