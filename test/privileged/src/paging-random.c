// Random page table entries, privileges and accesses, always fenced: what each access does, and what becomes of A and D.
// The numbers come from a fixed seed, so that both runs see the same.
#include "harness.h"

PROBE(amo32, "amoadd.w a0, a1, (a0)");
PROBE(amo64, "amoswap.d a0, a1, (a0)");
PROBE(lr_sc, "mv t0, a0\nlr.w a0, (t0)\nsc.w t1, a1, (t0)");
PROBE(fetch, "mv t0, ra\njalr ra, a0\nmv ra, t0");

static u64 state = 0x243f6a8885a308d3;

static u64 random(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state * 0x2545f4914f6cdd1d >> 16;
}

static int chance(u64 in) { return random() % in == 0; }

static const struct { const char *name; const void *probe; u64 size; } accesses[] = {
    {"lb", load8, 1}, {"lh", load16, 2}, {"lw", load32, 4}, {"ld", load64, 8}, {"sb", store8, 1}, {"sh", store16, 2},
    {"sw", store32, 4}, {"sd", store64, 8}, {"amoadd.w", amo32, 4}, {"amoswap.d", amo64, 8}, {"lr/sc", lr_sc, 4},
    {"fetch", fetch, 8}};

// An entry as software might make it, or as it must not.
static u64 random_flags(int leaf) {
  u64 flags = random() & 0x3ff;
  if (!chance(8)) flags |= PTE_V;
  if (leaf && !chance(8)) flags |= PTE_R;
  if (leaf && !chance(3)) flags |= PTE_A;
  if (!leaf) flags &= ~(PTE_RWX | PTE_A | PTE_D | PTE_U);
  if (chance(24)) flags |= 1ul << (54 + random() % 7);
  if (chance(16)) flags |= PTE_PBMT(1 + random() % 2);
  if (chance(16)) flags |= PTE_N;
  if (!leaf && chance(12)) flags |= PTE_A;
  return flags;
}

static void fill(void) {
  // 64 KiB in which each 8 bytes are `li a0, n` and `ret`, so that fetches anywhere aligned return.
  for (u64 i = 0; i < 0x10000; i += 8) mem64(DATA + i) = 0x0000806700000513ul | (i >> 3 & 0x7ff) << 20;
  fence_i();
}

static void one(int l) {
  tables_reset(l);
  int level = chance(3) ? (int)(random() % 2) : 0;
  u64 size = 1ul << (12 + 9 * level);
  // Somewhere in the half of the address space that the harness does not map itself.
  u64 va = (0x40ul + (random() & 0x1f)) << 30 | (random() & 0x3ffff000ul);
  if (l > 3) va |= (1 + (random() & 7)) << 39;
  if (l > 4) va |= (1 + (random() & 7)) << 48;
  if (chance(4)) va |= ~0ul << (11 + 9 * l);
  va &= ~(size - 1);
  u64 pa = level ? DATA & ~(size - 1) : DATA + (random() & 0xf000);
  static const int modes[] = {S, S, U, M};
  int mode = modes[random() & 3], as = (int)(random() & 1);
  u64 *entry = pte_of(va, level), *next = pte_of(va + size, level);
  u64 flags = random_flags(1);
  // Mostly a page of the mode's own.
  if (!chance(4)) flags = mode == U || (mode == M && !as) ? flags | PTE_U : flags & ~PTE_U;
  // Svnapot wants ppn[3:0] = 8; half of the time it gets it.
  if ((flags & PTE_N) && chance(2)) pa = DATA + 0x8000;
  *entry = PPN(pa) | flags;
  *next = PPN(pa ^ (level ? 0 : 0x1000)) | (chance(2) ? flags : random_flags(1));
  u64 *above = pte_of(va, level + 1);
  if (chance(10)) *above |= random_flags(0) & ~PTE_V;
  u64 flags_next = *next, flags_above = *above;
  u64 flags_entry = *entry;

  u64 menvcfg = (chance(2) ? MENVCFG_ADUE : 0) | (chance(2) ? MENVCFG_PBMTE : 0);
  csr_write(0x30a, menvcfg);
  probe_status = random() & (MSTATUS_SUM | MSTATUS_MXR);
  if (mode == M) probe_status |= MSTATUS_MPRV | MPP(as);
  u64 which = random() % (sizeof accesses / sizeof *accesses);
  u64 width = accesses[which].size;
  u64 offset = random() & (size - 1) & 0xfff;
  if (level) offset += DATA & (size - 1);
  offset &= ~(width - 1);
  // Plain loads and stores may be misaligned and cross into the next page.
  if (which < 8 && chance(4)) offset += random() % width;
  if (which < 8 && chance(8)) offset = size - 1 - random() % width;
  if (mode == M && which == 11) which = 3;
  if (chance(30)) va ^= 1ul << (12 + 9 * l + (int)(random() % 3) - 1);

  csr_write(satp, satp_value());
  sfence();
  u_delta = U_ALIAS;
  begin("Sv%d %M%s SUM=%d MXR=%d ADUE=%d PBMTE=%d %s %x, level %d entry %x above %x next %x", 12 + 9 * l, mode,
        mode != M ? "" : as ? " as S" : " as U", probe_status & MSTATUS_SUM ? 1 : 0, probe_status & MSTATUS_MXR ? 1 : 0,
        menvcfg & MENVCFG_ADUE ? 1 : 0, menvcfg & MENVCFG_PBMTE ? 1 : 0, accesses[which].name, va + offset, level,
        flags_entry, flags_above, flags_next);
  run(mode, accesses[which].probe, va + offset, 0x0000806700100513, 0);
  if (last.trapped)
    print("trap %d tval=%x", (int)last.trap.cause, last.trap.tval);
  else
    print("ok %x", last.value);
  // A misaligned store may set D of its first page although the second faults; A may be set by any access that is denied
  // (QEMU 10.0 sets it for the load of an amo whose store is denied, and A and D before it looks at N).
  int crosses = (offset & 0xfff) + width > 4096;
  u64 compared = !last.trapped ? ~0ul : (flags_entry | flags_next) & PTE_N ? ~PTE_AD : ~PTE_A;
  u64 changed = (*entry ^ flags_entry) & compared, changed_next = (*next ^ flags_next) & compared;
  if (!crosses || !last.trapped) print(" entry ^= %x next ^= %x", changed, changed_next);
  if (*above != flags_above) print(" ABOVE CHANGED");
  print("\n");
  paging_off();
  probe_status = 0;
  if (which >= 4 && which < 11) fill();
}

int main(void) {
  fill();
  for (int l = 3; l <= 5; l++)
    for (int i = 0; i < 300; i++) one(l);
  csr_write(0x30a, 0);
  print("end\n");
  return 0;
}
