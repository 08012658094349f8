# enter_supervisor(entry): from M-mode to S-mode, with the privileged specification's section numbers of what is set.

        .text
        .global enter_supervisor
enter_supervisor:
        li      t0, -1                  # PMP entry 0: all addresses ...
        csrw    pmpaddr0, t0
        li      t0, 0x1f                # ... NAPOT, readable, writable, executable (3.7.1)
        csrw    pmpcfg0, t0
        li      t0, 0xb1ff              # all exceptions that S-mode can handle, page faults included (3.1.8)
        csrw    medeleg, t0
        li      t0, 0x222               # the supervisor's software, timer and external interrupts
        csrw    mideleg, t0
        li      t0, 1 << 63             # menvcfg.STCE: stimecmp belongs to S-mode (Sstc)
        csrw    0x30a, t0
        li      t0, 7                   # cycle, time and instret may be read in S-mode and in U-mode
        csrw    mcounteren, t0
        csrw    scounteren, t0
        li      t0, 3 << 11             # mstatus.MPP = 1: mret goes to S-mode (3.1.6.1)
        csrc    mstatus, t0
        li      t0, 1 << 11
        csrs    mstatus, t0
        csrw    mepc, a0
        mret
