// Stores to an address that no page is mapped at: a store page fault (scause 15), and the kernel ends the process with SIGSEGV.
#include "linux.h"

void _start(void) {
  volatile u64 *nowhere = (u64 *)0xdead000;
  print("Storing to 0x");
  print_number((u64)nowhere, 16);
  print(": the CPU will trap with scause 15 and this address in stval.\n");
  *nowhere = 42;
  print("This line is never reached.\n");
  quit(0);
}
