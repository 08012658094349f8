// Product of two 96 x 96 matrices of 64-bit integers: multiply and add, three nested loops.
#include "kernel.h"

#define SIZE 96
static u64 a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

u64 kernel(u64 repetition) {
  for (int i = 0; i < SIZE; i++)
    for (int j = 0; j < SIZE; j++) {
      a[i][j] = i * 3 + j + repetition;
      b[i][j] = i ^ (j * 5);
    }
  for (int i = 0; i < SIZE; i++)
    for (int j = 0; j < SIZE; j++) {
      u64 sum = 0;
      for (int k = 0; k < SIZE; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
  return c[repetition % SIZE][17];
}
