// Exact counting of retired instructions. Recorded with -icount, which makes QEMU count exactly.
#include "harness.h"

#define COUNT(body) "csrr t0, minstret\n" body "csrr t1, minstret\nsub a0, t1, t0"
PROBE(none, COUNT(""));
PROBE(four_nops, COUNT("nop\nnop\nnop\nnop\n"));
PROBE(compressed, COUNT(".option push\n.option rvc\nc.nop\nc.nop\nc.nop\n.option pop\n"));
PROBE(loop, COUNT("li t2, 10\n1: addi t2, t2, -1\nbnez t2, 1b\n"));
PROBE(untaken, COUNT("bnez zero, 1f\n1:\n"));
PROBE(jumps, COUNT("j 1f\nnop\n1:\n"));
PROBE(memory, COUNT("ld t3, 0(a0)\nsd t3, 0(a0)\namoadd.w t3, zero, (a0)\n"));
PROBE(divisions, COUNT("li t3, 7\ndiv t3, t3, t3\nmul t3, t3, t3\n"));
PROBE(fences, COUNT("fence\nfence.i\n"));
PROBE(csr_ops, COUNT("csrr t3, mscratch\ncsrw mscratch, t3\n"));

int main(void) {
  CHECK(M, none, DATA, 0, 0, "two reads of minstret in a row: difference");
  CHECK(M, four_nops, DATA, 0, 0, "four nops between");
  CHECK(M, compressed, DATA, 0, 0, "three compressed nops between");
  CHECK(M, loop, DATA, 0, 0, "li and ten rounds of two instructions");
  CHECK(M, untaken, DATA, 0, 0, "branch not taken");
  CHECK(M, jumps, DATA, 0, 0, "jump over a nop");
  CHECK(M, memory, DATA, 0, 0, "load, store, amo");
  CHECK(M, divisions, DATA, 0, 0, "li, div, mul");
  CHECK(M, fences, DATA, 0, 0, "fence, fence.i");
  CHECK(M, csr_ops, DATA, 0, 0, "two CSR instructions");
  print("end\n");
  return 0;
}
