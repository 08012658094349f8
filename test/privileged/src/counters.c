// cycle, instret, time and the hardware performance counters: writes, inhibition, and who may read them.
#include "harness.h"

PROBE(read_cycle, "csrr a0, cycle\nli a0, 1");
PROBE(read_time, "csrr a0, time\nli a0, 1");
PROBE(read_instret, "csrr a0, instret\nli a0, 1");
PROBE(read_hpm3, "csrr a0, hpmcounter3\nli a0, 1");
PROBE(read_hpm31, "csrr a0, hpmcounter31\nli a0, 1");
PROBE(write_cycle, "csrw cycle, zero");
PROBE(write_instret, "csrw instret, zero");
PROBE(write_time, "csrw time, zero");
PROBE(read_mcycle, "csrr a0, mcycle");
PROBE(read_minstret, "csrr a0, minstret");
PROBE(inhibited_instret, "csrr t0, minstret\nnop\nnop\nnop\nnop\ncsrr t1, minstret\nsub a0, t1, t0");
PROBE(inhibited_cycle, "csrr t0, mcycle\nnop\nnop\nnop\nnop\ncsrr t1, mcycle\nsub a0, t1, t0");
PROBE(advances_cycle, "csrr t0, mcycle\nli t2, 2000\n1: addi t2, t2, -1\nbnez t2, 1b\ncsrr t1, mcycle\nsltu a0, t0, t1");
PROBE(advances_instret, "csrr t0, minstret\nli t2, 2000\n1: addi t2, t2, -1\nbnez t2, 1b\ncsrr t1, minstret\nsltu a0, t0, t1");

static const int modes[] = {M, S, U};
static const struct { const char *name; const void *probe; int bit; } counters[] = {
    {"cycle", read_cycle, 0}, {"time", read_time, 1}, {"instret", read_instret, 2}, {"hpmcounter3", read_hpm3, 3},
    {"hpmcounter31", read_hpm31, 31}};

int main(void) {
  section("mcounteren and scounteren");
  for (int i = 0; i < 5; i++) {
    for (int setting = 0; setting < 4; setting++) {
      csr_write(mcounteren, setting & 1 ? 1ul << counters[i].bit : 0);
      csr_write(scounteren, setting & 2 ? 1ul << counters[i].bit : 0);
      for (int k = 0; k < 3; k++) {
        begin("%M: %s with mcounteren=%d scounteren=%d", modes[k], counters[i].name, setting & 1, setting >> 1);
        run(modes[k], counters[i].probe, 0, 0, 0);
        print(last.trapped ? "trap %d tval=%x\n" : "ok\n", (int)last.trap.cause, last.trap.tval);
      }
    }
    csr_write(mcounteren, ~(1ul << counters[i].bit));
    csr_write(scounteren, ~(1ul << counters[i].bit));
    begin("U: %s with all other bits set", counters[i].name);
    run(U, counters[i].probe, 0, 0, 0);
    print(last.trapped ? "trap %d\n" : "ok\n", (int)last.trap.cause);
  }
  csr_write(mcounteren, ~0ul);
  csr_write(scounteren, ~0ul);
  SHOW(csr_read(mcounteren), "mcounteren written with ones");
  SHOW(csr_read(scounteren), "scounteren written with ones");
  csr_write(mcounteren, 7);
  csr_write(scounteren, 7);
  CHECK(M, write_cycle, 0, 0, 0, "M: cycle is read-only");
  CHECK(M, write_instret, 0, 0, 0, "M: instret is read-only");
  CHECK(M, write_time, 0, 0, 0, "M: time is read-only");
  CHECK(S, read_mcycle, 0, 0, 0, "S: mcycle is M's");
  CHECK(S, read_minstret, 0, 0, 0, "S: minstret is M's");

  section("counting");
  CHECK(M, advances_cycle, 0, 0, 0, "mcycle advances over a loop");
  CHECK(M, advances_instret, 0, 0, 0, "minstret advances over a loop");
  csr_write(mcycle, 1ul << 40);
  u64 cycles = csr_read(mcycle);
  REQUIRE(cycles >= 1ul << 40 && cycles < (1ul << 40) + (1ul << 36), "mcycle written with 2^40 goes on from there");
  csr_write(minstret, 1ul << 50);
  u64 instructions = csr_read(minstret);
  REQUIRE(instructions >= 1ul << 50 && instructions < (1ul << 50) + (1ul << 36), "minstret written with 2^50 goes on from there");
  csr_write(mcycle, 0);
  csr_write(minstret, 0);
  u64 a = csr_read(cycle), b = csr_read(mcycle);
  REQUIRE(a <= b && b - a < 1ul << 36, "cycle shows mcycle");
  a = csr_read(instret), b = csr_read(minstret);
  REQUIRE(a <= b && b - a < 1ul << 36, "instret shows minstret");

  section("mcountinhibit");
  csr_write(mcountinhibit, 5);
  SHOW(csr_read(mcountinhibit) & 7, "CY and IR set");
  CHECK(M, inhibited_instret, 0, 0, 0, "inhibited minstret over some instructions: difference");
  CHECK(M, inhibited_cycle, 0, 0, 0, "inhibited mcycle over some instructions: difference");
  csr_write(minstret, 0x123456789abcdef);
  csr_write(mcycle, 0xfedcba987654321);
  SHOW(csr_read(minstret), "inhibited minstret reads what was written");
  SHOW(csr_read(mcycle), "inhibited mcycle reads what was written");
  SHOW(csr_read(instret), "instret shows it");
  SHOW(csr_read(cycle), "cycle shows it");
  csr_write(mcountinhibit, 4);
  CHECK(M, advances_cycle, 0, 0, 0, "only IR inhibited: mcycle advances");
  CHECK(M, inhibited_instret, 0, 0, 0, "only IR inhibited: minstret stands");
  csr_write(mcountinhibit, 1);
  CHECK(M, advances_instret, 0, 0, 0, "only CY inhibited: minstret advances");
  CHECK(M, inhibited_cycle, 0, 0, 0, "only CY inhibited: mcycle stands");
  csr_write(mcountinhibit, 2);
  SHOW(csr_read(mcountinhibit), "bit 1 (time) is read-only zero");
  csr_write(mcountinhibit, 0);
  CHECK(M, advances_instret, 0, 0, 0, "no longer inhibited: minstret advances");
  CHECK(M, advances_cycle, 0, 0, 0, "no longer inhibited: mcycle advances");
  print("end\n");
  return 0;
}
