// Random values written to CSRs by csrrw, csrrs and csrrc: the old value, and what is read afterwards. The numbers come from a
// fixed seed. Each mask leaves out what is the implementation's choice, or where QEMU 10.0 leaves the manual (beyond-qemu.c).
#include "harness.h"

static u64 state = 0xa4093822299f31d0;

static u64 random(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state * 0x2545f4914f6cdd1d ^ state >> 20;
}

#define VS (3ul << 9)
#define XS (3ul << 15)
#define UXL (3ul << 32)
#define MPP_BITS MSTATUS_MPP
static const struct { u32 csr; const char *name; u64 mask, never; } rows[] = {
    // `never` is not written: VS; UXL; MPP, whose reserved value may become any other; reserved CBIE; STCE, since the manual
    // does not say what STIP is after it was switched.
    {0x300, "mstatus", ~(VS | XS | MPP_BITS | 3ul << 36), VS | UXL | MPP_BITS | 3ul << 36},
    {0x100, "sstatus", ~(VS | XS), VS | UXL},
    {0x302, "medeleg", 0xb3ff, 1ul << 11},
    {0x303, "mideleg", 0xaaa, 0},
    {0x304, "mie", 0xaaa, 0},
    {0x104, "sie", 0xaaa, 0},
    {0x344, "mip", 0xaaa, 0},
    {0x144, "sip", 0xaaa, 0},
    {0x105, "stvec", ~3ul, 2},
    {0x306, "mcounteren", ~0ul, 0},
    {0x106, "scounteren", ~0ul, 0},
    {0x320, "mcountinhibit", 7, 0},
    {0x140, "sscratch", ~0ul, 0},
    {0x141, "sepc", ~1ul, 1},
    {0x143, "stval", ~0ul, 0},
    {0x30a, "menvcfg", MENVCFG_CBIE(3) | MENVCFG_CBCFE | MENVCFG_CBZE | MENVCFG_ADUE | MENVCFG_PBMTE | MENVCFG_STCE | 1,
     MENVCFG_CBIE(2) | MENVCFG_STCE},
    {0x10a, "senvcfg", MENVCFG_CBIE(3) | MENVCFG_CBCFE | MENVCFG_CBZE | 1, MENVCFG_CBIE(2)},
    {0x180, "satp", 15ul << 60 | ((1ul << 44) - 1), 0xfffful << 44},
    {0x14d, "stimecmp", ~0ul, 0},
    {0x001, "fflags", ~0ul, 0},
    {0x002, "frm", ~0ul, 0},
    {0x003, "fcsr", ~0ul, 0},
};

int main(void) {
  MTIMECMP = ~0ul;
  csr_write(0x14d, ~0ul);
  for (int i = 0; i < 1000; i++) {
    u64 r = random() % (sizeof rows / sizeof *rows), op = 1 + random() % 3;
    u64 value = random();
    if ((random() & 3) == 0) value &= random() & random();
    // A satp that is written should often have a mode that exists.
    if (rows[r].csr == 0x180 && (random() & 1)) value = value >> 4 | (8 + random() % 3) << 60;
    value &= ~rows[r].never;
    static const char *const names[] = {"", "csrrw", "csrrs", "csrrc"};
    mem32(CODE) = rows[r].csr << 20 | 12u << 15 | (u32)op << 12 | 10u << 7 | 0x73;  // csrrX a0, csr, a2
    mem32(CODE + 4) = rows[r].csr << 20 | 2u << 12 | 11u << 7 | 0x73;               // csrr a1, csr
    mem32(CODE + 8) = 0x00008067;
    fence_i();
    if (rows[r].csr == 0x300 || rows[r].csr == 0x100) csr_write(mie, 0);  // no interrupts here
    probe_status = MSTATUS_FS | MPP(M);
    begin("%s %s, %x", names[op], rows[r].name, value);
    run(M, (void *)CODE, 0, 0, value);
    if (last.trapped)
      outcome_line();
    else
      print("%x, then %x\n", last.value & rows[r].mask, last.second & rows[r].mask);
    csr_write(satp, 0);
    // QEMU 10.0 clears STIP at writes of menvcfg and stimecmp even without STCE.
    if (rows[r].csr == 0x30a || rows[r].csr == 0x14d) csr_clear(mip, STI);
  }
  print("end\n");
  return 0;
}
