// What floating-point instructions have in common: FS and fcsr checked once where that is enough, NaN boxing, and a quick way
// that gives up where the host's operations might not give the guest's bits and flags.
import { JIT_EXIT_INTERPRET, JIT_EXIT_MISS } from "../../../../src/spec/abi";
import { MSTATUS_FS } from "../../../generated/csrs";
import { exitIf } from "../../../jit/translate";
import {
  EMPTY,
  block as openBlock,
  br,
  brIf,
  depth,
  end,
  i32Const,
  i64Const,
  ifThen,
  localGet,
  localSet,
  op,
} from "../../../jit/wasm-writer";
import { rdNumber, rm } from "../hart";
import { emitHelper, insnDelta, insnIndex } from "./body";
import { EVEN, FLOAT_SCRATCH, FS, NEAREST, STATUS, fLocal } from "./locals";
import { FORM_LEAVE, form } from "./memory";
import {
  F32_REINTERPRET,
  F64_REINTERPRET,
  I32_AND,
  I32_EQZ,
  I32_GE_U,
  I32_NE,
  I32_REINTERPRET,
  I32_SHR_U,
  I32_SUB,
  I32_WRAP,
  I64_AND,
  I64_EXTEND_I32_U,
  I64_LT_U,
  I64_OR,
  I64_REINTERPRET,
  I64_SHR_U,
} from "../../../jit/wasm-opcodes";

/** The upper half of a register that holds a single. */
export const BOX: i64 = ~0xffff_ffff;
const DYNAMIC: u32 = 7;
const RNE: u32 = 0;

// What is known at this point of the block being translated. Transient.
const FS_UNKNOWN: u32 = 0;
const FS_ON: u32 = 1;
const FS_DIRTY: u32 = 2;
let knownFs: u32 = FS_UNKNOWN;
let knownNearest: bool = false;
/** Registers, one a bit, that hold singles. */
let knownBoxed: u32 = 0;
/** Labels behind the instruction and before its slow way, in regions that call. */
let doneLabel: u32 = 0;
let slowLabel: u32 = 0;

export function beginFloatBlock(): void {
  knownBoxed = 0;
  forgetStatus();
}

/** mstatus and fcsr may have changed. */
export function forgetStatus(): void {
  knownFs = FS_UNKNOWN;
  knownNearest = false;
}

/** Register `register` is about to be written with what is not known. */
export function forgetBox(register: u32): void {
  knownBoxed &= ~(1 << register);
}

/** An instruction that reads floating-point registers and changes no state of theirs: illegal while FS is off. */
export function requireOn(): void {
  if (knownFs >= FS_ON) return;
  localGet(FS);
  op(I32_EQZ);
  exitIf(JIT_EXIT_INTERPRET, insnIndex, insnDelta);
  knownFs = FS_ON;
}

/** An instruction that makes FS dirty. The interpreter executes those that find it otherwise: the first of many. */
export function requireDirty(): void {
  if (knownFs == FS_DIRTY) return;
  localGet(FS);
  i32Const(<i32>MSTATUS_FS);
  op(I32_NE);
  exitIf(JIT_EXIT_INTERPRET, insnIndex, insnDelta);
  knownFs = FS_DIRTY;
}

/** Begins the quick way. */
export function beginQuick(): void {
  if (form == FORM_LEAVE) return;
  openBlock(EMPTY);
  doneLabel = depth;
  openBlock(EMPTY);
  slowLabel = depth;
}

/** Pops an i32 and gives the quick way up if it is not zero; nothing of the guest's may have been changed yet. */
export function slowIf(): void {
  if (form == FORM_LEAVE) exitIf(JIT_EXIT_MISS, insnIndex, insnDelta);
  else brIf(slowLabel);
}

/** Ends the quick way; behind it is the slow one, of a region that calls. */
export function endQuick(w: u64): bool {
  if (form == FORM_LEAVE) return true;
  br(doneLabel);
  end();
  emitHelper(w);
  end();
  return true;
}

/** Whether the instruction's rounding mode can be to nearest, ties to even, as wasm rounds. */
export function mayRoundToNearest(w: u64): bool {
  return rm(w) == DYNAMIC || rm(w) == RNE;
}

/** For what may be inexact: fcsr must tell that it rounds to nearest, and that inexact has been raised before. */
export function requireNearest(): void {
  if (knownNearest) return;
  localGet(NEAREST);
  op(I32_EQZ);
  slowIf();
  knownNearest = form == FORM_LEAVE;
}

/**
 * For what is exact or may round to nearest: between beginExactness and endExactness stands what finds that out. Regions that
 * do not call want inexact to have been raised before.
 */
export function requireEven(): void {
  if (form == FORM_LEAVE) return requireNearest();
  localGet(EVEN);
  op(I32_EQZ);
  slowIf();
}

/** Whether the result may have to be exact. If so, an i32 is to be pushed next that is zero if it is. */
export function beginExactness(): bool {
  if (form == FORM_LEAVE) return false;
  localGet(NEAREST);
  op(I32_EQZ);
  ifThen(EMPTY);
  return true;
}

/** Pops an i32 and gives the quick way up if it is not zero. */
export function endExactness(): void {
  slowIf();
  end();
}

/** For what is exact in any rounding mode: with a dynamic one, frm must not be reserved. */
export function requireMode(w: u64): void {
  if (rm(w) == DYNAMIC) requireNearest();
}

/** Pushes a register, as a double. */
export function getDouble(register: u32): void {
  localGet(fLocal(register));
}

/** Pushes a register's 64 bits. */
export function getBits(register: u32): void {
  getDouble(register);
  op(I64_REINTERPRET);
}

/** Registers `a` and `b` must hold singles, not what stands for NaN. */
export function requireSingles(a: u32, b: u32): void {
  const isKnown = (knownBoxed >> a) & 1;
  if (!isKnown) getBits(a);
  if (a != b && !((knownBoxed >> b) & 1)) {
    getBits(b);
    if (!isKnown) op(I64_AND);
  } else if (isKnown) {
    return;
  }
  i64Const(BOX);
  op(I64_LT_U);
  slowIf();
  if (form == FORM_LEAVE) knownBoxed |= (1 << a) | (1 << b);
}

/** Pushes the low half of a register as an i32. */
export function getWordOf(register: u32): void {
  getBits(register);
  op(I32_WRAP);
}

/** Pushes a single. */
export function getSingle(register: u32): void {
  getWordOf(register);
  op(F32_REINTERPRET);
}

/** Pops a double into rd. */
export function setDouble(w: u64): void {
  forgetBox(rdNumber(w));
  localSet(fLocal(rdNumber(w)));
}

/** Pops 64 bits, all ones in the upper half, into rd. */
export function setBoxed(w: u64): void {
  op(F64_REINTERPRET);
  localSet(fLocal(rdNumber(w)));
  knownBoxed |= 1 << rdNumber(w);
}

/** Writes the single in STATUS to rd. */
export function setSingle(w: u64): void {
  localGet(STATUS);
  op(I64_EXTEND_I32_U);
  i64Const(BOX);
  op(I64_OR);
  setBoxed(w);
}

/** Pops a double into the scratch place of results. */
export function holdDouble(): void {
  localSet(FLOAT_SCRATCH);
}

/** Pops a single into the scratch place of results. */
export function holdSingle(): void {
  op(I32_REINTERPRET);
  localSet(STATUS);
}

/** Pushes the result. */
export function getHeldDouble(): void {
  localGet(FLOAT_SCRATCH);
}

export function getHeldSingle(): void {
  localGet(STATUS);
  op(F32_REINTERPRET);
}

/** Pushes the biased exponent of the double in a local. */
export function pushExponent(local: u32): void {
  localGet(local);
  op(I64_REINTERPRET);
  i64Const(52);
  op(I64_SHR_U);
  op(I32_WRAP);
  i32Const(0x7ff);
  op(I32_AND);
}

/** Pushes the biased exponent of the result. */
export function pushHeldExponent(isSingle: bool): void {
  if (!isSingle) return pushExponent(FLOAT_SCRATCH);
  localGet(STATUS);
  i32Const(23);
  op(I32_SHR_U);
  i32Const(0xff);
  op(I32_AND);
}

/** Pushes whether the result is not safe: infinite, NaN or in reach of underflow (softfloat/native.ts, isSafe). */
export function pushUnsafe(isSingle: bool): void {
  pushHeldExponent(isSingle);
  i32Const(2);
  op(I32_SUB);
  i32Const(isSingle ? 0xfd : 0x7fd);
  op(I32_GE_U);
}
