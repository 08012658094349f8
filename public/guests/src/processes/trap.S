# From a process into the kernel and back. In U-mode, sscratch points to the frame of the running process.
        .include "board/frame.S"

        .text
        .balign 4
        .global trap_entry
trap_entry:
        csrrw   sp, sscratch, sp        # sp = frame, sscratch = the process's sp
        save_registers
        csrr    t0, sscratch
        sd      t0, 2 * 8(sp)
        csrr    t0, sepc
        sd      t0, 0(sp)
        mv      a0, sp
        .option push
        .option norelax                 # gp still is the process's
        la      gp, __global_pointer$
        .option pop
        la      sp, stack_top           # the kernel keeps nothing on its stack between two traps
        li      fp, 0
        call    handle_trap             # returns the frame to go on with

        .global resume
resume:
        ld      t0, 0(a0)
        csrw    sepc, t0
        csrw    sscratch, a0
        mv      sp, a0
        restore_registers
        ld      sp, 2 * 8(sp)
        sret
