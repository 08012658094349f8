// A and D bits: set by the hardware when menvcfg.ADUE = 1 (Svadu), page faults when it is 0 (Svade).
#include "harness.h"

#define VA 0x1000000000ul
PROBE(p_lr, "lr.w a0, (a0)");
PROBE(p_amo, "amoadd.w a0, a1, (a0)");
PROBE(p_amo_x0, "amoswap.w zero, a1, (a0)");
PROBE(p_lr_sc, "lr.w t0, (a0)\nsc.w a0, a1, (a0)");
PROBE(p_cbo_zero, ".4byte 0x0045200f");
PROBE(p_cbo_clean, ".4byte 0x0015200f");
PROBE(p_cbo_flush, ".4byte 0x0025200f");
PROBE(p_prefetch_r, ".4byte 0x00156013\nli a0, 1");

static const char *ad(u64 pte) {
  static const char *const names[] = {"--", "A-", "-D", "AD"};
  return names[(pte >> 6) & 3];
}

static const struct { const char *name; const void *probe; int fetch; } accesses[] = {
    {"load", load32, 0}, {"store", store32, 0}, {"fetch", jump, 1}, {"lr.w", p_lr, 0}, {"lr.w + sc.w", p_lr_sc, 0},
    {"amoadd.w", p_amo, 0}, {"amoswap.w to x0", p_amo_x0, 0}, {"cbo.zero", p_cbo_zero, 0}, {"cbo.clean", p_cbo_clean, 0},
    {"cbo.flush", p_cbo_flush, 0}, {"prefetch.r", p_prefetch_r, 0}};

static void one(int l, int level, u64 initial, int adue) {
  u64 menvcfg = (adue ? MENVCFG_ADUE : 0) | MENVCFG_CBIE(1) | MENVCFG_CBCFE | MENVCFG_CBZE;
  for (u64 i = 0; i < sizeof accesses / sizeof *accesses; i++) {
    u64 va = VA;
    tables_reset(l);
    mem32(DATA) = 0x02a00513;
    mem32(DATA + 4) = 0x00008067;
    fence_i();
    u64 *pte = pte_of(va, level);
    *pte = PPN(DATA) | PTE_V | PTE_RWX | initial;
    csr_write(0x30a, menvcfg);
    paging_on();
    begin("Sv%d %s page, ADUE=%d, A D before %s: %s", 12 + 9 * l, level ? "2 MiB" : "4 KiB", adue, ad(initial),
          accesses[i].name);
    run(S, accesses[i].probe, va, 0x13, 0);
    u64 after = *pte;
    if (last.trapped)
      print("trap %d tval=%x", (int)last.trap.cause, last.trap.tval);
    else
      print("ok");
    print(", after %s%s\n", ad(after), (after ^ initial ^ (PPN(DATA) | PTE_V | PTE_RWX)) & ~PTE_AD ? " AND OTHER BITS" : "");
    paging_off();
  }
}

static void denied(void) {
  section("a denied access sets neither bit (ADUE=1)");
  csr_write(0x30a, MENVCFG_ADUE);
  static const struct { const char *name; u64 flags; const void *probe; int mode; } rows[] = {
      {"store to a read-only page", PTE_R, store32, S}, {"load from an execute-only page", PTE_X, load32, S},
      {"fetch from a page without X", PTE_R | PTE_W, jump, S}, {"U load from an S page", PTE_R | PTE_W, load32, U},
      {"S load from a U page", PTE_R | PTE_W | PTE_U, load32, S}};
  for (u64 i = 0; i < sizeof rows / sizeof *rows; i++) {
    tables_reset(3);
    map(VA, DATA, PTE_V | rows[i].flags);
    paging_on();
    begin("%s", rows[i].name);
    run(rows[i].mode, rows[i].probe, VA, 0, 0);
    print("%s %d, after %s\n", last.trapped ? "trap" : "ok", (int)last.trap.cause, ad(*pte_of(VA, 0)));
    paging_off();
  }
  section("MPRV and SUM set the bits as well");
  tables_reset(3);
  map(VA, DATA, PTE_V | PTE_R | PTE_W | PTE_U);
  paging_on();
  probe_status = MSTATUS_MPRV | MPP(U);
  run(M, load32, VA, 0, 0);
  SHOW(*pte_of(VA, 0) & 0xff, "M load with MPRV, MPP=U: flags of the entry");
  probe_status = MSTATUS_SUM;
  run(S, store32, VA, 0, 0);
  SHOW(*pte_of(VA, 0) & 0xff, "S store with SUM: flags of the entry");
  probe_status = 0;
  paging_off();
  section("a page that was only read gets D at its first store, without a fence");
  tables_reset(3);
  map(VA, DATA, PTE_V | PTE_R | PTE_W);
  paging_on();
  run(S, load32, VA, 0, 0);
  SHOW(*pte_of(VA, 0) & 0xff, "after the load");
  run(S, load32, VA + 8, 0, 0);
  SHOW(*pte_of(VA, 0) & 0xff, "after another load");
  run(S, store32, VA + 8, 0, 0);
  SHOW(*pte_of(VA, 0) & 0xff, "after the store");
  paging_off();
  section("two virtual pages with one frame keep their own bits");
  tables_reset(3);
  map(VA, DATA, PTE_V | PTE_R | PTE_W);
  map(VA + 4096, DATA, PTE_V | PTE_R | PTE_W);
  paging_on();
  run(S, store32, VA, 5, 0);
  SHOW(*pte_of(VA, 0) & 0xff, "stored through: flags");
  SHOW(*pte_of(VA + 4096, 0) & 0xff, "untouched: flags");
  paging_off();
  section("the table lies in the page that it maps: the walk's update is seen through it");
  tables_reset(3);
  u64 *pte = pte_of(VA, 0);
  map(VA, (u64)pte & ~4095ul, PTE_V | PTE_R | PTE_W);
  paging_on();
  CHECK(S, load64, VA + ((u64)pte & 4095), 0, 0, "load of its own entry: A already set");
  paging_off();
}

int main(void) {
  for (int adue = 1; adue >= 0; adue--)
    for (int l = 3; l <= 5; l++)
      for (int level = 0; level < 2; level++)
        for (u64 initial = 0; initial < 4; initial++) {
          if (l > 3 && (initial == 2 || level)) continue;
          if (level && initial == 2) continue;
          print("== Sv%d ADUE=%d\n", 12 + 9 * l, adue);
          one(l, level, initial << 6, adue);
        }
  denied();
  print("end\n");
  return 0;
}
