// Integer arithmetic: wasm's own operations on locals.
import {
  OP_add,
  OP_addi,
  OP_addiw,
  OP_addw,
  OP_and,
  OP_andi,
  OP_lui,
  OP_mul,
  OP_mulw,
  OP_or,
  OP_ori,
  OP_rol,
  OP_rolw,
  OP_ror,
  OP_rori,
  OP_roriw,
  OP_rorw,
  OP_sll,
  OP_slli,
  OP_slliw,
  OP_sllw,
  OP_slt,
  OP_slti,
  OP_sltiu,
  OP_sltu,
  OP_sra,
  OP_srai,
  OP_sraiw,
  OP_sraw,
  OP_srl,
  OP_srli,
  OP_srliw,
  OP_srlw,
  OP_sub,
  OP_subw,
  OP_xor,
  OP_xori,
} from "../../../generated/instructions";
import {
  I32_ADD,
  I32_MUL,
  I32_ROTL,
  I32_ROTR,
  I32_SHL,
  I32_SHR_S,
  I32_SHR_U,
  I32_SUB,
  I64_ADD,
  I64_AND,
  I64_EXTEND_I32_S,
  I64_EXTEND_I32_U,
  I64_LT_S,
  I64_LT_U,
  I64_MUL,
  I64_OR,
  I64_ROTL,
  I64_ROTR,
  I64_SHL,
  I64_SHR_S,
  I64_SHR_U,
  I64_SUB,
  I64_XOR,
} from "../../../jit/wasm-opcodes";
import { i32Const, i64Const, op } from "../../../jit/wasm-writer";
import { imm, rs1Number, rs2Number } from "../hart";
import { emitBitManip } from "./bitmanip";
import { getX } from "./locals";
import { emitMulDiv } from "./muldiv";
import { done, getWord } from "./operands";

/** Writes integer instruction `w` with op `code`; false if it is none that is known here. */
export function emitInteger(code: u32, w: u64): bool {
  switch (code) {
    case OP_lui:
      i64Const(<i64>imm(w));
      return done(w);
    case OP_addi:
      if (imm(w) == 0) {
        getX(rs1Number(w));
        return done(w);
      }
      if (rs1Number(w) == 0) {
        i64Const(<i64>imm(w));
        return done(w);
      }
      return withImmediate(w, I64_ADD);
    case OP_slti:
      return comparedWithImmediate(w, I64_LT_S);
    case OP_sltiu:
      return comparedWithImmediate(w, I64_LT_U);
    case OP_xori:
      return withImmediate(w, I64_XOR);
    case OP_ori:
      return withImmediate(w, I64_OR);
    case OP_andi:
      return withImmediate(w, I64_AND);
    case OP_slli:
      return withImmediate(w, I64_SHL);
    case OP_srli:
      return withImmediate(w, I64_SHR_U);
    case OP_srai:
      return withImmediate(w, I64_SHR_S);
    case OP_rori:
      return withImmediate(w, I64_ROTR);
    case OP_add:
      return binary(w, I64_ADD);
    case OP_sub:
      return binary(w, I64_SUB);
    // wasm takes shift counts modulo the width, as the guest does.
    case OP_sll:
      return binary(w, I64_SHL);
    case OP_srl:
      return binary(w, I64_SHR_U);
    case OP_sra:
      return binary(w, I64_SHR_S);
    case OP_rol:
      return binary(w, I64_ROTL);
    case OP_ror:
      return binary(w, I64_ROTR);
    case OP_slt:
      return compared(w, I64_LT_S);
    case OP_sltu:
      return compared(w, I64_LT_U);
    case OP_xor:
      return binary(w, I64_XOR);
    case OP_or:
      return binary(w, I64_OR);
    case OP_and:
      return binary(w, I64_AND);
    case OP_mul:
      return binary(w, I64_MUL);
    case OP_addiw:
      return wordWithImmediate(w, I32_ADD);
    case OP_slliw:
      return wordWithImmediate(w, I32_SHL);
    case OP_srliw:
      return wordWithImmediate(w, I32_SHR_U);
    case OP_sraiw:
      return wordWithImmediate(w, I32_SHR_S);
    case OP_roriw:
      return wordWithImmediate(w, I32_ROTR);
    case OP_addw:
      return word(w, I32_ADD);
    case OP_subw:
      return word(w, I32_SUB);
    case OP_mulw:
      return word(w, I32_MUL);
    case OP_sllw:
      return word(w, I32_SHL);
    case OP_srlw:
      return word(w, I32_SHR_U);
    case OP_sraw:
      return word(w, I32_SHR_S);
    case OP_rolw:
      return word(w, I32_ROTL);
    case OP_rorw:
      return word(w, I32_ROTR);
    default:
      return emitMulDiv(code, w) || emitBitManip(code, w);
  }
}

function binary(w: u64, opcode: u32): bool {
  getX(rs1Number(w));
  getX(rs2Number(w));
  op(opcode);
  return done(w);
}

function withImmediate(w: u64, opcode: u32): bool {
  getX(rs1Number(w));
  i64Const(<i64>imm(w));
  op(opcode);
  return done(w);
}

function compared(w: u64, opcode: u32): bool {
  getX(rs1Number(w));
  getX(rs2Number(w));
  op(opcode);
  op(I64_EXTEND_I32_U);
  return done(w);
}

function comparedWithImmediate(w: u64, opcode: u32): bool {
  getX(rs1Number(w));
  i64Const(<i64>imm(w));
  op(opcode);
  op(I64_EXTEND_I32_U);
  return done(w);
}

function word(w: u64, opcode: u32): bool {
  getWord(rs1Number(w));
  getWord(rs2Number(w));
  op(opcode);
  op(I64_EXTEND_I32_S);
  return done(w);
}

function wordWithImmediate(w: u64, opcode: u32): bool {
  getWord(rs1Number(w));
  const value = <i32>imm(w);
  if (value) {
    i32Const(value);
    op(opcode);
  }
  op(I64_EXTEND_I32_S);
  return done(w);
}
