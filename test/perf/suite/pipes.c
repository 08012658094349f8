// A word goes to another process and comes back changed, 100 times: pipes, waiting, changes of the process.
#include "linux.h"
#include "suite.h"

static int there[2], back[2];

static void open_pipes(void) {
  if (system3(SYS_pipe2, (long)there, 0, 0) != 0 || system3(SYS_pipe2, (long)back, 0, 0) != 0) fail("pipe");
  long child = fork_process();
  if (child < 0) fail("fork");
  if (child != 0) return;
  // The other ends are closed by the end of the program, which this process sees as the end of its input.
  system1(SYS_close, there[1]);
  for (u32 word; read_bytes(there[0], &word, 4) == 4;) {
    word = word * 5 + 1;
    if (write_bytes(back[1], &word, 4) != 4) break;
  }
  leave(0);
}

u64 pipes(u64 repetition) {
  if (there[1] == 0) open_pipes();
  u32 word = (u32)repetition;
  for (int i = 0; i < 100; i++) {
    if (write_bytes(there[1], &word, 4) != 4) fail("write");
    if (read_bytes(back[0], &word, 4) != 4) fail("read");
  }
  return word;
}
