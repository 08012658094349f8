// Floating point: the host's own operations where they give the guest's bits and flags, the interpreter's functions elsewhere.
// The reasons why they do are those of softfloat/native.ts.
import {
  OP_faddD,
  OP_faddS,
  OP_fdivD,
  OP_fdivS,
  OP_feqD,
  OP_feqS,
  OP_fleD,
  OP_fleS,
  OP_fltD,
  OP_fltS,
  OP_fmaxD,
  OP_fmaxS,
  OP_fminD,
  OP_fminS,
  OP_fmulD,
  OP_fmulS,
  OP_fsqrtD,
  OP_fsqrtS,
  OP_fsubD,
  OP_fsubS,
  WRITES_F,
  operandsOf,
} from "../../../generated/instructions";
import { EMPTY, end, f32Const, f64Const, i32Const, ifThen, localGet, localTee, op } from "../../../jit/wasm-writer";
import { rdNumber, rs1Number, rs2Number } from "../hart";
import { emitConversion } from "./float-convert";
import { emitFused } from "./float-fused";
import { emitMove } from "./float-move";
import {
  beginExactness,
  beginQuick,
  endExactness,
  endQuick,
  forgetBox,
  getDouble,
  getHeldDouble,
  getHeldSingle,
  getSingle,
  holdDouble,
  holdSingle,
  mayRoundToNearest,
  pushHeldExponent,
  pushUnsafe,
  requireDirty,
  requireEven,
  requireOn,
  requireSingles,
  setDouble,
  setSingle,
  slowIf,
} from "./float-state";
import { pushInexactProduct, pushInexactQuotient, pushInexactRoot, pushInexactSum } from "./float-exact";
import { STATUS, setX } from "./locals";
import {
  F32_ADD,
  F32_DIV,
  F32_EQ,
  F32_GE,
  F32_GT,
  F32_LE,
  F32_LT,
  F32_MAX,
  F32_MIN,
  F32_MUL,
  F32_NE,
  F32_SQRT,
  F32_SUB,
  F64_ADD,
  F64_DIV,
  F64_EQ,
  F64_GE,
  F64_GT,
  F64_LE,
  F64_LT,
  F64_MAX,
  F64_MIN,
  F64_MUL,
  F64_NE,
  F64_SQRT,
  F64_SUB,
  I32_AND,
  I32_EQ,
  I32_EQZ,
  I32_OR,
  I64_EXTEND_I32_U,
} from "../../../jit/wasm-opcodes";

/** Writes floating-point instruction `w` with op `code`; false if the interpreter's function is to execute it. */
export function emitFloat(code: u32, w: u64): bool {
  if (emitQuick(code, w)) return true;
  if (operandsOf(code) & WRITES_F) forgetBox(rdNumber(w));
  return false;
}

function emitQuick(code: u32, w: u64): bool {
  switch (code) {
    case OP_faddD:
      return sum(w, F64_ADD, false);
    case OP_fsubD:
      return sum(w, F64_SUB, false);
    case OP_faddS:
      return sum(w, F32_ADD, true);
    case OP_fsubS:
      return sum(w, F32_SUB, true);
    case OP_fmulD:
      return product(w, F64_MUL, false);
    case OP_fdivD:
      return product(w, F64_DIV, false);
    case OP_fmulS:
      return product(w, F32_MUL, true);
    case OP_fdivS:
      return product(w, F32_DIV, true);
    case OP_fsqrtD:
      return root(w, F64_SQRT, false);
    case OP_fsqrtS:
      return root(w, F32_SQRT, true);
    case OP_fminD:
      return extremum(w, F64_MIN, false);
    case OP_fmaxD:
      return extremum(w, F64_MAX, false);
    case OP_fminS:
      return extremum(w, F32_MIN, true);
    case OP_fmaxS:
      return extremum(w, F32_MAX, true);
    case OP_feqD:
      return compared(w, F64_EQ, F64_LT, F64_GT, false);
    case OP_fltD:
      return compared(w, F64_LT, F64_GE, 0, false);
    case OP_fleD:
      return compared(w, F64_LE, F64_GT, 0, false);
    case OP_feqS:
      return compared(w, F32_EQ, F32_LT, F32_GT, true);
    case OP_fltS:
      return compared(w, F32_LT, F32_GE, 0, true);
    case OP_fleS:
      return compared(w, F32_LE, F32_GT, 0, true);
    default:
      return emitMove(code, w) || emitConversion(code, w) || emitFused(code, w);
  }
}

/** Begins an instruction that rounds and writes a floating-point register, and pushes its operands. */
function beginRounded(w: u64, isSingle: bool): void {
  requireDirty();
  beginQuick();
  requireEven();
  pushOperands(w, isSingle);
}

function pushOperands(w: u64, isSingle: bool): void {
  if (isSingle) {
    requireSingles(rs1Number(w), rs2Number(w));
    getSingle(rs1Number(w));
    getSingle(rs2Number(w));
  } else {
    getDouble(rs1Number(w));
    getDouble(rs2Number(w));
  }
}

function hold(isSingle: bool): void {
  if (isSingle) holdSingle();
  else holdDouble();
}

/** Writes the result. */
function finish(w: u64, isSingle: bool): bool {
  if (isSingle) {
    setSingle(w);
  } else {
    getHeldDouble();
    setDouble(w);
  }
  return endQuick(w);
}

/** Sums do not underflow: those below the least normal are exact. */
function sum(w: u64, opcode: u32, isSingle: bool): bool {
  if (!mayRoundToNearest(w)) return false;
  beginRounded(w, isSingle);
  op(opcode);
  hold(isSingle);
  const infinite = isSingle ? 0xff : 0x7ff;
  pushHeldExponent(isSingle);
  i32Const(infinite);
  op(I32_EQ);
  slowIf();
  if (beginExactness()) {
    pushInexactSum(w, opcode == F64_SUB || opcode == F32_SUB, isSingle);
    endExactness();
  }
  return finish(w, isSingle);
}

/** Products and quotients. A zero is exact if it comes from a zero: of a quotient, the dividend. */
function product(w: u64, opcode: u32, isSingle: bool): bool {
  if (!mayRoundToNearest(w)) return false;
  const isQuotient = opcode == F64_DIV || opcode == F32_DIV;
  beginRounded(w, isSingle);
  op(opcode);
  hold(isSingle);
  pushUnsafe(isSingle);
  ifThen(EMPTY);
  pushIsZero(rs1Number(w), isSingle);
  if (!isQuotient) {
    pushIsZero(rs2Number(w), isSingle);
    op(I32_OR);
  }
  if (isSingle) {
    getHeldSingle();
    f32Const(0);
    op(F32_EQ);
  } else {
    getHeldDouble();
    f64Const(0);
    op(F64_EQ);
  }
  op(I32_AND);
  op(I32_EQZ);
  slowIf();
  end();
  if (beginExactness()) {
    if (isQuotient) pushInexactQuotient(w, isSingle);
    else pushInexactProduct(w, isSingle);
    endExactness();
  }
  return finish(w, isSingle);
}

function pushIsZero(register: u32, isSingle: bool): void {
  if (isSingle) {
    getSingle(register);
    f32Const(0);
    op(F32_EQ);
  } else {
    getDouble(register);
    f64Const(0);
    op(F64_EQ);
  }
}

/** Pushes whether the result is a NaN. */
function pushIsNaN(isSingle: bool): void {
  if (isSingle) {
    getHeldSingle();
    getHeldSingle();
    op(F32_NE);
  } else {
    getHeldDouble();
    getHeldDouble();
    op(F64_NE);
  }
}

/** A root neither overflows nor underflows. */
function root(w: u64, opcode: u32, isSingle: bool): bool {
  if (!mayRoundToNearest(w)) return false;
  const a = rs1Number(w);
  requireDirty();
  beginQuick();
  requireEven();
  if (isSingle) {
    requireSingles(a, a);
    getSingle(a);
  } else {
    getDouble(a);
  }
  op(opcode);
  hold(isSingle);
  pushIsNaN(isSingle);
  slowIf();
  if (beginExactness()) {
    pushInexactRoot(w, isSingle);
    endExactness();
  }
  return finish(w, isSingle);
}

/** wasm's extrema put -0 before +0, too, and are NaN if an operand is. */
function extremum(w: u64, opcode: u32, isSingle: bool): bool {
  requireDirty();
  beginQuick();
  pushOperands(w, isSingle);
  op(opcode);
  hold(isSingle);
  pushIsNaN(isSingle);
  slowIf();
  return finish(w, isSingle);
}

/** A comparison by `opcode`; with `others`, it finds all numbers ordered. */
function compared(w: u64, opcode: u32, other: u32, another: u32, isSingle: bool): bool {
  requireOn();
  beginQuick();
  pushOperands(w, isSingle);
  op(opcode);
  localTee(STATUS);
  pushOperands(w, isSingle);
  op(other);
  op(I32_OR);
  if (another) {
    pushOperands(w, isSingle);
    op(another);
    op(I32_OR);
  }
  op(I32_EQZ);
  slowIf();
  localGet(STATUS);
  op(I64_EXTEND_I32_U);
  setX(rdNumber(w));
  return endQuick(w);
}
