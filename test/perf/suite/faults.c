// A mapping of 256 pages, each touched for the first time, then given back: page faults, fresh pages, flushes.
#include "linux.h"
#include "suite.h"

#define BYTES (256 * 4096)

u64 faults(u64 repetition) {
  enum { READ_WRITE = 3, PRIVATE_ANONYMOUS = 0x22 };
  u8 *pages = (u8 *)system_call(SYS_mmap, 0, BYTES, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);
  if ((long)pages < 0 && (long)pages > -4096) fail("mmap");
  u64 sum = 0;
  for (u32 at = 0; at < BYTES; at += 4096) {
    pages[at + (at >> 12)] = (u8)(at >> 12);
    sum += pages[at] + pages[at + (at >> 12)];
  }
  if (system3(SYS_munmap, (long)pages, BYTES, 0) != 0) fail("munmap");
  return sum + repetition;
}
