// Printing, probes and page tables for the privileged test programs.
#include "harness.h"

PROBE(load8, "lbu a0, 0(a0)");
PROBE(load16, "lhu a0, 0(a0)");
PROBE(load32, "lw a0, 0(a0)");
PROBE(load64, "ld a0, 0(a0)");
PROBE(store8, "sb a1, 0(a0)");
PROBE(store16, "sh a1, 0(a0)");
PROBE(store32, "sw a1, 0(a0)");
PROBE(store64, "sd a1, 0(a0)");
PROBE(jump, "mv t0, ra\njalr ra, a0\nmv ra, t0");
PROBE(nothing, "nop");

struct trap trap_m, trap_s;
u32 direct;
u64 probe_status, u_delta;
struct outcome last;
u64 root;
int levels;
static u64 next_table;
static int number;

void *memset(void *to, int value, u64 size) {
  for (u64 i = 0; i < size; i++) ((volatile u8 *)to)[i] = (u8)value;
  return to;
}

void *memcpy(void *to, const void *from, u64 size) {
  for (u64 i = 0; i < size; i++) ((volatile u8 *)to)[i] = ((const u8 *)from)[i];
  return to;
}

static void put(char c) {
  while (!(mem8(UART + 5) & 0x20)) {
  }
  mem8(UART) = (u8)c;
}

static void put_string(const char *text) {
  while (*text) put(*text++);
}

static void put_hex(u64 value) {
  put_string("0x");
  int shift = 60;
  while (shift > 0 && !(value >> shift)) shift -= 4;
  for (; shift >= 0; shift -= 4) put("0123456789abcdef"[(value >> shift) & 15]);
}

static void put_decimal(i64 value) {
  char digits[24];
  int n = 0;
  u64 rest = value < 0 ? -(u64)value : (u64)value;
  if (value < 0) put('-');
  do digits[n++] = (char)('0' + rest % 10);
  while (rest /= 10);
  while (n) put(digits[--n]);
}

static char mode_letter(u64 mode) { return "US?M"[mode & 3]; }

static void print_list(const char *format, __builtin_va_list list) {
  for (; *format; format++) {
    if (*format != '%') {
      put(*format);
      continue;
    }
    switch (*++format) {
      case 's': put_string(__builtin_va_arg(list, const char *)); break;
      case 'd': put_decimal(__builtin_va_arg(list, int)); break;
      case 'x': put_hex(__builtin_va_arg(list, u64)); break;
      case 'c': put((char)__builtin_va_arg(list, int)); break;
      case 'M': put(mode_letter((u64)__builtin_va_arg(list, int))); break;
      default: put(*format);
    }
  }
}

void print(const char *format, ...) {
  __builtin_va_list list;
  __builtin_va_start(list, format);
  print_list(format, list);
  __builtin_va_end(list);
}

void section(const char *title) { print("== %s\n", title); }

void begin(const char *format, ...) {
  __builtin_va_list list;
  number++;
  put('[');
  if (number < 100) put('0');
  if (number < 10) put('0');
  put_decimal(number);
  put_string("] ");
  __builtin_va_start(list, format);
  print_list(format, list);
  __builtin_va_end(list);
  put_string(": ");
}

static const char *cause_name(u64 cause) {
  static const char *const exceptions[] = {
      "instruction address misaligned", "instruction access fault", "illegal instruction", "breakpoint",
      "load address misaligned", "load access fault", "store address misaligned", "store access fault",
      "ecall from U", "ecall from S", "ecall from VS", "ecall from M",
      "instruction page fault", "load page fault", "reserved", "store page fault"};
  static const char *const interrupts[] = {
      "?", "supervisor software", "?", "machine software", "?", "supervisor timer", "?", "machine timer",
      "?", "supervisor external", "?", "machine external", "?", "?", "?", "?"};
  return (i64)cause < 0 ? interrupts[cause & 15] : cause < 16 ? exceptions[cause] : "?";
}

struct outcome *run(int mode, const void *function, u64 a0, u64 a1, u64 a2) {
  u64 delta = mode == U ? u_delta : 0;
  u64 status = probe_status;
  if (mode != M) status = (status & ~MSTATUS_MPP) | MPP(mode);
  trap_m.valid = trap_s.valid = 0;
  direct = mode == M;
  enter((u64)function + delta, status, a0, a1, a2, (u64)leave + delta);
  int by_s = trap_s.valid != 0;
  last.trap = by_s ? trap_s : trap_m;
  last.handler = by_s ? S : M;
  last.function = (u64)function + delta;
  last.value = last.trap.a0;
  last.second = last.trap.a1;
  u64 cause = last.trap.cause;
  int ecall = cause == 8 || cause == 9 || cause == 11;
  last.trapped = by_s || !ecall || last.trap.epc != (u64)leave_ecall + delta;
  return &last;
}

static void print_place(const char *label, u64 address) {
  u64 distance = address - last.function;
  if (distance < 4096)
    print(" %s=probe+%d", label, (int)distance);
  else
    print(" %s=%x", label, address);
}

static void trap_head(void) {
  u64 cause = last.trap.cause;
  int from = last.handler == M ? (int)(last.trap.status >> 11) & 3 : (int)(last.trap.status >> 8) & 1;
  print("%s in %M from %M cause=%d (%s)", (i64)cause < 0 ? "interrupt" : "trap", last.handler, from,
        (int)(cause & 0xff), cause_name(cause));
  if (last.trap.vector != (u64)-1) print(" vector=%d", (int)last.trap.vector);
}

void trap_only(void) {
  if (last.trapped)
    trap_head();
  else
    print("ok, a0=%x", last.value);
  put('\n');
}

void outcome_line(void) {
  if (last.trapped) {
    trap_head();
    // An interrupt's epc depends on when it came; its tval is 0.
    if ((i64)last.trap.cause >= 0) {
      print_place("epc", last.trap.epc);
      print_place("tval", last.trap.tval);
    }
  } else {
    print("ok, a0=%x", last.value);
  }
  put('\n');
}

static u64 new_table(void) {
  u64 table = next_table;
  next_table += 4096;
  memset((void *)table, 0, 4096);
  return table;
}

u64 *pte_of(u64 va, int level) {
  u64 table = root;
  for (int at = levels - 1;; at--) {
    u64 *entry = (u64 *)table + ((va >> (12 + 9 * at)) & 511);
    if (at == level) return entry;
    if (!(*entry & PTE_V)) *entry = PPN(new_table()) | PTE_V;
    table = ((*entry << 10) >> 20) << 12;
  }
}

void tables_reset(int levels_) {
  levels = levels_;
  next_table = TABLES;
  root = new_table();
  // Gigapages: all devices below RAM and RAM itself for S; RAM again for U.
  *pte_of(0, 2) = PPN(0) | PTE_V | PTE_R | PTE_W | PTE_AD;
  *pte_of(RAM, 2) = PPN(RAM) | PTE_V | PTE_RWX | PTE_AD;
  *pte_of(RAM + U_ALIAS, 2) = PPN(RAM) | PTE_V | PTE_RWX | PTE_U | PTE_AD;
}

void map(u64 va, u64 pa, u64 flags) { *pte_of(va, 0) = PPN(pa) | flags; }

u64 satp_value(void) { return (u64)(levels + 5) << 60 | root >> 12; }

void paging_on(void) {
  csr_write(satp, satp_value());
  sfence();
  u_delta = U_ALIAS;
}

void paging_off(void) {
  csr_write(satp, 0);
  sfence();
  u_delta = 0;
}
