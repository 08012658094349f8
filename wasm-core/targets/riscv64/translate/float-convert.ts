// Conversions between floating point and integers, and between singles and doubles.
import {
  OP_fcvtDL,
  OP_fcvtDLu,
  OP_fcvtDS,
  OP_fcvtDW,
  OP_fcvtDWu,
  OP_fcvtLD,
  OP_fcvtLS,
  OP_fcvtLuD,
  OP_fcvtLuS,
  OP_fcvtSD,
  OP_fcvtSL,
  OP_fcvtSLu,
  OP_fcvtSW,
  OP_fcvtSWu,
  OP_fcvtWD,
  OP_fcvtWS,
  OP_fcvtWuD,
  OP_fcvtWuS,
} from "../../../generated/instructions";
import { EMPTY, end, f64Const, i64Const, ifThen, op } from "../../../jit/wasm-writer";
import { rdNumber, rm, rs1Number } from "../hart";
import {
  beginExactness,
  beginQuick,
  endExactness,
  endQuick,
  getDouble,
  getHeldDouble,
  getHeldSingle,
  getSingle,
  holdDouble,
  holdSingle,
  mayRoundToNearest,
  pushUnsafe,
  requireDirty,
  requireEven,
  requireMode,
  requireNearest,
  requireSingles,
  setDouble,
  setSingle,
  slowIf,
} from "./float-state";
import { getX, setX } from "./locals";
import {
  F32_CONVERT_I32_S,
  F32_CONVERT_I32_U,
  F32_CONVERT_I64_S,
  F32_CONVERT_I64_U,
  F32_DEMOTE,
  F64_ABS,
  F64_CEIL,
  F64_CONVERT_I32_S,
  F64_CONVERT_I32_U,
  F64_CONVERT_I64_S,
  F64_CONVERT_I64_U,
  F64_FLOOR,
  F64_GE,
  F64_LT,
  F64_NE,
  F64_NEAREST,
  F64_PROMOTE,
  F64_TRUNC,
  I32_AND,
  I32_EQZ,
  I32_WRAP,
  I64_ADD,
  I64_EXTEND32_S,
  I64_GT_U,
  I64_TRUNC_F64_S,
  I64_TRUNC_F64_U,
} from "../../../jit/wasm-opcodes";

// Static rounding modes (unprivileged specification, Floating-Point Control and Status Register).
const RTZ: u32 = 1;
const RDN: u32 = 2;
const RUP: u32 = 3;
const RMM: u32 = 4;

const TWO_31: f64 = 2147483648;
const TWO_32: f64 = 4294967296;
const TWO_63: f64 = TWO_32 * 2147483648;
const TWO_64: f64 = TWO_32 * TWO_32;

export function emitConversion(code: u32, w: u64): bool {
  switch (code) {
    case OP_fcvtWD:
      return toInteger(w, TWO_31, true, false);
    case OP_fcvtWuD:
      return toInteger(w, TWO_32, false, false);
    case OP_fcvtLD:
      return toInteger(w, TWO_63, true, false);
    case OP_fcvtLuD:
      return toInteger(w, TWO_64, false, false);
    case OP_fcvtWS:
      return toInteger(w, TWO_31, true, true);
    case OP_fcvtWuS:
      return toInteger(w, TWO_32, false, true);
    case OP_fcvtLS:
      return toInteger(w, TWO_63, true, true);
    case OP_fcvtLuS:
      return toInteger(w, TWO_64, false, true);
    case OP_fcvtDW:
      return toDouble(w, F64_CONVERT_I32_S, true);
    case OP_fcvtDWu:
      return toDouble(w, F64_CONVERT_I32_U, true);
    case OP_fcvtDL:
      return toDouble(w, F64_CONVERT_I64_S, false);
    case OP_fcvtDLu:
      return toDouble(w, F64_CONVERT_I64_U, false);
    case OP_fcvtSW:
      return toSingle(w, F32_CONVERT_I32_S, true);
    case OP_fcvtSWu:
      return toSingle(w, F32_CONVERT_I32_U, true);
    case OP_fcvtSL:
      return toSingle(w, F32_CONVERT_I64_S, false);
    case OP_fcvtSLu:
      return toSingle(w, F32_CONVERT_I64_U, false);
    case OP_fcvtSD:
      return narrow(w);
    case OP_fcvtDS:
      return widen(w);
    default:
      return false;
  }
}

/** To integers below `limit`. Those that wasm would trap on, and with them some that it would not, go the slow way. */
function toInteger(w: u64, limit: f64, signed: bool, fromSingle: bool): bool {
  const a = rs1Number(w);
  if (rm(w) == RMM) return false;
  // Inexact makes FS dirty.
  requireDirty();
  beginQuick();
  requireEven();
  if (fromSingle) requireSingles(a, a);
  pushAsDouble(a, fromSingle);
  if (rm(w) == RDN) op(F64_FLOOR);
  else if (rm(w) == RUP) op(F64_CEIL);
  else if (rm(w) != RTZ) op(F64_NEAREST);
  holdDouble();
  getHeldDouble();
  if (signed) {
    op(F64_ABS);
    f64Const(limit);
    op(F64_LT);
  } else {
    f64Const(limit);
    op(F64_LT);
    getHeldDouble();
    f64Const(0);
    op(F64_GE);
    op(I32_AND);
  }
  op(I32_EQZ);
  slowIf();
  if (beginExactness()) {
    getHeldDouble();
    if (rm(w) == RTZ) op(F64_TRUNC);
    pushAsDouble(a, fromSingle);
    op(F64_NE);
    endExactness();
  }
  getHeldDouble();
  op(limit == TWO_64 ? I64_TRUNC_F64_U : I64_TRUNC_F64_S);
  if (limit == TWO_32) op(I64_EXTEND32_S);
  setX(rdNumber(w));
  return endQuick(w);
}

function pushAsDouble(register: u32, isSingle: bool): void {
  if (isSingle) {
    getSingle(register);
    op(F64_PROMOTE);
  } else {
    getDouble(register);
  }
}

function pushInteger(w: u64, opcode: u32, isWord: bool): void {
  getX(rs1Number(w));
  if (isWord) op(I32_WRAP);
  op(opcode);
}

/** Pushes whether an integer may need more than `bits` bits. */
function pushWide(w: u64, bits: i64, signed: bool): void {
  const limit: i64 = 1 << bits;
  getX(rs1Number(w));
  if (signed) {
    i64Const(limit);
    op(I64_ADD);
  }
  i64Const(signed ? limit << 1 : limit);
  op(I64_GT_U);
}

/** From words it is exact. */
function toDouble(w: u64, opcode: u32, isWord: bool): bool {
  if (!isWord && !mayRoundToNearest(w)) return false;
  requireDirty();
  beginQuick();
  if (isWord) requireMode(w);
  else requireEven();
  if (!isWord && beginExactness()) {
    pushWide(w, 53, opcode == F64_CONVERT_I64_S);
    endExactness();
  }
  pushInteger(w, opcode, isWord);
  setDouble(w);
  return endQuick(w);
}

function toSingle(w: u64, opcode: u32, isWord: bool): bool {
  if (!mayRoundToNearest(w)) return false;
  requireDirty();
  beginQuick();
  if (isWord) {
    requireNearest();
  } else {
    requireEven();
    if (beginExactness()) {
      pushWide(w, 24, opcode == F32_CONVERT_I64_S);
      endExactness();
    }
  }
  pushInteger(w, opcode, isWord);
  holdSingle();
  setSingle(w);
  return endQuick(w);
}

function narrow(w: u64): bool {
  if (!mayRoundToNearest(w)) return false;
  requireDirty();
  beginQuick();
  requireEven();
  getDouble(rs1Number(w));
  op(F32_DEMOTE);
  holdSingle();
  pushUnsafe(true);
  ifThen(EMPTY);
  getDouble(rs1Number(w));
  f64Const(0);
  op(F64_NE);
  slowIf();
  end();
  if (beginExactness()) {
    getHeldSingle();
    op(F64_PROMOTE);
    getDouble(rs1Number(w));
    op(F64_NE);
    endExactness();
  }
  setSingle(w);
  return endQuick(w);
}

/** Exact, but for NaNs. */
function widen(w: u64): bool {
  const a = rs1Number(w);
  requireDirty();
  beginQuick();
  requireMode(w);
  requireSingles(a, a);
  getSingle(a);
  op(F64_PROMOTE);
  holdDouble();
  getHeldDouble();
  getHeldDouble();
  op(F64_NE);
  slowIf();
  getHeldDouble();
  setDouble(w);
  return endQuick(w);
}
