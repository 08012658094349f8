// What optimization makes of variables: pointers into nothing, parameters left out, floats that nobody computes, bits, 128 bits; and
// unwinding by expressions. Stands at `stop`.
typedef unsigned long u64;
typedef struct { int x, y; } Point;
typedef struct { unsigned kind : 3, count : 13; int rest; } Bits;

volatile u64 sink;
volatile double seed = 1.5;
static __thread u64 own = 77;

__attribute__((noinline)) void stop(void) { sink++; }

__attribute__((noinline, noipa)) u64 pass(u64 value) { return value; }

/** Its pointer leads to a structure that is in no memory. */
static inline __attribute__((always_inline)) int sum(const Point *of) {
  const int *second = &of->y;
  int result = of->x * 100 + of->y;
  stop();
  return of->x + *second * (int)pass(7);
}

/** One parameter is left out, the other is passed otherwise than it is written. */
__attribute__((noinline)) static u64 shrunk(u64 unused, const Point *by, u64 used) {
  u64 before = unused + 1;
  sink = by->x + used;
  stop();
  return sink + by->y;
}

/** What nobody asks for is not computed. */
__attribute__((noinline, noclone)) static double floats(double ratio, float single, int whole) {
  double scaled = ratio * 2.5 - 1.0;
  float narrow = single / 3.0f;
  double mixed = whole + ratio;
  long cut = (long)(ratio * 10);
  int less = ratio < 2.0;
  stop();
  return ratio + single + whole;
}

/** Called by its address; what it was called with is lost. */
__attribute__((noinline)) static u64 indirect(u64 given) {
  u64 other = pass(3);
  stop();
  return other;
}
u64 (*volatile door)(u64) = indirect;

__attribute__((noinline, noclone)) static u64 wide(u64 low) {
  unsigned __int128 product = (unsigned __int128)low * 0x123456789abcdef1u;
  Bits bits = {.kind = low & 7, .count = low, .rest = -4};
  stop();
  return (u64)(product >> 64) + bits.count;
}

__attribute__((noinline)) static u64 threads(void) {
  static __thread u64 calls = 5;
  calls += own;
  stop();
  return calls;
}

u64 strange(u64 value);

int work(int argument) {
  u64 kept = pass(argument) + 100, other = pass(argument) + 200;
  Point at = {(int)pass(3), (int)pass(4)};
  const Point *to = &at;
  sink += sum(to);
  Point by = {(int)pass(5), 6};
  sink += shrunk(argument * 3, &by, kept);
  seed = floats(seed, 0.75f, argument);
  sink += door(kept + 1);
  sink += wide(kept);
  sink += strange(other);
  sink += threads();
  return (int)(kept + other);
}

void park(void) {
  for (;;) stop();
}

// The frame's address lies in the frame itself, and where registers are saved takes computing: one by its place, one by its value.
__asm__(
    ".section .text.strange,\"ax\"\n"
    ".globl strange\n"
    ".type strange, @function\n"
    "strange:\n"
    ".cfi_startproc\n"
    "addi sp, sp, -64\n"
    "addi t0, sp, 64\n"
    "sd t0, 8(sp)\n"
    "sd ra, 24(sp)\n"
    "sd s0, 32(sp)\n"
    "sd s1, 40(sp)\n"
    ".cfi_escape 0x0f, 3, 0x72, 8, 0x06\n"                    // def_cfa_expression: *(sp + 8)
    ".cfi_escape 0x10, 1, 3, 0x09, 0xd8, 0x22\n"              // expression of ra: CFA - 40
    ".cfi_escape 0x16, 8, 4, 0x09, 0xe0, 0x22, 0x06\n"        // val_expression of s0: *(CFA - 32)
    ".cfi_escape 0x10, 9, 3, 0x09, 0xe8, 0x22\n"              // expression of s1: CFA - 24
    "li s0, 0\n"
    "li s1, 0\n"
    "call stop\n"
    "mv a0, s1\n"
    "ld ra, 24(sp)\n"
    "ld s0, 32(sp)\n"
    "ld s1, 40(sp)\n"
    "addi sp, sp, 64\n"
    ".cfi_def_cfa 2, 0\n"
    ".cfi_same_value 1\n"
    ".cfi_same_value 8\n"
    ".cfi_same_value 9\n"
    "ret\n"
    ".cfi_endproc\n"
    ".size strange, .-strange\n"
    ".text\n");

__attribute__((naked, section(".text.first"))) void begin(void) {
  __asm__ volatile(
      "li sp, 0x80100000\n"
      "li t0, 0x6000\n"
      "csrs mstatus, t0\n"
      "li s0, 0\n"
      "la tp, thread\n"
      "li a0, 9\n"
      "call work\n"
      "call park\n");
}
