// The bare board as the programs see it: QEMU's "virt" machine, its UART, its timer and its power switch.
#ifndef BOARD_H
#define BOARD_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

/** Ticks of mtime a millisecond: the timer runs at 10 MHz. */
enum { TICKS_PER_MS = 10000 };

#define read_csr(name) ({ u64 value_; __asm__ volatile("csrr %0, " #name : "=r"(value_)); value_; })
#define write_csr(name, value) __asm__ volatile("csrw " #name ", %0" : : "r"((u64)(value)) : "memory")
#define set_csr(name, bits) __asm__ volatile("csrs " #name ", %0" : : "r"((u64)(bits)) : "memory")
#define clear_csr(name, bits) __asm__ volatile("csrc " #name ", %0" : : "r"((u64)(bits)) : "memory")

enum {
  MSTATUS_MIE = 1 << 3,   // interrupts are taken in M-mode
  MIE_MTIE = 1 << 7,      // the machine timer may interrupt
  SIE_STIE = 1 << 5,      // the supervisor timer may interrupt
};

void print_char(char c);
void print(const char *text);
void print_number(u64 value);
void print_hex(u64 value);

/** The timer's count, in ticks. M-mode only: it is a device register. */
u64 time_now(void);
/** The timer interrupt becomes pending when the count reaches `time`. M-mode only. */
void set_timer(u64 time);
/** Waits without a trap: interrupts stay globally off, and wfi ends when one is pending. M-mode only. */
void sleep_ms(u64 ms);

/** Switches the machine off: status 0 is success. */
void finish(u32 status) __attribute__((noreturn));

/** Leaves M-mode for good: opens all memory (PMP), delegates the traps, and calls `entry` in S-mode on the same stack. */
void enter_supervisor(void (*entry)(void)) __attribute__((noreturn));

#endif
