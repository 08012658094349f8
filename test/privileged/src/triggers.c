// Debug triggers of type mcontrol6 (Sdtrig) as far as QEMU 10.0 does as the specification says: equal match of the address,
// breakpoint exception. Interrupts are on wherever a trigger is to fire, because the specification lets it wait for that.
#include "harness.h"

#define LOAD 1ul
#define STORE 2ul
#define EXECUTE 4ul
#define IN_U 8ul
#define IN_S 16ul
#define IN_M 64ul
#define EVERYWHERE (IN_U | IN_S | IN_M)
#define BELOW_M (IN_U | IN_S)  // lets the program itself look at what it watches
#define MCONTROL6 (6ul << 60)
#define BREAKPOINT 3

PROBE(three, "addi a0, a0, 1\naddi a0, a0, 2\naddi a0, a0, 4");
PROBE(compressed, ".option rvc\nc.addi a0, 1\nc.addi a0, 2\nc.addi a0, 4\nc.addi a0, 8\n.option norvc");
PROBE(p_amoadd, "amoadd.d a0, a1, (a0)");
PROBE(p_lr, "lr.d a0, (a0)");
PROBE(p_lr_sc, "lr.d t0, (a0)\nsc.d a0, a1, (a0)");
PROBE(p_ld_8, "ld a0, 8(a0)");
PROBE(p_loop, "li t0, 0\n1: addi t0, t0, 1\nbne t0, a0, 1b\nmv a0, t0");

static const int modes[] = {M, S, U};

static void arm(int n, u64 control, u64 address) {
  csr_write(tselect, n);
  csr_write(tdata1, MCONTROL6);
  csr_write(tdata2, address);
  csr_write(tdata1, MCONTROL6 | control);
}

static void disarm(void) {
  for (int n = 0; n < 2; n++) arm(n, 0, 0);
}

// Like CHECK, but tells only where an execute trigger stopped: QEMU 10.0 does not set tval then.
#define STOPS(mode, probe, a0, ...)                                                              \
  do {                                                                                              \
    begin(__VA_ARGS__);                                                                             \
    run(mode, probe, a0, 0, 0);                                                                     \
    if (last.trapped)                                                                               \
      print("cause=%d at probe+%d, a0=%x\n", (int)last.trap.cause, (int)(last.trap.epc - last.function), \
            last.value);                                                                            \
    else                                                                                            \
      print("ok, a0=%x\n", last.value);                                                             \
  } while (0)

static void registers(void) {
  section("registers");
  csr_write(tselect, 1);
  SHOW(csr_read(tselect), "tselect written with 1");
  csr_write(tselect, 1000);
  SHOW(csr_read(tselect), "tselect written with 1000 keeps what it had");
  csr_write(tselect, 0);
  u64 types = csr_read(0x7a4);
  REQUIRE(types >> 6 & 1, "tinfo has type mcontrol6");
  arm(0, EXECUTE | EVERYWHERE, 0x123456789abcdef0);
  SHOW(csr_read(tdata1), "tdata1: execute in all modes");
  SHOW(csr_read(tdata2), "tdata2");
  arm(1, LOAD | STORE | IN_U, 0xfedcba9876543210);
  SHOW(csr_read(tdata1), "tdata1 of trigger 1: load and store in U");
  SHOW(csr_read(tdata2), "tdata2");
  csr_write(tselect, 0);
  SHOW(csr_read(tdata1), "tdata1 of trigger 0 again");
  SHOW(csr_read(tdata2), "tdata2");
  disarm();
}

static void execute(void) {
  section("execute");
  for (int k = 0; k < 3; k++) {
    int mode = modes[k];
    STOPS(mode, three, 0, "%M: none armed", mode);
    arm(0, EXECUTE | EVERYWHERE, (u64)three);
    STOPS(mode, three, 0, "%M: first instruction", mode);
    arm(0, EXECUTE | EVERYWHERE, (u64)three + 4);
    STOPS(mode, three, 0, "%M: second instruction", mode);
    arm(1, EXECUTE | EVERYWHERE, (u64)three + 8);
    STOPS(mode, three, 0, "%M: second and third", mode);
    arm(0, 0, 0);
    STOPS(mode, three, 0, "%M: third", mode);
    arm(1, LOAD | STORE | EVERYWHERE, (u64)three + 4);
    STOPS(mode, three, 0, "%M: load and store only", mode);
    arm(1, EXECUTE | EVERYWHERE, (u64)compressed + 4);
    STOPS(mode, compressed, 0, "%M: third of the compressed", mode);
    arm(1, EXECUTE | EVERYWHERE, (u64)p_loop + 8);
    STOPS(mode, p_loop, 3, "%M: the branch of a loop", mode);
    disarm();
    STOPS(mode, p_loop, 3, "%M: disarmed", mode);
  }
}

static void modes_of_a_trigger(void) {
  section("modes");
  for (int bits = 0; bits < 8; bits++) {
    u64 enabled = (bits & 1 ? IN_U : 0) | (bits & 2 ? IN_S : 0) | (bits & 4 ? IN_M : 0);
    arm(0, EXECUTE | enabled, (u64)three + 4);
    for (int k = 0; k < 3; k++) STOPS(modes[k], three, 0, "%M: execute, enabled in %x", modes[k], enabled);
    arm(0, LOAD | enabled, DATA);
    for (int k = 0; k < 3; k++) CHECK(modes[k], load64, DATA, 0, 0, "%M: load, enabled in %x", modes[k], enabled);
  }
  disarm();
}

static void data(void) {
  section("load and store");
  static const struct { const char *name; const void *probe; int size; } rows[] = {
      {"lbu", load8, 1}, {"lhu", load16, 2}, {"lw", load32, 4}, {"ld", load64, 8},
      {"sb", store8, 1}, {"sh", store16, 2}, {"sw", store32, 4}, {"sd", store64, 8}};
  static const u64 kinds[] = {LOAD, STORE, LOAD | STORE, EXECUTE};
  mem64(DATA) = 0x1122334455667788;
  for (int kind = 0; kind < 4; kind++) {
    arm(0, kinds[kind] | BELOW_M, DATA);
    for (int i = 0; i < 8; i++) {
      CHECK(S, rows[i].probe, DATA, 0x11, 0, "%s, trigger %x", rows[i].name, kinds[kind]);
      SHOW(mem64(DATA), "memory");
    }
  }
  arm(0, LOAD | STORE | BELOW_M, DATA + 8);
  for (int i = 0; i < 8; i++) CHECK(U, rows[i].probe, DATA, 0, 0, "%s just below the trigger", rows[i].name);
  for (int i = 0; i < 8; i++) CHECK(S, rows[i].probe, DATA + 8 - 1, 0, 0, "%s from a byte below it", rows[i].name);
  for (int i = 0; i < 8; i++) CHECK(S, rows[i].probe, DATA + 16, 0, 0, "%s 8 bytes above it", rows[i].name);
  arm(0, LOAD | BELOW_M, DATA + 0x1000);
  for (int i = 0; i < 8; i++) CHECK(S, rows[i].probe, DATA + 0xfff, 0, 0, "%s across the page, load trigger", rows[i].name);
  arm(0, STORE | BELOW_M, DATA + 0x1000);
  for (int i = 0; i < 8; i++) CHECK(S, rows[i].probe, DATA + 0xfff, 0, 0, "%s across the page, store trigger", rows[i].name);
  disarm();
  CHECK(S, p_ld_8, DATA, 0, 0, "disarmed");
}

static void atomics(void) {
  section("atomic");
  static const u64 kinds[] = {LOAD, STORE, LOAD | STORE};
  for (int kind = 0; kind < 3; kind++) {
    mem64(DATA) = 5;
    arm(0, kinds[kind] | BELOW_M, DATA);
    CHECK(S, p_amoadd, DATA, 3, 0, "amoadd, trigger %x", kinds[kind]);
    SHOW(mem64(DATA), "memory");
    CHECK(S, p_lr, DATA, 3, 0, "lr, trigger %x", kinds[kind]);
    CHECK(S, p_lr_sc, DATA, 3, 0, "lr and sc, trigger %x", kinds[kind]);
    SHOW(mem64(DATA), "memory");
  }
  disarm();
}

static void paging(void) {
  section("virtual addresses");
  tables_reset(3);
  u64 va = 0x1000000000;
  map(va, DATA, PTE_V | PTE_RWX | PTE_AD);
  map(va + 0x1000, DATA, PTE_V | PTE_RWX | PTE_AD);
  map(va + 0x2000, DATA, 0);
  mem64(DATA) = 7;
  arm(0, LOAD | IN_S, va + 0x1000);
  arm(1, STORE | IN_S, va + 0x2000);
  paging_on();
  CHECK(S, load64, va, 0, 0, "alias that is not watched");
  CHECK(S, load64, va + 0x1000, 0, 0, "alias that is");
  CHECK(S, load64, va + 0x2000, 0, 0, "page that is not mapped, loaded");
  CHECK(S, store64, va + 0x2000, 0, 0, "page that is not mapped, stored: the trigger comes first");
  CHECK(M, load64, DATA, 0, 0, "physical address");
  // The page is in the TLB; arming must still be seen, and disarming too.
  arm(0, LOAD | IN_S, va + 8);
  CHECK(S, load64, va, 0, 0, "another word of the page");
  CHECK(S, load64, va + 8, 0, 0, "the watched word");
  arm(0, 0, 0);
  CHECK(S, load64, va + 8, 0, 0, "disarmed");
  paging_off();
  disarm();
}

static void delegation(void) {
  section("delegated");
  csr_write(stvec, s_trap);
  csr_write(medeleg, 1ul << BREAKPOINT);
  arm(0, EXECUTE | EVERYWHERE, (u64)three + 8);
  for (int k = 0; k < 3; k++) STOPS(modes[k], three, 0, "%M: execute", modes[k]);
  arm(0, LOAD | EVERYWHERE, DATA);
  for (int k = 0; k < 3; k++) CHECK(modes[k], load8, DATA, 0, 0, "%M: load", modes[k]);
  csr_write(medeleg, 0);
  disarm();
}

int main(void) {
  mem64(DATA) = mem64(DATA + 8) = mem64(DATA + 16) = 0;
  csr_write(mie, 0);
  probe_status = MSTATUS_SIE | MSTATUS_MIE | MSTATUS_MPIE;
  registers();
  execute();
  modes_of_a_trigger();
  data();
  atomics();
  paging();
  delegation();
  print("end\n");
  return 0;
}
