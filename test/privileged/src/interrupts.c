// Every interrupt source, masking, priorities, delegation, vectors and WFI. epc of an interrupt is never printed: it may
// come a few instructions after the store that caused it.
#include "harness.h"

// Enables mie (a0) and runs some instructions in which the interrupt must come; returns 0 when none does.
PROBE(window, "li t0, 2000\n1: addi t0, t0, -1\nbnez t0, 1b\nli a0, 0");
PROBE(wfi_once, "wfi\nli a0, 1");
PROBE(wfi_then_window, "wfi\nli t0, 2000\n1: addi t0, t0, -1\nbnez t0, 1b\nli a0, 1");
PROBE(wrs_nto, ".4byte 0x00d00073\nli a0, 1");
PROBE(wrs_sto, ".4byte 0x01d00073\nli a0, 1");
// S and U cannot write mie; S uses sie and sip.
PROBE(s_write_sip, "csrw sip, a0\ncsrr a0, sip");
PROBE(s_clear_sip, "csrc sip, a0\ncsrr a0, sip");
PROBE(s_read_sie, "csrr a0, sie");
PROBE(s_write_sie, "csrw sie, a0\ncsrr a0, sie");
PROBE(s_stimecmp_read, "csrr a0, 0x14d");
PROBE(s_stimecmp_write, "csrw 0x14d, a0");
PROBE(s_time, "csrr a0, time\nsltu a0, zero, a0");

static const int modes[] = {M, S, U};

// PLIC: UART is source 10; context 0 is M, context 1 is S.
#define PLIC_PRIORITY(source) mem32(PLIC + 4 * (source))
#define PLIC_PENDING(word) mem32(PLIC + 0x1000 + 4 * (word))
#define PLIC_ENABLE(context) mem32(PLIC + 0x2000 + 0x80 * (context))
#define PLIC_THRESHOLD(context) mem32(PLIC + 0x200000 + 0x1000 * (context))
#define PLIC_CLAIM(context) mem32(PLIC + 0x200004 + 0x1000 * (context))

static void uart_interrupt(int on) { mem8(UART + 1) = on ? 2 : 0; }  // IER: transmitter empty

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
static const char *const labels[] = {"MSIP by CLINT", "MTIP by mtimecmp 0", "SSIP by mip write", "STIP by mip write",
                                     "SEIP by mip write"};

static void each_source(void) {
  section("each source: pending bits and handler, no delegation");
  for (int i = 0; i < 5; i++) {
    quiet();
    raise(sources[i].name);
    SHOW(csr_read(mip), "%s: mip", labels[i]);
    SHOW(csr_read(sip), "%s: sip shows only delegated interrupts", labels[i]);
    for (int k = 0; k < 3; k++) {
      begin("%M: %s enabled, xIE set", modes[k], labels[i]);
      window_in(modes[k], sources[i].bit, MSTATUS_MPIE);
      begin("%M: %s enabled, MIE clear", modes[k], labels[i]);
      window_in(modes[k], sources[i].bit, 0);
      begin("%M: %s masked in mie", modes[k], labels[i]);
      window_in(modes[k], ~sources[i].bit & 0xaaa, MSTATUS_MPIE);
    }
  }
  quiet();
  MSIP = 0xfffffffe;
  SHOW(csr_read(mip), "msip register takes only bit 0: mip");
  SHOW(MSIP, "msip register reads");
  MSIP = 0xffffffff;
  SHOW(MSIP, "msip register written with ones reads");
  quiet();
}

static void delegated(void) {
  section("delegation of S interrupts; M is never interrupted by them");
  csr_write(stvec, (u64)s_trap);
  for (int i = 2; i < 5; i++) {
    quiet();
    csr_write(mideleg, sources[i].bit);
    raise(sources[i].name);
    SHOW(csr_read(sip), "%s delegated: sip", labels[i]);
    csr_write(mie, sources[i].bit);
    SHOW(csr_read(sie), "%s delegated and enabled: sie", labels[i]);
    for (int k = 0; k < 3; k++) {
      begin("%M: %s delegated, SIE set, MIE set", modes[k], labels[i]);
      window_in(modes[k], sources[i].bit, MSTATUS_MPIE | MSTATUS_SIE);
      begin("%M: %s delegated, SIE clear, MIE set", modes[k], labels[i]);
      window_in(modes[k], sources[i].bit, MSTATUS_MPIE);
    }
  }
  quiet();
}

static void vectors(void) {
  section("vectored interrupts enter at 4 x cause");
  csr_write(mtvec, (u64)m_vector | 1);
  csr_write(stvec, (u64)s_vector | 1);
  for (int i = 0; i < 5; i++) {
    quiet();
    raise(sources[i].name);
    begin("U: %s, vectored mtvec", labels[i]);
    window_in(U, sources[i].bit, MSTATUS_MPIE);
  }
  for (int i = 2; i < 5; i++) {
    quiet();
    csr_write(mideleg, SSI | STI | SEI);
    raise(sources[i].name);
    begin("U: %s delegated, vectored stvec", labels[i]);
    window_in(U, sources[i].bit, 0);
  }
  csr_write(mtvec, (u64)m_trap);
  csr_write(stvec, (u64)s_trap);
  quiet();
}

static void sip_writes(void) {
  section("sip and sie as S sees them");
  csr_write(mideleg, SSI | STI | SEI);
  CHECK(S, s_write_sip, ~0ul, 0, 0, "S: sip written with ones: only SSIP is writable; reads");
  SHOW(csr_read(mip), "mip after it");
  CHECK(S, s_clear_sip, SSI, 0, 0, "S: SSIP cleared through sip; reads");
  csr_set(mip, STI | SEI);
  CHECK(S, s_clear_sip, ~0ul, 0, 0, "S: STIP and SEIP cannot be cleared through sip; reads");
  CHECK(S, s_write_sie, ~0ul, 0, 0, "S: sie written with ones reads");
  SHOW(csr_read(mie), "mie after it");
  csr_write(mie, 0xaaa);
  CHECK(S, s_write_sie, 0, 0, 0, "S: sie written with zeros reads");
  SHOW(csr_read(mie), "mie after it keeps M's bits");
  quiet();
  CHECK(S, s_write_sip, ~0ul, 0, 0, "S: with nothing delegated sip is read-only zero; reads");
  SHOW(csr_read(mip), "mip after it");
  csr_write(mie, 0xaaa);
  CHECK(S, s_read_sie, 0, 0, 0, "S: with nothing delegated sie reads");
  quiet();
  csr_write(mip, ~0ul);
  SHOW(csr_read(mip) & 0xaaa, "mip written with ones: S bits writable, M bits not");
  csr_write(mip, 0);
  SHOW(csr_read(mip), "mip written with zeros");
  csr_write(mie, ~0ul);
  SHOW(csr_read(mie) & 0xaaa, "mie written with ones, standard bits");
  quiet();
}

static void timer(void) {
  section("timer: CLINT and Sstc");
  quiet();
  MTIMECMP = MTIME + 0x100000000ul;
  SHOW(csr_read(mip), "mtimecmp in the future: mip");
  MTIMECMP = 0;
  SHOW(csr_read(mip), "mtimecmp in the past: mip");
  csr_write(mip, 0);
  SHOW(csr_read(mip), "MTIP cannot be cleared by a write to mip");
  csr_clear(mip, MTI);
  SHOW(csr_read(mip), "nor by csrc");
  MTIMECMP = ~0ul;
  SHOW(csr_read(mip), "mtimecmp all ones clears it");
  begin("M: mtimecmp 2000 ticks ahead, wfi, interrupt comes");
  MTIMECMP = MTIME + 2000;
  csr_write(mie, MTI);
  probe_status = MPP(M) | MSTATUS_MIE;
  run(M, wfi_then_window, 0, 0, 0);
  trap_only();
  REQUIRE(MTIME >= MTIMECMP, "mtime has reached mtimecmp");
  quiet();
  u64 before = MTIME;
  MTIMECMP = before + 1000;
  while (!(csr_read(mip) & MTI)) {
  }
  REQUIRE(MTIME >= before + 1000, "polled MTIP: mtime has reached mtimecmp");
  quiet();
  REQUIRE(csr_read(time) <= MTIME, "time CSR follows mtime");
  mem32(CLINT + 0x4000) = 0x89abcdef;
  mem32(CLINT + 0x4004) = 0x01234567;
  SHOW(MTIMECMP, "mtimecmp written by halves reads");
  SHOW(mem32(CLINT + 0x4004), "upper half of mtimecmp reads");
  quiet();

  CHECK(S, s_stimecmp_read, 0, 0, 0, "S: stimecmp without menvcfg.STCE");
  csr_write(0x30a, MENVCFG_STCE);
  CHECK(S, s_stimecmp_read, 0, 0, 0, "S: stimecmp with STCE, without mcounteren.TM");
  csr_write(mcounteren, 2);
  csr_write(0x14d, ~0ul);
  CHECK(S, s_stimecmp_read, 0, 0, 0, "S: stimecmp with STCE and TM");
  CHECK(U, s_stimecmp_read, 0, 0, 0, "U: stimecmp");
  SHOW(csr_read(mip), "stimecmp all ones: mip");
  csr_write(mip, STI);
  SHOW(csr_read(mip), "with STCE, mip.STIP is read-only");
  csr_write(mideleg, STI);
  CHECK(S, s_stimecmp_write, 0, 0, 0, "S: stimecmp 0 written");
  SHOW(csr_read(mip), "stimecmp 0: mip");
  begin("S: STIP by Sstc, delegated");
  window_in(S, STI, MSTATUS_SIE);
  begin("U: STIP by Sstc, delegated");
  window_in(U, STI, 0);
  csr_write(mideleg, 0);
  begin("U: STIP by Sstc, not delegated");
  window_in(U, STI, 0);
  csr_write(0x14d, ~0ul);
  SHOW(csr_read(mip), "stimecmp all ones clears STIP: mip");
  csr_write(mideleg, STI);
  csr_write(0x14d, csr_read(time) + 2000);
  begin("S: stimecmp 2000 ticks ahead, wfi, interrupt comes");
  csr_write(mie, STI);
  probe_status = MSTATUS_SIE;
  run(S, wfi_then_window, 0, 0, 0);
  trap_only();
  csr_write(mie, 0);
  csr_write(0x14d, ~0ul);
  csr_write(mcounteren, 0);
  CHECK(S, s_time, 0, 0, 0, "S: time without mcounteren.TM");
  csr_write(mcounteren, 2);
  CHECK(S, s_time, 0, 0, 0, "S: time with mcounteren.TM is not zero");
  quiet();
}

static void plic(void) {
  section("PLIC: UART transmitter interrupt (source 10)");
  quiet();
  PLIC_PRIORITY(10) = 3;
  SHOW(PLIC_PRIORITY(10), "priority of source 10 reads");
  PLIC_PRIORITY(0) = 7;
  SHOW(PLIC_PRIORITY(0), "priority of source 0 stays");
  PLIC_ENABLE(0) = 1 << 10;
  PLIC_THRESHOLD(0) = 0;
  SHOW(PLIC_ENABLE(0), "enable word of context 0 reads");
  SHOW(csr_read(mip), "before: mip");
  SHOW(PLIC_CLAIM(0), "claim with nothing pending");
  for (u32 threshold = 0; threshold < 5; threshold += 2) {
    PLIC_THRESHOLD(0) = threshold;
    SHOW(PLIC_THRESHOLD(0), "priority 3: threshold reads");
    uart_interrupt(1);
    u64 pending = PLIC_PENDING(0), mip = csr_read(mip);
    uart_interrupt(0);
    PLIC_THRESHOLD(0) = 0;
    u32 claimed = PLIC_CLAIM(0);
    u64 after = PLIC_PENDING(0), mip_after = csr_read(mip);
    PLIC_CLAIM(0) = claimed;
    SHOW(pending, "this threshold: pending word while asserted");
    SHOW(mip, "mip while asserted");
    SHOW(claimed, "claim with threshold 0");
    SHOW(after, "pending word after the claim, line lowered");
    SHOW(mip_after, "mip after the claim");
  }
  PLIC_PRIORITY(10) = 0;
  uart_interrupt(1);
  u64 mip = csr_read(mip);
  uart_interrupt(0);
  SHOW(mip, "priority 0 never interrupts: mip");
  PLIC_PRIORITY(10) = 1;
  SHOW(csr_read(mip), "priority raised to 1 with the request still pending: mip");
  u32 late = PLIC_CLAIM(0);
  PLIC_CLAIM(0) = late;
  SHOW(late, "claim");

  csr_write(mie, MEI);
  probe_status = MPP(M) | MSTATUS_MIE;
  uart_interrupt(1);
  run(M, window, 0, 0, 0);
  uart_interrupt(0);
  u32 claimed = PLIC_CLAIM(0);
  PLIC_CLAIM(0) = claimed;
  begin("M: MEI by the PLIC");
  trap_only();
  SHOW(claimed, "claim");
  SHOW(csr_read(mip), "mip after completion");

  csr_write(mie, 0);
  uart_interrupt(1);
  u32 first = PLIC_CLAIM(0), second = PLIC_CLAIM(0);
  u64 in_service = csr_read(mip);
  uart_interrupt(0);
  PLIC_CLAIM(0) = first;
  SHOW(first, "line held: first claim");
  SHOW(second, "second claim while in service");
  SHOW(in_service, "mip while in service");
  SHOW(csr_read(mip), "mip after lowering and completion");

  PLIC_ENABLE(0) = 0;
  PLIC_ENABLE(1) = 1 << 10;
  PLIC_THRESHOLD(1) = 0;
  csr_write(mideleg, SEI);
  uart_interrupt(1);
  u64 s_mip = csr_read(mip);
  csr_clear(mip, SEI);
  u64 s_cleared = csr_read(mip);
  csr_write(mie, SEI);
  probe_status = 0;
  run(U, window, 0, 0, 0);
  uart_interrupt(0);
  struct outcome kept = last;
  claimed = PLIC_CLAIM(1);
  u64 s_claimed = csr_read(mip);
  PLIC_CLAIM(1) = claimed;
  csr_write(mie, 0);
  last = kept;
  SHOW(s_mip, "context 1: mip while asserted");
  SHOW(s_cleared, "SEIP of the PLIC cannot be cleared by csrc mip");
  begin("U: SEI by the PLIC, delegated");
  trap_only();
  SHOW(claimed, "claim of context 1");
  SHOW(s_claimed, "mip after the claim");
  uart_interrupt(1);
  csr_set(mip, SEI);
  u64 both = csr_read(mip);
  claimed = PLIC_CLAIM(1);
  uart_interrupt(0);
  u64 soft = csr_read(mip);
  PLIC_CLAIM(1) = claimed;
  csr_clear(mip, SEI);
  SHOW(both, "SEIP by software and PLIC: mip");
  SHOW(soft, "PLIC's claimed: software bit remains");
  SHOW(csr_read(mip), "both gone");
  PLIC_ENABLE(1) = 0;
  quiet();
}

static void wfi(void) {
  section("wfi");
  quiet();
  MSIP = 1;
  csr_write(mie, MSI);
  CHECK(M, wfi_once, 0, 0, 0, "M: wfi with MSI pending and enabled, MIE clear: goes on");
  probe_status = MPP(M) | MSTATUS_MIE;
  begin("M: the same with MIE set: interrupt");
  run(M, wfi_once, 0, 0, 0);
  trap_only();
  quiet();
  csr_set(mip, SSI);
  csr_write(mie, SSI);
  csr_write(mideleg, SSI);
  CHECK(M, wfi_once, 0, 0, 0, "M: wfi wakes for a delegated interrupt, which is not taken in M");
  CHECK(S, wfi_once, 0, 0, 0, "S: wfi with SSI pending, SIE clear: goes on");
  probe_status = MSTATUS_TW;
  CHECK(S, wfi_once, 0, 0, 0, "S: wfi with TW (pending interrupt)");
  probe_status = 0;
  CHECK(U, nothing, 0, 0, 0, "U: takes SSI at once, SIE does not matter");
  quiet();
  CHECK(U, wfi_once, 0, 0, 0, "U: wfi with nothing pending");
  probe_status = MSTATUS_TW;
  CHECK(U, wfi_once, 0, 0, 0, "U: wfi with TW");
  CHECK(S, wfi_once, 0, 0, 0, "S: wfi with TW, nothing pending");
  begin("S: wrs.nto with TW, nothing reserved");  // QEMU 10.0 leaves tval 0 here
  run(S, wrs_nto, 0, 0, 0);
  trap_only();
  CHECK(S, wrs_sto, 0, 0, 0, "S: wrs.sto with TW");
  probe_status = MSTATUS_TW | MPP(M);
  CHECK(M, wrs_nto, 0, 0, 0, "M: wrs.nto with TW, nothing reserved");
  probe_status = 0;
  CHECK(U, wrs_sto, 0, 0, 0, "U: wrs.sto");
  begin("M: wfi with MIE clear sleeps until mtimecmp");
  MTIMECMP = MTIME + 3000;
  csr_write(mie, MTI);
  run(M, wfi_once, 0, 0, 0);
  int reached = MTIME >= MTIMECMP;
  outcome_line();
  REQUIRE(reached, "mtime had reached mtimecmp");
  quiet();
}

static void exactness(void) {
  section("an interrupt enabled by a CSR write comes before the next instruction");
  quiet();
  csr_set(mip, SSI);
  csr_write(mie, SSI);
  csr_write(mideleg, SSI);
  begin("S: csrs sstatus, SIE");
  extern char enable_sie[], enable_sie_taken[];
  run(S, enable_sie, 0, 0, 0);
  print("a0=%x epc %s\n", last.value, last.trap.epc == (u64)enable_sie_taken ? "behind the csrs" : "elsewhere");
  csr_write(mip, 0);
  extern char raise_ssip[], raise_ssip_taken[];
  probe_status = MSTATUS_SIE;
  begin("S: csrs sip, SSIP with SIE set");
  run(S, raise_ssip, 0, 0, 0);
  print("a0=%x epc %s\n", last.value, last.trap.epc == (u64)raise_ssip_taken ? "behind the csrs" : "elsewhere");
  quiet();
  MSIP = 1;
  csr_write(mie, MSI);
  begin("mret to U with MSI pending: taken before U's first instruction");
  run(U, nothing, 0, 0, 0);
  print("epc=probe+%d ", (int)(last.trap.epc - last.function));
  trap_only();
  quiet();
}
PROBE(enable_sie, "li a0, 1\ncsrsi sstatus, 2\n.globl enable_sie_taken\nenable_sie_taken:\nli a0, 2\nli a0, 3");
PROBE(raise_ssip, "li a0, 1\ncsrsi sip, 2\n.globl raise_ssip_taken\nraise_ssip_taken:\nli a0, 2\nli a0, 3");

int main(void) {
  each_source();
  delegated();
  vectors();
  sip_writes();
  timer();
  plic();
  wfi();
  exactness();
  print("end\n");
  return 0;
}
