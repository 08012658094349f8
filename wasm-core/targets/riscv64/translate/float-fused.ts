// Fused multiply-add from the host's operations, which round twice: the quick way takes what provably comes out the same.
import {
  OP_fmaddD,
  OP_fmaddS,
  OP_fmsubD,
  OP_fmsubS,
  OP_fnmaddD,
  OP_fnmaddS,
  OP_fnmsubD,
  OP_fnmsubS,
} from "../../../generated/instructions";
import {
  EMPTY,
  end,
  f64Const,
  i32Const,
  ifThen,
  localGet,
  localSet,
  localTee,
  op,
  otherwise,
} from "../../../jit/wasm-writer";
import { imm, rs1Number, rs2Number } from "../hart";
import {
  beginQuick,
  endQuick,
  getDouble,
  getHeldDouble,
  getSingle,
  holdDouble,
  holdSingle,
  mayRoundToNearest,
  pushExponent,
  pushUnsafe,
  requireDirty,
  requireNearest,
  requireSingles,
  setDouble,
  setSingle,
  slowIf,
} from "./float-state";
import { FLOAT_SCRATCH, fLocal } from "./locals";
import {
  F32_DEMOTE,
  F32_NEG,
  F64_ADD,
  F64_EQ,
  F64_MUL,
  F64_NE,
  F64_NEG,
  F64_PROMOTE,
  F64_SUB,
  I32_AND,
  I32_EQ,
  I32_EQZ,
  I32_GE_U,
  I32_OR,
  I32_SUB,
  I32_WRAP,
  I64_REINTERPRET,
} from "../../../jit/wasm-opcodes";

export function emitFused(code: u32, w: u64): bool {
  switch (code) {
    case OP_fmaddD:
      return fusedD(w, false, false);
    case OP_fmsubD:
      return fusedD(w, false, true);
    case OP_fnmsubD:
      return fusedD(w, true, false);
    case OP_fnmaddD:
      return fusedD(w, true, true);
    case OP_fmaddS:
      return fusedS(w, false, false);
    case OP_fmsubS:
      return fusedS(w, false, true);
    case OP_fnmsubS:
      return fusedS(w, true, false);
    case OP_fnmaddS:
      return fusedS(w, true, true);
    default:
      return false;
  }
}

/**
 * The product of two singles is exact as a double. Rounding the sum twice, to double and to single, goes wrong only if the
 * first made it a tie of the second: its lower 29 bits are a one and zeros.
 */
function fusedS(w: u64, negateProduct: bool, negateAddend: bool): bool {
  if (!mayRoundToNearest(w)) return false;
  const a = rs1Number(w);
  const b = rs2Number(w);
  const c = <u32>imm(w);
  requireDirty();
  beginQuick();
  requireNearest();
  requireSingles(a, b);
  requireSingles(c, c);
  pushSingleAsDouble(a, negateProduct);
  pushSingleAsDouble(b, false);
  op(F64_MUL);
  pushSingleAsDouble(c, negateAddend);
  op(F64_ADD);
  holdDouble();
  getHeldDouble();
  op(I64_REINTERPRET);
  op(I32_WRAP);
  i32Const(0x1fff_ffff);
  op(I32_AND);
  i32Const(0x1000_0000);
  op(I32_EQ);
  slowIf();
  getHeldDouble();
  op(F32_DEMOTE);
  holdSingle();
  pushUnsafe(true);
  ifThen(EMPTY);
  // A sum that is zero as a double is exact.
  getHeldDouble();
  f64Const(0);
  op(F64_NE);
  slowIf();
  end();
  setSingle(w);
  return endQuick(w);
}

function pushSingleAsDouble(register: u32, negated: bool): void {
  getSingle(register);
  if (negated) op(F32_NEG);
  op(F64_PROMOTE);
}

// Scratch places besides that of the result, some of them for one thing after another.
function xPlace(): u32 {
  return FLOAT_SCRATCH + 1;
}

function zPlace(): u32 {
  return FLOAT_SCRATCH + 2;
}

function productPlace(): u32 {
  return FLOAT_SCRATCH + 3;
}

function restPlace(): u32 {
  return FLOAT_SCRATCH + 4;
}

function xUpperPlace(): u32 {
  return FLOAT_SCRATCH + 5;
}

function xLowerPlace(): u32 {
  return FLOAT_SCRATCH + 6;
}

function yUpperPlace(): u32 {
  return FLOAT_SCRATCH + 7;
}

function yLowerPlace(): u32 {
  return FLOAT_SCRATCH + 8;
}

/** The register's local, or `place` with the negated value. */
function operandLocal(register: u32, negated: bool, place: u32): u32 {
  if (!negated) return fLocal(register);
  getDouble(register);
  op(F64_NEG);
  localSet(place);
  return place;
}

/** From which exponent of a product on none of its 106 bits is lost, and how many exponents from there are far from overflow. */
const LEAST_EXPONENT: i32 = 1023 - 900;
const EXPONENTS: i32 = 1801;

/**
 * The product is the sum of its rounded value and a rest, exactly (Dekker's product), and so is the sum of that value and z
 * (Knuth's TwoSum, as in softfloat/native.ts). With sum + (error + rest), the last two added and so off by up to half a last
 * place, the result is right if it is the same a whole such place further up and down, as rounding is monotonic; and
 * if there is no rest. What overflows on the way makes a NaN, which is not the same as anything.
 */
function fusedD(w: u64, negateProduct: bool, negateAddend: bool): bool {
  if (!mayRoundToNearest(w)) return false;
  requireDirty();
  beginQuick();
  requireNearest();
  const x = operandLocal(rs1Number(w), negateProduct, xPlace());
  const y = fLocal(rs2Number(w));
  const z = operandLocal(<u32>imm(w), negateAddend, zPlace());
  const product = productPlace();
  const rest = restPlace();
  binary(x, y, F64_MUL);
  localSet(product);
  // Zeros make an exact zero.
  pushExponent(product);
  i32Const(LEAST_EXPONENT);
  op(I32_SUB);
  i32Const(EXPONENTS);
  op(I32_GE_U);
  ifThen(EMPTY);
  pushIsZero(x);
  pushIsZero(y);
  op(I32_OR);
  op(I32_EQZ);
  slowIf();
  end();
  emitRest(x, y);
  binary(product, z, F64_ADD);
  holdDouble();
  pushIsZero(rest);
  ifThen(EMPTY);
  binary(FLOAT_SCRATCH, FLOAT_SCRATCH, F64_NE);
  slowIf();
  otherwise();
  emitCorrection(z);
  end();
  getHeldDouble();
  setDouble(w);
  return endQuick(w);
}

function pushIsZero(local: u32): void {
  localGet(local);
  f64Const(0);
  op(F64_EQ);
}

function binary(a: u32, b: u32, opcode: u32): void {
  localGet(a);
  localGet(b);
  op(opcode);
}

/** What rounding took from x × y. */
function emitRest(x: u32, y: u32): void {
  split(x, xUpperPlace(), xLowerPlace());
  split(y, yUpperPlace(), yLowerPlace());
  binary(xLowerPlace(), yLowerPlace(), F64_MUL);
  localGet(productPlace());
  binary(xUpperPlace(), yUpperPlace(), F64_MUL);
  op(F64_SUB);
  binary(xLowerPlace(), yUpperPlace(), F64_MUL);
  op(F64_SUB);
  binary(xUpperPlace(), yLowerPlace(), F64_MUL);
  op(F64_SUB);
  op(F64_SUB);
  localSet(restPlace());
}

/** The nearest number of 26 bits (Veltkamp's splitting) and what is left. */
function split(value: u32, upper: u32, lower: u32): void {
  localGet(value);
  f64Const(134217729); // 2^27 + 1
  op(F64_MUL);
  localTee(upper);
  binary(upper, value, F64_SUB);
  op(F64_SUB);
  localSet(upper);
  binary(value, upper, F64_SUB);
  localSet(lower);
}

/** Adds to the result, product + z rounded, what that and the product's rounding took. */
function emitCorrection(z: u32): void {
  const product = productPlace();
  const sum = xUpperPlace();
  const shifted = xLowerPlace();
  const correction = yUpperPlace();
  getHeldDouble();
  localTee(sum);
  localGet(product);
  op(F64_SUB);
  localSet(shifted);
  localGet(product);
  binary(sum, shifted, F64_SUB);
  op(F64_SUB);
  binary(z, shifted, F64_SUB);
  op(F64_ADD);
  localGet(restPlace());
  op(F64_ADD);
  localSet(correction);
  pushCorrected(sum, correction, 1 + f64.EPSILON);
  pushCorrected(sum, correction, 1 - f64.EPSILON);
  op(F64_NE);
  slowIf();
  binary(sum, correction, F64_ADD);
  holdDouble();
}

function pushCorrected(sum: u32, correction: u32, factor: f64): void {
  localGet(sum);
  localGet(correction);
  f64Const(factor);
  op(F64_MUL);
  op(F64_ADD);
}
