# The first instructions: the CPU arrives here in M-mode, with nothing set up. a0 holds its number.

        .section .text.start, "ax"
        .global _start
_start:
        csrr    t0, mhartid
        bnez    t0, park                # one CPU is enough for all programs
        .option push
        .option norelax                 # gp can't be used to compute itself
        la      gp, __global_pointer$
        .option pop
        la      sp, stack_top
        la      t0, early_trap
        csrw    mtvec, t0

        la      t0, bss_start
        la      t1, bss_end
1:      bgeu    t0, t1, 2f
        sd      zero, 0(t0)
        addi    t0, t0, 8
        j       1b
2:
        li      fp, 0                   # the call stack ends here
        call    main
        call    finish                  # with the status that main returned in a0

park:   wfi
        j       park

        .balign 4                       # the low bits of mtvec are its mode
early_trap:
        la      sp, stack_top
        j       unexpected_trap
