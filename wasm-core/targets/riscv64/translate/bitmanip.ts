// Zba, Zbb, Zbs and Zicond: shifted sums, counts, choices, single bits.
import {
  OP_addUw,
  OP_andn,
  OP_bclr,
  OP_bclri,
  OP_bext,
  OP_bexti,
  OP_binv,
  OP_binvi,
  OP_bset,
  OP_bseti,
  OP_clz,
  OP_clzw,
  OP_cpop,
  OP_cpopw,
  OP_ctz,
  OP_ctzw,
  OP_czeroEqz,
  OP_czeroNez,
  OP_max,
  OP_maxu,
  OP_min,
  OP_minu,
  OP_orn,
  OP_sextB,
  OP_sextH,
  OP_sh1add,
  OP_sh1addUw,
  OP_sh2add,
  OP_sh2addUw,
  OP_sh3add,
  OP_sh3addUw,
  OP_slliUw,
  OP_xnor,
  OP_zextH,
} from "../../../generated/instructions";
import {
  I32_CLZ,
  I32_CTZ,
  I32_POPCNT,
  I64_ADD,
  I64_AND,
  I64_CLZ,
  I64_CTZ,
  I64_EQZ,
  I64_EXTEND16_S,
  I64_EXTEND8_S,
  I64_EXTEND_I32_U,
  I64_GT_S,
  I64_GT_U,
  I64_LT_S,
  I64_LT_U,
  I64_OR,
  I64_POPCNT,
  I64_SHL,
  I64_SHR_U,
  I64_XOR,
  SELECT,
} from "../../../jit/wasm-opcodes";
import { i64Const, op } from "../../../jit/wasm-writer";
import { imm, rs1Number, rs2Number } from "../hart";
import { getX } from "./locals";
import { done, getLow, getWord } from "./operands";

/** Writes instruction `w` with op `code`; false if it is none of these. */
export function emitBitManip(code: u32, w: u64): bool {
  switch (code) {
    case OP_sh1add:
      return shiftedAdd(w, 1, false);
    case OP_sh2add:
      return shiftedAdd(w, 2, false);
    case OP_sh3add:
      return shiftedAdd(w, 3, false);
    case OP_addUw:
      return shiftedAdd(w, 0, true);
    case OP_sh1addUw:
      return shiftedAdd(w, 1, true);
    case OP_sh2addUw:
      return shiftedAdd(w, 2, true);
    case OP_sh3addUw:
      return shiftedAdd(w, 3, true);
    case OP_slliUw:
      getLow(rs1Number(w));
      i64Const(<i64>imm(w));
      op(I64_SHL);
      return done(w);
    case OP_andn:
      return inverted(w, I64_AND);
    case OP_orn:
      return inverted(w, I64_OR);
    case OP_xnor:
      return inverted(w, I64_XOR);
    case OP_clz:
      return unary(w, I64_CLZ);
    case OP_ctz:
      return unary(w, I64_CTZ);
    case OP_cpop:
      return unary(w, I64_POPCNT);
    case OP_clzw:
      return unaryWord(w, I32_CLZ);
    case OP_ctzw:
      return unaryWord(w, I32_CTZ);
    case OP_cpopw:
      return unaryWord(w, I32_POPCNT);
    case OP_max:
      return chosen(w, I64_GT_S);
    case OP_maxu:
      return chosen(w, I64_GT_U);
    case OP_min:
      return chosen(w, I64_LT_S);
    case OP_minu:
      return chosen(w, I64_LT_U);
    case OP_sextB:
      return unary(w, I64_EXTEND8_S);
    case OP_sextH:
      return unary(w, I64_EXTEND16_S);
    case OP_zextH:
      getX(rs1Number(w));
      i64Const(0xffff);
      op(I64_AND);
      return done(w);
    case OP_czeroEqz:
      return zeroIf(w, true);
    case OP_czeroNez:
      return zeroIf(w, false);
    default:
      return emitSingleBits(code, w);
  }
}

function shiftedAdd(w: u64, shift: i64, unsignedWord: bool): bool {
  if (unsignedWord) getLow(rs1Number(w));
  else getX(rs1Number(w));
  if (shift) {
    i64Const(shift);
    op(I64_SHL);
  }
  getX(rs2Number(w));
  op(I64_ADD);
  return done(w);
}

function inverted(w: u64, opcode: u32): bool {
  getX(rs1Number(w));
  getX(rs2Number(w));
  i64Const(-1);
  op(I64_XOR);
  op(opcode);
  return done(w);
}

function unary(w: u64, opcode: u32): bool {
  getX(rs1Number(w));
  op(opcode);
  return done(w);
}

function unaryWord(w: u64, opcode: u32): bool {
  getWord(rs1Number(w));
  op(opcode);
  op(I64_EXTEND_I32_U);
  return done(w);
}

function chosen(w: u64, opcode: u32): bool {
  getX(rs1Number(w));
  getX(rs2Number(w));
  getX(rs1Number(w));
  getX(rs2Number(w));
  op(opcode);
  op(SELECT);
  return done(w);
}

/** Zicond: 0 if rs2 is (`equal`) or is not zero, else rs1. */
function zeroIf(w: u64, equal: bool): bool {
  if (equal) i64Const(0);
  else getX(rs1Number(w));
  if (equal) getX(rs1Number(w));
  else i64Const(0);
  getX(rs2Number(w));
  op(I64_EQZ);
  op(SELECT);
  return done(w);
}

function emitSingleBits(code: u32, w: u64): bool {
  switch (code) {
    case OP_bclr:
    case OP_bclri:
      getX(rs1Number(w));
      i64Const(1);
      pushIndex(w, code == OP_bclri);
      op(I64_SHL);
      i64Const(-1);
      op(I64_XOR);
      op(I64_AND);
      return done(w);
    case OP_binv:
    case OP_binvi:
      return withBit(w, code == OP_binvi, I64_XOR);
    case OP_bset:
    case OP_bseti:
      return withBit(w, code == OP_bseti, I64_OR);
    case OP_bext:
    case OP_bexti:
      getX(rs1Number(w));
      pushIndex(w, code == OP_bexti);
      op(I64_SHR_U);
      i64Const(1);
      op(I64_AND);
      return done(w);
    default:
      return false;
  }
}

function pushIndex(w: u64, immediate: bool): void {
  if (immediate) i64Const(<i64>imm(w));
  else getX(rs2Number(w));
}

function withBit(w: u64, immediate: bool, opcode: u32): bool {
  getX(rs1Number(w));
  i64Const(1);
  pushIndex(w, immediate);
  op(I64_SHL);
  op(opcode);
  return done(w);
}
