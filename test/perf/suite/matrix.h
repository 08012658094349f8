// Product of two 64 x 64 matrices of NUMBER, three nested loops; the including file names it MATRIX.
#include "suite.h"

#define SIZE 64
static NUMBER a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

u64 MATRIX(u64 repetition) {
  u32 shift = (u32)(repetition & 1023);
  for (int i = 0; i < SIZE; i++)
    for (int j = 0; j < SIZE; j++) {
      a[i][j] = (NUMBER)(i32)(i * 3 + j + shift) / 7;
      b[i][j] = (NUMBER)(i32)(i - j) / (NUMBER)(i32)(j + 3);
    }
  for (int i = 0; i < SIZE; i++)
    for (int j = 0; j < SIZE; j++) {
      NUMBER sum = 0;
      for (int k = 0; k < SIZE; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
  u64 bits = 0;
  for (int i = 0; i < SIZE; i++) bits = bits * 31 + bits_of((double)c[i][(i * 7 + shift) % SIZE]);
  return bits;
}
