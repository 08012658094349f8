// RV64I computational instructions and Zicond.
import { Hart, imm, rs1, rs2, setRd } from "../hart";

export function auipc(hart: Hart, w: u64, pc: u64): void {
  setRd(hart, w, pc + imm(w));
}

export function lui(hart: Hart, w: u64): void {
  setRd(hart, w, imm(w));
}

export function addi(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) + imm(w));
}

export function slti(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>rs1(hart, w) < <i64>imm(w)));
}

export function sltiu(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(rs1(hart, w) < imm(w)));
}

export function xori(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) ^ imm(w));
}

export function ori(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) | imm(w));
}

export function andi(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) & imm(w));
}

export function add(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) + rs2(hart, w));
}

export function sub(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) - rs2(hart, w));
}

export function sll(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) << (rs2(hart, w) & 63));
}

export function slt(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>rs1(hart, w) < <i64>rs2(hart, w)));
}

export function sltu(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(rs1(hart, w) < rs2(hart, w)));
}

export function xor(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) ^ rs2(hart, w));
}

export function srl(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) >> (rs2(hart, w) & 63));
}

export function sra(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>rs1(hart, w) >> <i64>(rs2(hart, w) & 63)));
}

export function or(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) | rs2(hart, w));
}

export function and(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) & rs2(hart, w));
}

export function slli(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) << imm(w));
}

export function srli(hart: Hart, w: u64): void {
  setRd(hart, w, rs1(hart, w) >> imm(w));
}

export function srai(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>rs1(hart, w) >> <i64>imm(w)));
}

export function addiw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>(<i32>(rs1(hart, w) + imm(w)))));
}

export function slliw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>(<i32>((<u32>rs1(hart, w)) << (<u32>imm(w))))));
}

export function srliw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>(<i32>(<u32>rs1(hart, w) >> <u32>imm(w)))));
}

export function sraiw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>(<i32>rs1(hart, w) >> <i32>imm(w))));
}

export function addw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>(<i32>(rs1(hart, w) + rs2(hart, w)))));
}

export function subw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>(<i32>(rs1(hart, w) - rs2(hart, w)))));
}

export function sllw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>(<i32>((<u32>rs1(hart, w)) << (<u32>rs2(hart, w) & 31)))));
}

export function srlw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>(<i32>(<u32>rs1(hart, w) >> (<u32>rs2(hart, w) & 31)))));
}

export function sraw(hart: Hart, w: u64): void {
  setRd(hart, w, <u64>(<i64>(<i32>rs1(hart, w) >> (<i32>rs2(hart, w) & 31))));
}

export function czeroEqz(hart: Hart, w: u64): void {
  setRd(hart, w, select<u64>(0, rs1(hart, w), rs2(hart, w) == 0));
}

export function czeroNez(hart: Hart, w: u64): void {
  setRd(hart, w, select<u64>(0, rs1(hart, w), rs2(hart, w) != 0));
}
