// The suite's program for Linux, static and without a C library.
//   /suite KERNEL REPETITIONS   STX, the work, ETX and the sum in hexadecimal: the host's clock times what lies between
//   /suite run PROGRAM ARG…     the same around a program, whose output comes between the marks
//   /suite                      takes such commands from standard input; so it can be the only program of a guest
#include "linux.h"
#include "suite.h"

START;

static int same(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

static u32 length_of(const char *text) {
  u32 length = 0;
  while (text[length]) length++;
  return length;
}

void fail(const char *what) {
  write_bytes(1, "\3failed: ", 9);
  write_bytes(1, what, length_of(what));
  write_bytes(1, "\n", 1);
  leave(1);
}

static u64 number_in(const char *text) {
  u64 value = 0;
  for (; *text >= '0' && *text <= '9'; text++) value = value * 10 + (u64)(*text - '0');
  return value;
}

static void time_kernel(u32 index, u64 repetitions) {
  write_bytes(1, "\2", 1);
  u64 sum = run_kernel(index, repetitions);
  write_bytes(1, "\3", 1);
  char text[17];
  for (int i = 0; i < 16; i++) text[i] = "0123456789abcdef"[sum >> (60 - 4 * i) & 15];
  text[16] = '\n';
  write_bytes(1, text, 17);
}

/** Runs a program and waits for its end; answers its status. */
static int run(const char *path, char *const *arguments) {
  long child = fork_process();
  if (child < 0) fail("fork");
  if (child == 0) {
    execute(path, arguments);
    fail(path);
  }
  int status = 0;
  while (wait_for(child, &status) != child) {
  }
  return status;
}

static void time_program(char *const *arguments) {
  write_bytes(1, "\2", 1);
  int status = run(arguments[0], arguments);
  if (status != 0) fail(arguments[0]);
  write_bytes(1, "\3done\n", 6);
}

/** Splits a line at its spaces, in place; answers the number of words. */
static int split(char *line, char **words, int most) {
  int count = 0;
  while (*line) {
    while (*line == ' ') *line++ = 0;
    if (!*line) break;
    if (count + 1 < most) words[count++] = line;
    while (*line && *line != ' ') line++;
  }
  words[count] = 0;
  return count;
}

static void serve(void) {
  static char line[512];
  static char *words[16];
  write_bytes(1, "suite ready\n", 12);
  for (u32 length = 0;;) {
    char letter;
    if (read_bytes(0, &letter, 1) != 1) fail("read");
    if (letter != '\n') {
      if (length + 1 < sizeof line) line[length++] = letter;
      continue;
    }
    line[length] = 0;
    length = 0;
    if (split(line, words, 16) > 0) run(words[0], words);
  }
}

__attribute__((used, noreturn)) void start(long *stack) {
  int count = (int)stack[0];
  char *const *words = (char *const *)(stack + 1);
  if (count < 2 || system0(SYS_getpid) == 1) serve();
  if (same(words[1], "leave")) leave(0);
  if (count > 2 && same(words[1], "run")) {
    time_program(words + 2);
    leave(0);
  }
  for (u32 index = 0; kernels[index].name; index++) {
    if (!same(words[1], kernels[index].name)) continue;
    time_kernel(index, count > 2 ? number_in(words[2]) : 1);
    leave(0);
  }
  fail("no such kernel");
}

// GCC may make calls of these even of freestanding code.
void *memcpy(void *target, const void *source, __SIZE_TYPE__ count) {
  for (__SIZE_TYPE__ i = 0; i < count; i++) ((u8 *)target)[i] = ((const u8 *)source)[i];
  return target;
}
void *memset(void *target, int value, __SIZE_TYPE__ count) {
  for (__SIZE_TYPE__ i = 0; i < count; i++) ((u8 *)target)[i] = (u8)value;
  return target;
}
