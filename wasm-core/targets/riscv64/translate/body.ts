// The instructions of a block, and how it ends.
import {
  NOP,
  OP_auipc,
  OP_beq,
  OP_bge,
  OP_blt,
  OP_bltu,
  OP_bne,
  OP_csrrci,
  OP_csrrw,
  OP_fence,
  OP_fenceI,
  READS_F1,
  READS_F2,
  READS_F3,
  READS_X1,
  READS_X2,
  WRITES_F,
  WRITES_X,
  decode,
  operandsOf,
} from "../../../generated/instructions";
import { Block, KIND_BRANCH } from "../../../jit/blocks";
import { exitCode } from "../../../jit/exit";
import { HELPER } from "../../../jit/module";
import { LEFT, exitWith, pushAddress } from "../../../jit/translate";
import { EMPTY, call, end, i32Const, i64Const, ifThen, localGet, localTee, op } from "../../../jit/wasm-writer";
import { JIT_EXIT_LEAVE, JIT_EXIT_TRAP } from "../../../../src/spec/abi";
import { TRAP, imm, insnLength, rdNumber, rs1Number, rs2Number } from "../hart";
import { emitFloat } from "./float";
import { accessSize, forgetBase, forgetGroups, touchesTlb } from "./access";
import { beginFloatBlock, forgetStatus } from "./float-state";
import { emitInteger } from "./integer";
import {
  STATUS,
  fetchF,
  fetchFloatStatus,
  fetchX,
  fetchedX,
  getX,
  isResidentBlock,
  needContexts,
  needF,
  needFloatStatus,
  needX,
  renewContexts,
  setX,
  settle,
  spillF,
  spillX,
  wroteF,
  wroteX,
} from "./locals";
import { FORM_LEAVE, emitMemory, form } from "./memory";
import { insnAt, opOf, usedF } from "./scan";
import { I32_EQ, I32_SUB, I64_ADD, I64_AND, SELECT } from "../../../jit/wasm-opcodes";

/** The instruction being translated: its place and bits, and how many of its block come before it. */
export let insnDelta: i32 = 0;
export let insnBits: u32 = 0;
export let insnIndex: u32 = 0;
export let insnPtr: usize = 0;
/** Instructions of the block, but for the branch or jump at its end. */
export let insnCount: u32 = 0;

/** Writes what the block's instructions do, but for the branch or jump at its end. */
export function emitBody(block: Block): void {
  insnCount = block.kind >= KIND_BRANCH ? block.steps - 1 : block.steps;
  insnPtr = block.ptr;
  insnDelta = block.start;
  beginFloatBlock();
  forgetGroups();
  for (insnIndex = 0; insnIndex < insnCount; insnIndex++) {
    insnBits = insnAt(insnPtr, insnDelta);
    const w = decode(insnBits);
    prepare(w);
    emitInsn(w);
    if (operandsOf(opOf(w)) & WRITES_X) forgetBase(rdNumber(w));
    const length = <i32>insnLength(w);
    insnDelta += length;
    insnPtr += length;
  }
  settle();
}

/** Outside of resident loops: has the instruction's operands in locals, and the hart what a look at it would need. */
function prepare(w: u64): void {
  const code = opOf(w);
  const operands = operandsOf(code);
  if (operands & READS_X1) needX(rs1Number(w));
  if (operands & READS_X2) needX(rs2Number(w));
  if (operands & READS_F1) needF(rs1Number(w));
  if (operands & READS_F2) needF(rs2Number(w));
  if (operands & READS_F3) needF(<u32>imm(w));
  const isAccess = accessSize(code) != 0;
  const isFloat = (operands & (READS_F1 | READS_F2 | WRITES_F)) != 0;
  if (isAccess) needContexts();
  if (isFloat) needFloatStatus();
  if (isFloat || (isAccess && form != FORM_LEAVE)) settle();
}

function emitInsn(w: u64): void {
  const code = opOf(w);
  if (code == NOP || code == OP_fence || code == OP_fenceI) return;
  if (code == OP_auipc) {
    pushAddress(insnDelta + <i32>imm(w));
    setX(rdNumber(w));
    return wroteX(rdNumber(w));
  }
  if (touchesTlb(code)) forgetGroups();
  if (emitInteger(code, w) || emitMemory(code, w) || emitFloat(code, w)) {
    if (operandsOf(code) & WRITES_X) wroteX(rdNumber(w));
    if (operandsOf(code) & WRITES_F) wroteF(rdNumber(w));
    return;
  }
  settle();
  emitHelper(w);
  if (operandsOf(code) & WRITES_X) fetchedX(rdNumber(w));
  if (operandsOf(code) & WRITES_F) wroteF(rdNumber(w));
}

/** Has the interpreter's function execute the instruction, the registers that it names in their places in the hart. */
export function emitHelper(w: u64): void {
  const code = opOf(w);
  const operands = operandsOf(code);
  if (isResidentBlock()) {
    if (operands & READS_X1) spillX(rs1Number(w));
    if (operands & READS_X2) spillX(rs2Number(w));
    if (operands & READS_F1) spillF(rs1Number(w));
    if (operands & READS_F2) spillF(rs2Number(w));
    if (operands & READS_F3) spillF(<u32>imm(w));
    // Before, too: it is left alone by a trap.
    if (operands & WRITES_X) spillX(rdNumber(w));
    if (operands & WRITES_F) spillF(rdNumber(w));
  }
  pushAddress(insnDelta);
  i64Const(<i64>w);
  i32Const(<i32>insnBits);
  localGet(LEFT);
  if (insnIndex) {
    i32Const(insnIndex);
    op(I32_SUB);
  }
  call(HELPER);
  localTee(STATUS);
  if (operands & WRITES_X) fetchX(rdNumber(w));
  if (operands & WRITES_F) fetchF(rdNumber(w));
  ifThen(EMPTY);
  i32Const(exitCode(JIT_EXIT_TRAP, insnIndex, insnDelta));
  i32Const(exitCode(JIT_EXIT_LEAVE, insnIndex, insnDelta + <i32>insnLength(w)));
  localGet(STATUS);
  i32Const(TRAP);
  op(I32_EQ);
  op(SELECT);
  exitWith();
  end();
  const isCsr = code >= OP_csrrw && code <= OP_csrrci;
  if (isCsr) {
    renewContexts();
    forgetStatus();
  } else if (usedF && operands & (READS_F1 | WRITES_F)) {
    fetchFloatStatus();
  }
}

/** Pushes whether the branch at the end of the block is taken. */
export function emitCondition(block: Block): void {
  const w = block.word;
  needX(rs1Number(w));
  needX(rs2Number(w));
  getX(rs1Number(w));
  getX(rs2Number(w));
  op(comparison(opOf(w)));
}

function comparison(code: u32): u32 {
  switch (code) {
    case OP_beq:
      return 0x51; // i64.eq
    case OP_bne:
      return 0x52; // i64.ne
    case OP_blt:
      return 0x53; // i64.lt_s
    case OP_bge:
      return 0x59; // i64.ge_s
    case OP_bltu:
      return 0x54; // i64.lt_u
    default:
      return 0x5a; // i64.ge_u
  }
}

/** Writes the return address of the jump at the end of the block. */
export function emitLink(block: Block): void {
  const rd = rdNumber(block.word);
  if (rd == 32) return;
  pushAddress(block.end);
  setX(rd);
  wroteX(rd);
  settle();
}

/** Pushes where the indirect jump at the end of the block goes. */
export function emitIndirectTarget(block: Block): void {
  needX(rs1Number(block.word));
  getX(rs1Number(block.word));
  const offset = <i64>imm(block.word);
  if (offset) {
    i64Const(offset);
    op(I64_ADD);
  }
  i64Const(-2);
  op(I64_AND);
}
