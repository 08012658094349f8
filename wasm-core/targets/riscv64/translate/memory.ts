// Loads and stores through the one TLB. What does not hit it inline leaves the region, so that the interpreter does it, or in
// regions that miss often calls the interpreter's function.
import {
  OP_lb,
  OP_lbu,
  OP_ld,
  OP_lh,
  OP_lhu,
  OP_lw,
  OP_lwu,
  OP_sb,
  OP_sd,
  OP_sh,
  OP_sw,
} from "../../../generated/instructions";
import {
  EMPTY,
  end,
  i32Const,
  i64Const,
  ifThen,
  localGet,
  localTee,
  memory as memoryOp,
  op,
  otherwise,
} from "../../../jit/wasm-writer";
import { cpuBase } from "../../../machine/host";
import { PAGE_MASK, TLB_ENTRIES, TLB_LOAD, TLB_STORE } from "../../../mmu/tlb";
import { imm, rdNumber, rs1Number, rs2Number } from "../hart";
import { accessOffset, pushAccess } from "./access";
import { emitHelper } from "./body";
import { LOAD_CONTEXT, SLOT, STORE_CONTEXT, VA, getX, setX } from "./locals";
import {
  I32_ADD,
  I32_AND,
  I32_LOAD,
  I32_WRAP,
  I64_ADD,
  I64_AND,
  I64_LOAD,
  I64_NE,
  I64_OR,
  I64_SHR_U,
} from "../../../jit/wasm-opcodes";

/** What happens on a miss. */
export const FORM_LEAVE: u32 = 0;
export const FORM_CALL: u32 = 1;
/** Of the region being translated. */
export let form: u32 = FORM_LEAVE;

export function setForm(value: u32): void {
  form = value;
}

export function emitMemory(code: u32, w: u64): bool {
  switch (code) {
    case OP_lb:
      return emitLoad(w, 1, 0x30); // i64.load8_s
    case OP_lbu:
      return emitLoad(w, 1, 0x31);
    case OP_lh:
      return emitLoad(w, 2, 0x32);
    case OP_lhu:
      return emitLoad(w, 2, 0x33);
    case OP_lw:
      return emitLoad(w, 4, 0x34);
    case OP_lwu:
      return emitLoad(w, 4, 0x35);
    case OP_ld:
      return emitLoad(w, 8, 0x29);
    case OP_sb:
      return emitStore(w, 1, 0x3c); // i64.store8
    case OP_sh:
      return emitStore(w, 2, 0x3d);
    case OP_sw:
      return emitStore(w, 4, 0x3e);
    case OP_sd:
      return emitStore(w, 8, 0x37);
    default:
      return false;
  }
}

function emitLoad(w: u64, size: u32, opcode: u32): bool {
  if (form == FORM_LEAVE) {
    pushAccess(w, size, <u32>TLB_LOAD);
    memoryOp(opcode, accessOffset);
    setX(rdNumber(w));
    return true;
  }
  pushMiss(w, size, <u32>TLB_LOAD, LOAD_CONTEXT);
  ifThen(EMPTY);
  emitHelper(w);
  otherwise();
  pushPointer(<u32>TLB_LOAD);
  memoryOp(opcode, 0);
  setX(rdNumber(w));
  end();
  return true;
}

function emitStore(w: u64, size: u32, opcode: u32): bool {
  if (form == FORM_LEAVE) {
    pushAccess(w, size, <u32>TLB_STORE);
    getX(rs2Number(w));
    memoryOp(opcode, accessOffset);
    return true;
  }
  pushMiss(w, size, <u32>TLB_STORE, STORE_CONTEXT);
  ifThen(EMPTY);
  emitHelper(w);
  otherwise();
  pushPointer(<u32>TLB_STORE);
  getX(rs2Number(w));
  memoryOp(opcode, 0);
  end();
  return true;
}

/** Computes the address and its place in the TLB, and pushes whether it is not there (mmu/tlb.ts, tlbPointer). */
export function pushMiss(w: u64, size: u32, part: u32, context: u32): void {
  pushMissAt(rs1Number(w), <i64>imm(w), size, part, context);
}

/** The same for `size` bytes at `offset` from register `base`. */
export function pushMissAt(base: u32, offset: i64, size: u32, part: u32, context: u32): void {
  getX(base);
  if (offset) {
    i64Const(offset);
    op(I64_ADD);
  }
  localTee(VA);
  i64Const(8);
  op(I64_SHR_U);
  op(I32_WRAP);
  i32Const(<i32>((TLB_ENTRIES - 1) << 4));
  op(I32_AND);
  localTee(SLOT);
  memoryOp(I64_LOAD, <u32>cpuBase + part);
  localGet(VA);
  if (size > 1) {
    i64Const(<i64>size - 1);
    op(I64_ADD);
  }
  i64Const(<i64>PAGE_MASK);
  op(I64_AND);
  localGet(context);
  op(I64_OR);
  op(I64_NE);
}

/** Pushes the wasm address after a hit. */
export function pushPointer(part: u32): void {
  localGet(VA);
  op(I32_WRAP);
  localGet(SLOT);
  memoryOp(I32_LOAD, <u32>cpuBase + part + 8);
  op(I32_ADD);
}
