// What stays visible when a page table entry changes: stale translations before a fence, and each kind of fence.
//
// A stale translation may be used or not, as the specification says; these checks are those in which a translation that was
// just used is used again at once, which both QEMU and a direct-mapped TLB serve from the TLB.
#include "harness.h"

#define VA 0x1000005000ul  // another index than code, data and tables in a direct-mapped TLB of 16 entries or more
#define LEAF (PTE_V | PTE_R | PTE_W | PTE_AD)
#define A DATA
#define B (DATA + 0x3000)

// a0: va, a1: address of the entry, a2: its new value. Results: before in t3, after in a0.
#define SHIFTED "slli a0, a0, 16\nor a0, a0, t3"
PROBE(no_fence, "lw t3, 0(a0)\nsd a2, 0(a1)\nlw a0, 0(a0)\n" SHIFTED);
PROBE(fence_all, "lw t3, 0(a0)\nsd a2, 0(a1)\nsfence.vma\nlw a0, 0(a0)\n" SHIFTED);
PROBE(fence_va, "lw t3, 0(a0)\nsd a2, 0(a1)\nsfence.vma a0\nlw a0, 0(a0)\n" SHIFTED);
PROBE(fence_asid, "lw t3, 0(a0)\nsd a2, 0(a1)\nli t4, 0\nsfence.vma zero, t4\nlw a0, 0(a0)\n" SHIFTED);
PROBE(fence_va_asid, "lw t3, 0(a0)\nsd a2, 0(a1)\nli t4, 0\nsfence.vma a0, t4\nlw a0, 0(a0)\n" SHIFTED);
PROBE(fence_va_odd, "lw t3, 0(a0)\nsd a2, 0(a1)\naddi t4, a0, 0x7f7\nsfence.vma t4\nlw a0, 0(a0)\n" SHIFTED);
PROBE(svinval_va, "lw t3, 0(a0)\nsd a2, 0(a1)\n.4byte 0x18000073\n.4byte 0x16050073\n.4byte 0x18100073\nlw a0, 0(a0)\n" SHIFTED);
PROBE(svinval_all, "lw t3, 0(a0)\nsd a2, 0(a1)\n.4byte 0x18000073\n.4byte 0x16000073\n.4byte 0x18100073\nlw a0, 0(a0)\n" SHIFTED);
PROBE(svinval_va_asid,
      "li t4, 0\nlw t3, 0(a0)\nsd a2, 0(a1)\n.4byte 0x18000073\n.4byte 0x17d50073\n.4byte 0x18100073\nlw a0, 0(a0)\n" SHIFTED);
PROBE(s_satp, "lw t3, 0(a0)\ncsrw satp, a1\nsfence.vma\nlw a0, 0(a0)\n" SHIFTED);
PROBE(only_sfence, "sfence.vma");
PROBE(only_sinval, ".4byte 0x16000073");
PROBE(only_w_inval, ".4byte 0x18000073");
PROBE(only_inval_ir, ".4byte 0x18100073");
PROBE(read_satp, "csrr a0, satp");
PROBE(write_satp, "csrw satp, a0");
PROBE(upgrade, "lw t3, 0(a0)\nsd a2, 0(a1)\nsfence.vma a0\nli a1, 0x55\nsw a1, 0(a0)\nlw a0, 0(a0)");

static void setup(int l) {
  tables_reset(l);
  map(VA, A, LEAF);
  mem32(A) = 0xaaa;
  mem32(B) = 0xbbb;
  paging_on();
}

static const struct { const char *name; const void *probe; } fences[] = {
    {"sfence.vma", fence_all}, {"sfence.vma va", fence_va}, {"sfence.vma x0, asid", fence_asid},
    {"sfence.vma va, asid", fence_va_asid}, {"sfence.vma of another byte of the page", fence_va_odd},
    {"sfence.w.inval, sinval.vma va, sfence.inval.ir", svinval_va},
    {"sfence.w.inval, sinval.vma x0, sfence.inval.ir", svinval_all},
    {"sfence.w.inval, sinval.vma va, asid, sfence.inval.ir", svinval_va_asid}};

static void changes(int l) {
  int bits = 12 + 9 * l;
  print("== Sv%d: entry changed after use; low half is the word before, upper half the word after\n", bits);
  setup(l);
  CHECK(S, no_fence, VA, (u64)pte_of(VA, 0), PPN(B) | LEAF, "frame changed, no fence: the old frame is still read");
  paging_off();
  setup(l);
  CHECK(S, no_fence, VA, (u64)pte_of(VA, 0), 0, "entry invalidated, no fence: still read");
  CHECK(S, load32, VA, 0, 0, "again, after a trap to M and back: still read");
  sfence();
  CHECK(S, load32, VA, 0, 0, "after sfence.vma in M");
  paging_off();
  for (u64 i = 0; i < sizeof fences / sizeof *fences; i++) {
    setup(l);
    CHECK(S, fences[i].probe, VA, (u64)pte_of(VA, 0), PPN(B) | LEAF, "frame changed, %s", fences[i].name);
    paging_off();
    setup(l);
    CHECK(S, fences[i].probe, VA, (u64)pte_of(VA, 0), 0, "entry invalidated, %s", fences[i].name);
    paging_off();
  }
  setup(l);
  *pte_of(VA, 0) = PPN(A) | PTE_V | PTE_R | PTE_AD;
  sfence();
  CHECK(S, upgrade, VA, (u64)pte_of(VA, 0), PPN(A) | LEAF, "read-only page made writable, sfence.vma va, store and load");
  paging_off();
  setup(l);
  run(S, store32, VA, 0xaaa, 0);
  *pte_of(VA, 0) = PPN(A) | PTE_V | PTE_R | PTE_AD;
  sfence();
  CHECK(S, store32, VA, 0, 0, "writable page made read-only, sfence.vma: store");
  paging_off();
  setup(l);
  run(S, jump, (u64)nothing, 0, 0);
  u64 code = VA + 0x1000;
  map(code, A, PTE_V | PTE_R | PTE_X | PTE_AD);
  mem64(A) = 0x0000806702a00513;
  mem64(B) = 0x0000806702b00513;
  fence_i();
  CHECK(S, jump, code, 0, 0, "code page: call");
  map(code, B, PTE_V | PTE_R | PTE_X | PTE_AD);
  sfence();
  CHECK(S, jump, code, 0, 0, "code page with another frame, sfence.vma: call");
  map(code, B, PTE_V | PTE_R | PTE_AD);
  sfence();
  CHECK(S, jump, code, 0, 0, "code page without X, sfence.vma: call");
  map(code, A, PTE_V | PTE_R | PTE_X | PTE_AD);
  CHECK(S, jump, code, 0, 0, "a fault is not remembered: entry made executable, no fence (was faulting): call");
  paging_off();
  setup(l);
  CHECK(S, load32, VA + 0x2000, 0, 0, "unmapped page: load");
  map(VA + 0x2000, A, LEAF);
  sfence();
  CHECK(S, load32, VA + 0x2000, 0, 0, "mapped now, sfence.vma: load");
  paging_off();
  // A superpage whose fence names another 4 KiB part of it.
  tables_reset(l);
  u64 va = 0x1000000000;
  *pte_of(va, 1) = PPN(DATA) | LEAF;
  mem32(DATA + 0x3000) = 0x111;
  mem32(DATA + 0x203000) = 0x222;
  paging_on();
  CHECK(S, load32, va + 0x3000, 0, 0, "2 MiB page: load at 0x3000");
  *pte_of(va, 1) = PPN(DATA + 0x200000) | LEAF;
  asm volatile("sfence.vma %0" ::"r"(va + 0x9000) : "memory");
  CHECK(S, load32, va + 0x3000, 0, 0, "2 MiB page moved, sfence.vma of its part at 0x9000: load at 0x3000");
  paging_off();
}

static void spaces(void) {
  section("satp: other roots and ASIDs");
  setup(3);
  u64 first_root = root, first = satp_value();
  // The second space in tables of its own, behind those of the first.
  u64 second_root = TABLES + 0x40000, level1 = second_root + 4096, level0 = level1 + 4096;
  for (u64 i = 0; i < 512; i++) mem64(second_root + i * 8) = mem64(first_root + i * 8);
  for (u64 i = 0; i < 1024; i++) mem64(level1 + i * 8) = 0;
  mem64(second_root + ((VA >> 30) & 511) * 8) = PPN(level1) | PTE_V;
  mem64(level1 + ((VA >> 21) & 511) * 8) = PPN(level0) | PTE_V;
  mem64(level0 + ((VA >> 12) & 511) * 8) = PPN(B) | LEAF;
  sfence();
  u64 second = 8ul << 60 | second_root >> 12;
  CHECK(S, s_satp, VA, second, 0, "satp written with another root, sfence.vma");
  CHECK(S, s_satp, VA, first, 0, "and back");
  csr_write(satp, first | 0xfffful << 44);
  u64 asid_mask = (csr_read(satp) >> 44) & 0xffff;
  csr_write(satp, first);
  u64 asid = asid_mask & 1;
  CHECK(S, s_satp, VA, second | asid << 44, 0, "another root with ASID 1 (0 if there are none), sfence.vma");
  CHECK(S, load32, VA, 0, 0, "ASID 1: load again");
  csr_write(satp, first);
  CHECK(S, load32, VA, 0, 0, "back to ASID 0 without a fence: its own page");
  if (asid) {
    csr_write(satp, second | 1ul << 44);
    CHECK(S, load32, VA, 0, 0, "to ASID 1 without a fence: its own page");
  } else {
    csr_write(satp, second);
    sfence();
    CHECK(S, load32, VA, 0, 0, "to ASID 1 without a fence: its own page");
  }
  csr_write(satp, 0);
  CHECK(S, load32, A, 0, 0, "to Bare without a fence: physical address");
  CHECK(S, load32, VA, 0, 0, "to Bare without a fence: the virtual page is gone");
  paging_off();
}

static void privileges(void) {
  section("who may fence");
  tables_reset(3);
  paging_on();
  static const struct { const char *name; const void *probe; } rows[] = {
      {"sfence.vma", only_sfence}, {"sinval.vma", only_sinval}, {"csrr satp", read_satp}, {"csrw satp", write_satp}};
  for (int i = 0; i < 4; i++) {
    begin("M: %s with TVM", rows[i].name);
    probe_status = MSTATUS_TVM | MPP(M);
    run(M, rows[i].probe, satp_value(), 0, 0);
    print(last.trapped ? "trap %d\n" : "ok\n", (int)last.trap.cause);
    begin("S: %s", rows[i].name);
    probe_status = 0;
    run(S, rows[i].probe, satp_value(), 0, 0);
    print(last.trapped ? "trap %d\n" : "ok\n", (int)last.trap.cause);
    begin("S: %s with TVM", rows[i].name);
    probe_status = MSTATUS_TVM;
    run(S, rows[i].probe, satp_value(), 0, 0);
    print(last.trapped ? "trap %d tval=%x\n" : "ok\n", (int)last.trap.cause, last.trap.tval);
    begin("U: %s", rows[i].name);
    probe_status = 0;
    run(U, rows[i].probe, satp_value(), 0, 0);
    print(last.trapped ? "trap %d tval=%x\n" : "ok\n", (int)last.trap.cause, last.trap.tval);
  }
  probe_status = MSTATUS_TVM;
  CHECK(S, only_w_inval, 0, 0, 0, "S: sfence.w.inval with TVM");
  CHECK(S, only_inval_ir, 0, 0, 0, "S: sfence.inval.ir with TVM");
  probe_status = 0;
  paging_off();
}

int main(void) {
  for (int l = 3; l <= 5; l++) changes(l);
  spaces();
  privileges();
  print("end\n");
  return 0;
}
