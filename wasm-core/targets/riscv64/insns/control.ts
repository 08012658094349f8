// Jumps and branches: the functions link or compare, the inner loop moves.
import { Hart, imm, insnLength, rs1, rs2, setRd } from "../hart";

export function jal(hart: Hart, w: u64, pc: u64): void {
  setRd(hart, w, pc + insnLength(w));
}

/** Answers the target. */
export function jalr(hart: Hart, w: u64, pc: u64): u64 {
  const target = (rs1(hart, w) + imm(w)) & ~(<u64>1);
  setRd(hart, w, pc + insnLength(w));
  return target;
}

export function beq(hart: Hart, w: u64): bool {
  return rs1(hart, w) == rs2(hart, w);
}

export function bne(hart: Hart, w: u64): bool {
  return rs1(hart, w) != rs2(hart, w);
}

export function blt(hart: Hart, w: u64): bool {
  return <i64>rs1(hart, w) < <i64>rs2(hart, w);
}

export function bge(hart: Hart, w: u64): bool {
  return <i64>rs1(hart, w) >= <i64>rs2(hart, w);
}

export function bltu(hart: Hart, w: u64): bool {
  return rs1(hart, w) < rs2(hart, w);
}

export function bgeu(hart: Hart, w: u64): bool {
  return rs1(hart, w) >= rs2(hart, w);
}
