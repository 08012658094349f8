// Physical memory protection: matching, priority, lock bits, M and MPRV, page-splitting regions, page walks.
#include "harness.h"

#define R 1
#define W 2
#define X 4
#define TOR 8
#define NA4 16
#define NAPOT 24
#define L 128
#define P DATA                       // the region under test
#define ADDR(pa) ((u64)(pa) >> 2)
#define RANGE(pa, size) (ADDR(pa) | (((size) >> 3) - 1))
PROBE(p_amo, "amoadd.w a0, zero, (a0)");
PROBE(p_lr, "lr.w a0, (a0)");
PROBE(p_lr_sc, "lr.w t0, (a0)\nsc.w a0, t0, (a0)");

// Entry i of pmpcfg0 and pmpaddr0..7.
static void address(int i, u64 value) {
  switch (i) {
    case 0: csr_write(pmpaddr0, value); break;
    case 1: csr_write(pmpaddr1, value); break;
    case 2: csr_write(pmpaddr2, value); break;
    case 3: csr_write(pmpaddr3, value); break;
    case 4: csr_write(pmpaddr4, value); break;
    case 5: csr_write(pmpaddr5, value); break;
    case 6: csr_write(pmpaddr6, value); break;
    default: csr_write(pmpaddr7, value); break;
  }
}

static void config(int i, u64 value) {
  u64 all = csr_read(pmpcfg0);
  csr_write(pmpcfg0, (all & ~(0xfful << (8 * i))) | value << (8 * i));
}

// Entry 7 allows everything; 0 to 6 are off.
static void open_all(void) {
  for (int i = 0; i < 7; i++) {
    config(i, 0);
    address(i, 0);
  }
  address(7, ~0ul);
  config(7, NAPOT | R | W | X);
  sfence();
}

static void fetch_here(u64 pa) {
  mem32(pa) = 0x02a00513;
  mem32(pa + 4) = 0x00008067;
  fence_i();
}

static void accesses(int mode, u64 pa, const char *text) {
  begin("%M: %s", mode, text);
  run(mode, load32, pa, 0, 0);
  print("load ");
  last.trapped ? print("%d", (int)last.trap.cause) : print("ok");
  run(mode, store32, pa + 8, 0x99, 0);
  print(", store ");
  last.trapped ? print("%d", (int)last.trap.cause) : print("ok");
  run(mode, jump, pa, 0, 0);
  print(", fetch ");
  last.trapped ? print("%d", (int)last.trap.cause) : print("ok");
  print("\n");
}

static void permissions(void) {
  section("R, W and X of a NAPOT region of 4 KiB, for S, U and M");
  for (u64 rwx = 0; rwx < 8; rwx++) {
    if ((rwx & 3) == 2) continue;  // W without R is reserved
    open_all();
    fetch_here(P);
    address(0, RANGE(P, 4096));
    config(0, NAPOT | rwx);
    sfence();
    print("(%c%c%c)\n", rwx & R ? 'R' : '-', rwx & W ? 'W' : '-', rwx & X ? 'X' : '-');
    accesses(S, P, "in the region");
    accesses(U, P, "in the region");
    accesses(M, P, "in the region, not locked");
  }
  section("other accesses to a region without W, and without R");
  open_all();
  address(0, RANGE(P, 4096));
  config(0, NAPOT | R);
  sfence();
  CHECK(S, p_amo, P, 0, 0, "S: amoadd.w, region R--");
  CHECK(S, p_lr, P, 0, 0, "S: lr.w, region R--");
  CHECK(S, p_lr_sc, P, 0, 0, "S: lr.w + sc.w, region R--");
  CHECK(S, store64, P + 0x18, 0, 0, "S: store, region R--: tval is the address");
  config(0, NAPOT);
  sfence();
  CHECK(S, p_amo, P, 0, 0, "S: amoadd.w, region ---");
  CHECK(S, p_lr, P, 0, 0, "S: lr.w, region ---");
  CHECK(S, load64, P + 0x18, 0, 0, "S: load, region ---: tval is the address");
  CHECK(S, jump, P + 0x18, 0, 0, "S: fetch, region ---: tval and epc are the address");
}

static void matching(void) {
  section("address matching");
  open_all();
  address(0, RANGE(P + 64, 8));
  config(0, NAPOT);
  sfence();
  CHECK(S, load32, P + 60, 0, 0, "NAPOT 8 bytes: word below");
  CHECK(S, load32, P + 64, 0, 0, "first word in it");
  CHECK(S, load32, P + 68, 0, 0, "second word in it");
  CHECK(S, load32, P + 72, 0, 0, "word above");
  CHECK(S, load64, P + 64, 0, 0, "doubleword exactly on it");
  CHECK(S, load8, P + 71, 0, 0, "its last byte");
  open_all();
  address(0, ADDR(P + 64));
  config(0, NA4);
  sfence();
  CHECK(S, load32, P + 60, 0, 0, "NA4: word below");
  CHECK(S, load32, P + 64, 0, 0, "the word");
  CHECK(S, load16, P + 66, 0, 0, "its upper half");
  CHECK(S, load32, P + 68, 0, 0, "word above");
  CHECK(S, load64, P + 64, 0, 0, "doubleword that begins in it");
  open_all();
  address(0, ADDR(P + 0x100));
  address(1, ADDR(P + 0x200));
  config(1, TOR);
  sfence();
  CHECK(S, load32, P + 0xfc, 0, 0, "TOR 0x100..0x200: word below");
  CHECK(S, load32, P + 0x100, 0, 0, "first word");
  CHECK(S, load32, P + 0x1fc, 0, 0, "last word");
  CHECK(S, load32, P + 0x200, 0, 0, "word above");
  open_all();
  address(0, ADDR(P + 0x200));
  address(1, ADDR(P + 0x100));
  config(1, TOR);
  sfence();
  CHECK(S, load32, P + 0x180, 0, 0, "TOR with top below bottom matches nothing");
  open_all();
  address(0, ADDR(0x10001000));
  config(0, TOR);
  sfence();
  CHECK(S, load8, UART + 5, 0, 0, "TOR of entry 0 begins at address 0: device below its top is denied");
  CHECK(S, load32, 0x10001000, 0, 0, "first word above it (virtio's magic)");
  section("priority: the lowest numbered match decides");
  open_all();
  address(0, RANGE(P, 4096));
  config(0, NAPOT | R);
  address(1, RANGE(P, 8192));
  config(1, NAPOT | R | W);
  sfence();
  CHECK(S, store32, P + 16, 0, 0, "store in both: entry 0 (R--) decides");
  CHECK(S, store32, P + 4096, 0, 0, "store in entry 1 (RW-) only");
  config(0, 0);
  sfence();
  CHECK(S, store32, P + 16, 0, 0, "entry 0 off: entry 1 decides");
  section("no match");
  open_all();
  address(6, RANGE(RAM, 0x400000));
  config(6, NAPOT | R | W | X);
  config(7, 0);
  sfence();
  CHECK(S, load32, P, 0, 0, "S: load without any match");
  CHECK(U, store32, P, 0, 0, "U: store without any match");
  CHECK(S, jump, P, 0, 0, "S: fetch without any match");
  CHECK(M, load32, P, 0, 0, "M: load without any match");
  CHECK(M, store32, P, 0, 0, "M: store without any match");
}

static void splitting(void) {
  section("regions that split a page: each part keeps its own rights, in any order");
  open_all();
  fetch_here(P);
  fetch_here(P + 0x800);
  address(0, RANGE(P + 0x800, 0x800));
  config(0, NAPOT | R);
  sfence();
  CHECK(S, store32, P + 0x10, 1, 0, "store to the open half");
  CHECK(S, store32, P + 0x810, 1, 0, "store to the read-only half");
  CHECK(S, store32, P + 0x14, 1, 0, "store to the open half again");
  CHECK(S, load32, P + 0x810, 1, 0, "load from the read-only half");
  CHECK(S, jump, P, 0, 0, "fetch from the open half");
  CHECK(S, jump, P + 0x800, 0, 0, "fetch from the read-only half");
  CHECK(S, jump, P, 0, 0, "fetch from the open half again");
  // Straight-line code that runs into the closed half.
  mem32(P + 0x7f8) = 0x00000013;
  mem32(P + 0x7fc) = 0x00000013;
  fence_i();
  begin("straight line into the closed half: epc and tval are its first address");
  run(S, jump, P + 0x7f8, 0, 0);
  outcome_line();
  begin("misaligned store over the border");
  run(S, store32, P + 0x7fe, 0, 0);
  print(last.trapped ? "trap %d\n" : "ok\n", (int)last.trap.cause);
  begin("misaligned load over the border into a region without R");
  config(0, NAPOT);
  sfence();
  run(S, load32, P + 0x7fe, 0, 0);
  print(last.trapped ? "trap %d\n" : "ok\n", (int)last.trap.cause);
  section("page under translation, split by a region");
  open_all();
  tables_reset(3);
  u64 va = 0x1000000000;
  map(va, P, PTE_V | PTE_R | PTE_W | PTE_AD);
  address(0, RANGE(P + 0x400, 0x400));
  config(0, NAPOT);
  paging_on();
  CHECK(S, load32, va + 0x3fc, 0, 0, "word below the region");
  CHECK(S, load32, va + 0x400, 0, 0, "first word in it: access fault with the virtual address");
  CHECK(S, store32, va + 0x7fc, 0, 0, "last word in it");
  CHECK(S, load32, va + 0x800, 0, 0, "word above");
  paging_off();
}

static void mprv(void) {
  section("MPRV: M's loads and stores are checked as MPP's");
  open_all();
  address(0, RANGE(P, 4096));
  config(0, NAPOT);
  sfence();
  static const struct { const char *name; u64 status; } rows[] = {
      {"MPRV=0 MPP=U", MPP(U)}, {"MPRV=1 MPP=U", MSTATUS_MPRV | MPP(U)}, {"MPRV=1 MPP=S", MSTATUS_MPRV | MPP(S)},
      {"MPRV=1 MPP=M", MSTATUS_MPRV | MPP(M)}};
  for (int i = 0; i < 4; i++) {
    probe_status = rows[i].status;
    CHECK(M, load32, P, 0, 0, "M, %s: load", rows[i].name);
    CHECK(M, store32, P, 0, 0, "M, %s: store", rows[i].name);
  }
  probe_status = 0;
}

static void walks(void) {
  section("page walks are checked as S accesses");
  for (int level = 2; level >= 0; level--) {
    open_all();
    tables_reset(3);
    u64 va = 0x1000000000;
    map(va, P, PTE_V | PTE_RWX | PTE_AD);
    u64 table = (u64)pte_of(va, level) & ~4095ul;
    address(0, RANGE(table, 4096));
    config(0, NAPOT);
    csr_write(satp, satp_value());
    sfence();
    print("(table of level %d denied)\n", level);
    // Through MPRV when the root is denied: S could fetch nothing.
    if (level == 2) {
      probe_status = MSTATUS_MPRV | MPP(S);
      CHECK(M, load32, va, 0, 0, "M with MPRV: load");
      CHECK(M, store32, va, 0, 0, "M with MPRV: store");
      probe_status = 0;
    } else {
      CHECK(S, load32, va, 0, 0, "load");
      CHECK(S, store32, va, 0, 0, "store");
      CHECK(S, jump, va, 0, 0, "fetch");
    }
    csr_write(satp, 0);
    sfence();
  }
  open_all();
  tables_reset(3);
  u64 va = 0x1000000000;
  map(va, P, PTE_V | PTE_RWX | PTE_AD);
  address(0, RANGE((u64)pte_of(va, 0) & ~4095ul, 4096));
  config(0, NAPOT | R);
  paging_on();
  CHECK(S, load32, va, 0, 0, "tables readable only, A and D set: load");
  CHECK(S, store32, va, 0, 0, "tables readable only, A and D set: store");
  paging_off();
}

static void locks(void) {
  section("lock bits (last: they stay until reset)");
  open_all();
  fetch_here(P + 0x1000);
  fetch_here(P + 0x3000);
  address(2, RANGE(P + 0x1000, 4096));
  config(2, NAPOT | L | R);
  sfence();
  accesses(M, P + 0x1000, "locked R--");
  accesses(S, P + 0x1000, "locked R--");
  config(2, NAPOT | R | W | X);
  SHOW((csr_read(pmpcfg0) >> 16) & 0xff, "locked entry's configuration after a write");
  address(2, 0);
  SHOW(csr_read(pmpaddr2), "locked entry's address after a write");
  address(1, 0x1234);
  SHOW(csr_read(pmpaddr1), "entry below a locked NAPOT entry stays writable");
  address(4, ADDR(P + 0x3000));
  address(3, ADDR(P + 0x2000));
  config(4, TOR | L | R);
  address(3, 0);
  SHOW(csr_read(pmpaddr3), "address below a locked TOR entry is locked too");
  config(3, NAPOT | R | W);
  SHOW((csr_read(pmpcfg0) >> 24) & 0xff, "its configuration is not");
  config(3, 0);
  sfence();
  accesses(M, P + 0x2000, "locked TOR R--");
  accesses(M, P + 0x3000, "above it");
  config(5, L);
  address(5, 0x5678);
  SHOW(csr_read(pmpaddr5), "locked entry that is off: address after a write");
  SHOW((csr_read(pmpcfg0) >> 40) & 0xff, "its configuration");
  csr_write(pmpcfg0, ~0ul);
  SHOW(csr_read(pmpcfg0) & 0x0000ff00ff0000, "all entries written with ones: the locked ones");
}

static void upper_entries(void) {
  section("entries 8 to 15");
  open_all();
  config(7, 0);
  address(7, ADDR(P + 0x100));
  csr_write(pmpaddr8, ADDR(P + 0x200));
  csr_write(pmpaddr12, RANGE(P + 0x1000, 0x1000));
  csr_write(pmpaddr14, ~0ul);
  csr_write(pmpcfg2, (u64)TOR | (u64)(NAPOT | R) << 32 | (u64)(NAPOT | R | W | X) << 48);
  sfence();
  CHECK(S, load32, P + 0xfc, 0, 0, "entry 8 is TOR from pmpaddr7 (off): word below");
  CHECK(S, load32, P + 0x100, 0, 0, "first word in it");
  CHECK(S, load32, P + 0x200, 0, 0, "word above");
  CHECK(S, load32, P + 0x1000, 0, 0, "entry 12, NAPOT R--: load");
  CHECK(S, store32, P + 0x1000, 0, 0, "entry 12, NAPOT R--: store");
  CHECK(S, store32, P + 0x2000, 0, 0, "entry 14, everything: store");
  open_all();
  csr_write(pmpcfg2, 0);
  csr_write(pmpaddr8, 0);
  csr_write(pmpaddr12, 0);
  csr_write(pmpaddr14, 0);
  sfence();
}

static void registers(void) {
  section("registers");
  // QEMU 10.0 keeps pmpaddr bits 63:54 and pmpcfg bits 6:5, which the manual wants zero: in `beyond-qemu`.
  u64 mask = (1ul << 54) - 1;
  csr_write(pmpaddr15, ~0ul);
  SHOW(csr_read(pmpaddr15) & mask, "pmpaddr15 written with ones, lower 54 bits");
  csr_write(pmpcfg2, 0x9f1f0f0907050301);
  SHOW(csr_read(pmpcfg2), "pmpcfg2 reads what was written, entry 15 now locked");
  csr_write(pmpcfg2, 0);
  SHOW(csr_read(pmpcfg2), "written with zeros: entry 15 stays");
  csr_write(pmpaddr15, 0);
  csr_write(pmpaddr8, 0);
  csr_write(pmpcfg2, 0);
  csr_write(pmpaddr8, ~0ul);
  SHOW(csr_read(pmpaddr8) & mask, "pmpaddr8 with A=OFF: granularity 4 bytes, all bits kept");
  csr_write(pmpaddr8, 0);
}

int main(void) {
  permissions();
  matching();
  splitting();
  mprv();
  walks();
  upper_entries();
  locks();
  registers();
  print("end\n");
  return 0;
}
