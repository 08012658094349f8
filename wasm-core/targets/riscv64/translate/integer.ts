// Integer arithmetic: wasm's own operations on locals.
import {
  OP_add,
  OP_addUw,
  OP_addi,
  OP_addiw,
  OP_addw,
  OP_and,
  OP_andi,
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
  OP_div,
  OP_divu,
  OP_divuw,
  OP_divw,
  OP_lui,
  OP_max,
  OP_maxu,
  OP_min,
  OP_minu,
  OP_mul,
  OP_mulhu,
  OP_mulw,
  OP_or,
  OP_ori,
  OP_orn,
  OP_rem,
  OP_remu,
  OP_remuw,
  OP_remw,
  OP_rol,
  OP_rolw,
  OP_ror,
  OP_rori,
  OP_roriw,
  OP_rorw,
  OP_sextB,
  OP_sextH,
  OP_sh1add,
  OP_sh1addUw,
  OP_sh2add,
  OP_sh2addUw,
  OP_sh3add,
  OP_sh3addUw,
  OP_sll,
  OP_slli,
  OP_slliUw,
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
  OP_xnor,
  OP_xor,
  OP_xori,
  OP_zextH,
} from "../../../generated/instructions";
import { I32, I64, end, i32Const, i64Const, ifThen, localGet, localSet, op, otherwise } from "../../../jit/wasm-writer";
import { imm, rdNumber, rs1Number, rs2Number } from "../hart";
import { VALUE, getX, setX } from "./locals";

// Opcodes of wasm (WebAssembly specification, Numeric Instructions).
const I32_CLZ: u32 = 0x67;
const I32_CTZ: u32 = 0x68;
const I32_POPCNT: u32 = 0x69;
const I32_ADD: u32 = 0x6a;
const I32_SUB: u32 = 0x6b;
const I32_MUL: u32 = 0x6c;
const I32_DIV_S: u32 = 0x6d;
const I32_DIV_U: u32 = 0x6e;
const I32_REM_S: u32 = 0x6f;
const I32_REM_U: u32 = 0x70;
const I32_SHL: u32 = 0x74;
const I32_SHR_S: u32 = 0x75;
const I32_SHR_U: u32 = 0x76;
const I32_ROTL: u32 = 0x77;
const I32_ROTR: u32 = 0x78;
const I64_EQZ: u32 = 0x50;
const I64_NE: u32 = 0x52;
const I64_LT_S: u32 = 0x53;
const I64_LT_U: u32 = 0x54;
const I64_GT_S: u32 = 0x55;
const I64_GT_U: u32 = 0x56;
const I64_CLZ: u32 = 0x79;
const I64_CTZ: u32 = 0x7a;
const I64_POPCNT: u32 = 0x7b;
const I64_ADD: u32 = 0x7c;
const I64_SUB: u32 = 0x7d;
const I64_MUL: u32 = 0x7e;
const I64_DIV_S: u32 = 0x7f;
const I64_DIV_U: u32 = 0x80;
const I64_REM_S: u32 = 0x81;
const I64_REM_U: u32 = 0x82;
const I64_AND: u32 = 0x83;
const I64_OR: u32 = 0x84;
const I64_XOR: u32 = 0x85;
const I64_SHL: u32 = 0x86;
const I64_SHR_S: u32 = 0x87;
const I64_SHR_U: u32 = 0x88;
const I64_ROTL: u32 = 0x89;
const I64_ROTR: u32 = 0x8a;
const I32_WRAP: u32 = 0xa7;
const I64_EXTEND_I32_S: u32 = 0xac;
const I64_EXTEND_I32_U: u32 = 0xad;
const I64_EXTEND8_S: u32 = 0xc2;
const I64_EXTEND16_S: u32 = 0xc3;
const SELECT: u32 = 0x1b;

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
      return emitDivision(code, w) || emitBits(code, w);
  }
}

/** Pops the result. */
function done(w: u64): bool {
  setX(rdNumber(w));
  return true;
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

/** Pushes the low half of a register. */
function getWord(register: u32): void {
  getX(register);
  op(I32_WRAP);
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

// --- Division: by zero the quotient is all ones and the remainder the dividend; the most negative by -1 overflows to itself
// and 0 (unprivileged specification, Division Operations). wasm traps in both cases. ---

function emitDivision(code: u32, w: u64): bool {
  switch (code) {
    case OP_div:
      return signedDivision(w, I64_DIV_S, false);
    case OP_rem:
      return signedDivision(w, I64_REM_S, true);
    case OP_divu:
      return unsignedDivision(w, I64_DIV_U, false);
    case OP_remu:
      return unsignedDivision(w, I64_REM_U, true);
    case OP_divw:
      return signedWordDivision(w, I32_DIV_S, false);
    case OP_remw:
      return signedWordDivision(w, I32_REM_S, true);
    case OP_divuw:
      return unsignedWordDivision(w, I32_DIV_U, false);
    case OP_remuw:
      return unsignedWordDivision(w, I32_REM_U, true);
    case OP_mulhu:
      return highProduct(w);
    default:
      return false;
  }
}

function unsignedDivision(w: u64, opcode: u32, remainder: bool): bool {
  getX(rs2Number(w));
  op(I64_EQZ);
  ifThen(I64);
  if (remainder) getX(rs1Number(w));
  else i64Const(-1);
  otherwise();
  getX(rs1Number(w));
  getX(rs2Number(w));
  op(opcode);
  end();
  return done(w);
}

function signedDivision(w: u64, opcode: u32, remainder: bool): bool {
  // Divisors 0 and -1: by -1 the quotient is the negated dividend, which wraps as it should, and the remainder 0.
  getX(rs2Number(w));
  i64Const(1);
  op(I64_ADD);
  i64Const(2);
  op(I64_LT_U);
  ifThen(I64);
  getX(rs2Number(w));
  op(I64_EQZ);
  ifThen(I64);
  if (remainder) getX(rs1Number(w));
  else i64Const(-1);
  otherwise();
  i64Const(0);
  if (!remainder) {
    getX(rs1Number(w));
    op(I64_SUB);
  }
  end();
  otherwise();
  getX(rs1Number(w));
  getX(rs2Number(w));
  op(opcode);
  end();
  return done(w);
}

function unsignedWordDivision(w: u64, opcode: u32, remainder: bool): bool {
  getWord(rs2Number(w));
  op(0x45); // i32.eqz
  ifThen(I32);
  if (remainder) getWord(rs1Number(w));
  else i32Const(-1);
  otherwise();
  getWord(rs1Number(w));
  getWord(rs2Number(w));
  op(opcode);
  end();
  op(I64_EXTEND_I32_S);
  return done(w);
}

function signedWordDivision(w: u64, opcode: u32, remainder: bool): bool {
  getWord(rs2Number(w));
  i32Const(1);
  op(I32_ADD);
  i32Const(2);
  op(0x49); // i32.lt_u
  ifThen(I32);
  getWord(rs2Number(w));
  op(0x45); // i32.eqz
  ifThen(I32);
  if (remainder) getWord(rs1Number(w));
  else i32Const(-1);
  otherwise();
  i32Const(0);
  if (!remainder) {
    getWord(rs1Number(w));
    op(I32_SUB);
  }
  end();
  otherwise();
  getWord(rs1Number(w));
  getWord(rs2Number(w));
  op(opcode);
  end();
  op(I64_EXTEND_I32_S);
  return done(w);
}

/** mulhu, by halves: a = a1 a0, b = b1 b0; the sum of the middle products and what carries out of the low one fits 64 bits. */
function highProduct(w: u64): bool {
  const a = rs1Number(w);
  const b = rs2Number(w);
  // VALUE = a1 * b0 + (a0 * b0 >> 32)
  getHigh(a);
  getLow(b);
  op(I64_MUL);
  getLow(a);
  getLow(b);
  op(I64_MUL);
  i64Const(32);
  op(I64_SHR_U);
  op(I64_ADD);
  localSet(VALUE);
  // a1 * b1 + (VALUE >> 32) + ((a0 * b1 + (VALUE & 0xffffffff)) >> 32)
  getHigh(a);
  getHigh(b);
  op(I64_MUL);
  localGet(VALUE);
  i64Const(32);
  op(I64_SHR_U);
  op(I64_ADD);
  getLow(a);
  getHigh(b);
  op(I64_MUL);
  localGet(VALUE);
  i64Const(0xffff_ffff);
  op(I64_AND);
  op(I64_ADD);
  i64Const(32);
  op(I64_SHR_U);
  op(I64_ADD);
  return done(w);
}

function getHigh(register: u32): void {
  getX(register);
  i64Const(32);
  op(I64_SHR_U);
}

function getLow(register: u32): void {
  getX(register);
  i64Const(0xffff_ffff);
  op(I64_AND);
}

// --- Zba, Zbb, Zbs, Zicond ---

function emitBits(code: u32, w: u64): bool {
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
