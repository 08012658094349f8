// Page tables in the Sv39 format: three levels of 512 entries, 4 KiB pages (privileged specification, 12.4).
#ifndef SV39_H
#define SV39_H

#include "board.h"

enum { PAGE_SIZE = 4096, MEGAPAGE_SIZE = 2 << 20 };

/** Bits of a page table entry. A and D are set from the start, so that no hardware has to. */
enum {
  PTE_V = 1 << 0,
  PTE_R = 1 << 1,
  PTE_W = 1 << 2,
  PTE_X = 1 << 3,
  PTE_U = 1 << 4,
  PTE_A = 1 << 6,
  PTE_D = 1 << 7,
};

typedef u64 PageTable[512];

/** A zeroed page of physical memory; ends the run if there are no more. */
void *new_page(void);
/** Maps the page at `va` to `pa`; `level` 0 is a page of 4 KiB, 1 one of 2 MiB. */
void map(PageTable root, u64 va, u64 pa, u64 flags, int level);
/** The entry that a walk for `va` ends at, or 0 if a level on the way is missing. */
u64 *find_entry(PageTable root, u64 va);
/** The kernel's own memory, the UART and the power switch, each at its physical address, for S-mode only. */
void map_kernel(PageTable root);
/** Makes `root` the current address space. */
void use_page_table(PageTable root);

static inline u64 physical_address(u64 entry) {
  return entry >> 10 << 12;
}

#endif
