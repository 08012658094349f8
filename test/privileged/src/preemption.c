// A computation interrupted by timers at ever other places must come to the same result: handlers in M and S, code in M, S
// and U, with and without translation. The number of interrupts is not printed, only that there were many.
#include "harness.h"

#define VA 0x1000000000ul
extern char m_tick[], s_tick[], worker[], worker_float[];
u64 ticks, tick_frame[40];

asm(R"(
  .section .probe, "ax"
  .option push
  .option norvc

# M: counts, sets mtimecmp 150 to 661 ticks ahead (mip.MTIP falls), restores everything.
  .balign 4
m_tick:
  csrw mscratch, t0
  la t0, tick_frame
  sd t1, 0(t0)
  sd t2, 8(t0)
  csrr t1, mcause
  bgez t1, 1f
  la t1, ticks
  ld t2, 0(t1)
  addi t2, t2, 1
  sd t2, 0(t1)
  li t1, 37
  mul t2, t2, t1
  andi t2, t2, 511
  addi t2, t2, 150
  li t1, 0x200bff8
  ld t1, 0(t1)
  add t2, t2, t1
  li t1, 0x2004000
  sd t2, 0(t1)
  ld t1, 0(t0)
  ld t2, 8(t0)
  csrr t0, mscratch
  mret
1:
  ld t1, 0(t0)
  ld t2, 8(t0)
  csrr t0, mscratch
  j m_trap

# S: the same with stimecmp; everything else goes on to s_trap.
  .balign 4
s_tick:
  csrw sscratch, t0
  la t0, tick_frame
  sd t1, 0(t0)
  sd t2, 8(t0)
  csrr t1, scause
  bgez t1, 1f
  la t1, ticks
  ld t2, 0(t1)
  addi t2, t2, 1
  sd t2, 0(t1)
  li t1, 37
  mul t2, t2, t1
  andi t2, t2, 511
  addi t2, t2, 150
  rdtime t1
  add t2, t2, t1
  csrw 0x14d, t2
  ld t1, 0(t0)
  ld t2, 8(t0)
  csrr t0, sscratch
  sret
1:
  ld t1, 0(t0)
  ld t2, 8(t0)
  csrr t0, sscratch
  j s_trap

# a0: 8 KiB of memory, a1: rounds. Mixes arithmetic, branches, misaligned and page-crossing accesses, amo and lr/sc, calls.
  .balign 4
worker:
  mv a6, ra
  li a2, 0x9e3779b97f4a7c15
  mv a3, a1
  li a4, 0
1:
  mul a4, a4, a2
  addi a4, a4, 13
  srli a5, a4, 37
  xor a4, a4, a5
  li t3, 8184
  remu t4, a4, t3
  add t4, t4, a0
  ld t5, 0(t4)
  add a4, a4, t5
  sd a4, 0(t4)
  andi t4, t4, -8
  amoxor.d t5, a4, (t4)
  add a4, a4, t5
2:
  lr.d t5, (t4)
  addi t5, t5, 3
  sc.d t6, t5, (t4)
  bnez t6, 2b
  jal ra, 4f
  andi t5, a4, 1
  beqz t5, 3f
  addi t6, a3, 7
  divu t5, a4, t6
  sub a4, a4, t5
3:
  addi a3, a3, -1
  bnez a3, 1b
  mv a0, a4
  mv ra, a6
  ret
4:
  slli t5, a4, 7
  xor a4, a4, t5
  ret

# a1: rounds of fa0 = fa0 * fa1 + fa2 and a square root: the float registers survive. Result: its bits.
  .balign 4
worker_float:
  .option arch, +d
  li t3, 0x3ff0000000000000
  fmv.d.x fa0, t3
  li t3, 0x3fefffffeb074a77
  fmv.d.x fa1, t3
  li t3, 0x3fb999999999999a
  fmv.d.x fa2, t3
1:
  fmadd.d fa0, fa0, fa1, fa2
  fsqrt.d fa3, fa0
  fadd.d fa0, fa0, fa3
  fcvt.l.d t4, fa0, rtz
  andi t4, t4, 3
  addi t4, t4, 1
  fcvt.d.l fa4, t4
  fdiv.d fa0, fa0, fa4
  addi a1, a1, -1
  bnez a1, 1b
  fmv.x.d a0, fa0
  ret
  .option pop
)");

static u64 result(int mode, const char *probe, u64 memory, u64 rounds, u64 status, int timer) {
  for (u64 i = 0; i < 8192; i += 8) mem64(DATA + i) = i * 0x0101010101010101;
  ticks = 0;
  csr_write(mtvec, timer == M ? (u64)m_tick : (u64)m_trap);
  csr_write(stvec, (u64)s_tick);
  if (timer == M) {
    MTIMECMP = MTIME + 100;
    csr_write(mie, MTI);
  } else if (timer == S) {
    csr_write(0x14d, csr_read(time) + 100);
    csr_write(mideleg, STI);
    csr_write(mie, STI);
  }
  probe_status = status | MSTATUS_FS | (mode == M ? MPP(M) | MSTATUS_MIE : MSTATUS_MPIE | MSTATUS_SIE);
  run(mode, probe, memory, rounds, 0);
  probe_status = 0;
  csr_write(mie, 0);
  csr_write(mideleg, 0);
  csr_write(mtvec, (u64)m_trap);
  MTIMECMP = ~0ul;
  csr_write(0x14d, ~0ul);
  if (last.trapped) {
    print("(");
    outcome_line();
    print(")");
  }
  return last.value;
}

static void all(const char *what, const char *probe, u64 rounds, int mode, u64 memory) {
  u64 alone = result(mode, probe, memory, rounds, 0, U);
  u64 sum = 0;
  for (u64 i = 0; i < 8192; i += 8) sum = sum * 31 + mem64(DATA + i);
  SHOW(alone, "%M, %s, undisturbed: result", mode, what);
  SHOW(sum, "memory afterwards");
  for (int timer = M; timer >= S; timer -= 2) {
    if (mode == M && timer == S) continue;
    // As often as it takes until ten interrupts came; a slow emulator brings few in one run.
    u64 disturbed = alone, many = 0;
    for (int attempt = 0; attempt < 1000 && many < 10 && disturbed == alone; attempt++) {
      disturbed = result(mode, probe, memory, rounds, 0, timer);
      many += ticks;
    }
    u64 again = 0;
    for (u64 i = 0; i < 8192; i += 8) again = again * 31 + mem64(DATA + i);
    SHOW(disturbed, "%M, %s, timer interrupts to %M: result", mode, what, timer);
    SHOW(again, "memory afterwards");
    REQUIRE(many >= 10, "ten interrupts or more");
  }
}

int main(void) {
  csr_write(0x30a, MENVCFG_STCE);
  csr_write(mcounteren, 7);
  csr_write(0x14d, ~0ul);
  static const int modes[] = {M, S, U};
  section("physical addresses");
  for (int k = 0; k < 3; k++) {
    all("integer work", worker, 40000, modes[k], DATA);
    all("float work", worker_float, 40000, modes[k], DATA);
  }
  for (int l = 3; l <= 5; l++) {
    print("== Sv%d\n", 12 + 9 * l);
    for (int k = 1; k < 3; k++) {
      u64 user = modes[k] == U ? PTE_U : 0;
      tables_reset(l);
      map(VA, DATA, PTE_V | PTE_R | PTE_W | PTE_AD | user);
      map(VA + 4096, DATA + 4096, PTE_V | PTE_R | PTE_W | PTE_AD | user);
      paging_on();
      all("integer work", worker, 40000, modes[k], VA);
      paging_off();
    }
  }
  print("end\n");
  return 0;
}
