// Which of several pending interrupts is taken. Recorded with Smaia and Ssaia on: without them QEMU 10.0 takes the lowest
// numbered one instead of the order that the privileged specification fixes (section "Machine Interrupt Registers").
#include "harness.h"

PROBE(window, "li t0, 2000\n1: addi t0, t0, -1\nbnez t0, 1b\nli a0, 0");

static void quiet(void) {
  csr_write(mie, 0);
  csr_write(mip, 0);
  csr_write(mideleg, 0);
  csr_write(mstatus, 0);
  MSIP = 0;
  MTIMECMP = ~0ul;
  csr_write(0x30a, 0);
  probe_status = 0;
}

static void window_in(int mode, u64 mie, u64 status) {
  probe_status = status | (mode == M ? MPP(M) : 0);
  csr_write(mie, mie);
  // For M, MIE must be set when the probe runs; for S and U, mret copies MPIE.
  if (mode == M && (status & MSTATUS_MPIE)) probe_status |= MSTATUS_MIE;
  run(mode, window, 0, 0, 0);
  csr_write(mie, 0);
  trap_only();
}

static void raise(const char *source) {
  switch (source[0]) {
    case 'm': MSIP = 1; break;
    case 't': MTIMECMP = 0; break;
    case 's': csr_set(mip, SSI); break;
    case 'T': csr_set(mip, STI); break;
    case 'e': csr_set(mip, SEI); break;
    default: break;
  }
}

static const struct { const char *name; u64 bit; } sources[] = {
    {"msip by CLINT", MSI}, {"timer mtimecmp 0", MTI}, {"ssip by mip write", SSI},
    {"Tstip by mip write", STI}, {"eseip by mip write", SEI}};

int main(void) {
  csr_write(stvec, (u64)s_trap);
  section("priority: MEI, MSI, MTI, SEI, SSI, STI; M's before delegated ones");
  static const u64 sets[] = {MSI | MTI | SEI | SSI | STI, MTI | SEI | SSI | STI, SEI | SSI | STI, SSI | STI, STI};
  for (int i = 0; i < 5; i++) {
    quiet();
    for (int k = 0; k < 5; k++)
      if (sets[i] & sources[k].bit) raise(sources[k].name);
    begin("M: mip=%x, all enabled, none delegated", csr_read(mip));
    window_in(M, 0xaaa, MSTATUS_MPIE);
  }
  static const u64 s_sets[] = {SEI | SSI | STI, SSI | STI, SEI | STI};
  for (int i = 0; i < 3; i++) {
    quiet();
    csr_write(mideleg, SSI | STI | SEI);
    for (int k = 0; k < 5; k++)
      if (s_sets[i] & sources[k].bit) raise(sources[k].name);
    begin("S: sip=%x, all enabled, all delegated", csr_read(sip));
    window_in(S, 0xaaa, MSTATUS_SIE);
  }
  quiet();
  csr_write(mideleg, SEI);
  csr_set(mip, SEI | STI);
  begin("S: delegated SEI and undelegated STI both pending: M's first");
  window_in(S, 0xaaa, MSTATUS_SIE);
  begin("S: the same with MIE set too");
  window_in(S, 0xaaa, MSTATUS_SIE | MSTATUS_MPIE);
  begin("M: the same with MIE clear: none");
  window_in(M, 0xaaa, MSTATUS_SIE);
  quiet();
  print("end\n");
  return 0;
}
