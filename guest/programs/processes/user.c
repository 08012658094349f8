// What both processes run, in U-mode, linked for virtual address 0x1_0000. The kernel starts it with the process's letter in a0.
#include "../board/board.h"
#include "processes.h"

static void system_call(u64 number, u64 argument) {
  register u64 a7 __asm__("a7") = number;
  register u64 a0 __asm__("a0") = argument;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
}

__attribute__((section(".text.first"))) void user_main(u64 letter) {
  volatile u64 *counter = (u64 *)USER_DATA;
  const volatile u64 *ticks = (u64 *)USER_TICKS;
  for (int i = 0; i < 10; i++) {
    system_call(CALL_PUT, letter);
    ++*counter;
    // Waits for the end of this time slice, that is, until the other process has been given the CPU.
    u64 now = *ticks;
    while (*ticks == now) {
    }
  }
  system_call(CALL_EXIT, 0);
}
