// Page permissions: each combination of R, W, X and U, for loads, stores and fetches, in S and U, with SUM, MXR and MPRV.
#include "harness.h"

static const u64 bases[] = {0, 0, 0, 0x1000000000, 0x101000000000, 0x10101000000000};
static const u64 high[] = {0, 0, 0, 0xffffffd000000000, 0xffff901000000000, 0xff10901000000000};

static void access_result(const char *what, u64 va) {
  if (what[0] != 'l') print(", ");
  if (!last.trapped) {
    print("%s ok", what);
    return;
  }
  print("%s %d", what, (int)last.trap.cause);
  if (last.trap.tval != va) print("(tval=%x)", last.trap.tval);
}

static void three(int mode, u64 va) {
  run(mode, load32, va, 0, 0);
  access_result("load", va);
  run(mode, store32, va + 8, 0x1234, 0);
  access_result("store", va + 8);
  run(mode, jump, va, 0, 0);
  access_result("fetch", va);
  print("\n");
}

static void matrix(int levels_) {
  int bits = 12 + 9 * levels_;
  for (int half = 0; half < 2; half++) {
    u64 base = half ? high[levels_] : bases[levels_];
    tables_reset(levels_);
    for (u64 flags = 0; flags < 16; flags++)
      map(base + flags * 4096, DATA, PTE_V | PTE_AD | flags << 1);
    paging_on();
    print("== Sv%d, %s half: faults by cause\n", bits, half ? "upper" : "lower");
    for (u64 flags = 0; flags < 16; flags++) {
      u64 va = base + flags * 4096;
      for (int context = 0; context < (half ? 1 : 6); context++) {
        int mode = context < 4 ? S : U;
        u64 status = (context & 1 ? MSTATUS_MXR : 0) | (context & 2 ? MSTATUS_SUM : 0);
        if (mode == U) status = context & 1 ? MSTATUS_MXR : 0;
        probe_status = status;
        begin("Sv%d page %c%c%c%c, %M SUM=%d MXR=%d", bits, flags & 1 ? 'R' : '-', flags & 2 ? 'W' : '-',
              flags & 4 ? 'X' : '-', flags & 8 ? 'U' : '-', mode, status & MSTATUS_SUM ? 1 : 0, status & MSTATUS_MXR ? 1 : 0);
        three(mode, va);
      }
    }
    probe_status = 0;
    paging_off();
  }
}

static void mprv(void) {
  section("MPRV: M loads and stores as MPP says, fetches as M");
  u64 va = bases[3];
  tables_reset(3);
  map(va, DATA, PTE_V | PTE_AD | PTE_R | PTE_W | PTE_X);
  map(va + 4096, DATA, PTE_V | PTE_AD | PTE_R | PTE_W | PTE_X | PTE_U);
  map(va + 8192, DATA, PTE_V | PTE_AD | PTE_X);
  paging_on();
  static const struct { const char *name; u64 status; } contexts[] = {
      {"MPRV=0 MPP=S", MPP(S)}, {"MPRV=1 MPP=M", MSTATUS_MPRV | MPP(M)}, {"MPRV=1 MPP=S", MSTATUS_MPRV | MPP(S)},
      {"MPRV=1 MPP=S SUM=1", MSTATUS_MPRV | MPP(S) | MSTATUS_SUM}, {"MPRV=1 MPP=U", MSTATUS_MPRV | MPP(U)},
      {"MPRV=1 MPP=S MXR=1", MSTATUS_MPRV | MPP(S) | MSTATUS_MXR}};
  static const char *const pages[] = {"S page RWX", "U page RWX", "S page X"};
  for (int c = 0; c < 6; c++) {
    for (u64 page = 0; page < 3; page++) {
      probe_status = contexts[c].status;
      begin("M, %s, %s", contexts[c].name, pages[page]);
      run(M, load32, va + page * 4096, 0, 0);
      access_result("load", va + page * 4096);
      run(M, store32, va + page * 4096 + 8, 0, 0);
      access_result("store", va + page * 4096 + 8);
      print("\n");
    }
    probe_status = contexts[c].status;
    CHECK(M, nothing, 0, 0, 0, "M, %s, fetch is untranslated", contexts[c].name);
  }
  probe_status = 0;
  CHECK(M, load32, DATA, 0, 0, "M: load is untranslated with satp on");
  paging_off();
  CHECK(S, load32, DATA, 0, 0, "S: load with satp Bare");
  CHECK(S, load32, va, 0, 0, "S: the virtual address with satp Bare is a physical one");
}

static void canonical(int levels_) {
  int bits = 12 + 9 * levels_;
  print("== Sv%d: addresses whose upper bits are not copies of bit %d\n", bits, bits - 1);
  tables_reset(levels_);
  u64 top = 1ul << (bits - 1);
  u64 ok_low = top - 4096, ok_high = 0ul - top, page = PTE_V | PTE_AD | PTE_RWX;
  map(ok_low, DATA, page);
  map(ok_high, DATA, page);
  map(0ul - 4096, DATA, page);
  paging_on();
  CHECK(S, load32, ok_low + 4, 0, 0, "last page of the lower half: load");
  CHECK(S, load32, ok_high + 4, 0, 0, "first page of the upper half: load");
  CHECK(S, load32, 0ul - 4096 + 4, 0, 0, "last page of the upper half: load");
  CHECK(S, load32, top, 0, 0, "just above the lower half: load");
  CHECK(S, load32, ok_high - 4, 0, 0, "just below the upper half: load");
  CHECK(S, store32, top | ok_low, 0, 0, "sign bit only: store");
  CHECK(S, jump, top | ok_low, 0, 0, "sign bit only: fetch");
  CHECK(S, load32, ok_low | 1ul << 63, 0, 0, "lower half with bit 63 set: load");
  CHECK(S, load32, ok_high ^ 1ul << 63, 0, 0, "upper half with bit 63 clear: load");
  CHECK(S, load32, ok_low | 1ul << bits, 0, 0, "lower half with bit %d set: load", bits);
  paging_off();
}

PROBE(sum_toggle, "li t1, 0x40000\ncsrs sstatus, t1\nlw a1, 0(a0)\ncsrc sstatus, t1\nlw a0, 0(a0)");
PROBE(mxr_toggle, "li t1, 0x80000\ncsrs sstatus, t1\nlw a1, 0(a0)\ncsrc sstatus, t1\nlw a0, 0(a0)");
PROBE(mprv_toggle, "li t1, 0x20000\ncsrs mstatus, t1\nlw a1, 0(a0)\ncsrc mstatus, t1\nlw a0, 0(a0)");
PROBE(mpp_toggle, "li t1, 0x20800\ncsrs mstatus, t1\nlw a1, 0(a0)\nli t1, 0x800\ncsrc mstatus, t1\nlw a0, 0(a0)");

static void toggles(void) {
  section("SUM, MXR, MPRV and MPP switched between two accesses to the same address: the second faults");
  u64 va = bases[3];
  tables_reset(3);
  map(va, DATA, PTE_V | PTE_AD | PTE_R | PTE_W | PTE_U);
  map(va + 4096, DATA, PTE_V | PTE_AD | PTE_X);
  map(va + 8192, DATA, PTE_V | PTE_AD | PTE_R);
  paging_on();
  CHECK(S, sum_toggle, va, 0, 0, "S: SUM set, load, SUM clear, load");
  SHOW(last.second, "the first load's value");
  CHECK(S, mxr_toggle, va + 4096, 0, 0, "S: MXR set, load, MXR clear, load");
  SHOW(last.second, "the first load's value");
  probe_status = MPP(S);
  CHECK(M, mprv_toggle, va + 8192, 0, 0, "M: MPRV set (MPP=S), load, MPRV clear, load: a physical address");
  SHOW(last.second, "the first load's value");
  probe_status = 0;
  CHECK(M, mpp_toggle, va + 8192, 0, 0, "M: MPRV set, MPP=S, load, MPP=U, load");
  SHOW(last.second, "the first load's value");
  paging_off();
}

int main(void) {
  mem32(DATA) = 0x02a00513;      // li a0, 42
  mem32(DATA + 4) = 0x00008067;  // ret
  fence_i();
  for (int l = 3; l <= 5; l++) matrix(l);
  mprv();
  toggles();
  for (int l = 3; l <= 5; l++) canonical(l);
  print("end\n");
  return 0;
}
