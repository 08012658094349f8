// Random PMP entries over a few pages and aligned accesses of all sizes to them. The numbers come from a fixed seed.
#include "harness.h"

#define SPAN 0x4000ul  // the pages under test begin at DATA

static u64 state = 0x452821e638d01377;

static u64 random(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state * 0x2545f4914f6cdd1d >> 16;
}

static void set(int i, u64 addr) {
  switch (i) {
    case 0: csr_write(pmpaddr0, addr); break;
    case 1: csr_write(pmpaddr1, addr); break;
    case 2: csr_write(pmpaddr2, addr); break;
    case 3: csr_write(pmpaddr3, addr); break;
    case 4: csr_write(pmpaddr4, addr); break;
    case 5: csr_write(pmpaddr5, addr); break;
    case 6: csr_write(pmpaddr6, addr); break;
    case 7: csr_write(pmpaddr7, addr); break;
    case 8: csr_write(pmpaddr8, addr); break;
    case 9: csr_write(pmpaddr9, addr); break;
    case 10: csr_write(pmpaddr10, addr); break;
    case 11: csr_write(pmpaddr11, addr); break;
    case 12: csr_write(pmpaddr12, addr); break;
    case 13: csr_write(pmpaddr13, addr); break;
    default: csr_write(pmpaddr14, addr); break;
  }
}

static const struct { const char *name; const void *probe; u64 size; } accesses[] = {
    {"lb", load8, 1}, {"lh", load16, 2}, {"lw", load32, 4}, {"ld", load64, 8}, {"sb", store8, 1}, {"sh", store16, 2},
    {"sw", store32, 4}, {"sd", store64, 8}, {"fetch", jump, 8}};

static void one_set(int number) {
  u64 low = 0, high = 0;
  print("== set %d:", number);
  for (int i = 0; i < 12; i++) {
    u64 where = DATA + (random() % SPAN & ~3ul), kind = random() % 5, rwx = random() & 7;
    if ((rwx & 3) == 2) rwx |= 1;  // W without R is reserved
    u64 config = rwx, addr = where >> 2;
    if (kind == 1 || kind == 4) {
      config |= 8;  // TOR, or from the entry below
    } else if (kind == 2) {
      config |= 16;  // NA4
    } else if (kind == 3) {
      config |= 24;  // NAPOT of 8 bytes to 4 KiB
      u64 ones = (1ul << (random() % 10)) - 1;
      addr = (addr & ~(ones << 1 | 1)) | ones;
    } else {
      config = 0;  // off, but its address bounds a TOR above
    }
    // TOR in entry 0 begins at address 0 and would take the program's own memory away.
    if (i == 0 && (config & 24) == 8) config = 0;
    set(i, addr);
    if (i < 8)
      low |= config << (8 * i);
    else
      high |= config << (8 * (i - 8));
    print(" %x/%x", config, addr);
  }
  print("\n");
  // The last one allows everything that no other decides.
  set(14, ~0ul);
  high |= 0x1ful << 48;
  csr_write(pmpcfg2, high);
  csr_write(pmpcfg0, low);
  sfence();
  for (int i = 0; i < 40; i++) {
    u64 which = random() % (sizeof accesses / sizeof *accesses), width = accesses[which].size;
    u64 at = DATA + (random() % SPAN & ~(width - 1));
    static const int modes[] = {S, U, M, M};
    int mode = modes[random() & 3], as = (int)(random() & 1);
    if (mode == M && which < 8 && (random() & 1)) probe_status = MSTATUS_MPRV | MPP(as);
    begin("%M%s %s %x", mode, probe_status ? as ? " as S" : " as U" : "", accesses[which].name, at);
    run(mode, accesses[which].probe, at, 0x0000806700100513, 0);
    probe_status = 0;
    if (last.trapped)
      print("trap %d tval=%x\n", (int)last.trap.cause, last.trap.tval);
    else
      print("ok\n");
    // By words: a doubleword that an entry matches in part is denied to M as well.
    mem32(at & ~7ul) = 0x00000513;
    mem32((at & ~7ul) + 4) = 0x00008067;
    fence_i();
  }
}

int main(void) {
  for (u64 i = 0; i < SPAN; i += 8) mem64(DATA + i) = 0x0000806700000513;
  fence_i();
  for (int i = 0; i < 24; i++) one_set(i);
  print("end\n");
  return 0;
}
