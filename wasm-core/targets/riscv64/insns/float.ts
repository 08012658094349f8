// F, D, Zfhmin: exact arithmetic of softfloat, with the flags added to fcsr. Narrow values are NaN-boxed.
import { MSTATUS_FS } from "../../../generated/csrs";
import { f32Classify, f64Classify } from "../../../softfloat/classify";
import { f32Eq, f32Le, f32Lt, f64Eq, f64Le, f64Lt } from "../../../softfloat/compare";
import { f16ToF32, f16ToF64, f32ToF16, f32ToF64, f64ToF16, f64ToF32 } from "../../../softfloat/convert-format";
import { clearFlags, exceptionFlags } from "../../../softfloat/flags";
import {
  i32ToF32,
  i32ToF64,
  i64ToF32,
  i64ToF64,
  u32ToF32,
  u32ToF64,
  u64ToF32,
  u64ToF64,
} from "../../../softfloat/from-integer";
import { f32Max, f32Min, f64Max, f64Min } from "../../../softfloat/min-max";
import {
  f32AddFast,
  f32DivFast,
  f32FmaFast,
  f32MulFast,
  f32SqrtFast,
  f32SubFast,
  f64AddFast,
  f64DivFast,
  f64FmaFast,
  f64MulFast,
  f64SqrtFast,
  f64SubFast,
} from "../../../softfloat/native";
import {
  f32ToI32,
  f32ToI64,
  f32ToU32,
  f32ToU64,
  f64ToI32,
  f64ToI64,
  f64ToU32,
  f64ToU64,
} from "../../../softfloat/to-integer";
import { illegal } from "../fetch";
import { DONE, Hart, getF, imm, rdNumber, rm, rs1, rs1Number, rs2Number, setF, setRd } from "../hart";

const BOX_S: u64 = 0xffff_ffff_0000_0000;
const BOX_H: u64 = 0xffff_ffff_ffff_0000;
const NAN_S: u32 = 0x7fc0_0000;
const NAN_H: u32 = 0x7e00;
const SIGN_S: u32 = 0x8000_0000;
const SIGN_D: u64 = 0x8000_0000_0000_0000;
const DYNAMIC: u32 = 7;
/** Answer of rounding: FS is off or the mode is reserved. */
const NO_MODE: u32 = 8;

/** Rounding mode of the instruction, or NO_MODE if it is illegal now. Clears softfloat's flags for what follows. */
function rounding(hart: Hart, w: u64): u32 {
  if (!(hart.mstatus & MSTATUS_FS)) return NO_MODE;
  clearFlags();
  const mode = rm(w);
  if (mode != DYNAMIC) return mode;
  const dynamic = <u32>(hart.fcsr >> 5) & 7;
  return dynamic > 4 ? NO_MODE : dynamic;
}

function accrued(hart: Hart): u32 {
  return <u32>hart.fcsr & 0x1f;
}

/** For instructions without a rounding mode: whether FS is on. */
function begin(hart: Hart): bool {
  clearFlags();
  return (hart.mstatus & MSTATUS_FS) != 0;
}

function single(hart: Hart, index: u32): u32 {
  const value = getF(hart, index);
  return (value & BOX_S) == BOX_S ? <u32>value : NAN_S;
}

function half(hart: Hart, index: u32): u32 {
  const value = getF(hart, index);
  return (value & BOX_H) == BOX_H ? <u32>value & 0xffff : NAN_H;
}

function a32(hart: Hart, w: u64): u32 {
  return single(hart, rs1Number(w));
}

function b32(hart: Hart, w: u64): u32 {
  return single(hart, rs2Number(w));
}

function c32(hart: Hart, w: u64): u32 {
  return single(hart, <u32>imm(w));
}

function a64(hart: Hart, w: u64): u64 {
  return getF(hart, rs1Number(w));
}

function b64(hart: Hart, w: u64): u64 {
  return getF(hart, rs2Number(w));
}

function c64(hart: Hart, w: u64): u64 {
  return getF(hart, <u32>imm(w));
}

function addFlags(hart: Hart): void {
  const flags = exceptionFlags;
  if (flags) {
    hart.fcsr |= <u8>flags;
    hart.mstatus |= MSTATUS_FS;
  }
}

function endD(hart: Hart, w: u64, value: u64): u32 {
  hart.fcsr |= <u8>exceptionFlags;
  hart.mstatus |= MSTATUS_FS;
  setF(hart, rdNumber(w), value);
  return DONE;
}

function endS(hart: Hart, w: u64, value: u32): u32 {
  return endD(hart, w, BOX_S | <u64>value);
}

function endH(hart: Hart, w: u64, value: u32): u32 {
  return endD(hart, w, BOX_H | <u64>value);
}

function endX(hart: Hart, w: u64, value: u64): u32 {
  addFlags(hart);
  setRd(hart, w, value);
  return DONE;
}

export function fmaddS(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endS(hart, w, f32FmaFast(a32(hart, w), b32(hart, w), c32(hart, w), mode, accrued(hart)));
}

export function fmsubS(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endS(hart, w, f32FmaFast(a32(hart, w), b32(hart, w), c32(hart, w) ^ SIGN_S, mode, accrued(hart)));
}

export function fnmsubS(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endS(hart, w, f32FmaFast(a32(hart, w) ^ SIGN_S, b32(hart, w), c32(hart, w), mode, accrued(hart)));
}

export function fnmaddS(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endS(hart, w, f32FmaFast(a32(hart, w) ^ SIGN_S, b32(hart, w), c32(hart, w) ^ SIGN_S, mode, accrued(hart)));
}

export function faddS(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endS(hart, w, f32AddFast(a32(hart, w), b32(hart, w), mode, accrued(hart)));
}

export function fsubS(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endS(hart, w, f32SubFast(a32(hart, w), b32(hart, w), mode, accrued(hart)));
}

export function fmulS(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endS(hart, w, f32MulFast(a32(hart, w), b32(hart, w), mode, accrued(hart)));
}

export function fdivS(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endS(hart, w, f32DivFast(a32(hart, w), b32(hart, w), mode, accrued(hart)));
}

export function fsqrtS(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endS(hart, w, f32SqrtFast(a32(hart, w), mode, accrued(hart)));
}

export function fsgnjS(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endS(hart, w, (a32(hart, w) & ~SIGN_S) | (b32(hart, w) & SIGN_S));
}

export function fsgnjnS(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endS(hart, w, (a32(hart, w) & ~SIGN_S) | (~b32(hart, w) & SIGN_S));
}

export function fsgnjxS(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endS(hart, w, a32(hart, w) ^ (b32(hart, w) & SIGN_S));
}

export function fminS(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endS(hart, w, f32Min(a32(hart, w), b32(hart, w)));
}

export function fmaxS(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endS(hart, w, f32Max(a32(hart, w), b32(hart, w)));
}

export function feqS(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endX(hart, w, <u64>f32Eq(a32(hart, w), b32(hart, w)));
}

export function fltS(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endX(hart, w, <u64>f32Lt(a32(hart, w), b32(hart, w)));
}

export function fleS(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endX(hart, w, <u64>f32Le(a32(hart, w), b32(hart, w)));
}

export function fclassS(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endX(hart, w, <u64>f32Classify(a32(hart, w)));
}

export function fcvtWS(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endX(hart, w, <u64>(<i64>f32ToI32(a32(hart, w), mode)));
}

export function fcvtWuS(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endX(hart, w, <u64>(<i64>(<i32>f32ToU32(a32(hart, w), mode))));
}

export function fcvtLS(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endX(hart, w, <u64>f32ToI64(a32(hart, w), mode));
}

export function fcvtLuS(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endX(hart, w, f32ToU64(a32(hart, w), mode));
}

export function fcvtSW(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endS(hart, w, i32ToF32(<i32>rs1(hart, w), mode));
}

export function fcvtSWu(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endS(hart, w, u32ToF32(<u32>rs1(hart, w), mode));
}

export function fcvtSL(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endS(hart, w, i64ToF32(<i64>rs1(hart, w), mode));
}

export function fcvtSLu(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endS(hart, w, u64ToF32(rs1(hart, w), mode));
}

export function fmaddD(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endD(hart, w, f64FmaFast(a64(hart, w), b64(hart, w), c64(hart, w), mode, accrued(hart)));
}

export function fmsubD(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endD(hart, w, f64FmaFast(a64(hart, w), b64(hart, w), c64(hart, w) ^ SIGN_D, mode, accrued(hart)));
}

export function fnmsubD(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endD(hart, w, f64FmaFast(a64(hart, w) ^ SIGN_D, b64(hart, w), c64(hart, w), mode, accrued(hart)));
}

export function fnmaddD(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endD(hart, w, f64FmaFast(a64(hart, w) ^ SIGN_D, b64(hart, w), c64(hart, w) ^ SIGN_D, mode, accrued(hart)));
}

export function faddD(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endD(hart, w, f64AddFast(a64(hart, w), b64(hart, w), mode, accrued(hart)));
}

export function fsubD(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endD(hart, w, f64SubFast(a64(hart, w), b64(hart, w), mode, accrued(hart)));
}

export function fmulD(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endD(hart, w, f64MulFast(a64(hart, w), b64(hart, w), mode, accrued(hart)));
}

export function fdivD(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endD(hart, w, f64DivFast(a64(hart, w), b64(hart, w), mode, accrued(hart)));
}

export function fsqrtD(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endD(hart, w, f64SqrtFast(a64(hart, w), mode, accrued(hart)));
}

export function fsgnjD(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endD(hart, w, (a64(hart, w) & ~SIGN_D) | (b64(hart, w) & SIGN_D));
}

export function fsgnjnD(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endD(hart, w, (a64(hart, w) & ~SIGN_D) | (~b64(hart, w) & SIGN_D));
}

export function fsgnjxD(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endD(hart, w, a64(hart, w) ^ (b64(hart, w) & SIGN_D));
}

export function fminD(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endD(hart, w, f64Min(a64(hart, w), b64(hart, w)));
}

export function fmaxD(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endD(hart, w, f64Max(a64(hart, w), b64(hart, w)));
}

export function feqD(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endX(hart, w, <u64>f64Eq(a64(hart, w), b64(hart, w)));
}

export function fltD(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endX(hart, w, <u64>f64Lt(a64(hart, w), b64(hart, w)));
}

export function fleD(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endX(hart, w, <u64>f64Le(a64(hart, w), b64(hart, w)));
}

export function fclassD(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endX(hart, w, <u64>f64Classify(a64(hart, w)));
}

export function fcvtWD(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endX(hart, w, <u64>(<i64>f64ToI32(a64(hart, w), mode)));
}

export function fcvtWuD(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endX(hart, w, <u64>(<i64>(<i32>f64ToU32(a64(hart, w), mode))));
}

export function fcvtLD(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endX(hart, w, <u64>f64ToI64(a64(hart, w), mode));
}

export function fcvtLuD(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endX(hart, w, f64ToU64(a64(hart, w), mode));
}

export function fcvtDW(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endD(hart, w, i32ToF64(<i32>rs1(hart, w), mode));
}

export function fcvtDWu(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endD(hart, w, u32ToF64(<u32>rs1(hart, w), mode));
}

export function fcvtDL(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endD(hart, w, i64ToF64(<i64>rs1(hart, w), mode));
}

export function fcvtDLu(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endD(hart, w, u64ToF64(rs1(hart, w), mode));
}

export function fcvtSD(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endS(hart, w, f64ToF32(a64(hart, w), mode));
}

export function fcvtDS(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endD(hart, w, f32ToF64(a32(hart, w)));
}

export function fcvtSH(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endS(hart, w, f16ToF32(half(hart, rs1Number(w))));
}

export function fcvtDH(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endD(hart, w, f16ToF64(half(hart, rs1Number(w))));
}

export function fcvtHS(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endH(hart, w, f32ToF16(a32(hart, w), mode));
}

export function fcvtHD(hart: Hart, w: u64): u32 {
  const mode = rounding(hart, w);
  if (mode == NO_MODE) return illegal(hart);
  return endH(hart, w, f64ToF16(a64(hart, w), mode));
}

export function fmvXW(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endX(hart, w, <u64>(<i64>(<i32>a64(hart, w))));
}

export function fmvXD(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endX(hart, w, a64(hart, w));
}

export function fmvXH(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endX(hart, w, <u64>(<i64>(<i16>a64(hart, w))));
}

export function fmvWX(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endS(hart, w, <u32>rs1(hart, w));
}

export function fmvDX(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endD(hart, w, rs1(hart, w));
}

export function fmvHX(hart: Hart, w: u64): u32 {
  if (!begin(hart)) return illegal(hart);
  return endH(hart, w, <u32>rs1(hart, w) & 0xffff);
}
