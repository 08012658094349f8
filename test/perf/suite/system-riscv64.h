// System calls of Linux on riscv64: number in a7, arguments in a0 to a5.
enum {
  SYS_close = 57,
  SYS_pipe2 = 59,
  SYS_read = 63,
  SYS_write = 64,
  SYS_exit_group = 94,
  SYS_getpid = 172,
  SYS_getppid = 173,
  SYS_munmap = 215,
  SYS_clone = 220,
  SYS_execve = 221,
  SYS_mmap = 222,
  SYS_wait4 = 260,
};

static inline long system_call(long number, long a, long b, long c, long d, long e, long f) {
  register long a7 __asm__("a7") = number;
  register long a0 __asm__("a0") = a;
  register long a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c;
  register long a3 __asm__("a3") = d;
  register long a4 __asm__("a4") = e;
  register long a5 __asm__("a5") = f;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
  return a0;
}

static inline long fork_process(void) { return system_call(SYS_clone, 17 /* SIGCHLD */, 0, 0, 0, 0, 0); }

// The linker addresses small data relative to gp, which the program itself has to set.
#define START                                                                                              \
  __asm__(".globl _start\n_start: .option push\n.option norelax\nla gp, __global_pointer$\n.option pop\n" \
          "mv a0, sp\nandi sp, sp, -16\ncall start\n")
