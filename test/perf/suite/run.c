// Runs a kernel a number of times; the only thing that plain wasm exports.
#include "suite.h"

__attribute__((used)) u64 run_kernel(u32 index, u64 repetitions) {
  u64 sum = 0;
  Kernel *kernel = kernels[index].kernel;
  for (u64 i = 0; i < repetitions; i++) sum = sum * 31 + kernel(i);
  return sum;
}
