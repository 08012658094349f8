// Counts the primes below 1000000 by trial division: pure computation in user mode.
#include "linux.h"

void _start(void) {
  u64 found = 1;
  for (u64 candidate = 3; candidate < 1000000; candidate += 2) {
    u64 divisor = 3;
    while (divisor * divisor <= candidate && candidate % divisor) divisor += 2;
    if (divisor * divisor > candidate) found++;
  }
  print("There are ");
  print_number(found, 10);
  print(" primes below 1000000.\n");
  quit(0);
}
