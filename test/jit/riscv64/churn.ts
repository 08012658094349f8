/** A program that writes functions into a ring of pages, calls each some times, and sums up what they answer. */
import { Assembler, encode, rowOf } from "../../differential/riscv64/assembler.ts";
import { RAM } from "./layout.ts";

export const CALLS = 40;
/** First page of the ring. */
const RING = RAM + 0x10_0000n;
const [ra, sum, at, end, round, word, calls, add, back] = [1, 10, 11, 12, 13, 14, 15, 16, 17];

/** `pages` pages, one function of `addi sum, sum, round & 1023` and some loop each; for ever. */
export function churn(pages: number): Uint8Array {
  const a = new Assembler(RAM);
  a.put("addi", { rd: sum });
  a.put("addi", { rd: round });
  a.li(end, RING + BigInt(pages * 4096));
  a.li(add, BigInt(encode(rowOf("addi"), { rd: sum, rs1: sum })));
  a.li(back, BigInt(encode(rowOf("jalr"), { rs1: ra })));
  a.label("rounds");
  a.li(at, RING);
  a.label("page");
  a.put("addi", { rd: round, rs1: round, imm: 1 });
  a.put("andi", { rd: word, rs1: round, imm: 1023 });
  a.put("slli", { rd: word, rs1: word, shamt: 20 });
  a.put("or", { rd: word, rs1: word, rs2: add });
  a.put("sw", { rs1: at, rs2: word });
  a.put("sw", { rs1: at, rs2: back, imm: 4 });
  a.put("fence.i");
  a.put("addi", { rd: calls, imm: CALLS });
  a.label("call");
  a.put("jalr", { rd: ra, rs1: at });
  a.put("addi", { rd: calls, rs1: calls, imm: -1 });
  a.to("call", "bne", { rs1: calls });
  a.li(word, 4096n);
  a.put("add", { rd: at, rs1: at, rs2: word });
  a.to("page", "bltu", { rs1: at, rs2: end });
  a.to("rounds", "jal");
  return a.assemble();
}

/** What the sum is when `rounds` functions have been called. */
export function churned(rounds: number): bigint {
  let total = 0n;
  for (let round = 1; round <= rounds; round++) {
    // The immediate is signed, in 12 bits, so that 1023 is the greatest.
    total += BigInt(CALLS * (round & 1023));
  }
  return total;
}
