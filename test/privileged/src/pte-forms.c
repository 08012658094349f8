// Page table entries: superpages, reserved and unusual encodings, Svnapot, Svpbmt, pages outside RAM.
#include "harness.h"

#define VA(l) ((l) == 3 ? 0x1000000000ul : (l) == 4 ? 0x101000000000ul : 0x10101000000000ul)
#define LEAF (PTE_V | PTE_R | PTE_W | PTE_AD)

static const char *const sizes[] = {"4 KiB", "2 MiB", "1 GiB", "512 GiB", "256 TiB"};

static void all_three(const char *text, u64 va) {
  CHECK(S, load32, va, 0, 0, "%s: load", text);
  CHECK(S, store32, va, 0x600d, 0, "%s: store", text);
  CHECK(S, jump, va, 0, 0, "%s: fetch", text);
}

static void superpages(int l) {
  int bits = 12 + 9 * l;
  print("== Sv%d: leaves at each level\n", bits);
  for (int level = 0; level < l; level++) {
    u64 size = 1ul << (12 + 9 * level);
    tables_reset(l);
    // The superpage that holds RAM, wherever it begins; the test word lies at DATA + 0x5678.
    u64 pa = DATA & ~(size - 1);
    u64 va = VA(l);
    if (level == 2) va = VA(l) + (1ul << 30) * 7;
    if (level == 3) va = VA(l) & ~(size - 1);
    if (level == 3) va += size * 3;
    if (level == 4) va = size * 3;
    *pte_of(va, level) = PPN(pa) | LEAF | PTE_X;
    mem32(DATA + 0x678) = 0x1000 + (u32)level;
    paging_on();
    u64 at = va + (DATA + 0x678 - pa);
    CHECK(S, load32, at, 0, 0, "Sv%d: load through a %s page", bits, sizes[level]);
    CHECK(S, store32, at, 0x2000 + (u64)level, 0, "Sv%d: store through a %s page", bits, sizes[level]);
    SHOW(mem32(DATA + 0x678), "Sv%d: stored word in RAM", bits);
    CHECK(U, load32, at, 0, 0, "Sv%d: U has no access to it", bits);
    paging_off();
    if (level == 0) continue;
    for (int bit = 0; bit < 9 * level; bit += 9 * level > 1 && bit == 0 ? 9 * level - 1 : 1) {
      *pte_of(va, level) = PPN(pa | 1ul << (12 + bit)) | LEAF | PTE_X;
      paging_on();
      CHECK(S, load32, at, 0, 0, "Sv%d: misaligned %s page (ppn bit %d set): load", bits, sizes[level], bit);
      CHECK(S, store32, at, 0, 0, "Sv%d: misaligned %s page (ppn bit %d set): store", bits, sizes[level], bit);
      paging_off();
      if (bit) break;
    }
  }
  tables_reset(l);
  u64 va = VA(l);
  map(va, pte_of(va, 0) ? DATA : 0, PTE_V);
  paging_on();
  all_three("pointer (R=W=X=0) in the last level", va);
  paging_off();
}

static void encodings(int l) {
  int bits = 12 + 9 * l;
  print("== Sv%d: encodings of a leaf\n", bits);
  static const struct { const char *name; u64 bits; } rows[] = {
      {"V=0, all else set as usual", PTE_R | PTE_W | PTE_AD}, {"W without R", PTE_V | PTE_W | PTE_AD},
      {"WX without R", PTE_V | PTE_W | PTE_X | PTE_AD}, {"G set", LEAF | PTE_G}, {"RSW = 3", LEAF | 3ul << 8},
      {"reserved bit 54", LEAF | 1ul << 54}, {"reserved bit 55", LEAF | 1ul << 55}, {"reserved bit 56", LEAF | 1ul << 56},
      {"reserved bit 57", LEAF | 1ul << 57}, {"reserved bit 58", LEAF | 1ul << 58}, {"reserved bit 59", LEAF | 1ul << 59},
      {"reserved bit 60", LEAF | 1ul << 60}};
  for (u64 i = 0; i < sizeof rows / sizeof *rows; i++) {
    tables_reset(l);
    map(VA(l), DATA, rows[i].bits);
    paging_on();
    CHECK(S, load32, VA(l), 0, 0, "%s: load", rows[i].name);
    CHECK(S, store32, VA(l) + 8, 0, 0, "%s: store", rows[i].name);
    paging_off();
  }
  print("== Sv%d: encodings of a pointer\n", bits);
  static const struct { const char *name; u64 bits; } pointers[] = {
      {"V=0", 1}, {"A set", PTE_A}, {"D set", PTE_D}, {"U set", PTE_U}, {"G set", PTE_G}, {"RSW = 3", 3ul << 8},
      {"reserved bit 54", 1ul << 54}, {"reserved bit 60", 1ul << 60}, {"PBMT = 1", PTE_PBMT(1)}, {"N set", PTE_N}};
  csr_write(0x30a, MENVCFG_PBMTE);
  for (u64 i = 0; i < sizeof pointers / sizeof *pointers; i++) {
    for (int level = 1; level < l; level += l - 2 > 1 ? l - 2 : 1) {
      tables_reset(l);
      map(VA(l), DATA, LEAF);
      *pte_of(VA(l), level) ^= pointers[i].bits;
      paging_on();
      CHECK(S, load32, VA(l), 0, 0, "pointer at level %d, %s: load", level, pointers[i].name);
      paging_off();
    }
  }
  csr_write(0x30a, 0);
}

static void napot(int l) {
  int bits = 12 + 9 * l;
  print("== Sv%d: Svnapot, 64 KiB\n", bits);
  tables_reset(l);
  u64 va = VA(l);
  for (u64 i = 0; i < 16; i++) {
    map(va + i * 4096, DATA + 0x8000, LEAF | PTE_N);
    mem32(DATA + i * 4096 + 16) = 0x4000 + (u32)i;
  }
  paging_on();
  CHECK(S, load32, va + 16, 0, 0, "first page of the NAPOT range");
  CHECK(S, load32, va + 5 * 4096 + 16, 0, 0, "sixth page");
  CHECK(S, load32, va + 15 * 4096 + 16, 0, 0, "last page");
  CHECK(S, load32, va + 16 * 4096 + 16, 0, 0, "page behind the range, not mapped");
  CHECK(S, store32, va + 9 * 4096 + 16, 0x999, 0, "store into the tenth page");
  SHOW(mem32(DATA + 9 * 4096 + 16), "word in RAM");
  paging_off();
  for (u64 low = 0; low < 16; low += 1) {
    if (low == 8) continue;
    tables_reset(l);
    map(va, DATA + low * 4096, LEAF | PTE_N);
    paging_on();
    CHECK(S, load32, va + 16, 0, 0, "N with ppn[3:0] = %d is reserved", (int)low);
    paging_off();
  }
  for (int level = 1; level < 3; level++) {
    tables_reset(l);
    u64 big = va + (1ul << 30) * 7;
    *pte_of(big, level) = PPN(RAM) | 8ul << 10 | LEAF | PTE_N;
    paging_on();
    CHECK(S, load32, big + 16, 0, 0, "N on a %s page is reserved", sizes[level]);
    paging_off();
  }
}

static void pbmt(int l) {
  int bits = 12 + 9 * l;
  print("== Sv%d: Svpbmt\n", bits);
  for (int enabled = 0; enabled < 2; enabled++) {
    csr_write(0x30a, enabled ? MENVCFG_PBMTE : 0);
    for (u64 type = 0; type < (enabled ? 3 : 4); type++) {  // PBMT=3 with PBMTE is in `beyond-qemu`
      tables_reset(l);
      map(VA(l), DATA, LEAF | PTE_PBMT(type));
      *pte_of(VA(l) + (2ul << 20), 1) = PPN(DATA) | LEAF | PTE_PBMT(type);
      mem32(DATA) = 0x77;
      paging_on();
      CHECK(S, load32, VA(l), 0, 0, "PBMTE=%d, PBMT=%d: load", enabled, (int)type);
      CHECK(S, store32, VA(l), 0x77, 0, "PBMTE=%d, PBMT=%d: store", enabled, (int)type);
      CHECK(S, load32, VA(l) + (2ul << 20), 0, 0, "PBMTE=%d, PBMT=%d on a 2 MiB page: load", enabled, (int)type);
      paging_off();
    }
  }
  csr_write(0x30a, 0);
}

static void outside(int l) {
  int bits = 12 + 9 * l;
  print("== Sv%d: pages outside RAM\n", bits);
  // Tables outside RAM are in `beyond-qemu`: QEMU 10.0 makes them page faults.
  tables_reset(l);
  map(VA(l), RAM + RAM_SIZE, LEAF | PTE_X);
  map(VA(l) + 4096, 1ul << 55, LEAF | PTE_X);
  paging_on();
  all_three("page above RAM", VA(l));
  all_three("page with physical address bit 55", VA(l) + 4096);
  paging_off();
}

int main(void) {
  for (int l = 3; l <= 5; l++) {
    superpages(l);
    encodings(l);
    napot(l);
    pbmt(l);
    outside(l);
  }
  print("end\n");
  return 0;
}
