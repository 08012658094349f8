// Variables in every place that compilers find for them: memory, registers, parts of both, constants, nowhere. Stands at `stop`.
typedef unsigned long u64;
typedef struct { int x, y; } Point;
typedef struct { u64 first; long second; } Pair;
typedef struct { u64 words[4]; Point at; } Big;
enum Colour { RED, GREEN = 5 };

volatile u64 sink;
volatile double third = 1.5;

__attribute__((noinline)) void stop(void) { sink++; }

__attribute__((noinline, noipa)) u64 pass(u64 value) { return value; }

static inline __attribute__((always_inline)) int twice(int of) {
  int result = of * 2;
  sink = result;
  stop();
  return result + of;
}

__attribute__((noinline)) static u64 split(Pair pair, double ratio, enum Colour colour) {
  Point where = {.x = (int)pass(pair.first), .y = -7};
  double product = ratio * third;
  char name[6] = "split";
  unsigned char small = pair.second + 1;
  stop();
  sink = where.x + small;
  third = product;
  return pair.first + pair.second + colour + name[sink & 3];
}

__attribute__((noinline)) static u64 count_down(int depth, Big *big) {
  static int calls = 3;
  u64 squares[3] = {depth, depth * depth, 1};
  calls++;
  big->words[depth] = squares[pass(1)];
  if (depth > 0) {
    int next = depth - 1;
    u64 below = count_down(next, big);
    return below + squares[pass(0)];
  }
  stop();
  return big->at.x;
}

/** Its parameter is lost where it stops: only its caller knows it. */
__attribute__((noinline)) static u64 forget(u64 given, short sign) {
  u64 other = pass(given + 1);
  {
    int other = sign;
    sink = other;
    stop();
  }
  return other;
}

int work(int argument) {
  Big big = {.words = {1, 2, 3, 4}, .at = {.x = argument, .y = 8}};
  Pair pair = {argument, -2};
  for (int round = 0; round < 2; round++) sink += split(pair, 0.25 * round, GREEN);
  sink += count_down(2, &big);
  sink += forget(41, -3);
  int doubled = twice(argument);
  return doubled + (int)big.words[1];
}

void park(void) {
  for (;;) stop();
}

__attribute__((naked, section(".text.first"))) void begin(void) {
  __asm__ volatile(
      "li sp, 0x80100000\n"
      "li t0, 0x6000\n"
      "csrs mstatus, t0\n"
      "li s0, 0\n"
      "li a0, 9\n"
      "call work\n"
      "call park\n");
}
