// The few system calls that the demonstration programs make, without a C library: number in a7, arguments in a0 to a2, ecall.

typedef unsigned long u64;

enum { SYS_write = 64, SYS_exit = 93, SYS_getpid = 172 };

static inline long syscall3(long number, long first, long second, long third) {
  register long a7 __asm__("a7") = number;
  register long a0 __asm__("a0") = first;
  register long a1 __asm__("a1") = second;
  register long a2 __asm__("a2") = third;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
  return a0;
}

static inline void print(const char *text) {
  long length = 0;
  while (text[length]) length++;
  syscall3(SYS_write, 1, (long)text, length);
}

static inline void print_number(u64 value, unsigned base) {
  char digits[24];
  char *at = digits + sizeof digits - 1;
  *at = 0;
  do {
    *--at = "0123456789abcdef"[value % base];
    value /= base;
  } while (value);
  print(at);
}

static inline void __attribute__((noreturn)) quit(long status) {
  syscall3(SYS_exit, status, 0, 0);
  __builtin_unreachable();
}
