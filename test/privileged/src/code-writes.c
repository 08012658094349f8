// Code overwritten by the CPU, with fence.i: instructions already executed must be fetched anew, in every mode and mapping.
#include "harness.h"

#define VA 0x1000000000ul
#define LI(value) (((u64)(value) << 20) | 0x513)  // li a0, value
#define RET 0x00008067ul
#define BOTH(value) (RET << 32 | LI(value))

// Overwrites the instruction at a0 with a1 by different stores, fences and calls it.
PROBE(write_w_call, "mv t0, ra\nsw a1, 0(a0)\nfence.i\njalr ra, a0\nmv ra, t0");
PROBE(write_d_call, "mv t0, ra\nsd a1, 0(a0)\nfence.i\njalr ra, a0\nmv ra, t0");
PROBE(write_h_call, "mv t0, ra\nsrli t1, a1, 16\nsh t1, 2(a0)\nfence.i\njalr ra, a0\nmv ra, t0");
PROBE(write_b_call, "mv t0, ra\nsrli t1, a1, 24\nsb t1, 3(a0)\nfence.i\njalr ra, a0\nmv ra, t0");
PROBE(write_amo_call, "mv t0, ra\namoswap.w zero, a1, (a0)\nfence.i\njalr ra, a0\nmv ra, t0");
PROBE(write_sc_call, "mv t0, ra\n1: lr.w t1, (a0)\nsc.w t1, a1, (a0)\nbnez t1, 1b\nfence.i\njalr ra, a0\nmv ra, t0");
PROBE(write_fsd_call, "mv t0, ra\n.4byte 0xf2058553\n.4byte 0x00a53027\nfence.i\njalr ra, a0\nmv ra, t0");
PROBE(write_misaligned_call, "mv t0, ra\nsrli t1, a1, 8\nsw t1, 1(a0)\nfence.i\njalr ra, a0\nmv ra, t0");
PROBE(write_cbo_call, "mv t0, ra\n.4byte 0x0045200f\nfence.i\njalr ra, a0\nmv ra, t0");
PROBE(write_other_call, "mv t0, ra\nsd a1, 0(a2)\nfence.i\njalr ra, a0\nmv ra, t0");
PROBE(call_only, "mv t0, ra\njalr ra, a0\nmv ra, t0");

static const struct { const char *name; const void *probe; } writes[] = {
    {"sw", write_w_call}, {"sd", write_d_call}, {"sh to the upper half", write_h_call}, {"sb to the last byte", write_b_call},
    {"amoswap.w", write_amo_call}, {"lr.w and sc.w", write_sc_call}, {"fsd", write_fsd_call},
    {"misaligned sw", write_misaligned_call}};

static void stores(int mode) {
  print("== %M: each kind of store\n", mode);
  probe_status = MSTATUS_FS | (mode == M ? MPP(M) : 0);
  for (u64 i = 0; i < sizeof writes / sizeof *writes; i++) {
    mem64(CODE) = BOTH(42);
    fence_i();
    CHECK(mode, call_only, CODE, 0, 0, "%s: before", writes[i].name);
    // 0x2a -> values that differ in the byte that the narrow stores change.
    u64 value = BOTH(0x5a0 + i);
    if (i == 2 || i == 3) value = BOTH(0x12a + 256 * i);
    CHECK(mode, writes[i].probe, CODE, value, 0, "%s: after", writes[i].name);
    // Once more, so that code translated again is overwritten too.
    CHECK(mode, writes[i].probe, CODE, BOTH(0x32a), 0, "%s: a second time", writes[i].name);
  }
  probe_status = 0;
  mem64(CODE) = BOTH(42);
  fence_i();
  csr_write(0x30a, MENVCFG_CBZE);
  csr_write(0x10a, MENVCFG_CBZE);
  CHECK(mode, call_only, CODE, 0, 0, "cbo.zero: before");
  CHECK(mode, write_cbo_call, CODE, 0, 0, "cbo.zero: after, the zeros are an illegal instruction");
}

// A loop whose body rewrites its own next instruction: ten rounds, each adds the immediate of the round.
extern char self_loop[], self_slot[];
asm(".pushsection .probe,\"ax\"\n.option push\n.option norvc\n.balign 4\n"
    "self_loop:\n"
    "li a0, 0\nli t0, 1\nli t3, 10\nla t1, self_slot\n"
    "1: slli t2, t0, 20\nli t4, 0x50513\nor t2, t2, t4\n"  // addi a0, a0, t0
    "sw t2, 0(t1)\nfence.i\n"
    "self_slot: addi a0, a0, 0\n"
    "addi t0, t0, 1\nble t0, t3, 1b\nret\n"
    ".option pop\n.popsection");

static void aliases(int l) {
  print("== Sv%d: written through one mapping, executed through another\n", 12 + 9 * l);
  tables_reset(l);
  map(VA, DATA, PTE_V | PTE_R | PTE_X | PTE_AD);
  map(VA + 0x7000, DATA, PTE_V | PTE_R | PTE_W | PTE_AD);
  mem64(DATA) = BOTH(1);
  mem64(DATA + 0x800) = BOTH(2);
  fence_i();
  paging_on();
  CHECK(S, call_only, VA, 0, 0, "executable mapping");
  CHECK(S, write_other_call, VA, BOTH(3), VA + 0x7000, "written through the writable mapping");
  CHECK(S, write_other_call, VA, BOTH(4), DATA, "written through the identity mapping");
  CHECK(S, write_other_call, DATA, BOTH(5), VA + 0x7000, "executed through the identity mapping");
  CHECK(S, call_only, VA, 0, 0, "and through the executable one again");
  CHECK(S, call_only, VA + 0x800, 0, 0, "other code of the page is unharmed");
  // M writes while S had executed it.
  mem64(DATA) = BOTH(6);
  fence_i();
  CHECK(S, call_only, VA, 0, 0, "written by M with translation off");
  paging_off();
  CHECK(M, call_only, DATA, 0, 0, "executed by M");
}

int main(void) {
  stores(M);
  stores(S);
  stores(U);
  section("loop that rewrites the instruction behind its fence.i: sum of 1 to 10");
  CHECK(M, self_loop, 0, 0, 0, "M");
  CHECK(S, self_loop, 0, 0, 0, "S");
  CHECK(U, self_loop, 0, 0, 0, "U");
  for (int l = 3; l <= 5; l++) aliases(l);
  section("instruction length changes: 4 bytes become two of 2 and back");
  mem64(CODE) = BOTH(7);
  fence_i();
  CHECK(M, call_only, CODE, 0, 0, "li a0, 7 and ret of 4 bytes each");
  mem32(CODE) = 0x80824515;  // c.li a0, 5; c.jr ra
  fence_i();
  CHECK(M, call_only, CODE, 0, 0, "c.li a0, 5 and c.jr ra in the place of the first");
  mem64(CODE) = BOTH(9);
  fence_i();
  CHECK(M, call_only, CODE, 0, 0, "li a0, 9");
  mem16(CODE) = 0x4519;      // c.li a0, 6: the upper half of li (0x0090) becomes an instruction of its own
  mem16(CODE + 2) = 0x8082;
  fence_i();
  CHECK(M, call_only, CODE, 0, 0, "c.li a0, 6");
  section("at the end of a page, into the next one");
  for (u64 i = 0; i < 64; i++) mem32(CODE + 0x1000 - 128 + i * 4) = 0x00150513;  // addi a0, a0, 1
  mem32(CODE + 0x1000 - 128 + 64 * 4) = 0x00008067;
  fence_i();
  mem32(DATA) = 0;
  CHECK(M, jump, CODE + 0x1000 - 128, 0, 0, "64 additions over a page border");
  mem32(CODE + 0x1000) = 0x00008067;
  fence_i();
  CHECK(M, jump, CODE + 0x1000 - 128, 0, 0, "second page begins with ret: 32 additions");
  mem32(CODE + 0x0ffc) = 0x00008067;
  mem32(CODE + 0x1000) = 0x00150513;
  fence_i();
  CHECK(M, jump, CODE + 0x1000 - 128, 0, 0, "first page ends with ret: 31 additions");
  CHECK(M, jump, CODE + 0x1000, 0, 0, "second page entered at its start: 32 additions");
  print("end\n");
  return 0;
}
