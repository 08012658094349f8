// Builds and walks Sv39 page tables.
#include "sv39.h"

enum { PAGES = 48 };

static u8 pages[PAGES][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static int pages_used;

void *new_page(void) {
  if (pages_used == PAGES) {
    print("Out of memory.\n");
    finish(1);
  }
  return pages[pages_used++]; // zeroed with the rest of .bss
}

/** The nine bits of `va` that index the table of `level`. */
static u64 index_at(u64 va, int level) {
  return va >> (12 + 9 * level) & 511;
}

static u64 entry_for(u64 pa, u64 flags) {
  return pa >> 12 << 10 | flags | PTE_V;
}

void map(PageTable root, u64 va, u64 pa, u64 flags, int level) {
  u64 *table = root;
  for (int at = 2; at > level; at--) {
    u64 *entry = &table[index_at(va, at)];
    if (!(*entry & PTE_V)) *entry = entry_for((u64)new_page(), 0);
    table = (u64 *)physical_address(*entry);
  }
  table[index_at(va, level)] = entry_for(pa, flags | PTE_A | PTE_D);
}

u64 *find_entry(PageTable root, u64 va) {
  u64 *table = root;
  for (int at = 2;; at--) {
    u64 *entry = &table[index_at(va, at)];
    if (!(*entry & PTE_V)) return 0;
    if (at == 0 || *entry & (PTE_R | PTE_X)) return entry;
    table = (u64 *)physical_address(*entry);
  }
}

void map_kernel(PageTable root) {
  map(root, 0x80000000, 0x80000000, PTE_R | PTE_W | PTE_X, 1);
  map(root, 0x10000000, 0x10000000, PTE_R | PTE_W, 0);
  map(root, 0x100000, 0x100000, PTE_R | PTE_W, 0);
}

void use_page_table(PageTable root) {
  enum { MODE_SV39 = 8 };
  write_csr(satp, (u64)MODE_SV39 << 60 | (u64)root >> 12);
  __asm__ volatile("sfence.vma" : : : "memory");
}
