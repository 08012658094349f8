// Division, and the upper half of a product. By zero the quotient is all ones and the remainder the dividend; the most negative
// by -1 overflows to itself and 0 (unprivileged specification, Division Operations). wasm traps in both cases.
import {
  OP_div,
  OP_divu,
  OP_divuw,
  OP_divw,
  OP_mulhu,
  OP_rem,
  OP_remu,
  OP_remuw,
  OP_remw,
} from "../../../generated/instructions";
import {
  I32_ADD,
  I32_DIV_S,
  I32_DIV_U,
  I32_EQZ,
  I32_LT_U,
  I32_REM_S,
  I32_REM_U,
  I32_SUB,
  I64_ADD,
  I64_AND,
  I64_DIV_S,
  I64_DIV_U,
  I64_EQZ,
  I64_EXTEND_I32_S,
  I64_LT_U,
  I64_MUL,
  I64_REM_S,
  I64_REM_U,
  I64_SHR_U,
  I64_SUB,
} from "../../../jit/wasm-opcodes";
import { I32, I64, end, i32Const, i64Const, ifThen, localGet, localSet, op, otherwise } from "../../../jit/wasm-writer";
import { rs1Number, rs2Number } from "../hart";
import { VALUE, getX } from "./locals";
import { done, getLow, getWord } from "./operands";

/** Writes instruction `w` with op `code`; false if it is none of these. */
export function emitMulDiv(code: u32, w: u64): bool {
  switch (code) {
    case OP_div:
      return signedDivision(w, I64_DIV_S, false, false);
    case OP_rem:
      return signedDivision(w, I64_REM_S, true, false);
    case OP_divu:
      return unsignedDivision(w, I64_DIV_U, false, false);
    case OP_remu:
      return unsignedDivision(w, I64_REM_U, true, false);
    case OP_divw:
      return signedDivision(w, I32_DIV_S, false, true);
    case OP_remw:
      return signedDivision(w, I32_REM_S, true, true);
    case OP_divuw:
      return unsignedDivision(w, I32_DIV_U, false, true);
    case OP_remuw:
      return unsignedDivision(w, I32_REM_U, true, true);
    case OP_mulhu:
      return highProduct(w);
    default:
      return false;
  }
}

/** `word`: of the low halves, with a sign-extended result. */
function unsignedDivision(w: u64, opcode: u32, remainder: bool, word: bool): bool {
  divisorIsZero(w, word);
  ifThen(word ? I32 : I64);
  byZero(w, remainder, word);
  otherwise();
  operands(w, opcode, word);
  end();
  return quotient(w, word);
}

/** Divisors 0 and -1: by -1 the quotient is the negated dividend, which wraps as it should, and the remainder 0. */
function signedDivision(w: u64, opcode: u32, remainder: bool, word: bool): bool {
  get(rs2Number(w), word);
  constant(1, word);
  op(word ? I32_ADD : I64_ADD);
  constant(2, word);
  op(word ? I32_LT_U : I64_LT_U);
  ifThen(word ? I32 : I64);
  divisorIsZero(w, word);
  ifThen(word ? I32 : I64);
  byZero(w, remainder, word);
  otherwise();
  constant(0, word);
  if (!remainder) {
    get(rs1Number(w), word);
    op(word ? I32_SUB : I64_SUB);
  }
  end();
  otherwise();
  operands(w, opcode, word);
  end();
  return quotient(w, word);
}

function get(register: u32, word: bool): void {
  if (word) getWord(register);
  else getX(register);
}

function constant(value: i32, word: bool): void {
  if (word) i32Const(value);
  else i64Const(value);
}

function divisorIsZero(w: u64, word: bool): void {
  get(rs2Number(w), word);
  op(word ? I32_EQZ : I64_EQZ);
}

function byZero(w: u64, remainder: bool, word: bool): void {
  if (remainder) get(rs1Number(w), word);
  else constant(-1, word);
}

function operands(w: u64, opcode: u32, word: bool): void {
  get(rs1Number(w), word);
  get(rs2Number(w), word);
  op(opcode);
}

function quotient(w: u64, word: bool): bool {
  if (word) op(I64_EXTEND_I32_S);
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
