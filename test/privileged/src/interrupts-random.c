// Random pending, enabled and delegated interrupts in all modes: which is taken, and where. The numbers come from a fixed
// seed. Recorded with Smaia and Ssaia on, for the priorities (see priorities.c).
#include "harness.h"

PROBE(window, "li t0, 2000\n1: addi t0, t0, -1\nbnez t0, 1b\nli a0, 0");

static u64 state = 0x13198a2e03707344;

static u64 random(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state * 0x2545f4914f6cdd1d >> 16;
}

#define S_BITS (SSI | STI | SEI)

int main(void) {
  csr_write(stvec, (u64)s_vector | 1);
  csr_write(mtvec, (u64)m_vector | 1);
  for (int i = 0; i < 600; i++) {
    static const int modes[] = {M, S, S, U};
    int mode = modes[random() & 3];
    u64 enabled = random() & random() & 0xaaa, delegated = random() & S_BITS, soft = random() & S_BITS;
    u64 status = random() & (MSTATUS_SIE | MSTATUS_SPIE);
    if (random() & 1) status |= MSTATUS_MPIE;
    if (mode == M) status = (status & ~MSTATUS_SPIE) | MPP(M) | (random() & 1 ? MSTATUS_MIE : 0);
    int msip = (int)(random() & 1), mtip = (random() & 3) == 0;
    csr_write(mie, 0);
    csr_write(mideleg, delegated);
    csr_write(mip, soft);
    MSIP = (u32)msip;
    MTIMECMP = mtip ? 0 : ~0ul;
    csr_write(mie, enabled);
    begin("%M mip=%x mie=%x mideleg=%x mstatus=%x", mode, csr_read(mip) & 0xaaa, enabled, delegated, status);
    print("sip=%x sie=%x ", csr_read(sip) & 0xaaa, csr_read(sie) & 0xaaa);
    probe_status = status;
    run(mode, window, 0, 0, 0);
    u64 after = last.trap.status & (MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP);
    if (last.trapped && last.handler == M) after = last.trap.status & (MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP | MSTATUS_SIE);
    if (last.trapped) print("status=%x ", after);
    trap_only();
    probe_status = 0;
  }
  print("end\n");
  return 0;
}
