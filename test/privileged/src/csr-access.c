// Which of the 4096 CSR numbers can be read and written from M, S and U.
#include "harness.h"

// One instruction is patched for each number: csrr a0, n (0x00002573) or csrrci a0, n, 0 made a write by csrrs with t0.
static int accessible(int mode, u32 csr, int write) {
  // csrrc a0, csr, t0 with t0 = 0 is a write that changes nothing.
  mem32(CODE) = 0x00000293;  // li t0, 0
  mem32(CODE + 4) = csr << 20 | (write ? 0x0002b573 : 0x00002573);
  mem32(CODE + 8) = 0x00008067;
  fence_i();
  run(mode, (void *)CODE, 0, 0, 0);
  if (last.trapped && last.trap.cause != 2) print("(csr %x: trap %d) ", (u64)csr, (int)last.trap.cause);
  return !last.trapped;
}

// Debug and trace registers (Sdtrig) and custom ranges are left to the implementation.
static int compared(u32 csr) {
  if (csr >= 0x7a0 && csr < 0x7c0) return 0;
  if (csr == 0x5a8) return 0;  // scontext
  if (csr == 0x6a8) return 0;  // hcontext
  return 1;
}

static void list(int mode, int write) {
  begin("%M: CSRs that can be %s", mode, write ? "written" : "read");
  int first = -1, any = 0;
  for (int csr = 0; csr <= 4096; csr++) {
    int is = csr < 4096 && compared((u32)csr) && accessible(mode, (u32)csr, write);
    if (is && first < 0) first = csr;
    if (!is && first >= 0) {
      print(any ? " %x" : "%x", (u64)first);
      if (csr - 1 > first) print("-%x", (u64)(csr - 1));
      any = 1;
      first = -1;
    }
  }
  print("\n");
}

int main(void) {
  section("mcounteren and scounteren zero, mstatus.FS off, menvcfg zero");
  list(M, 0);
  list(M, 1);
  list(S, 0);
  list(S, 1);
  list(U, 0);
  list(U, 1);
  section("mcounteren and scounteren ones, mstatus.FS on, menvcfg.STCE");
  csr_write(mcounteren, ~0ul);
  csr_write(scounteren, ~0ul);
  csr_write(0x30a, MENVCFG_STCE);
  probe_status = MSTATUS_FS | MPP(M);
  list(M, 0);
  list(M, 1);
  list(S, 0);
  list(S, 1);
  list(U, 0);
  list(U, 1);
  section("mstatus.TVM");
  probe_status = MSTATUS_TVM;
  list(S, 0);
  print("end\n");
  return 0;
}
