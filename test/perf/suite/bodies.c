// Five bodies under their gravitation: square roots, quotients and sums in double precision.
#include "suite.h"

#define BODIES 5
struct body {
  double x, y, z, vx, vy, vz, mass;
};

static void advance(struct body *bodies, double dt) {
  for (int i = 0; i < BODIES; i++)
    for (int j = i + 1; j < BODIES; j++) {
      struct body *a = &bodies[i], *b = &bodies[j];
      double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
      double square = dx * dx + dy * dy + dz * dz + 0.01;
      double pull = dt / (square * __builtin_sqrt(square));
      a->vx -= dx * b->mass * pull, a->vy -= dy * b->mass * pull, a->vz -= dz * b->mass * pull;
      b->vx += dx * a->mass * pull, b->vy += dy * a->mass * pull, b->vz += dz * a->mass * pull;
    }
  for (struct body *body = bodies; body < bodies + BODIES; body++)
    body->x += dt * body->vx, body->y += dt * body->vy, body->z += dt * body->vz;
}

u64 bodies(u64 repetition) {
  struct body all[BODIES];
  u32 state = (u32)repetition + 1;
  for (int i = 0; i < BODIES; i++) {
    double values[7];
    for (int k = 0; k < 7; k++) values[k] = (double)(i32)(next_random(&state) & 0xffff) / 65536 - 0.5;
    all[i] = (struct body){values[0] * 8, values[1] * 8, values[2] * 8, values[3], values[4], values[5], values[6] + 1};
  }
  for (int step = 0; step < 500; step++) advance(all, 0x1p-7);
  return bits_of(all[0].x) ^ bits_of(all[1].y) ^ bits_of(all[2].z);
}
