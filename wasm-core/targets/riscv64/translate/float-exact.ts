// Before inexact has been raised, a result is taken only if it is exact; here is how that shows. Each function pushes an i32 that
// is zero only if it is. Operands and result are finite, and nothing underflowed.
import { f64Const, i64Const, localGet, localSet, op } from "../../../jit/wasm-writer";
import { rs1Number, rs2Number } from "../hart";
import { getBits, getDouble, getHeldDouble, getHeldSingle, getSingle } from "./float-state";
import { FLOAT_SCRATCH } from "./locals";
import {
  F64_ADD,
  F64_MUL,
  F64_NE,
  F64_PROMOTE,
  F64_SUB,
  I32_OR,
  I64_ADD,
  I64_CTZ,
  I64_LT_U,
  I64_OR,
  I64_REINTERPRET,
} from "../../../jit/wasm-opcodes";

function pushSingle(register: u32): void {
  getSingle(register);
  op(F64_PROMOTE);
}

function pushHeldSingle(): void {
  getHeldSingle();
  op(F64_PROMOTE);
}

/** Of a sum or difference: its error, by Knuth's TwoSum (softfloat/native.ts). */
export function pushInexactSum(w: u64, isDifference: bool, isSingle: bool): void {
  const a = rs1Number(w);
  const b = rs2Number(w);
  if (isSingle) return pushInexactSumS(a, b, isDifference);
  const shifted = FLOAT_SCRATCH + 1;
  getHeldDouble();
  getDouble(a);
  op(F64_SUB);
  localSet(shifted);
  getDouble(a);
  getHeldDouble();
  localGet(shifted);
  op(F64_SUB);
  op(F64_SUB);
  getDouble(b);
  localGet(shifted);
  op(isDifference ? F64_ADD : F64_SUB);
  op(isDifference ? F64_SUB : F64_ADD);
  f64Const(0);
  op(F64_NE);
}

/** What is left of the result without the greater operand can be represented, and is the other one if nothing was lost. */
function pushInexactSumS(a: u32, b: u32, isDifference: bool): void {
  if (isDifference) {
    pushSingle(a);
    pushHeldSingle();
  } else {
    pushHeldSingle();
    pushSingle(a);
  }
  op(F64_SUB);
  pushSingle(b);
  op(F64_NE);
  pushHeldSingle();
  pushSingle(b);
  op(isDifference ? F64_ADD : F64_SUB);
  pushSingle(a);
  op(F64_NE);
  op(I32_OR);
}

/** Pops the bits of two doubles and pushes whether their product may have more than 53 bits. */
function pushLong(): void {
  op(I64_ADD);
  i64Const(53);
  op(I64_LT_U);
}

/** Pops the bits of a double and pushes how many zeros there are at the end of its significand. */
function countZeros(): void {
  i64Const(1 << 52);
  op(I64_OR);
  op(I64_CTZ);
}

/** Of a product: single ones are exact as doubles. */
export function pushInexactProduct(w: u64, isSingle: bool): void {
  const a = rs1Number(w);
  const b = rs2Number(w);
  if (isSingle) {
    pushSingle(a);
    pushSingle(b);
    op(F64_MUL);
    pushHeldSingle();
    op(F64_NE);
    return;
  }
  getBits(a);
  countZeros();
  getBits(b);
  countZeros();
  pushLong();
}

/** Of a quotient: whether times the divisor it is not the dividend. */
export function pushInexactQuotient(w: u64, isSingle: bool): void {
  const a = rs1Number(w);
  const b = rs2Number(w);
  if (isSingle) {
    pushHeldSingle();
    pushSingle(b);
    op(F64_MUL);
    pushSingle(a);
    op(F64_NE);
    return;
  }
  getHeldDouble();
  getDouble(b);
  op(F64_MUL);
  getDouble(a);
  op(F64_NE);
  getHeldDouble();
  op(I64_REINTERPRET);
  countZeros();
  getBits(b);
  countZeros();
  pushLong();
  op(I32_OR);
}

/** Of a root: whether its square is not the radicand. */
export function pushInexactRoot(w: u64, isSingle: bool): void {
  const a = rs1Number(w);
  if (isSingle) {
    pushHeldSingle();
    pushHeldSingle();
    op(F64_MUL);
    pushSingle(a);
    op(F64_NE);
    return;
  }
  getHeldDouble();
  getHeldDouble();
  op(F64_MUL);
  getDouble(a);
  op(F64_NE);
  getHeldDouble();
  op(I64_REINTERPRET);
  countZeros();
  getHeldDouble();
  op(I64_REINTERPRET);
  countZeros();
  pushLong();
  op(I32_OR);
}
