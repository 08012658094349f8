// Waits for three timer interrupts and ends. They never come, though the timer does its part: the reason is for the reader to find.
#include "../board/board.h"

enum { TICKS = 3, PERIOD_MS = 100 };

void trap_entry(void);

volatile u64 ticks;

/** Called by trap_entry. The next deadline also ends the interrupt. */
void handle_trap(u64 *frame) {
  (void)frame;
  ticks++;
  set_timer(time_now() + PERIOD_MS * TICKS_PER_MS);
}

static void wait_for_ticks(u64 count) {
  while (ticks < count) {
  }
}

int main(void) {
  print("Waiting for three timer interrupts ...\n");
  write_csr(mtvec, (u64)trap_entry);
  set_timer(time_now() + PERIOD_MS * TICKS_PER_MS);
  set_csr(mie, MIE_MTIE);
  wait_for_ticks(TICKS);
  print("Three ticks seen.\n");
  return 0;
}
