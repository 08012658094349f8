// Misaligned and page-crossing loads, stores and instructions: done by the hardware; a fault on the second page names it.
#include "harness.h"

#define VA 0x1000000000ul  // two virtual pages whose frames are far apart and in descending order
#define FIRST (DATA + 0x5000)
#define SECOND DATA
#define LEAF (PTE_V | PTE_R | PTE_W | PTE_AD)

PROBE(load_h, "lh a0, 0(a0)");
PROBE(load_wu, "lwu a0, 0(a0)");
PROBE(c_lw, ".option push\n.option rvc\nc.lw a0, 0(a0)\nc.nop\n.option pop");
PROBE(c_ld, ".option push\n.option rvc\nc.ld a0, 0(a0)\nc.nop\n.option pop");
PROBE(c_sd, ".option push\n.option rvc\nc.sd a1, 0(a0)\nc.nop\n.option pop");
PROBE(float_ld, "li t0, 0x6000\ncsrs mstatus, t0\n.4byte 0x00053507\n.4byte 0xe2050553");      // fld fa0; fmv.x.d a0, fa0
PROBE(float_sd, "li t0, 0x6000\ncsrs mstatus, t0\n.4byte 0xf2058553\n.4byte 0x00a53027");      // fmv.d.x fa0, a1; fsd
PROBE(s_float_lw, ".4byte 0x00052507\n.4byte 0xe0050553");                                       // flw fa0; fmv.x.w
PROBE(s_float_sw, ".4byte 0xf0058553\n.4byte 0x00a52027");                                       // fmv.w.x; fsw

static const struct { const char *name; const void *load, *store; int size; } sizes[] = {
    {"2 bytes", load16, store16, 2}, {"4 bytes", load32, store32, 4}, {"8 bytes", load64, store64, 8}};

static void fill(u64 at) {
  for (u64 i = 0; i < 4096; i++) mem8(at + i) = (u8)(i * 7 + (at >> 12));
}

static void physical(void) {
  section("physical addresses, M");
  fill(DATA);
  fill(DATA + 4096);
  for (int s = 0; s < 3; s++)
    for (int offset = 0; offset < sizes[s].size; offset++)
      CHECK(M, sizes[s].load, DATA + 16 + (u64)offset, 0, 0, "load of %s at offset %d", sizes[s].name, offset);
  for (int s = 0; s < 3; s++)
    for (int offset = 0; offset < sizes[s].size; offset++) {
      mem64(DATA) = mem64(DATA + 8) = 0;
      run(M, sizes[s].store, DATA + (u64)offset, 0x8877665544332211, 0);
      begin("store of %s at offset %d: doublewords", sizes[s].name, offset);
      print("%x %x\n", mem64(DATA), mem64(DATA + 8));
    }
  CHECK(M, load_h, DATA + 17, 0, 0, "lh sign extends");
  CHECK(M, load_wu, DATA + 19, 0, 0, "lwu zero extends");
  CHECK(M, c_lw, DATA + 17, 0, 0, "c.lw");
  CHECK(M, c_ld, DATA + 17, 0, 0, "c.ld");
  CHECK(M, float_ld, DATA + 21, 0, 0, "fld");
  mem64(DATA) = mem64(DATA + 8) = 0;
  run(M, float_sd, DATA + 3, 0x8877665544332211, 0);
  SHOW(mem64(DATA + 3), "fsd at offset 3: doubleword there");
  CHECK(M, load64, DATA + 4093, 0, 0, "load of 8 bytes over a page border");
  CHECK(M, load64, RAM + RAM_SIZE - 8, 0, 0, "last doubleword of RAM");
  begin("load of 8 bytes over the end of RAM");
  run(M, load64, RAM + RAM_SIZE - 4, 0, 0);
  trap_only();
  begin("store of 4 bytes over the end of RAM");
  run(M, store32, RAM + RAM_SIZE - 2, 0, 0);
  trap_only();
}

static void crossing(int l, int mode) {
  print("== Sv%d, %M: over the border of two pages whose frames are apart\n", 12 + 9 * l, mode);
  u64 user = mode == U ? PTE_U : 0;
  tables_reset(l);
  map(VA, FIRST, LEAF | user);
  map(VA + 4096, SECOND, LEAF | user);
  fill(FIRST);
  fill(SECOND);
  paging_on();
  for (int s = 0; s < 3; s++)
    for (int before = 1; before < sizes[s].size; before++)
      CHECK(mode, sizes[s].load, VA + 4096 - (u64)before, 0, 0, "load of %s, %d in the first page", sizes[s].name, before);
  for (int s = 0; s < 3; s++)
    for (int before = 1; before < sizes[s].size; before++) {
      mem64(FIRST + 4088) = mem64(SECOND) = 0;
      run(mode, sizes[s].store, VA + 4096 - (u64)before, 0x8877665544332211, 0);
      begin("store of %s, %d in the first page: doublewords", sizes[s].name, before);
      print("%x %x\n", mem64(FIRST + 4088), mem64(SECOND));
    }
  CHECK(mode, c_ld, VA + 4093, 0, 0, "c.ld, 3 bytes in the first page");
  probe_status = MSTATUS_FS;
  CHECK(mode, s_float_lw, VA + 4095, 0, 0, "flw, 1 byte in the first page");
  run(mode, s_float_sw, VA + 4095, 0x44332211, 0);
  SHOW(mem8(FIRST + 4095) | (u64)mem32(SECOND) << 8, "fsw, 1 byte in the first page: bytes");
  probe_status = 0;
  static const struct { const char *name; u64 first, second; } cases[] = {
      {"second page absent", LEAF, 0}, {"first page absent", 0, LEAF}, {"both absent", 0, 0},
      {"second page without W", LEAF, LEAF & ~PTE_W}, {"first page without W", LEAF & ~PTE_W, LEAF},
      {"second page without R", LEAF, PTE_V | PTE_X | PTE_AD}, {"second page with U flipped", LEAF, LEAF ^ PTE_U},
      {"second page without A", LEAF, LEAF & ~PTE_AD}, {"second page without D", LEAF, LEAF & ~PTE_D}};
  for (u64 i = 0; i < sizeof cases / sizeof *cases; i++) {
    map(VA, FIRST, cases[i].first ? cases[i].first ^ user : 0);
    map(VA + 4096, SECOND, cases[i].second ? cases[i].second ^ user : 0);
    sfence();
    for (int s = 0; s < 3; s++) {
      u64 va = VA + 4096 - (s == 2 ? 5 : 1);
      CHECK(mode, sizes[s].load, va, 0, 0, "%s: load of %s", cases[i].name, sizes[s].name);
      mem64(FIRST + 4088) = mem64(SECOND) = 0x5a5a5a5a5a5a5a5a;
      begin("%s: store of %s", cases[i].name, sizes[s].name);
      run(mode, sizes[s].store, va, ~0ul, 0);
      int touched = mem64(FIRST + 4088) != 0x5a5a5a5a5a5a5a5a || mem64(SECOND) != 0x5a5a5a5a5a5a5a5a;
      print(touched == !last.trapped ? "" : "HALF-DONE ");
      outcome_line();
    }
  }
  paging_off();
}

// Instructions of 4 bytes whose halves lie in two pages.
static void fetches(int l, int mode) {
  print("== Sv%d, %M: instruction over the border of two pages\n", 12 + 9 * l, mode);
  u64 user = mode == U ? PTE_U : 0;
  u64 code = PTE_V | PTE_R | PTE_X | PTE_AD;
  tables_reset(l);
  map(VA, FIRST, code | user);
  map(VA + 4096, SECOND, code | user);
  mem16(FIRST + 4092) = 0x0001;      // c.nop
  mem16(FIRST + 4094) = 0x0513;      // li a0, 42: lower half
  mem16(SECOND) = 0x02a0;            // and upper half
  mem16(SECOND + 2) = 0x8082;        // c.jr ra
  mem16(SECOND + 0x10) = 0x8082;
  fence_i();
  paging_on();
  CHECK(mode, jump, VA + 4094, 0, 0, "both pages mapped");
  CHECK(mode, jump, VA + 4092, 0, 0, "both pages mapped, entered one instruction earlier");
  static const struct { const char *name; u64 first, second; } cases[] = {
      {"second page absent", 1, 0}, {"second page without X", 1, LEAF}, {"first page absent", 0, 1},
      {"second page with U flipped", 1, 2}};
  for (u64 i = 0; i < sizeof cases / sizeof *cases; i++) {
    map(VA, FIRST, cases[i].first ? code | user : 0);
    map(VA + 4096, SECOND, cases[i].second == 0 ? 0 : cases[i].second == 1 ? code | user : cases[i].second == 2 ? (code | user) ^ PTE_U : cases[i].second | user);
    sfence();
    CHECK(mode, jump, VA + 4094, 0, 0, "%s: epc is the instruction, tval the page that faults", cases[i].name);
    CHECK(mode, jump, VA + 4092, 0, 0, "%s, entered one instruction earlier", cases[i].name);
  }
  // The upper half alone changes.
  map(VA, FIRST, code | user);
  map(VA + 4096, SECOND, code | user);
  sfence();
  CHECK(mode, jump, VA + 4094, 0, 0, "mapped again");
  mem16(SECOND) = 0x02b0;
  fence_i();
  CHECK(mode, jump, VA + 4094, 0, 0, "upper half overwritten, fence.i");
  mem16(FIRST + 4094) = 0x0001;
  mem16(SECOND) = 0x8082;
  fence_i();
  CHECK(mode, jump, VA + 4094, 0, 0, "two 16-bit instructions instead (a0 is the address)");
  mem16(FIRST + 4094) = 0x8082;
  fence_i();
  map(VA + 4096, SECOND, 0);
  sfence();
  CHECK(mode, jump, VA + 4094, 0, 0, "16-bit instruction at the end of a page, next page absent");
  // Another frame for the second page only.
  mem16(FIRST + 4094) = 0x0513;
  mem16(SECOND) = 0x02a0;
  mem16(SECOND + 2) = 0x8082;
  mem16(DATA + 0x9000) = 0x02c0;
  mem16(DATA + 0x9002) = 0x8082;
  fence_i();
  map(VA + 4096, SECOND, code | user);
  sfence();
  CHECK(mode, jump, VA + 4094, 0, 0, "second page mapped again");
  map(VA + 4096, DATA + 0x9000, code | user);
  sfence();
  CHECK(mode, jump, VA + 4094, 0, 0, "second page with another frame");
  paging_off();
}

int main(void) {
  physical();
  for (int l = 3; l <= 5; l++) {
    crossing(l, S);
    fetches(l, S);
  }
  crossing(3, U);
  fetches(3, U);
  print("end\n");
  return 0;
}
