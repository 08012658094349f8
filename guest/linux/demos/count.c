// Counts in s1 and nowhere else: pause, edit s1, run on, and the count goes on from there.
// Between two numbers it spins instead of sleeping, so that a pause finds this program on the CPU and not the idle kernel.
#include "linux.h"

void _start(void) {
  register u64 number __asm__("s1") = 0;
  print("Process ");
  print_number(syscall3(SYS_getpid, 0, 0, 0), 10);
  print(" counts in register s1. Ctrl-C ends it.\n");
  for (;;) {
    // Without this, the compiler is free to keep the number elsewhere.
    __asm__ volatile("addi %0, %0, 1" : "+r"(number));
    print("s1 = ");
    print_number(number, 10);
    print("\n");
    for (int spins = 0; spins < 20000000; spins++) __asm__ volatile("");
  }
}
