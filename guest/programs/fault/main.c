// Page faults as a tool: a handler maps pages when they are first touched, copies one when it is first written to,
// and refuses the rest.
#include "../board/sv39.h"

enum { CAUSE_FETCH_PAGE_FAULT = 12, CAUSE_LOAD_PAGE_FAULT = 13, CAUSE_STORE_PAGE_FAULT = 15 };

/** Addresses that the handler gives memory to on demand. The last page shows the same memory as `original`, read-only. */
static const u64 WINDOW = 0x40000000;
static const u64 WINDOW_END = 0x40004000;
static const u64 SHARED = 0x40003000;

void trap_entry(void);

static u64 *page_table;
static u64 *original;
static u64 repaired;
static u64 refused;

static void describe(const char *what, u64 address) {
  print(what);
  print(" page fault at ");
  print_hex(address);
  print(": ");
}

static void give_page(u64 va) {
  u64 pa = (u64)new_page();
  map(page_table, va, pa, PTE_R | PTE_W, 0);
  print("mapped to a fresh page at ");
  print_hex(pa);
  print(".\n");
}

static void copy_page(u64 va, u64 *entry) {
  const u64 *from = (u64 *)physical_address(*entry);
  u64 *to = new_page();
  for (u64 i = 0; i < PAGE_SIZE / sizeof *to; i++) to[i] = from[i];
  map(page_table, va, (u64)to, PTE_R | PTE_W, 0);
  print("read-only, so copied to ");
  print_hex((u64)to);
  print(".\n");
}

/** The length of the instruction at `pc`: its two lowest bits tell (unprivileged specification, 1.5). */
static u64 instruction_length(u64 pc) {
  return (*(u8 *)pc & 3) == 3 ? 4 : 2;
}

/** Called by trap_entry: frame[N] is xN. To return without repairing anything would fault again, for ever. */
void handle_trap(u64 *frame) {
  enum { FRAME_RA = 1 };
  u64 cause = read_csr(scause);
  u64 address = read_csr(stval);
  int store = cause == CAUSE_STORE_PAGE_FAULT;
  if (cause == CAUSE_FETCH_PAGE_FAULT) {
    describe("Fetch", address);
    print("data is not to be executed, back to the caller.\n");
    write_csr(sepc, frame[FRAME_RA]);
    refused++;
  } else if (store || cause == CAUSE_LOAD_PAGE_FAULT) {
    describe(store ? "Store" : "Load", address);
    u64 va = address & ~(u64)(PAGE_SIZE - 1);
    u64 *entry = find_entry(page_table, va);
    if (va < WINDOW || va >= WINDOW_END) {
      print("not ours to map, instruction skipped.\n");
      write_csr(sepc, read_csr(sepc) + instruction_length(read_csr(sepc)));
      refused++;
      return;
    }
    if (entry && *entry & PTE_V) copy_page(va, entry);
    else give_page(va);
    // The TLB may have kept the entry as it was (privileged specification, 12.2.1).
    __asm__ volatile("sfence.vma %0" : : "r"(va) : "memory");
    repaired++;
  } else {
    print("Unexpected scause ");
    print_hex(cause);
    print("\n");
    finish(1);
  }
}

static void check(const char *what, u64 value, u64 expected) {
  print("  ");
  print(what);
  print(" = ");
  print_number(value);
  print("\n");
  if (value != expected) finish(1);
}

static void supervisor_main(void) {
  page_table = new_page();
  original = new_page();
  original[0] = 7;
  map_kernel(page_table);
  map(page_table, SHARED, (u64)original, PTE_R, 0);
  write_csr(stvec, (u64)trap_entry);
  use_page_table(page_table);

  volatile u64 *first = (u64 *)WINDOW;
  volatile u64 *second = (u64 *)(WINDOW + PAGE_SIZE + 8);
  volatile u64 *shared = (u64 *)SHARED;

  *first = 42;
  check("first", *first, 42);
  check("second", *second, 0);
  check("shared", *shared, 7);
  *shared = 8;
  check("shared", *shared, 8);
  check("original", *original, 7);
  ((void (*)(void))WINDOW)();
  *(volatile u64 *)0x50000000 = 1;

  print("\n");
  print_number(repaired);
  print(" faults repaired, ");
  print_number(refused);
  print(" refused.\n");
  finish(repaired == 3 && refused == 2 ? 0 : 1);
}

int main(void) {
  print("Touching memory that is not there yet: each line below is a page fault that the handler answers.\n\n");
  enter_supervisor(supervisor_main);
}
