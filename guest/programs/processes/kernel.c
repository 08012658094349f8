// A kernel for two processes, each in an address space of its own; the timer takes the CPU from one and gives it to the other.
// Both run the same code (user.c) at the same virtual addresses, yet count in different physical pages.
#include "../board/sv39.h"
#include "processes.h"

enum { CAUSE_SUPERVISOR_TIMER = 5, CAUSE_ECALL_FROM_USER = 8, SLICE_MS = 10 };

typedef struct {
  /** x1 to x31 as they were at the last trap; slot 0 holds the pc. trap_entry finds this first member through sscratch. */
  u64 frame[32];
  char name;
  int running;
  u64 *page_table;
} Process;

enum { FRAME_PC = 0, FRAME_SP = 2, FRAME_A0 = 10, FRAME_A7 = 17 };

extern u8 user_load[];
void trap_entry(void);
void resume(u64 *frame) __attribute__((noreturn));

Process processes[2];
Process *current;
/** Counts timer interrupts; every process sees this page, and can only read it. */
u64 *ticks;

static void start_slice(void) {
  write_csr(stimecmp, read_csr(time) + SLICE_MS * TICKS_PER_MS);
}

static void create(Process *process, char name) {
  process->name = name;
  process->running = 1;
  process->page_table = new_page();
  map_kernel(process->page_table);
  map(process->page_table, USER_CODE, (u64)user_load, PTE_U | PTE_R | PTE_X, 0);
  map(process->page_table, USER_DATA, (u64)new_page(), PTE_U | PTE_R | PTE_W, 0);
  map(process->page_table, USER_STACK, (u64)new_page(), PTE_U | PTE_R | PTE_W, 0);
  map(process->page_table, USER_TICKS, (u64)ticks, PTE_U | PTE_R, 0);
  process->frame[FRAME_PC] = USER_CODE;
  process->frame[FRAME_SP] = USER_STACK + PAGE_SIZE;
  process->frame[FRAME_A0] = name;
}

/** The other process, if it still runs, else the same; ends the run when there is none. */
static void schedule(void) {
  Process *other = current == &processes[0] ? &processes[1] : &processes[0];
  if (other->running) current = other;
  if (!current->running) {
    print("Both processes have ended.\n");
    finish(0);
  }
  use_page_table(current->page_table);
  start_slice();
}

static void end_process(void) {
  u64 counter = physical_address(*find_entry(current->page_table, USER_DATA));
  current->running = 0;
  print("\nProcess ");
  print_char(current->name);
  print(" ends: its counter at virtual ");
  print_hex(USER_DATA);
  print(" is physical ");
  print_hex(counter);
  print(" and holds ");
  print_number(*(u64 *)counter);
  print(".");
  if (!processes[0].running && !processes[1].running) print("\n");
}

/** Called by trap_entry with the registers of the process that trapped; returns those of the one to go on with. */
u64 *handle_trap(u64 *frame) {
  u64 cause = read_csr(scause);
  if (cause == (1ul << 63 | CAUSE_SUPERVISOR_TIMER)) {
    ++*ticks;
    schedule();
  } else if (cause == CAUSE_ECALL_FROM_USER) {
    frame[FRAME_PC] += 4; // go on behind the ecall
    if (frame[FRAME_A7] == CALL_PUT) {
      print_char((char)frame[FRAME_A0]);
    } else {
      end_process();
      schedule();
    }
  } else {
    print("\nProcess ");
    print_char(current->name);
    print(" did something that it must not: scause ");
    print_hex(cause);
    print(", stval ");
    print_hex(read_csr(stval));
    print("\n");
    finish(1);
  }
  return current->frame;
}

static void supervisor_main(void) {
  ticks = new_page();
  create(&processes[0], 'A');
  create(&processes[1], 'B');
  write_csr(stvec, (u64)trap_entry);
  set_csr(sie, SIE_STIE); // in U-mode it is taken whatever sstatus.SIE says
  clear_csr(sstatus, 1 << 8); // sstatus.SPP = 0: sret goes to U-mode
  current = &processes[0];
  use_page_table(current->page_table);
  start_slice();
  resume(current->frame);
}

int main(void) {
  print("Two processes under Sv39. Neither ever gives up the CPU: a timer takes it away every 10 ms.\n\n");
  enter_supervisor(supervisor_main);
}
