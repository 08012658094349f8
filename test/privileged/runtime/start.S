# Entry point, mode changes and the machine- and supervisor-mode trap handlers of the privileged test programs.
#
# A check runs a short probe function in a chosen privilege mode. Every trap ends the probe: the handler stores what the
# trap registers say in `trap` and returns to the caller of `enter`, so no handler has to know how to resume a probe.

  .section .text.start, "ax"
  .globl _start
_start:
  mv s0, a0
  mv s1, a1
  mv s2, a2
  la sp, stack_top
  la t0, bss_start
  la t1, bss_end
1:
  bgeu t0, t1, 2f
  sd zero, 0(t0)
  addi t0, t0, 8
  j 1b
2:
  la t0, m_trap
  csrw mtvec, t0
  csrw mstatus, zero
  csrw mie, zero
  # menvcfg: its reset value is the implementation's choice (Svade or Svadu, PBMTE).
  csrw 0x30a, zero
  # PMP entry 0: NAPOT over the whole address space, RWX; without it S and U could access nothing.
  li t0, -1
  csrw pmpaddr0, t0
  li t0, 0x1f
  csrw pmpcfg0, t0
  # The registers of the reset ROM, for the program that looks at them.
  mv a0, s0
  mv a1, s1
  mv a2, s2
  call main
  # The program's result is the exit code.
  j machine_exit

# void machine_exit(int code): sifive_test, 0x5555 passes, 0x3333 fails with a code.
  .globl machine_exit
machine_exit:
  li t0, 0x100000
  li t1, 0x5555
  beqz a0, 1f
  slli a0, a0, 16
  li t1, 0x3333
  or t1, t1, a0
1:
  sw t1, 0(t0)
2:
  j 2b

  .text
# void enter(u64 function, u64 status, u64 a0, u64 a1, u64 a2, u64 return_address)
# status is the whole mstatus; mode M jumps (so that MPRV with another MPP can be tested), S and U go through mret.
  .globl enter
enter:
  la t0, saved
  sd ra, 0(t0)
  sd sp, 8(t0)
  sd s0, 16(t0)
  sd s1, 24(t0)
  sd s2, 32(t0)
  sd s3, 40(t0)
  sd s4, 48(t0)
  sd s5, 56(t0)
  sd s6, 64(t0)
  sd s7, 72(t0)
  sd s8, 80(t0)
  sd s9, 88(t0)
  sd s10, 96(t0)
  sd s11, 104(t0)
  sd gp, 112(t0)
  sd tp, 120(t0)
  la t0, direct
  lw t3, 0(t0)
  mv t2, a0
  mv ra, a5
  mv t1, a1
  mv a0, a2
  mv a1, a3
  mv a2, a4
  csrw mepc, t2
  csrw mstatus, t1
  beqz t3, 1f
  jr t2
1:
  mret

# Return address of every probe. Lies in .probe, so that it is mapped wherever the probes are.
  .section .probe, "ax"
  .option push
  .option norvc
  .balign 4
  .globl leave
leave:
  li a7, 0x1ea7e
  .globl leave_ecall
leave_ecall:
  ecall
  .option pop

  .text
# Vectored tables: entry i records i and goes on as the direct handler does.
  .option push
  .option norvc
  .balign 256
  .globl m_vector
m_vector:
  j m_vector_0
  .irp i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  j m_vector_\i
  .endr
  .balign 256
  .globl s_vector
s_vector:
  j s_vector_0
  .irp i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  j s_vector_\i
  .endr
  .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
m_vector_\i:
  csrw mscratch, t0
  li t0, \i
  j m_common
s_vector_\i:
  csrw sscratch, t0
  li t0, \i
  j s_common
  .endr

# Both handlers store: vector, cause, epc, tval, status, a0, a1, a7 (struct trap in harness.h).
  .balign 4
  .globl m_trap
m_trap:
  csrw mscratch, t0
  li t0, -1
m_common:
  mv sp, t0
  la t0, trap_m
  sd sp, 0(t0)
  csrr sp, mcause
  sd sp, 8(t0)
  csrr sp, mepc
  sd sp, 16(t0)
  csrr sp, mtval
  sd sp, 24(t0)
  csrr sp, mstatus
  sd sp, 32(t0)
  sd a0, 40(t0)
  sd a1, 48(t0)
  sd a7, 56(t0)
  li sp, 1
  sd sp, 64(t0)
  csrw mstatus, zero
  la t0, saved
  ld ra, 0(t0)
  ld sp, 8(t0)
  ld s0, 16(t0)
  ld s1, 24(t0)
  ld s2, 32(t0)
  ld s3, 40(t0)
  ld s4, 48(t0)
  ld s5, 56(t0)
  ld s6, 64(t0)
  ld s7, 72(t0)
  ld s8, 80(t0)
  ld s9, 88(t0)
  ld s10, 96(t0)
  ld s11, 104(t0)
  ld gp, 112(t0)
  ld tp, 120(t0)
  ret

# The supervisor handler records and then leaves to machine mode by ecall, or by ebreak when ecall from S is delegated.
  .balign 4
  .globl s_trap
s_trap:
  csrw sscratch, t0
  li t0, -1
s_common:
  mv sp, t0
  la t0, trap_s
  sd sp, 0(t0)
  csrr sp, scause
  sd sp, 8(t0)
  csrr sp, sepc
  sd sp, 16(t0)
  csrr sp, stval
  sd sp, 24(t0)
  csrr sp, sstatus
  sd sp, 32(t0)
  sd a0, 40(t0)
  sd a1, 48(t0)
  sd a7, 56(t0)
  li sp, 1
  sd sp, 64(t0)
  csrr sp, scause
  addi sp, sp, -9
  beqz sp, 1f
  ecall
1:
  ebreak
  .option pop

  .section .bss, "aw", @nobits
  .balign 16
saved:
  .space 128
  .balign 16
  .space 16384
stack_top:
