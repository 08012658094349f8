// System calls of Linux on i386: number in eax, arguments in ebx, ecx, edx, esi, edi, ebp.
enum {
  SYS_fork = 2,
  SYS_read = 3,
  SYS_write = 4,
  SYS_close = 6,
  SYS_execve = 11,
  SYS_getpid = 20,
  SYS_getppid = 64,
  SYS_munmap = 91,
  SYS_wait4 = 114,
  SYS_mmap = 192, // mmap2: the offset counts pages
  SYS_exit_group = 252,
  SYS_pipe2 = 331,
};

static inline long system_call(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  // The compiler may keep any address relative to ebp, so the sixth argument goes by way of the stack.
  __asm__ volatile("push %7\n\tpush %%ebp\n\tmov 4(%%esp), %%ebp\n\tint $0x80\n\tpop %%ebp\n\tadd $4, %%esp"
                   : "=a"(result)
                   : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e), "g"(f)
                   : "memory", "cc");
  return result;
}

static inline long fork_process(void) { return system_call(SYS_fork, 0, 0, 0, 0, 0, 0); }

#define START __asm__(".globl _start\n_start: mov %esp, %eax\n and $-16, %esp\n sub $12, %esp\n push %eax\n call start\n")
