// Loads, stores and moves of floating-point registers, and changes of their signs: bits as they are.
import {
  OP_fld,
  OP_flw,
  OP_fmvDX,
  OP_fmvWX,
  OP_fmvXD,
  OP_fmvXW,
  OP_fsd,
  OP_fsgnjD,
  OP_fsgnjS,
  OP_fsgnjnD,
  OP_fsgnjnS,
  OP_fsgnjxD,
  OP_fsgnjxS,
  OP_fsw,
} from "../../../generated/instructions";
import { i64Const, memory as memoryOp, op } from "../../../jit/wasm-writer";
import { TLB_LOAD, TLB_STORE } from "../../../mmu/tlb";
import { rdNumber, rs1Number, rs2Number } from "../hart";
import {
  BOX,
  beginQuick,
  endQuick,
  getBits,
  getDouble,
  getWordOf,
  requireDirty,
  requireOn,
  requireSingles,
  setBoxed,
  setDouble,
  slowIf,
} from "./float-state";
import { LOAD_CONTEXT, STORE_CONTEXT, getX, setX } from "./locals";
import { accessOffset, pushAccess } from "./access";
import { FORM_LEAVE, form, pushMiss, pushPointer } from "./memory";
import {
  F64_ABS,
  F64_COPYSIGN,
  F64_LOAD,
  F64_NEG,
  F64_REINTERPRET,
  F64_STORE,
  I64_AND,
  I64_EXTEND_I32_S,
  I64_LOAD32_U,
  I64_OR,
  I64_STORE32,
  I64_XOR,
} from "../../../jit/wasm-opcodes";

const SIGN_S: i64 = 0x8000_0000;
const SIGN_D: i64 = i64.MIN_VALUE;

export function emitMove(code: u32, w: u64): bool {
  switch (code) {
    case OP_fld:
      return emitLoad(w, 8);
    case OP_flw:
      return emitLoad(w, 4);
    case OP_fsd:
      return emitStore(w, 8);
    case OP_fsw:
      return emitStore(w, 4);
    case OP_fsgnjD:
    case OP_fsgnjnD:
    case OP_fsgnjxD:
      return signD(code, w);
    case OP_fsgnjS:
    case OP_fsgnjnS:
    case OP_fsgnjxS:
      return signS(code, w);
    case OP_fmvXD:
      requireOn();
      getBits(rs1Number(w));
      setX(rdNumber(w));
      return true;
    case OP_fmvXW:
      requireOn();
      getWordOf(rs1Number(w));
      op(I64_EXTEND_I32_S);
      setX(rdNumber(w));
      return true;
    case OP_fmvDX:
      requireDirty();
      getX(rs1Number(w));
      op(F64_REINTERPRET);
      setDouble(w);
      return true;
    case OP_fmvWX:
      requireDirty();
      getX(rs1Number(w));
      i64Const(BOX);
      op(I64_OR);
      setBoxed(w);
      return true;
    default:
      return false;
  }
}

function signD(code: u32, w: u64): bool {
  const a = rs1Number(w);
  const b = rs2Number(w);
  requireDirty();
  if (a == b) {
    getDouble(a);
    if (code == OP_fsgnjnD) op(F64_NEG);
    else if (code == OP_fsgnjxD) op(F64_ABS);
  } else if (code == OP_fsgnjxD) {
    getBits(a);
    getBits(b);
    i64Const(SIGN_D);
    op(I64_AND);
    op(I64_XOR);
    op(F64_REINTERPRET);
  } else {
    getDouble(a);
    getDouble(b);
    if (code == OP_fsgnjnD) op(F64_NEG);
    op(F64_COPYSIGN);
  }
  setDouble(w);
  return true;
}

/** On all 64 bits, of which the upper half stays as it is. */
function signS(code: u32, w: u64): bool {
  const a = rs1Number(w);
  const b = rs2Number(w);
  requireDirty();
  beginQuick();
  requireSingles(a, b);
  getBits(a);
  if (a == b) {
    if (code == OP_fsgnjnS) {
      i64Const(SIGN_S);
      op(I64_XOR);
    } else if (code == OP_fsgnjxS) {
      i64Const(~SIGN_S);
      op(I64_AND);
    }
  } else {
    if (code != OP_fsgnjxS) {
      i64Const(~SIGN_S);
      op(I64_AND);
    }
    getBits(b);
    if (code == OP_fsgnjnS) {
      i64Const(-1);
      op(I64_XOR);
    }
    i64Const(SIGN_S);
    op(I64_AND);
    op(code == OP_fsgnjxS ? I64_XOR : I64_OR);
  }
  setBoxed(w);
  return endQuick(w);
}

function emitLoad(w: u64, size: u32): bool {
  requireDirty();
  if (form == FORM_LEAVE) {
    pushAccess(w, size, <u32>TLB_LOAD);
    return loaded(w, size, accessOffset);
  }
  beginQuick();
  pushMiss(w, size, <u32>TLB_LOAD, LOAD_CONTEXT);
  slowIf();
  pushPointer(<u32>TLB_LOAD);
  loaded(w, size, 0);
  return endQuick(w);
}

/** Pops the pointer. */
function loaded(w: u64, size: u32, offset: u32): bool {
  if (size == 8) {
    memoryOp(F64_LOAD, offset);
    setDouble(w);
    return true;
  }
  memoryOp(I64_LOAD32_U, offset);
  i64Const(BOX);
  op(I64_OR);
  setBoxed(w);
  return true;
}

function emitStore(w: u64, size: u32): bool {
  requireOn();
  if (form == FORM_LEAVE) {
    pushAccess(w, size, <u32>TLB_STORE);
    return stored(w, size, accessOffset);
  }
  beginQuick();
  pushMiss(w, size, <u32>TLB_STORE, STORE_CONTEXT);
  slowIf();
  pushPointer(<u32>TLB_STORE);
  stored(w, size, 0);
  return endQuick(w);
}

/** Behind the pointer on the stack. */
function stored(w: u64, size: u32, offset: u32): bool {
  if (size == 8) {
    getDouble(rs2Number(w));
    memoryOp(F64_STORE, offset);
  } else {
    getBits(rs2Number(w));
    memoryOp(I64_STORE32, offset);
  }
  return true;
}
