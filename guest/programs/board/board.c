// Drivers for the UART (16550), the timer (CLINT) and the power switch (sifive_test) of the board.
#include "board.h"

static volatile u8 *const uart = (u8 *)0x10000000;
static volatile u64 *const mtimecmp = (u64 *)0x2004000;
static volatile u64 *const mtime = (u64 *)0x200bff8;
static volatile u32 *const test = (u32 *)0x100000;

enum { UART_THR = 0, UART_LSR = 5, LSR_THR_EMPTY = 1 << 5 };
enum { TEST_PASS = 0x5555, TEST_FAIL = 0x3333 };

void print_char(char c) {
  while (!(uart[UART_LSR] & LSR_THR_EMPTY)) {
  }
  uart[UART_THR] = c;
}

void print(const char *text) {
  for (; *text; text++) {
    if (*text == '\n') print_char('\r');
    print_char(*text);
  }
}

static void print_in_base(u64 value, u64 base) {
  char digits[20];
  int count = 0;
  do {
    digits[count++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value);
  while (count) print_char(digits[--count]);
}

void print_number(u64 value) {
  print_in_base(value, 10);
}

void print_hex(u64 value) {
  print("0x");
  print_in_base(value, 16);
}

u64 time_now(void) {
  return *mtime;
}

void set_timer(u64 time) {
  *mtimecmp = time;
}

void sleep_ms(u64 ms) {
  // Calls nothing on purpose: so the caller's s1 to s11 stay in their registers, to be seen and edited while it sleeps.
  u64 end = *mtime + ms * TICKS_PER_MS;
  *mtimecmp = end;
  set_csr(mie, MIE_MTIE);
  // wfi may end for no reason, so the time is what decides.
  while (*mtime < end) __asm__ volatile("wfi");
  clear_csr(mie, MIE_MTIE);
}

void finish(u32 status) {
  *test = status ? status << 16 | TEST_FAIL : TEST_PASS;
  for (;;) __asm__ volatile("wfi");
}

/** Where mtvec points until a program sets its own: says what happened and ends the run. */
void unexpected_trap(void) {
  print("\nUnexpected trap: mcause ");
  print_hex(read_csr(mcause));
  print(", mepc ");
  print_hex(read_csr(mepc));
  print(", mtval ");
  print_hex(read_csr(mtval));
  print("\n");
  finish(1);
}
