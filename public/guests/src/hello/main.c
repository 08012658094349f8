// Says hello over the UART, then prints ten numbers and their squares, a tenth of a second apart, and at last their sum.
// The number lives in register s1. Pause, edit s1, run on: the lines that follow and the sum change.
#include "../board/board.h"

enum { LINES = 10 };

u64 sum;

u64 square(u64 number) {
  return number * number;
}

int main(void) {
  register u64 number __asm__("s1") = 1;
  print("Hello from a bare machine: no operating system, only this program.\n");
  print("The number is in register s1. Pause, change it, run on.\n\n");
  for (int line = 1; line <= LINES; line++) {
    print("s1 = ");
    print_number(number);
    print(", squared ");
    print_number(square(number));
    print("\n");
    sum += number;
    sleep_ms(100);
    // An empty instruction that "changes" s1, so that the compiler assumes nothing about it.
    __asm__ volatile("" : "+r"(number));
    number++;
  }
  print("\nThe sum of these numbers is ");
  print_number(sum);
  print(".\n");
  return 0;
}
