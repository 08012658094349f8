// Exceptions: cause, epc, tval and mode for each, delegation, vectored and nested handlers, return from traps.
#include "harness.h"

PROBE(p_ecall, "li a7, 0\necall");
PROBE(p_ebreak, "nop\nebreak");
PROBE(p_c_ebreak, ".option push\n.option rvc\nc.nop\nc.ebreak\n.option pop");
PROBE(p_illegal_zero16, ".2byte 0\n.2byte 0");
PROBE(p_illegal_ones, ".4byte 0xffffffff");
PROBE(p_illegal_custom, ".4byte 0x0000000b");
PROBE(p_illegal_c_zcb, ".2byte 0x9000\n.2byte 1");          // quadrant 0, funct3 100, not one of Zcb's
PROBE(p_illegal_c_addi4spn, ".2byte 0x0004\n.2byte 1"); // c.addi4spn with nzuimm 0
PROBE(p_illegal_c_lwsp0, ".2byte 0x4002\n.2byte 1");    // c.lwsp with rd 0
PROBE(p_illegal_c_jr0, ".2byte 0x8002\n.2byte 1");      // c.jr with rs1 0
PROBE(p_illegal_c_addiw0, ".2byte 0x2001\n.2byte 1");   // c.addiw with rd 0
PROBE(p_illegal_c_lui0, ".2byte 0x6181\n.2byte 1");     // c.lui a3(x3), 0
PROBE(p_csr_absent, "csrr a0, 0x8ff");
PROBE(p_csr_read_only, "csrw 0xf14, a0");
PROBE(p_csr_read_only_rs0, "csrrs a0, 0xf14, zero\nli a0, 1");
PROBE(p_csr_read_only_set_nonzero_reg, "li t0, 0\ncsrrs a0, 0xf14, t0");
PROBE(p_mret_only, "mret");
PROBE(p_sret_only, "sret");
PROBE(p_float, ".4byte 0xf0000553");  // fmv.w.x fa0, zero
PROBE(p_shift_reserved, ".4byte 0x80051513");  // slli with bit 31 set
PROBE(p_op_reserved, ".4byte 0x60a50533");
PROBE(p_load_reserved, ".4byte 0x00057003");  // ld with funct3 111
PROBE(p_store_reserved, ".4byte 0x00a54023");  // store with funct3 100
PROBE(p_branch_reserved, ".4byte 0x00052063");  // branch with funct3 010
PROBE(p_jalr_reserved, ".4byte 0x00051067");  // jalr with funct3 001
PROBE(p_fence_reserved, ".4byte 0x0000300f");  // misc-mem with funct3 011
PROBE(p_amo_reserved, ".4byte 0x3aa5252f");
PROBE(p_load_rd_kept, "li a1, 0x77\nld a1, 0(a0)");
PROBE(p_load_rd_is_rs1, "ld a0, 0(a0)");
PROBE(p_jalr_fault_link, "mv t0, ra\nli a1, 0x55\njalr a1, 0(a0)\nmv ra, t0");
PROBE(p_odd_jalr, "mv t0, ra\nori a0, a0, 1\njalr ra, 0(a0)\nmv ra, t0");
PROBE(p_nop_after, "nop\nnop\nld a0, 0(a0)");
PROBE(return_42, "li a0, 42");

// Own handlers: nesting and returns.
extern char skip_trap[], nested_trap[], s_skip_trap[];
u64 log_[16];
asm(R"(
  .section .probe, "ax"
  .option push
  .option norvc
  .balign 4
  .globl skip_trap
# M: counts in mscratch, skips 4 bytes, mret.
skip_trap:
  csrw mscratch, t0
  csrr t0, mepc
  addi t0, t0, 4
  csrw mepc, t0
  csrr t0, mscratch
  addi a1, a1, 1
  mret
  .balign 4
  .globl s_skip_trap
# S: adds one to a1, skips 4 bytes, sret.
s_skip_trap:
  csrw sscratch, t0
  csrr t0, sepc
  addi t0, t0, 4
  csrw sepc, t0
  csrr t0, sscratch
  addi a1, a1, 1
  sret
  .balign 4
  .globl nested_trap
# M: the first trap takes a second one inside the handler, which must overwrite mepc, mcause, MPP and MPIE.
nested_trap:
  la t0, log_
  ld t1, 0(t0)
  bnez t1, 1f
  li t1, 1
  sd t1, 0(t0)
  csrr t1, mcause
  sd t1, 8(t0)
  csrr t1, mstatus
  sd t1, 16(t0)
  csrr t2, mepc
  ebreak
  csrw mepc, t2
  csrr t1, mstatus
  sd t1, 40(t0)
  j m_trap
1:
  csrr t1, mcause
  sd t1, 24(t0)
  csrr t1, mstatus
  sd t1, 32(t0)
  csrr t1, mepc
  addi t1, t1, 4
  csrw mepc, t1
  mret
  .option pop
)");
PROBE(p_three_traps, "csrw mtvec, a0\necall\nebreak\n.4byte 0xffffffff\ncsrw mtvec, a2\nli a0, 7");
PROBE(p_mret_to, "csrw mepc, a0\ncsrw mstatus, a1\nmret");
PROBE(p_sret_to, "csrw sepc, a0\ncsrc sstatus, a2\ncsrs sstatus, a1\nsret");
PROBE(p_read_mstatus, "csrr a0, mstatus");
PROBE(p_read_sstatus, "csrr a0, sstatus");
extern char sret_target[], mret_target[];
asm(".pushsection .probe,\"ax\"\n.option push\n.option norvc\n.balign 4\nsret_target:\nmret_target:\nli a7, 0\necall\n.option pop\n.popsection");

static const int modes[] = {M, S, U};

static void exceptions(void) {
  section("exceptions, all handled in M");
  for (int i = 0; i < 3; i++) {
    int mode = modes[i];
    CHECK(mode, p_ecall, 0, 0, 0, "%M: ecall (tval 0)", mode);
    CHECK(mode, p_ebreak, 0, 0, 0, "%M: ebreak (tval is the pc of the ebreak)", mode);
    CHECK(mode, p_c_ebreak, 0, 0, 0, "%M: c.ebreak at a 2-byte boundary", mode);
    CHECK(mode, p_illegal_zero16, 0, 0, 0, "%M: all-zero 16-bit instruction", mode);
    CHECK(mode, p_illegal_ones, 0, 0, 0, "%M: all-ones instruction", mode);
    CHECK(mode, p_illegal_custom, 0, 0, 0, "%M: custom-0 opcode", mode);
    CHECK(mode, p_illegal_c_addi4spn, 0, 0, 0, "%M: c.addi4spn with immediate 0 (tval 16 bits)", mode);
    CHECK(mode, p_csr_absent, 0, 0, 0, "%M: csrr of an absent CSR 0x8ff", mode);
    CHECK(mode, load64, RAM + RAM_SIZE, 0, 0, "%M: load just above RAM", mode);
    CHECK(mode, store64, RAM + RAM_SIZE, 0, 0, "%M: store just above RAM", mode);
    CHECK(mode, load8, 0x08000000, 0, 0, "%M: load from a hole of the memory map", mode);
    CHECK(mode, store32, 0x08000000, 0, 0, "%M: store to a hole of the memory map", mode);
    CHECK(mode, jump, RAM + RAM_SIZE, 0, 0, "%M: jump just above RAM", mode);
    CHECK(mode, jump, 0x08000000, 0, 0, "%M: jump to a hole of the memory map", mode);
    CHECK(mode, jump, 0, 0, 0, "%M: jump to address 0", mode);
    CHECK(mode, load64, 0xfffffffffffffff8, 0, 0, "%M: load at the top of the address space", mode);
    CHECK(mode, p_odd_jalr, (u64)return_42, 0, 0, "%M: jalr to an odd address clears bit 0", mode);
    CHECK(mode, p_float, 0, 0, 0, "%M: fmv.w.x with mstatus.FS off", mode);
  }
}

static void illegal(void) {
  section("illegal instructions: tval holds their bits");
  CHECK(M, p_illegal_c_lwsp0, 0, 0, 0, "c.lwsp with rd x0");
  CHECK(M, p_illegal_c_jr0, 0, 0, 0, "c.jr with rs1 x0");
  CHECK(M, p_illegal_c_addiw0, 0, 0, 0, "c.addiw with rd x0");
  CHECK(M, p_illegal_c_zcb, 0, 0, 0, "quadrant 0, funct3 100, not one of Zcb's");
  CHECK(M, p_fence_reserved, 0, 0, 0, "MISC-MEM with funct3 011");
  CHECK(M, p_illegal_c_lui0, 0, 0, 0, "c.lui with immediate 0");
  CHECK(M, p_csr_read_only, 0, 0, 0, "csrw to the read-only mhartid");
  CHECK(M, p_csr_read_only_rs0, 0, 0, 0, "csrrs rd, mhartid, x0 does not write");
  CHECK(M, p_csr_read_only_set_nonzero_reg, 0, 0, 0, "csrrs rd, mhartid, t0 with t0 = 0 is a write all the same");
  CHECK(M, p_shift_reserved, 0, 0, 0, "slli with bit 31 set");
  CHECK(M, p_op_reserved, 0, 0, 0, "OP with a reserved funct7");
  CHECK(M, p_load_reserved, 0, 0, 0, "LOAD with funct3 111");
  CHECK(M, p_store_reserved, 0, 0, 0, "STORE with funct3 100");
  CHECK(M, p_branch_reserved, 0, 0, 0, "BRANCH with funct3 010");
  CHECK(M, p_jalr_reserved, 0, 0, 0, "JALR with funct3 001");
  CHECK(M, p_amo_reserved, 0, 0, 0, "AMO with a reserved funct5");
  // QEMU 10.0 shows another instruction's bits in tval for mret, so tval is left to the program `beyond-qemu`.
  begin("S: mret");
  run(S, p_mret_only, 0, 0, 0);
  trap_only();
  // QEMU 10.0 shows another instruction's bits in tval for mret, so tval is left to the program `beyond-qemu`.
  begin("U: mret");
  run(U, p_mret_only, 0, 0, 0);
  trap_only();
  CHECK(U, p_sret_only, 0, 0, 0, "U: sret");
}

static void faults_keep_registers(void) {
  section("a fault leaves the destination as it was");
  begin("faulting load keeps rd (0x77)");
  run(M, p_load_rd_kept, RAM + RAM_SIZE, 0, 0);
  print("a1=%x\n", last.second);
  begin("faulting load with rd = rs1 keeps it");
  run(M, p_load_rd_is_rs1, RAM + RAM_SIZE, 0, 0);
  print("a0=%x\n", last.value);
  begin("jalr into a fault has written its link register; epc is the target");
  run(M, p_jalr_fault_link, RAM + RAM_SIZE, 0, 0);
  print("link=jalr+%d ", (int)(last.second - (u64)p_jalr_fault_link - 8));
  outcome_line();
  CHECK(M, p_nop_after, RAM + RAM_SIZE, 0, 0, "fault in the third instruction of a straight line");
}

static void delegation(void) {
  section("delegation: medeleg chooses the handler; a trap from M never goes down");
  csr_write(stvec, (u64)s_trap);
  static const struct { int cause; const char *name; const void *probe; u64 a0; } rows[] = {
      {1, "instruction access fault", jump, RAM + RAM_SIZE}, {2, "illegal instruction", p_illegal_ones, 0},
      {3, "breakpoint", p_ebreak, 0}, {5, "load access fault", load64, RAM + RAM_SIZE},
      {7, "store access fault", store64, RAM + RAM_SIZE}, {8, "ecall from U", p_ecall, 0}};
  for (u64 i = 0; i < sizeof rows / sizeof *rows; i++) {
    csr_write(medeleg, 1ul << rows[i].cause);
    for (int k = 0; k < 3; k++)
      CHECK(modes[k], rows[i].probe, rows[i].a0, 0, 0, "%M: %s with medeleg bit %d only", modes[k], rows[i].name,
            rows[i].cause);
    csr_write(medeleg, csr_read(medeleg) ^ 0xb3ff);
    CHECK(U, rows[i].probe, rows[i].a0, 0, 0, "U: %s with all other medeleg bits", rows[i].name);
  }
  csr_write(medeleg, 1 << 9);
  CHECK(S, p_ecall, 0, 0, 0, "S: ecall delegated to S itself");
  csr_write(medeleg, 1 << 8);
  begin("U: delegated ecall: mcause, mepc keep their values");
  csr_write(mcause, 0x1c);
  csr_write(mepc, 0x1234);
  run(U, p_ecall, 0, 0, 0);
  // The S handler left by an ecall, so the M registers show that one (cause 9).
  print("scause=%x mcause=%x\n", csr_read(scause), csr_read(mcause));
  csr_write(medeleg, 0);
  begin("S: ecall to M leaves scause, stval alone");
  csr_write(scause, 0x1b);
  csr_write(stval, 0x4321);
  run(S, p_ecall, 0, 0, 0);
  print("scause=%x stval=%x mcause=%x\n", csr_read(scause), csr_read(stval), csr_read(mcause));
}

static void vectored(void) {
  section("vectored tables: exceptions use entry 0");
  csr_write(mtvec, (u64)m_vector | 1);
  CHECK(M, p_ecall, 0, 0, 0, "M: ecall, mtvec vectored");
  CHECK(U, p_illegal_ones, 0, 0, 0, "U: illegal instruction, mtvec vectored");
  csr_write(mtvec, (u64)m_trap);
  csr_write(stvec, (u64)s_vector | 1);
  csr_write(medeleg, 0xffff & ~(1 << 9));
  CHECK(U, p_ecall, 0, 0, 0, "U: ecall to S, stvec vectored");
  CHECK(S, p_illegal_ones, 0, 0, 0, "S: illegal instruction to S, stvec vectored");
  csr_write(stvec, (u64)s_trap);
  csr_write(medeleg, 0);
}

static void stacks(void) {
  section("privilege stacks");
  CHECK(M, p_read_mstatus, 0, 0, 0, "M: mstatus entered with 0");
  static const u64 bits[] = {0, MSTATUS_MIE, MSTATUS_MPIE, MSTATUS_MIE | MSTATUS_MPIE};
  for (int k = 0; k < 3; k++) {
    for (int i = 0; i < 4; i++) {
      probe_status = bits[i] | (modes[k] == M ? MPP(M) : 0);
      begin("%M: trap with mstatus |= %x: MIE MPIE MPP in the handler", modes[k], bits[i]);
      run(modes[k], p_ebreak, 0, 0, 0);
      print("%x\n", last.trap.status & (MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP));
    }
  }
  csr_write(medeleg, 0xffff & ~(1 << 9));
  static const u64 sbits[] = {0, MSTATUS_SIE, MSTATUS_SPIE, MSTATUS_SIE | MSTATUS_SPIE};
  for (int k = 1; k < 3; k++) {
    for (int i = 0; i < 4; i++) {
      probe_status = sbits[i] | (k == 1 ? 0 : MSTATUS_SPP);
      begin("%M: delegated trap with mstatus |= %x: SIE SPIE SPP in the handler", modes[k], probe_status);
      run(modes[k], p_ebreak, 0, 0, 0);
      print("%x\n", last.trap.status & (MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP));
    }
  }
  csr_write(medeleg, 0);
  probe_status = 0;
  static const u64 returns[] = {0, MSTATUS_MPIE, MSTATUS_MIE, MPP(S), MPP(S) | MSTATUS_MPIE, MPP(M),
                                MPP(M) | MSTATUS_MPRV, MPP(S) | MSTATUS_MPRV, MSTATUS_MPRV};
  for (u64 i = 0; i < sizeof returns / sizeof *returns; i++) {
    begin("mret with mstatus %x, then ecall: MPP tells the mode reached, MPIE its MIE, MPRV cleared below M", returns[i]);
    run(M, p_mret_to, (u64)mret_target, returns[i], 0);
    print("%x cause=%d\n", last.trap.status & (MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP | MSTATUS_MPRV), (int)last.trap.cause);
  }
  static const u64 sreturns[] = {0, MSTATUS_SPIE, MSTATUS_SIE, MSTATUS_SPP, MSTATUS_SPP | MSTATUS_SPIE};
  for (u64 i = 0; i < sizeof sreturns / sizeof *sreturns; i++) {
    for (int k = 0; k < 2; k++) {
      begin("%M: sret with sstatus %x, then ecall: SIE SPIE SPP MPP MPRV", modes[k], sreturns[i]);
      run(modes[k], p_sret_to, (u64)sret_target, sreturns[i], MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE);
      print("%x cause=%d\n",
            last.trap.status & (MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_MPP | MSTATUS_MPRV), (int)last.trap.cause);
    }
  }
  begin("M: sret to U with MPRV set clears MPRV");
  probe_status = MSTATUS_MPRV | MPP(M);
  run(M, p_sret_to, (u64)sret_target, 0, MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE);
  print("%x cause=%d\n", last.trap.status & MSTATUS_MPRV, (int)last.trap.cause);
  probe_status = 0;
}

static void resuming(void) {
  section("handlers that resume");
  begin("M: three traps skipped by an M handler, a1 counts them");
  run(M, p_three_traps, (u64)skip_trap, 0, (u64)m_trap);
  print("%x ", last.second);
  outcome_line();
  csr_write(stvec, (u64)s_skip_trap);
  csr_write(medeleg, 1 << 2 | 1 << 3);
  CHECK(S, p_ebreak, 0, 5, 0, "S: ebreak skipped by an S handler");
  begin("S: a1 counted the trap");
  print("%x\n", last.second);
  CHECK(U, p_illegal_ones, 0, 9, 0, "U: illegal instruction skipped by an S handler");
  begin("U: a1 counted the trap");
  print("%x\n", last.second);
  csr_write(medeleg, 0);
  csr_write(stvec, (u64)s_trap);

  csr_write(mtvec, (u64)nested_trap);
  log_[0] = 0;
  begin("nested: illegal instruction from U, ebreak inside the M handler");
  probe_status = MSTATUS_MPIE;
  run(U, p_illegal_ones, 0, 0, 0);
  print("causes %d %d; MPP|MPIE|MIE outer=%x inner=%x after inner mret=%x\n", (int)log_[1], (int)log_[3],
        log_[2] & 0x1888, log_[4] & 0x1888, log_[5] & 0x1888);
  probe_status = 0;
  csr_write(mtvec, (u64)m_trap);
}

int main(void) {
  exceptions();
  illegal();
  faults_keep_registers();
  delegation();
  vectored();
  stacks();
  resuming();
  print("end\n");
  return 0;
}
