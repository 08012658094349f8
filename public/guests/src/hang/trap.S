# The trap handler's first and last instructions: what was interrupted must find every register as it was.
        .include "board/frame.S"

        .text
        .balign 4
        .global trap_entry
trap_entry:
        addi    sp, sp, -256
        save_registers
        mv      a0, sp
        call    handle_trap
        restore_registers
        addi    sp, sp, 256
        mret
