// Asks for a timer interrupt every tenth of a second and ends after ten of them. All the work is done in the trap handler.
#include "../board/board.h"

enum { TICKS = 10, PERIOD_MS = 100 };

/** mcause of a machine timer interrupt: bit 63 says interrupt, 7 says which. */
static const u64 CAUSE_MACHINE_TIMER = 1ul << 63 | 7;

void trap_entry(void);

volatile u64 ticks;
volatile u64 next;

/** Called by trap_entry with the interrupted program's registers: frame[N] is xN. */
void handle_trap(u64 *frame) {
  (void)frame;
  u64 cause = read_csr(mcause);
  if (cause != CAUSE_MACHINE_TIMER) {
    print("Not a timer interrupt: mcause ");
    print_hex(cause);
    print("\n");
    finish(1);
  }
  ticks++;
  // Counted from the last deadline, not from now, so that no delay adds up. The write also ends the interrupt.
  next += PERIOD_MS * TICKS_PER_MS;
  set_timer(next);
  print("tick ");
  print_number(ticks);
  print(": mcause ");
  print_hex(cause);
  print(", ");
  print_number(ticks * PERIOD_MS);
  print(" ms\n");
}

int main(void) {
  print("A timer interrupt every 100 ms. Between two of them the CPU waits in wfi.\n\n");
  write_csr(mtvec, (u64)trap_entry);
  next = time_now() + PERIOD_MS * TICKS_PER_MS;
  set_timer(next);
  set_csr(mie, MIE_MTIE);
  set_csr(mstatus, MSTATUS_MIE);
  while (ticks < TICKS) __asm__ volatile("wfi");
  clear_csr(mstatus, MSTATUS_MIE);
  print("\nTen ticks seen.\n");
  return 0;
}
