# A trap frame: register xN at 8 * N bytes from sp. Slot 0 and slot 2 (sp itself) are left to the one who uses it.

        .macro  save_registers
        sd      x1, 1 * 8(sp)
        .irp    n, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        sd      x\n, \n * 8(sp)
        .endr
        .endm

        .macro  restore_registers
        ld      x1, 1 * 8(sp)
        .irp    n, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        ld      x\n, \n * 8(sp)
        .endr
        .endm
