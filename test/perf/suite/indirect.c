// Objects with methods of their own: calls through pointers that the data choose.
#include "suite.h"

#define SHAPES 512
struct shape {
  u32 (*measure)(const struct shape *, u32);
  u32 width, height;
};

static u32 square(const struct shape *shape, u32 by) { return shape->width * shape->width + by; }
static u32 rectangle(const struct shape *shape, u32 by) { return shape->width * shape->height ^ by; }
static u32 triangle(const struct shape *shape, u32 by) { return (shape->width * shape->height >> 1) - by; }
static u32 frame(const struct shape *shape, u32 by) { return 2 * (shape->width + shape->height) * (by | 1); }
static u32 diagonal(const struct shape *shape, u32 by) { return shape->width > shape->height ? shape->width : by; }
static u32 nothing(const struct shape *shape, u32 by) { return by + (shape->width & 1); }

static u32 (*const methods[])(const struct shape *, u32) = {square, rectangle, triangle, frame, diagonal, nothing};
static struct shape shapes[SHAPES];

u64 indirect(u64 repetition) {
  u32 state = (u32)repetition % 97 + 1, result = 0;
  u64 sum = 0;
  for (u32 i = 0; i < SHAPES; i++) {
    shapes[i].measure = methods[next_random(&state) % 6];
    shapes[i].width = next_random(&state) & 1023;
    shapes[i].height = next_random(&state) & 1023;
  }
  for (int round = 0; round < 20; round++)
    for (u32 i = 0; i < SHAPES; i++) sum += result = shapes[i].measure(&shapes[i], result);
  return sum;
}
