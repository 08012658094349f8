// Fields of mstatus that make instructions trap: FS, TVM, TSR, TW, and what U and S may not execute.
#include "harness.h"

PROBE(p_fadd, ".4byte 0x02b57553");        // fadd.d fa0, fa0, fa1
PROBE(p_flw, ".4byte 0x00052507");         // flw fa0, 0(a0)
PROBE(p_fsd, ".4byte 0x00a53027");         // fsd fa0, 0(a0)
PROBE(p_c_fld, ".2byte 0x2108\n.2byte 1");  // c.fld fa0, 0(a0); c.nop
PROBE(p_fmv_x, ".4byte 0xe2050553");       // fmv.x.d a0, fa0
PROBE(p_fclass, ".4byte 0xe2051553");      // fclass.d a0, fa0
PROBE(p_flh, ".4byte 0x00051507");         // flh fa0, 0(a0)
PROBE(p_fmadd, ".4byte 0x62b57543");       // fmadd.d
PROBE(p_fcsr, "csrr a0, fcsr");
PROBE(p_frm, "csrwi frm, 0");
PROBE(p_fflags, "csrr a0, fflags");
PROBE(p_fs_after_fmv, ".4byte 0xf2058553\ncsrr a0, sstatus");
PROBE(p_fs_after_flw, ".4byte 0x00052507\ncsrr a0, sstatus");
PROBE(p_fs_after_fsw, ".4byte 0x00a52027\ncsrr a0, sstatus");
PROBE(p_fs_after_fadd, ".4byte 0x02b57553\ncsrr a0, sstatus");
PROBE(p_dynamic_reserved, "csrwi frm, 5\n.4byte 0x02b57553");    // fadd.d with rm = dyn and frm = 5
PROBE(p_static_reserved, ".4byte 0x02b55553");                    // fadd.d with rm = 5
PROBE(p_frm_restore, "csrwi frm, 0");
PROBE(p_sret, "la t0, 1f\ncsrw sepc, t0\ncsrsi sstatus, 0\nli t0, 0x100\ncsrs sstatus, t0\nsret\n1: li a0, 5");
PROBE(p_sret_only, "sret");
PROBE(p_mret_only, "mret");
PROBE(p_wfi, "wfi");
PROBE(p_sfence, "sfence.vma");
PROBE(p_satp, "csrr a0, satp");
PROBE(p_fence_i, "fence.i\nli a0, 1");
PROBE(p_fence, "fence\nfence.tso\n.4byte 0x0100000f\nli a0, 1");
PROBE(p_dret, ".4byte 0x7b200073");
PROBE(p_mnret, ".4byte 0x70200073");
PROBE(p_hfence, ".4byte 0x62000073");
PROBE(p_hlv, ".4byte 0x60054573");
PROBE(p_uret, ".4byte 0x00200073");
PROBE(p_vsetvli, ".4byte 0x0c0572d7");
PROBE(p_wfi_rd, ".4byte 0x105000f3");

static const int modes[] = {M, S, U};

int main(void) {
  section("FS off: every floating-point instruction and CSR traps");
  static const struct { const char *name; const void *probe; } rows[] = {
      {"fadd.d", p_fadd}, {"flw", p_flw}, {"fsd", p_fsd}, {"c.fld", p_c_fld}, {"fmv.x.d", p_fmv_x}, {"fclass.d", p_fclass},
      {"flh", p_flh}, {"fmadd.d", p_fmadd}, {"csrr fcsr", p_fcsr}, {"csrwi frm", p_frm}, {"csrr fflags", p_fflags}};
  for (u64 i = 0; i < sizeof rows / sizeof *rows; i++)
    for (int fs = 0; fs < 4; fs++)
      for (int k = 0; k < 3; k++) {
        if (fs && k) continue;
        begin("%M: %s with FS=%d", modes[k], rows[i].name, fs);
        probe_status = (u64)fs << 13 | (modes[k] == M ? MPP(M) : 0);
        run(modes[k], rows[i].probe, DATA, 0, 0);
        print(last.trapped ? "trap %d tval=%x\n" : "ok\n", (int)last.trap.cause, last.trap.tval);
      }
  section("FS becomes dirty when floating-point state changes");
  static const struct { const char *name; const void *probe; } dirty[] = {
      {"fmv.d.x", p_fs_after_fmv}, {"flw", p_fs_after_flw}, {"fadd.d", p_fs_after_fadd}};
  for (int i = 0; i < 3; i++)
    for (u64 fs = 1; fs < 4; fs++) {
      probe_status = fs << 13;
      begin("S: FS=%d before %s: FS and SD after", (int)fs, dirty[i].name);
      run(S, dirty[i].probe, DATA, 0, 0);
      print("%x\n", last.value & (3ul << 13 | 1ul << 63));
    }
  begin("S: FS=1 before fsw: a store changes no floating-point state; FS after");
  probe_status = 1 << 13;
  run(S, p_fs_after_fsw, DATA, 0, 0);
  print("%x\n", last.value & (3ul << 13));
  section("reserved rounding modes");
  probe_status = MSTATUS_FS;
  CHECK(S, p_dynamic_reserved, 0, 0, 0, "fadd.d with dynamic rounding and frm = 5");
  CHECK(S, p_frm_restore, 0, 0, 0, "frm = 0 again");
  CHECK(S, p_static_reserved, 0, 0, 0, "fadd.d with static rounding mode 5");
  probe_status = 0;
  section("TSR, TVM, TW");
  CHECK(S, p_sret, 0, 0, 0, "S: sret");
  probe_status = MSTATUS_TSR;
  CHECK(S, p_sret_only, 0, 0, 0, "S: sret with TSR");
  probe_status = MSTATUS_TSR | MPP(M);
  CHECK(M, p_sret, 0, 0, 0, "M: sret with TSR");
  probe_status = MSTATUS_TVM;
  CHECK(S, p_sfence, 0, 0, 0, "S: sfence.vma with TVM");
  CHECK(S, p_satp, 0, 0, 0, "S: csrr satp with TVM");
  probe_status = MSTATUS_TW;
  CHECK(S, p_wfi, 0, 0, 0, "S: wfi with TW");
  probe_status = MSTATUS_TSR | MSTATUS_TVM | MSTATUS_TW;
  CHECK(S, p_fence_i, 0, 0, 0, "S: fence.i with TSR, TVM, TW");
  probe_status = 0;
  section("absent or more privileged instructions");
  static const struct { const char *name; const void *probe; } absent[] = {
      {"dret", p_dret}, {"mnret", p_mnret}, {"hfence.gvma", p_hfence}, {"hlv.b", p_hlv}, {"uret", p_uret},
      {"vsetvli", p_vsetvli}, {"wfi with rd = x1", p_wfi_rd}};
  for (u64 i = 0; i < sizeof absent / sizeof *absent; i++)
    for (int k = 0; k < 3; k++) {
      begin("%M: %s", modes[k], absent[i].name);
      run(modes[k], absent[i].probe, 0, 0, 0);
      print(last.trapped ? "trap %d tval=%x\n" : "ok\n", (int)last.trap.cause, last.trap.tval);
    }
  CHECK(U, p_fence_i, 0, 0, 0, "U: fence.i");
  CHECK(U, p_fence, 0, 0, 0, "U: fence, fence.tso, pause");
  print("end\n");
  return 0;
}
