// What kernel and processes agree on: where things are in a process's address space, and the numbers of the system calls.
#ifndef PROCESSES_H
#define PROCESSES_H

enum { USER_CODE = 0x10000, USER_DATA = 0x20000, USER_STACK = 0x30000, USER_TICKS = 0x40000 };

/** a7 of an ecall: print the character in a0; end this process. */
enum { CALL_PUT = 1, CALL_EXIT = 2 };

#endif
