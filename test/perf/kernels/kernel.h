// Frame of a benchmark kernel: bare metal, M-mode, started at the beginning of RAM.
// The bench writes `repetitions` into the ELF file; the kernel prints STX when it begins, then ETX and its checksum in hex.
#ifndef KERNEL_H
#define KERNEL_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

/** One repetition; returns what keeps the compiler from leaving out the work, the same on every machine. */
u64 kernel(u64 repetition);

#endif
