// What CSRs keep of ones, zeros and patterns: WARL fields, read-only fields, views.
#include "harness.h"

#define TRY(csr, mask, value, ...)             \
  do {                                         \
    csr_write(csr, value);                     \
    SHOW(csr_read(csr) & (mask), __VA_ARGS__); \
  } while (0)
#define BOTH(csr, mask, name)                             \
  do {                                                    \
    TRY(csr, mask, ~0ul, "%s written with ones", name);   \
    TRY(csr, mask, 0ul, "%s written with zeros", name);   \
  } while (0)
#define KEEPS(csr, value, name)                            \
  do {                                                     \
    TRY(csr, ~0ul, value, "%s written with %x", name, (u64)(value)); \
  } while (0)

PROBE(m_mstatus_roundtrip, "csrw mstatus, a0\ncsrr a0, mstatus");
PROBE(s_sstatus_ones, "csrw sstatus, a0\ncsrr a0, sstatus\ncsrw sstatus, zero");

int main(void) {
  u64 all = ~0ul;
  section("identity");
  SHOW(csr_read(misa) & ~(1ul << 1), "misa without bit B");
  SHOW(csr_read(mhartid), "mhartid");
  csr_write(misa, 0);
  SHOW(csr_read(misa) & ~(1ul << 1), "misa after a write of zeros");
  section("machine trap setup");
  BOTH(medeleg, 0xb3ff, "medeleg, standard bits");
  csr_write(medeleg, 0);
  BOTH(mideleg, 0xaaa, "mideleg");
  BOTH(mie, 0xaaa, "mie");
  BOTH(sie, all, "sie with mideleg zero");
  csr_write(mideleg, SSI | STI | SEI);
  BOTH(sie, 0xaaa, "sie with mideleg 0x222");
  csr_write(mideleg, SSI);
  BOTH(sie, 0xaaa, "sie with mideleg 0x2");
  csr_write(mie, 0);
  csr_write(mideleg, 0);
  u64 saved_mtvec = csr_read(mtvec);
  KEEPS(mtvec, 0x80001234, "mtvec");
  KEEPS(mtvec, 0x80001235, "mtvec");
  KEEPS(mtvec, 0xfffffffffffffffd, "mtvec");
  csr_write(mtvec, 0x80001000);
  TRY(mtvec, 3, 0x80002002, "mtvec mode bits after a write of mode 2 (reserved)");
  TRY(mtvec, 3, 0x80002003, "mtvec mode bits after a write of mode 3 (reserved)");
  csr_write(mtvec, saved_mtvec);
  KEEPS(stvec, 0x80001234, "stvec");
  KEEPS(stvec, 0x80001235, "stvec");
  KEEPS(stvec, 0xffffffc000001000, "stvec");
  csr_write(stvec, 0x80001000);
  TRY(stvec, 3, 0x80002002, "stvec mode bits after a write of mode 2 (reserved)");
  BOTH(mcounteren, 0xffffffff, "mcounteren");
  TRY(mcounteren, all, 0xffffffffffffffff, "mcounteren is 32 bits wide");
  BOTH(scounteren, 0xffffffff, "scounteren");
  TRY(scounteren, all, 0xffffffffffffffff, "scounteren is 32 bits wide");
  csr_write(mcounteren, 0);
  csr_write(scounteren, 0);
  BOTH(mcountinhibit, 7, "mcountinhibit, lower bits");
  section("trap handling");
  BOTH(mscratch, all, "mscratch");
  BOTH(sscratch, all, "sscratch");
  TRY(mepc, ~1ul, ~0ul, "mepc written with ones, without bit 0");
  KEEPS(mepc, 0x80001002, "mepc (2-byte aligned with C)");
  TRY(sepc, ~1ul, ~0ul, "sepc written with ones, without bit 0");
  BOTH(mtval, all, "mtval");
  BOTH(stval, all, "stval");
  KEEPS(mcause, 15, "mcause");
  KEEPS(mcause, 1ul << 63 | 11, "mcause");
  KEEPS(scause, 15, "scause");
  KEEPS(scause, 1ul << 63 | 9, "scause");
  section("mstatus");
  // UXL is never written with anything but 0: QEMU keeps 1 and 3, which a CPU with fixed UXL does not.
  u64 ones = all & ~(3ul << 32);
  u64 view = all & ~(MSTATUS_MPP | 3ul << 9 | 3ul << 15 | 1ul << 36 | 1ul << 37 | 1ul << 63);
  TRY(mstatus, view, ones, "mstatus written with ones, without MPP, VS, XS, SBE, MBE, SD");
  TRY(mstatus, view, 0ul, "mstatus written with zeros");
  TRY(mstatus, MSTATUS_MPP, MPP(M), "MPP written with M");
  TRY(mstatus, MSTATUS_MPP, MPP(S), "MPP written with S");
  TRY(mstatus, MSTATUS_MPP, MPP(U), "MPP written with U");
  csr_write(mstatus, MPP(2));
  REQUIRE((csr_read(mstatus) & MSTATUS_MPP) != MPP(2), "MPP written with 2 reads a supported mode");
  TRY(mstatus, 3ul << 13 | 1ul << 63, 0ul, "FS off: FS and SD");
  TRY(mstatus, 3ul << 13 | 1ul << 63, 1ul << 13, "FS initial: FS and SD");
  TRY(mstatus, 3ul << 13 | 1ul << 63, 2ul << 13, "FS clean: FS and SD");
  TRY(mstatus, 3ul << 13 | 1ul << 63, 3ul << 13, "FS dirty: FS and SD");
  TRY(mstatus, 1ul << 63, 1ul << 63, "SD alone is read-only");
  TRY(mstatus, 15ul << 32, 0ul, "UXL and SXL written with zeros");
  csr_write(mstatus, 0);
  u64 s_view = ~(3ul << 9 | 3ul << 15 | 1ul << 63);
  csr_write(mstatus, ones & ~(3ul << 9 | MSTATUS_MPRV));
  SHOW(csr_read(sstatus) & s_view, "sstatus while mstatus holds ones");
  csr_write(mstatus, 0);
  csr_write(sstatus, ones & ~(3ul << 9));
  SHOW(csr_read(mstatus) & s_view, "mstatus after sstatus was written with ones");
  csr_write(mstatus, ones & ~(3ul << 9 | MSTATUS_MPRV));
  csr_write(sstatus, 0);
  SHOW(csr_read(mstatus) & s_view & ~MSTATUS_MPP, "mstatus of ones after sstatus was written with zeros");
  csr_write(mstatus, 0);
  CHECK(M, m_mstatus_roundtrip, MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR | MSTATUS_MPRV | MPP(M) | MSTATUS_SUM | MSTATUS_MXR, 0, 0,
        "mstatus: TVM TW TSR MPRV MPP SUM MXR");
  section("environment configuration");
  u64 menv = MENVCFG_CBCFE | MENVCFG_CBZE | MENVCFG_ADUE | MENVCFG_PBMTE | MENVCFG_STCE | 1;
  BOTH(0x30a, menv, "menvcfg: FIOM CBCFE CBZE ADUE PBMTE STCE");
  for (u64 i = 0; i < 4; i++)
    if (i != 2) TRY(0x30a, 0x30, MENVCFG_CBIE(i), "menvcfg.CBIE written with %d", (int)i);
  csr_write(0x30a, 0);
  BOTH(0x10a, MENVCFG_CBCFE | MENVCFG_CBZE | 1, "senvcfg: FIOM CBCFE CBZE");
  SHOW((csr_write(0x10a, ~0x30ul), csr_read(0x10a) & (7ul << 61)), "senvcfg has no ADUE, PBMTE, STCE");
  for (u64 i = 0; i < 4; i++)
    if (i != 2) TRY(0x10a, 0x30, MENVCFG_CBIE(i), "senvcfg.CBIE written with %d", (int)i);
  csr_write(0x10a, 0);
  section("satp");
  u64 shape = 15ul << 60 | ((1ul << 44) - 1);
  TRY(satp, shape, 8ul << 60 | 0x80200, "Sv39 and a PPN");
  TRY(satp, shape, 9ul << 60 | 0x80201, "Sv48 and a PPN");
  TRY(satp, shape, 10ul << 60 | 0x80202, "Sv57 and a PPN");
  TRY(satp, shape, 8ul << 60 | ((1ul << 44) - 1), "Sv39 and all PPN bits");
  static const u64 reserved[] = {1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14, 15};
  csr_write(satp, 8ul << 60 | 0x80200);
  for (u64 i = 0; i < sizeof reserved / sizeof *reserved; i++)
    TRY(satp, shape, reserved[i] << 60 | 0x12345, "mode %d is not supported: the whole write is ignored", (int)reserved[i]);
  TRY(satp, shape, 0ul, "Bare");
  section("floating point");
  csr_set(mstatus, MSTATUS_FS);
  TRY(0x003, all, ~0ul, "fcsr written with ones");
  SHOW(csr_read(0x001), "fflags");
  SHOW(csr_read(0x002), "frm");
  TRY(0x001, all, 0ul, "fflags written with zeros");
  SHOW(csr_read(0x003), "fcsr");
  TRY(0x002, all, 0xfffffffcul, "frm written with 0xfffffffc");
  SHOW(csr_read(0x003), "fcsr");
  csr_write(0x003, 0);
  csr_write(mstatus, 2ul << 13);
  csr_write(0x001, 1);
  SHOW(csr_read(mstatus) & (3ul << 13 | 1ul << 63), "write of fflags with FS clean: FS is dirty, SD set");
  csr_write(mstatus, 1ul << 13);
  csr_write(0x002, 1);
  SHOW(csr_read(mstatus) & (3ul << 13 | 1ul << 63), "write of frm with FS initial: FS is dirty, SD set");
  csr_write(0x003, 0);
  csr_write(mstatus, 0);
  section("what S and U see");
  CHECK(S, s_sstatus_ones, ones & ~(3ul << 9), 0, 0, "S: sstatus written with ones, without VS and UXL, reads");
  section("CSR instructions");
  extern char csr_swap[], csr_seti[], csr_cleari[], csr_wi[], csr_rd_rs[];
  csr_write(sscratch, 0x1234);
  CHECK(M, csr_swap, 0x5678, 0, 0, "csrrw a0, sscratch, a0: old value");
  SHOW(csr_read(sscratch), "new value");
  csr_write(sscratch, 0xf0);
  CHECK(M, csr_seti, 0, 0, 0, "csrrsi a0, sscratch, 31: old value");
  SHOW(csr_read(sscratch), "new value");
  CHECK(M, csr_cleari, 0, 0, 0, "csrrci a0, sscratch, 17: old value");
  SHOW(csr_read(sscratch), "new value");
  CHECK(M, csr_wi, 0, 0, 0, "csrrwi a0, sscratch, 9: old value");
  SHOW(csr_read(sscratch), "new value");
  CHECK(M, csr_rd_rs, 0xff00, 0, 0, "csrrs a0, sscratch, a0: old value");
  SHOW(csr_read(sscratch), "new value");
  print("end\n");
  return 0;
}
PROBE(csr_swap, "csrrw a0, sscratch, a0");
PROBE(csr_seti, "csrrsi a0, sscratch, 31");
PROBE(csr_cleari, "csrrci a0, sscratch, 17");
PROBE(csr_wi, "csrrwi a0, sscratch, 9");
PROBE(csr_rd_rs, "csrrs a0, sscratch, a0");
