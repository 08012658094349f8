// The system calls that the suite makes, without a C library; each system-<instruction set>.h says how, and their numbers.
#ifndef LINUX_H
#define LINUX_H

#if defined(__riscv)
#include "system-riscv64.h"
#else
#include "system-i386.h"
#endif

/** Where the program lies in every guest, to execute itself. */
#define SELF "/suite"

static inline long system0(long number) { return system_call(number, 0, 0, 0, 0, 0, 0); }
static inline long system1(long number, long a) { return system_call(number, a, 0, 0, 0, 0, 0); }
static inline long system3(long number, long a, long b, long c) { return system_call(number, a, b, c, 0, 0, 0); }

static inline long read_bytes(int file, void *bytes, long count) { return system3(SYS_read, file, (long)bytes, count); }
static inline long write_bytes(int file, const void *bytes, long count) {
  return system3(SYS_write, file, (long)bytes, count);
}
static inline __attribute__((noreturn)) void leave(int status) {
  for (;;) system1(SYS_exit_group, status);
}
static inline long wait_for(long process, int *status) {
  return system_call(SYS_wait4, process, (long)status, 0, 0, 0, 0);
}
/** Does not come back unless it fails. */
static inline void execute(const char *path, char *const *arguments) {
  char *const environment[] = {"PATH=/usr/bin:/bin", "HOME=/", 0};
  system3(SYS_execve, (long)path, (long)arguments, (long)environment);
}

/** Ends the program with the name of what failed, so that the bench does not wait for a mark that never comes. */
__attribute__((noreturn)) void fail(const char *what);

#endif
