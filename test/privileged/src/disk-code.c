// Code overwritten by a virtio-blk read: what was executed before must be fetched anew. The disk is made by build.mjs: each
// of its 8 sectors begins with `li a0, 100 + sector` and `ret`, the rest of it is (31 x sector + offset) mod 256.
#include "harness.h"

#define REG(offset) mem32(0x10001000 + (offset))  // virtio-mmio bus 0
#define VA 0x1000000000ul
#define QUEUE (DATA + 0x10000)
#define DESC(i) (QUEUE + 16 * (i))
#define AVAIL (QUEUE + 0x400)
#define USED (QUEUE + 0x800)
#define HEADER (QUEUE + 0xc00)
#define STATUS (QUEUE + 0xd00)
#define PLIC_PENDING mem32(PLIC + 0x1000)

enum { READ = 0, WRITE = 1, FLUSH = 4, GET_ID = 8 };
static u16 requests;

static void descriptor(int i, u64 address, u32 length, u16 flags, u16 next) {
  mem64(DESC(i)) = address;
  mem32(DESC(i) + 8) = length;
  mem16(DESC(i) + 12) = flags;
  mem16(DESC(i) + 14) = next;
}

static void start(void) {
  for (u64 i = 0; i < 0x1000; i += 8) mem64(QUEUE + i) = 0;
  REG(0x70) = 0;
  REG(0x70) = 1;
  REG(0x70) = 3;
  REG(0x14) = 1;
  SHOW(REG(0x10) & 1, "device offers VIRTIO_F_VERSION_1");
  REG(0x24) = 1;
  REG(0x20) = 1;  // VIRTIO_F_VERSION_1
  REG(0x24) = 0;
  REG(0x20) = 0;
  REG(0x70) = 11;
  SHOW(REG(0x70), "status after FEATURES_OK");
  REG(0x30) = 0;
  SHOW(REG(0x34) >= 8, "queue 0 has 8 entries or more");
  REG(0x38) = 8;
  REG(0x80) = (u32)DESC(0);
  REG(0x84) = 0;
  REG(0x90) = (u32)AVAIL;
  REG(0x94) = 0;
  REG(0xa0) = (u32)USED;
  REG(0xa4) = 0;
  REG(0x44) = 1;
  REG(0x70) = 15;
  SHOW(REG(0x70), "status after DRIVER_OK");
  requests = 0;
}

// One request; returns the status byte. Data of `length` bytes at `buffer`, device-writable for reads.
static u64 request(u32 type, u64 sector, u64 buffer, u32 length) {
  mem32(HEADER) = type;
  mem32(HEADER + 4) = 0;
  mem64(HEADER + 8) = sector;
  mem8(STATUS) = 0xff;
  descriptor(0, HEADER, 16, 1, length ? 1 : 2);
  descriptor(1, buffer, length, type == WRITE ? 1 : 3, 2);
  descriptor(2, STATUS, 1, 2, 0);
  mem16(AVAIL + 4 + 2 * (requests % 8)) = 0;
  asm volatile("fence" ::: "memory");
  mem16(AVAIL + 2) = ++requests;
  asm volatile("fence" ::: "memory");
  REG(0x50) = 0;
  while (mem16(USED + 2) != requests) {
  }
  asm volatile("fence" ::: "memory");
  return mem8(STATUS);
}

static void read_call(int mode, u64 sector, u64 pa, u64 va, const char *text) {
  u64 status = request(READ, sector, pa, 512);
  fence_i();
  begin("%M: sector %d read over %s: status %d, call", mode, (int)sector, text, (int)status);
  run(mode, jump, va, 0, 0);
  outcome_line();
}

int main(void) {
  section("virtio-mmio, block device");
  SHOW(REG(0), "magic");
  SHOW(REG(4), "version");
  SHOW(REG(8), "device id");
  start();
  SHOW(mem64(0x10001100), "capacity in sectors");

  section("reads");
  u64 status = request(READ, 3, DATA, 512);
  SHOW(status, "sector 3: status");
  SHOW(mem32(DATA), "first word");
  SHOW(mem32(DATA + 508), "last word");
  SHOW(mem32(USED + 4 + 4), "used length: 512 and the status byte");
  SHOW(REG(0x60) & 1, "interrupt status");
  SHOW(PLIC_PENDING & 2, "PLIC: source 1 pending");
  REG(0x64) = REG(0x60);
  SHOW(REG(0x60), "interrupt status after its acknowledgement");
  status = request(READ, 6, DATA, 1024);
  SHOW(status, "sectors 6 and 7 in one request: status");
  SHOW(mem32(DATA + 512), "first word of sector 7");
  SHOW(request(READ, 8, DATA, 512), "sector behind the end: status");
  SHOW(request(READ, 7, DATA, 1024), "two sectors, the second behind the end: status");
  SHOW(request(99, 0, DATA, 512), "unknown request type: status");

  section("code in M");
  for (u64 i = 0; i < 8; i++) read_call(M, (i * 3) % 8, CODE, CODE, "the same place");
  section("code in S and U, physical addresses");
  for (u64 i = 0; i < 4; i++) {
    read_call(S, i, CODE, CODE, "the same place");
    read_call(U, 7 - i, CODE, CODE, "the same place");
  }
  section("code behind a mapping");
  tables_reset(3);
  map(VA, CODE, PTE_V | PTE_R | PTE_X | PTE_AD);
  map(VA + 0x9000, CODE, PTE_V | PTE_R | PTE_X | PTE_U | PTE_AD);
  paging_on();
  for (u64 i = 0; i < 4; i++) {
    read_call(S, i, CODE, VA, "a mapped page");
    read_call(U, 7 - i, CODE, VA + 0x9000, "a mapped page");
  }
  paging_off();
  section("two places of one page; a read over one leaves the other");
  read_call(M, 1, CODE, CODE, "the first place");
  read_call(M, 2, CODE + 0x800, CODE + 0x800, "the second place");
  CHECK(M, jump, CODE, 0, 0, "first place again");
  read_call(M, 3, CODE + 0x800, CODE + 0x800, "the second place");
  CHECK(M, jump, CODE, 0, 0, "first place again");
  section("read that begins on one page and ends on the next");
  read_call(M, 4, CODE + 0x1000, CODE + 0x1000, "the start of the second page");
  request(READ, 5, CODE + 0x1000 - 256, 512);
  fence_i();
  SHOW(mem32(CODE + 0x1000), "word 256 of sector 5 now begins the second page");
  begin("M: it is not an instruction any more");
  run(M, jump, CODE + 0x1000, 0, 0);
  outcome_line();
  CHECK(M, jump, CODE + 0x1000 - 256, 0, 0, "sector 5 called where it begins");
  section("writes");
  mem64(DATA) = 0x0000806706300513;  // li a0, 99; ret
  SHOW(request(WRITE, 2, DATA, 512), "sector 2 written: status");
  read_call(M, 2, CODE, CODE, "the same place");
  SHOW(request(FLUSH, 0, 0, 0) <= 2, "flush answers");
  section("reset");
  REG(0x70) = 0;
  SHOW(REG(0x70), "status after reset");
  start();
  read_call(M, 6, CODE, CODE, "the same place");
  print("end\n");
  return 0;
}
