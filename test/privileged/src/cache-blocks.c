// Cache block operations: what they do to memory, and who may execute them (menvcfg and senvcfg: CBIE, CBCFE, CBZE).
#include "harness.h"

PROBE(cbo_inval, ".4byte 0x0005200f\nli a0, 1");
PROBE(cbo_clean, ".4byte 0x0015200f\nli a0, 1");
PROBE(cbo_flush, ".4byte 0x0025200f\nli a0, 1");
PROBE(cbo_zero, ".4byte 0x0045200f\nli a0, 1");
PROBE(prefetch_i, ".4byte 0x00056013\nli a0, 1");
PROBE(prefetch_r, ".4byte 0x00156013\nli a0, 1");
PROBE(prefetch_w, ".4byte 0x00356013\nli a0, 1");

static const int modes[] = {M, S, U};
static const struct { const char *name; const void *probe; } rows[] = {
    {"cbo.inval", cbo_inval}, {"cbo.clean", cbo_clean}, {"cbo.flush", cbo_flush}, {"cbo.zero", cbo_zero}};

int main(void) {
  section("cbo.zero clears the 64-byte block that holds the address");
  for (u64 i = 0; i < 256; i++) mem8(DATA + i) = 0xff;
  csr_write(0x30a, 0);
  CHECK(M, cbo_zero, DATA + 64 + 37, 0, 0, "M: cbo.zero at offset 64 + 37");
  for (u64 i = 0; i < 4; i++) SHOW(mem64(DATA + 64 * i) & mem64(DATA + 64 * i + 56), "block %d", (int)i);
  SHOW(mem64(DATA + 56), "doubleword before the block");
  section("permissions: 0 is no bit, for CBIE 1 (flush) and 3 (invalidate)");
  for (int r = 0; r < 4; r++)
    for (u64 m = 0; m < 4; m++)
      for (u64 s = 0; s < 4; s++) {
        if (r == 0 ? m == 2 || s == 2 : m > 1 || s > 1) continue;
        static const u64 shift[] = {4, 6, 6, 7};
        csr_write(0x30a, m << shift[r]);
        csr_write(0x10a, s << shift[r]);
        for (int k = 0; k < 3; k++) {
          begin("%M: %s with menvcfg %d, senvcfg %d", modes[k], rows[r].name, (int)m, (int)s);
          run(modes[k], rows[r].probe, DATA, 0, 0);
          print(last.trapped ? "trap %d\n" : "ok\n", (int)last.trap.cause);  // QEMU 10.0 leaves tval 0
        }
      }
  csr_write(0x30a, MENVCFG_CBIE(3) | MENVCFG_CBCFE | MENVCFG_CBZE);
  csr_write(0x10a, MENVCFG_CBIE(3) | MENVCFG_CBCFE | MENVCFG_CBZE);
  section("faults");
  u64 va = 0x1000000000;
  tables_reset(3);
  map(va, DATA, PTE_V | PTE_R | PTE_AD);
  map(va + 4096, DATA, PTE_V | PTE_X | PTE_AD);
  paging_on();
  for (int r = 0; r < 4; r++) {
    CHECK(S, rows[r].probe, va, 0, 0, "S: %s on a read-only page", rows[r].name);
    CHECK(S, rows[r].probe, va + 8192, 0, 0, "S: %s on an absent page", rows[r].name);
    begin("S: %s at offset 21 of an absent page: tval is within the block", rows[r].name);
    run(S, rows[r].probe, va + 8192 + 64 + 21, 0, 0);
    print("cause=%d block=%x\n", (int)last.trap.cause, last.trap.tval & ~63ul);
  }
  CHECK(S, prefetch_i, va + 8192, 0, 0, "S: prefetch.i of an absent page is a hint");
  CHECK(S, prefetch_r, va + 8192, 0, 0, "S: prefetch.r of an absent page is a hint");
  CHECK(S, prefetch_w, va + 8192, 0, 0, "S: prefetch.w of an absent page is a hint");
  paging_off();
  begin("M: cbo.zero outside RAM");
  run(M, cbo_zero, RAM + RAM_SIZE, 0, 0);
  trap_only();
  print("end\n");
  return 0;
}
