// The board's registers as a driver sees them: reset ROM and hand-over, UART, CLINT, PLIC, real-time clock, virtio slots, and
// the power switch, which ends this program with code 5.
#include "harness.h"

#define RTC 0x101000ul
#define TEST 0x100000ul
#define VIRTIO(slot) (0x10001000ul + 0x1000ul * (slot))
#define UART_REG(n) mem8(UART + (n))

static u32 be32(u64 at) {
  u32 v = 0;
  for (u64 i = 0; i < 4; i++) v = v << 8 | mem8(at + i);
  return v;
}

static void reset(u64 a0, u64 a1, u64 a2) {
  section("reset");
  SHOW(a0, "a0: hart id");
  SHOW(a1 & 7, "a1: device tree, 8-byte aligned");
  SHOW(be32(a1), "its magic");
  REQUIRE(a1 >= RAM && a1 + be32(a1 + 4) <= RAM + RAM_SIZE, "the device tree lies in RAM");
  SHOW(be32(a1 + 20), "its version");
  SHOW(a2, "a2: firmware information");
  SHOW(mem64(a2), "its magic (OSBI)");
  SHOW(mem64(a2 + 8), "its version");
  SHOW(mem64(a2 + 16), "next address");
  SHOW(mem64(a2 + 24), "next mode");
  SHOW(mem64(a2 + 32), "options");
  SHOW(mem64(a2 + 40), "boot hart");
  for (u64 i = 0; i < 10; i++) {
    if (i == 8) continue;  // the device tree's address
    SHOW(mem32(0x1000 + 4 * i), "reset ROM word %d", (int)i);
  }
  SHOW((u64)mem32(0x1020) - a1, "word 8 is the device tree's address: difference");
}

static void uart(void) {
  section("UART");
  SHOW(UART_REG(5) & 0x60, "LSR: transmitter empty");
  SHOW(UART_REG(5) & 0x9f, "LSR: nothing received, no errors");
  UART_REG(7) = 0x5a;
  SHOW(UART_REG(7), "SCR keeps 0x5a");
  UART_REG(7) = 0xa5;
  SHOW(UART_REG(7), "SCR keeps 0xa5");
  UART_REG(1) = 0xff;
  u64 ier = UART_REG(1);
  UART_REG(1) = 0;
  SHOW(ier, "IER written with ones");
  UART_REG(2) = 0;
  SHOW(UART_REG(2), "IIR with FIFO off, nothing pending");
  UART_REG(2) = 1;
  SHOW(UART_REG(2), "IIR with FIFO on");
  UART_REG(1) = 2;
  u64 first = UART_REG(2), second = UART_REG(2);
  UART_REG(1) = 0;
  SHOW(first, "IIR with IER.THRI: transmitter empty");
  SHOW(second, "IIR again: reading has cleared it");
  UART_REG(2) = 0;
  u64 lcr = UART_REG(3);
  UART_REG(3) = 0x83;
  UART_REG(0) = 0x34;
  UART_REG(1) = 0x12;
  u64 low = UART_REG(0), high = UART_REG(1), dlab = UART_REG(3);
  UART_REG(0) = 0x01;
  UART_REG(1) = 0x00;
  UART_REG(3) = 3;
  SHOW(lcr, "LCR at start");
  SHOW(dlab, "LCR with DLAB");
  SHOW(low, "divisor, low byte");
  SHOW(high, "divisor, high byte");
  SHOW(UART_REG(3), "LCR without DLAB");
  SHOW(UART_REG(1), "IER is not the divisor");
  UART_REG(4) = 0xff;
  u64 mcr = UART_REG(4);
  UART_REG(4) = 0;
  SHOW(mcr, "MCR written with ones");
  SHOW(UART_REG(6) & 0xf0, "MSR: carrier, ready, clear to send");
  // Loopback: the output lines of MCR appear in MSR.
  UART_REG(4) = 0x10;
  u64 loop_off = UART_REG(6) & 0xf0;
  UART_REG(4) = 0x1f;
  u64 loop_on = UART_REG(6) & 0xf0;
  UART_REG(4) = 0x12;
  u64 loop_rts = UART_REG(6) & 0xf0;
  UART_REG(4) = 0;
  SHOW(loop_off, "loopback, MCR outputs low: MSR");
  SHOW(loop_on, "loopback, MCR outputs high: MSR");
  SHOW(loop_rts, "loopback, RTS alone: MSR");
}

static void clint(void) {
  section("CLINT");
  MTIMECMP = ~0ul;
  SHOW(MTIMECMP, "mtimecmp of hart 0");
  mem32(CLINT + 0x4004) = 0x7fffffff;
  SHOW(MTIMECMP, "its upper half written");
  MTIMECMP = ~0ul;
  u64 before = MTIME, low = mem32(CLINT + 0xbff8), high = mem32(CLINT + 0xbffc);
  REQUIRE(high == before >> 32 && low - (u32)before < 1u << 30, "mtime read by halves");
  u64 later = MTIME;
  REQUIRE(later >= before, "mtime does not go back");
  MSIP = 1;
  SHOW(MSIP, "msip");
  MSIP = 0;
  SHOW(MSIP, "msip cleared");
}

static void plic(void) {
  section("PLIC");
  for (u64 source = 1; source < 96; source += source == 1 ? 9 : 85) {
    mem32(PLIC + 4 * source) = 0xffffffff;
    SHOW(mem32(PLIC + 4 * source), "priority of source %d written with ones", (int)source);
    mem32(PLIC + 4 * source) = 3;
    SHOW(mem32(PLIC + 4 * source), "written with 3");
    mem32(PLIC + 4 * source) = 0;
  }
  for (u64 context = 0; context < 2; context++) {
    for (u64 word = 0; word < 3; word++) {
      mem32(PLIC + 0x2000 + 0x80 * context + 4 * word) = 0xa5a5a5a4;
      SHOW(mem32(PLIC + 0x2000 + 0x80 * context + 4 * word), "enable word %d of context %d", (int)word, (int)context);
      mem32(PLIC + 0x2000 + 0x80 * context + 4 * word) = 0;
    }
    mem32(PLIC + 0x200000 + 0x1000 * context) = 5;
    SHOW(mem32(PLIC + 0x200000 + 0x1000 * context), "threshold of context %d", (int)context);
    mem32(PLIC + 0x200000 + 0x1000 * context) = 0;
    SHOW(mem32(PLIC + 0x200004 + 0x1000 * context), "claim of context %d, nothing pending", (int)context);
  }
  SHOW(mem32(PLIC + 0x1000), "pending word 0");
}

static void rtc(void) {
  section("real-time clock");
  csr_write(mie, 0);
  u64 low = mem32(RTC), high = mem32(RTC + 4);
  u64 now = high << 32 | low;
  REQUIRE(now > 1600000000000000000ul, "time is nanoseconds since 1970");
  u64 again = mem32(RTC);
  again |= (u64)mem32(RTC + 4) << 32;
  REQUIRE(again >= now && again - now < 1000000000000ul, "time goes on");
  SHOW(mem32(RTC + 0x18), "ALARM_STATUS, none set");
  mem32(RTC + 0x10) = 1;
  SHOW(mem32(RTC + 0x10), "IRQ_ENABLED");
  mem32(RTC + 0xc) = 0xffffff;
  mem32(RTC + 0x8) = 0xffffffff;
  SHOW(mem32(RTC + 0x18), "ALARM_STATUS, one in the year 2012 is in the past");
  SHOW(mem32(PLIC + 0x1000) >> 11 & 1, "PLIC: source 11 pending");
  mem32(RTC + 0x1c) = 1;
  mem32(RTC + 0xc) = 0x7fffffff;
  mem32(RTC + 0x8) = 0;
  SHOW(mem32(RTC + 0x18), "ALARM_STATUS, one in the far future");
  mem32(RTC + 0x14) = 1;
  SHOW(mem32(RTC + 0x18), "ALARM_STATUS after CLEAR_ALARM");
  mem32(RTC + 0x10) = 0;
  mem32(RTC + 4) = 0x10000000;
  mem32(RTC + 0) = 0;
  low = mem32(RTC);
  high = mem32(RTC + 4);
  SHOW(high, "time set to 2^60 ns: upper half");
}

static void virtio(void) {
  section("virtio slots, all empty but the disk's");
  for (u64 slot = 0; slot < 8; slot++) {
    SHOW(mem32(VIRTIO(slot)), "slot %d: magic", (int)slot);
    SHOW(mem32(VIRTIO(slot) + 4), "slot %d: version", (int)slot);
    SHOW(mem32(VIRTIO(slot) + 8), "slot %d: device id", (int)slot);
  }
  SHOW(mem32(VIRTIO(0) + 0x70), "slot 0: status");
  SHOW(mem32(VIRTIO(0) + 0x60), "slot 0: interrupt status");
  SHOW(mem32(VIRTIO(0) + 0xfc), "slot 0: configuration generation");
  begin("slot 8 does not exist");
  run(M, load32, VIRTIO(8), 0, 0);
  trap_only();
}

int main(u64 a0, u64 a1, u64 a2) {
  reset(a0, a1, a2);
  uart();
  clint();
  plic();
  rtc();
  virtio();
  section("access sizes and edges");
  CHECK(M, load8, RAM + RAM_SIZE - 1, 0, 0, "last byte of RAM");
  CHECK(M, load64, 0, 0, 0, "address 0");
  CHECK(M, load32, 0x0200c000 + 0x4000, 0, 0, "behind the CLINT");
  print("end\n");
  return 5;
}
