// The hart's registers in the locals of a region: which local is whose, and which hold what their registers do (jit/residence.ts).
//
// A set of registers is an u64: bit i stands for integer register i, bit 32 + i for floating-point register i, and bit 0 for
// the contexts of loads and stores.
import { MSTATUS_FS } from "../../../generated/csrs";
import { cpuBase } from "../../../machine/host";
import { i32Const, i64Const, localGet, localSet, localTee, memory as memoryOp, op } from "../../../jit/wasm-writer";
import { F_OFFSET, Hart, X_OFFSET } from "../hart";
import { GROUPS } from "./access";
import { usedF, usedX } from "./scan";
import {
  DROP,
  F64_LOAD,
  F64_STORE,
  I32_AND,
  I32_EQ,
  I32_LOAD,
  I32_LOAD8_U,
  I32_LT_U,
  I64_LOAD,
  I64_STORE,
} from "../../../jit/wasm-opcodes";

/** Locals of each type that the region needs. */
export let i64Locals: u32 = 0;
export let f64Locals: u32 = 0;
export let i32Locals: u32 = 0;
let firstX: u32 = 0;
let firstF: u32 = 0;

/** Scratch and contexts: i64 virtual address, i64 value, contexts of loads and stores; i32 place in the TLB, status. */
export let VA: u32 = 0;
export let VALUE: u32 = 0;
export let LOAD_CONTEXT: u32 = 0;
export let STORE_CONTEXT: u32 = 0;
export let SLOT: u32 = 0;
export let STATUS: u32 = 0;
/** i32: the field FS of mstatus, in its place. */
export let FS: u32 = 0;
/** First of the f64 scratch locals of floating-point instructions: the result, then what float-fused.ts needs. */
export let FLOAT_SCRATCH: u32 = 0;
const FLOAT_SCRATCHES: u32 = 9;
/** i32: 1 while fcsr says that results are rounded to nearest and inexact has been raised before (float.ts). */
export let NEAREST: u32 = 0;
/** i32: 1 while fcsr says that results are rounded to nearest. */
export let EVEN: u32 = 0;
/** First of the i32 locals that hold the pointers of groups of accesses (access.ts). */
export let GROUP: u32 = 0;

/** Whether the block under way lies in a resident loop: all locals are good, and written back behind the loop. */
let resident: bool = false;
/** Else: the registers whose locals are good, and the integer registers that are to be written to the hart. */
let valid: u64 = 0;
let dirty: u32 = 0;
/** Whether NEAREST, EVEN and FS are good. */
let statusValid: bool = false;
const CONTEXTS: u64 = 1;

/** A block begins. */
export function beginRegisters(isResident: bool, available: u64): void {
  resident = isResident;
  valid = available;
  dirty = 0;
  statusValid = isResident;
}

export function isResidentBlock(): bool {
  return resident;
}

/** Registers whose locals are good now. */
export function validRegisters(): u64 {
  return valid;
}

/** The local of integer register `register` is to be good. */
export function needX(register: u32): void {
  if (resident || !register || (valid >> register) & 1) return;
  fetchX(register);
  valid |= (<u64>1) << register;
}

export function needF(register: u32): void {
  if (resident || (valid >> (32 + register)) & 1) return;
  fetchF(register);
  valid |= (<u64>1) << (32 + register);
}

export function needContexts(): void {
  if (resident || valid & CONTEXTS) return;
  fetchContexts();
  valid |= CONTEXTS;
}

export function needFloatStatus(): void {
  if (statusValid) return;
  fetchFloatStatus();
  statusValid = true;
}

/** A CSR instruction may have changed contexts and status. */
export function renewContexts(): void {
  if (!resident) {
    valid &= ~CONTEXTS;
    statusValid = false;
    return;
  }
  fetchContexts();
  if (usedF) fetchFloatStatus();
}

/** The local of integer register `register` has a new value, which the hart does not have yet. */
export function wroteX(register: u32): void {
  if (resident || register >= 32) return;
  valid |= (<u64>1) << register;
  dirty |= 1 << register;
}

export function wroteF(register: u32): void {
  if (resident) return;
  valid |= (<u64>1) << (32 + register);
  spillF(register);
}

/** The hart has a new value of integer register `register`, and so has the local. */
export function fetchedX(register: u32): void {
  if (resident || register >= 32) return;
  valid |= (<u64>1) << register;
  dirty &= ~(1 << register);
}

/** Before what may leave the region, or has the interpreter look at registers: the hart gets its values. */
export function settle(): void {
  for (; dirty; dirty &= dirty - 1) spillX(<u32>ctz<u32>(dirty));
}

export function planLocals(first: u32): void {
  firstX = first;
  VA = first + <u32>popcnt<u32>(usedX);
  VALUE = VA + 1;
  LOAD_CONTEXT = VA + 2;
  STORE_CONTEXT = VA + 3;
  i64Locals = <u32>popcnt<u32>(usedX) + 4;
  f64Locals = usedF ? <u32>popcnt<u32>(usedF) + FLOAT_SCRATCHES : 0;
  i32Locals = 5 + GROUPS;
}

function xLocal(register: u32): u32 {
  return firstX + <u32>popcnt<u32>(usedX & ((1 << register) - 1));
}

export function fLocal(register: u32): u32 {
  return firstF + <u32>popcnt<u32>(usedF & ((1 << register) - 1));
}

/** Pushes integer register `register`. */
export function getX(register: u32): void {
  if (register) localGet(xLocal(register));
  else i64Const(0);
}

/** Pops integer register `register`; 32 stands for nowhere. */
export function setX(register: u32): void {
  if (register < 32) localSet(xLocal(register));
  else op(DROP);
}

function xPlace(register: u32): u32 {
  return <u32>cpuBase + <u32>X_OFFSET + (register << 3);
}

function fPlace(register: u32): u32 {
  return <u32>cpuBase + <u32>F_OFFSET + (register << 3);
}

/** Writes a register's local to its place in the hart. */
export function spillX(register: u32): void {
  if (!register || register >= 32) return;
  i32Const(0);
  localGet(xLocal(register));
  memoryOp(I64_STORE, xPlace(register));
}

export function fetchX(register: u32): void {
  if (!register || register >= 32) return;
  i32Const(0);
  memoryOp(I64_LOAD, xPlace(register));
  localSet(xLocal(register));
}

export function spillF(register: u32): void {
  i32Const(0);
  localGet(fLocal(register));
  memoryOp(F64_STORE, fPlace(register));
}

export function fetchF(register: u32): void {
  i32Const(0);
  memoryOp(F64_LOAD, fPlace(register));
  localSet(fLocal(register));
}

export function placeLocals(firstF64: u32, firstI32: u32): void {
  firstF = firstF64;
  SLOT = firstI32;
  STATUS = firstI32 + 1;
  NEAREST = firstI32 + 2;
  FS = firstI32 + 3;
  EVEN = firstI32 + 4;
  GROUP = firstI32 + 5;
  FLOAT_SCRATCH = firstF + <u32>popcnt<u32>(usedF);
}

/** Before a resident loop: fetches its registers, and the rest of what is needed there. */
export function emitFetch(registers: u64): void {
  for (let left = <u32>registers & ~1; left; left &= left - 1) fetchX(<u32>ctz<u32>(left));
  for (let left = <u32>(registers >> 32); left; left &= left - 1) fetchF(<u32>ctz<u32>(left));
  fetchContexts();
  if (registers >> 32) fetchFloatStatus();
}

/** Behind a resident loop: writes its registers back. */
export function emitSpill(registers: u64): void {
  for (let left = <u32>registers & ~1; left; left &= left - 1) spillX(<u32>ctz<u32>(left));
  for (let left = <u32>(registers >> 32); left; left &= left - 1) spillF(<u32>ctz<u32>(left));
}

/** After what may have changed mstatus: the contexts of loads and stores. */
export function fetchContexts(): void {
  i32Const(0);
  memoryOp(I64_LOAD, <u32>(cpuBase + offsetof<Hart>("loadContext")));
  localSet(LOAD_CONTEXT);
  i32Const(0);
  memoryOp(I64_LOAD, <u32>(cpuBase + offsetof<Hart>("storeContext")));
  localSet(STORE_CONTEXT);
}

/** After what may have changed fcsr or FS: frm (bits 5 to 7) is nearest-even, NX (bit 0) is set. */
export function fetchFloatStatus(): void {
  i32Const(0);
  memoryOp(I32_LOAD8_U, <u32>(cpuBase + offsetof<Hart>("fcsr")));
  i32Const(0xe1);
  op(I32_AND);
  localTee(EVEN);
  i32Const(1);
  op(I32_EQ);
  localSet(NEAREST);
  localGet(EVEN);
  i32Const(2);
  op(I32_LT_U);
  localSet(EVEN);
  i32Const(0);
  memoryOp(I32_LOAD, <u32>(cpuBase + offsetof<Hart>("mstatus")));
  i32Const(<i32>MSTATUS_FS);
  op(I32_AND);
  localSet(FS);
}

/** Pushes the context with which the TLB's tags of fetches are compared. */
export function emitFetchContext(): void {
  i32Const(0);
  memoryOp(I64_LOAD, <u32>(cpuBase + offsetof<Hart>("fetchContext")));
}

/** Pops an address into pc. */
export function emitSetPc(): void {
  localSet(VA);
  i32Const(0);
  localGet(VA);
  memoryOp(I64_STORE, <u32>(cpuBase + offsetof<Hart>("pc")));
}
