// A process is made, becomes another program, ends and is waited for.
#include "linux.h"
#include "suite.h"

u64 processes(u64 repetition) {
  char *const arguments[] = {SELF, "leave", 0};
  long child = fork_process();
  if (child < 0) fail("fork");
  if (child == 0) {
    execute(SELF, arguments);
    fail("execve");
  }
  int status = -1;
  if (wait_for(child, &status) != child) fail("wait");
  return repetition + (u64)status;
}
