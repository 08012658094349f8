// From a region's graph to the body of a wasm function: (entry, left, base) -> exit. `entry` is the number of the entry, `left`
// the budget in steps, `base` the address of the region's first page. What it answers says where and why it ended (exit.ts);
// where the target's registers live in between is said in residence.ts, and at the end they are in their places.
import { CPU_LEFT_OFFSET } from "../machine/cpu";
import {
  JIT_EXIT_BUDGET,
  JIT_EXIT_INDIRECT,
  JIT_EXIT_INTERPRET,
  JIT_EXIT_JUMP,
  JIT_EXIT_MISS,
  JIT_EXIT_NEXT,
} from "../../src/spec/abi";
import {
  emitBody,
  emitCondition,
  beginRegisters,
  emitFetch,
  emitFetchContext,
  emitIndirectTarget,
  emitLink,
  emitSetPc,
  emitSpill,
  f64Locals,
  i32Locals,
  i64Locals,
  placeLocals,
  planLocals,
  validRegisters,
} from "../generated/target";
import { cpuBase } from "../machine/host";
import { TLB_ENTRIES, TLB_FETCH } from "../mmu/tlb";
import {
  Block,
  FLAG_RETURN,
  FLAG_STRADDLES,
  KIND_BRANCH,
  KIND_INDIRECT,
  KIND_JUMP,
  KIND_SWITCH,
  KIND_NEXT,
  KIND_OUT,
  NODE_LIST,
  NODE_LIST_LENGTH,
  blockAt,
  contextAt,
  isNode,
  pageAt,
  returnAt,
  targetAt,
} from "./blocks";
import { noteBlock } from "./block-map";
import { pageOf, returnCount, targetCount } from "./discover";
import { exitCode, isNear } from "./exit";
import { NO_NODE } from "./graph";
import { isHeader } from "./loop-nest";
import { available, isResident, leavesResidence, loopNames, loopWrites, passOn, residentLoop } from "./residence";
import { longestPath } from "./structure";
import { NO_TARGET, emitStructured, jump, jumpIf, jumpTable, selectorCount, setCrossings } from "./structured-code";
import {
  EMPTY,
  F64,
  I32,
  I64,
  block as openBlock,
  br,
  byte,
  depth,
  end,
  i32Const,
  i64Const,
  ifThen,
  localGet,
  localSet,
  localTee,
  memory as memoryOp,
  op,
  u32Leb,
} from "./wasm-writer";
import {
  I32_ADD,
  I32_AND,
  I32_LOAD,
  I32_LT_S,
  I32_NE,
  I32_OR,
  I32_SUB,
  I32_WRAP,
  I64_ADD,
  I64_EQ,
  I64_EXTEND_I32_U,
  I64_GE_U,
  I64_LOAD,
  I64_NE,
  I64_OR,
  I64_ROTL,
  I64_ROTR,
  I64_SHR_U,
  I64_STORE,
  I64_SUB,
  UNREACHABLE,
} from "./wasm-opcodes";

// Locals that every region has.
export const ENTRY: u32 = 0;
export const LEFT: u32 = 1;
export const BASE: u32 = 2;
const FIRST_LOCAL: u32 = 3;
/** Scratch of the neutral part: an address, a place in the TLB. */
let targetLocal: u32 = 0;
let slotLocal: u32 = 0;
/** Label behind the region's code, and where to go with an exit code: there, or behind the resident loop under way. */
let endLabel: u32 = 0;
let exitLabel: u32 = 0;

/** Writes locals and code of the function whose graph is structured. */
export function translateRegion(): void {
  planLocals(FIRST_LOCAL);
  targetLocal = FIRST_LOCAL + i64Locals;
  const firstF64 = targetLocal + 1;
  const firstI32 = firstF64 + f64Locals;
  slotLocal = firstI32 + i32Locals;
  const firstSelector = slotLocal + 1;
  u32Leb(3);
  u32Leb(i64Locals + 1);
  byte(I64);
  u32Leb(f64Locals);
  byte(F64);
  u32Leb(i32Locals + 1 + selectorCount());
  byte(I32);

  placeLocals(firstF64, firstI32);
  openBlock(I32);
  endLabel = depth;
  exitLabel = depth;
  setCrossings(beforeLoop, behindLoop, leavesResidence, leaveLoop);
  emitStructured(ENTRY, firstSelector, emitNode);
  end();
  localSet(ENTRY);
  i32Const(<i32>cpuBase);
  localGet(LEFT);
  op(I64_EXTEND_I32_U);
  memoryOp(I64_STORE, CPU_LEFT_OFFSET);
  localGet(ENTRY);
  byte(0x0b);
}

/** The registers of a resident loop are fetched; whoever leaves the region in it goes behind it. */
function beforeLoop(header: u32): void {
  if (!isResident(header)) return;
  openBlock(I32);
  exitLabel = depth;
  emitFetch(loopNames(header));
}

/** The registers of a resident loop are written back, the exit code being on the stack. */
function behindLoop(header: u32): void {
  if (!isResident(header)) return;
  op(UNREACHABLE);
  end();
  emitSpill(loopWrites(header));
  exitLabel = endLabel;
  br(exitLabel);
}

/** The loop of `node` is left, and the region goes on. */
function leaveLoop(node: u32): void {
  emitSpill(loopWrites(residentLoop(node)));
}

/** Leaves the region, with the steps of the block done so far, at `delta`. */
export function exitAt(kind: u32, steps: u32, delta: i32): void {
  i32Const(exitCode(kind, steps, delta));
  br(exitLabel);
}

/** Pops an i32 and leaves the region if it is not zero. */
export function exitIf(kind: u32, steps: u32, delta: i32): void {
  ifThen(EMPTY);
  exitAt(kind, steps, delta);
  end();
}

/** Pops an exit code and leaves the region. */
export function exitWith(): void {
  br(exitLabel);
}

/** Pushes the address at `delta`. */
export function pushAddress(delta: i32): void {
  localGet(BASE);
  if (delta) {
    i64Const(<i64>delta);
    op(I64_ADD);
  }
}

function emitNode(node: u32): void {
  const loop = residentLoop(node);
  beginRegisters(loop != NO_NODE, available(node));
  emitBlock(node);
  passOn(node, loop != NO_NODE ? loopNames(loop) : validRegisters());
}

function emitBlock(node: u32): void {
  const block = blockAt(node);
  noteBlock(block.ptr, <u32>(block.end - block.start));
  if (isHeader(node)) {
    localGet(LEFT);
    i32Const(longestPath(node));
    op(I32_LT_S);
    if (block.kind == KIND_SWITCH) {
      ifThen(EMPTY);
      exitToTarget();
      end();
    } else {
      exitIf(JIT_EXIT_BUDGET, 0, block.start);
    }
  }
  if (block.kind == KIND_SWITCH) return emitTargets(node, block);
  if (block.kind == KIND_OUT) return exitAt(JIT_EXIT_JUMP, 0, block.start);
  if (block.flags & FLAG_STRADDLES) checkPage(block.start + 4, JIT_EXIT_INTERPRET, block.start);
  emitBody(block);
  if (block.steps) {
    localGet(LEFT);
    i32Const(block.steps);
    op(I32_SUB);
    localSet(LEFT);
  }
  switch (block.kind) {
    case KIND_NEXT:
      return emitNext(node, block);
    case KIND_BRANCH:
      return emitBranch(node, block);
    case KIND_JUMP:
      emitLink(block);
      return emitEdge(node, block, block.taken, block.target, JIT_EXIT_JUMP);
    case KIND_INDIRECT:
      return emitIndirect(node, block);
    default:
      return exitAt(JIT_EXIT_INTERPRET, 0, block.end);
  }
}

function emitNext(node: u32, block: Block): void {
  // A fetch that comes without a jump happens only when the budget reaches it.
  emitEdge(node, block, block.next, block.end, isNode(block.next) ? JIT_EXIT_MISS : JIT_EXIT_NEXT);
}

/** Goes to node `to` at `delta`, or leaves the region for it, with `kind` when its page is not the one it was. */
function emitEdge(node: u32, block: Block, to: u32, delta: i32, kind: u32): void {
  if (!isNode(to)) return isNear(delta) ? exitAt(kind, 0, delta) : exitFar(delta);
  if (delta >> 12 != block.last >> 12) checkPage(delta, kind, delta);
  jump(node, to);
}

/** A jump out of the region to where an exit code does not reach. */
function exitFar(delta: i32): void {
  pushAddress(delta);
  emitSetPc();
  exitAt(JIT_EXIT_INDIRECT, 0, 0);
}

/** Whether an edge needs more than a branch. */
function isPlain(block: Block, to: u32, delta: i32): bool {
  return isNode(to) && delta >> 12 == block.last >> 12;
}

function emitBranch(node: u32, block: Block): void {
  emitCondition(block);
  if (isPlain(block, block.taken, block.target)) {
    jumpIf(node, block.taken);
  } else {
    ifThen(EMPTY);
    emitEdge(node, block, block.taken, block.target, JIT_EXIT_JUMP);
    end();
  }
  emitNext(node, block);
}

function emitIndirect(node: u32, block: Block): void {
  emitIndirectTarget(block);
  localSet(targetLocal);
  emitLink(block);
  if (block.flags & FLAG_RETURN) {
    const context = contextAt(block.context);
    if (block.context && isNode(context.returnNode)) emitCompare(node, block, context.returnTo, context.returnNode);
    for (let i: u32 = 0; i < returnCount; i++) {
      const entry = returnAt(i);
      if (load<u32>(entry) == block.context) emitCompare(node, block, load<i32>(entry, 4), load<u32>(entry, 8));
    }
  }
  if (isNode(block.taken)) jump(node, block.taken);
  else emitTargets(node, block);
}

/** Leaves the region for the target of an indirect jump. */
function exitToTarget(): void {
  localGet(targetLocal);
  emitSetPc();
  exitAt(JIT_EXIT_INDIRECT, 0, 0);
}

/** Goes to node `to` if the target is the address at `delta`. */
function emitCompare(node: u32, block: Block, delta: i32, to: u32): void {
  localGet(targetLocal);
  pushAddress(delta);
  op(I64_EQ);
  if (isPlain(block, to, delta)) return jumpIf(node, to);
  ifThen(EMPTY);
  emitEdge(node, block, to, delta, JIT_EXIT_JUMP);
  end();
}

/** Goes to the targets that the profile named, some by comparison, many in the block's own page by a table; or leaves. */
const MAX_COMPARISONS: u32 = 3;

function emitTargets(node: u32, block: Block): void {
  let near: u32 = 0;
  let first = i32.MAX_VALUE;
  let last = i32.MIN_VALUE;
  for (let i: u32 = 0; i < targetCount; i++) {
    const entry = targetAt(i);
    if (load<u32>(entry, 8) != node) continue;
    const delta = load<i32>(entry);
    if (!isPlain(block, load<u32>(entry, 4), delta)) continue;
    near++;
    if (delta < first) first = delta;
    if (delta > last) last = delta;
  }
  const byTable = near > MAX_COMPARISONS && <u32>(last - first) >> 1 < NODE_LIST_LENGTH;
  for (let i: u32 = 0; i < targetCount; i++) {
    const entry = targetAt(i);
    if (load<u32>(entry, 8) != node) continue;
    const delta = load<i32>(entry);
    const to = load<u32>(entry, 4);
    if (!isNode(to) || (byTable && isPlain(block, to, delta))) continue;
    emitCompare(node, block, delta, to);
  }
  if (byTable) emitTargetTable(node, block, first, last);
  exitToTarget();
}

/** Of the targets in the block's own page, from `first` to `last`, by a table. What is not in it goes on behind. */
function emitTargetTable(node: u32, block: Block, first: i32, last: i32): void {
  const count = (<u32>(last - first) >> 1) + 1;
  for (let i: u32 = 0; i < count; i++) store<u16>(NODE_LIST + (i << 1), <u16>NO_TARGET);
  for (let i: u32 = 0; i < targetCount; i++) {
    const entry = targetAt(i);
    if (load<u32>(entry, 8) != node) continue;
    const delta = load<i32>(entry);
    if (!isPlain(block, load<u32>(entry, 4), delta)) continue;
    store<u16>(NODE_LIST + (<usize>(delta - first) & ~1), <u16>load<u32>(entry, 4));
  }
  // The distance is even, so half of it that fits 32 bits is the index; a greater one must not wrap into the table.
  localGet(targetLocal);
  pushAddress(first);
  op(I64_SUB);
  i64Const(1);
  op(I64_ROTR);
  localSet(targetLocal);
  openBlock(EMPTY);
  const far = depth;
  localGet(targetLocal);
  i64Const(<i64>count);
  op(I64_GE_U);
  byte(0x0d); // br_if
  u32Leb(depth - far);
  localGet(targetLocal);
  op(I32_WRAP);
  jumpTable(node, NODE_LIST, count);
  end();
  // Back to the address.
  localGet(targetLocal);
  i64Const(1);
  op(I64_ROTL);
  pushAddress(first);
  op(I64_ADD);
  localSet(targetLocal);
}

/** Leaves the region unless the page of `delta` is where it was when the region was translated, as the TLB says. */
function checkPage(delta: i32, kind: u32, exitDelta: i32): void {
  const page = delta & ~0xfff;
  const ptr = load<u32>(pageAt(pageOf(delta)), 4);
  localGet(BASE);
  i64Const(8);
  op(I64_SHR_U);
  op(I32_WRAP);
  i32Const(page >> 8);
  op(I32_ADD);
  i32Const(<i32>((TLB_ENTRIES - 1) << 4));
  op(I32_AND);
  localTee(slotLocal);
  memoryOp(I64_LOAD, <u32>(cpuBase + TLB_FETCH));
  pushAddress(page);
  emitFetchContext();
  op(I64_OR);
  op(I64_NE);
  localGet(slotLocal);
  memoryOp(I32_LOAD, <u32>(cpuBase + TLB_FETCH + 8));
  i32Const(<i32>ptr - page);
  localGet(BASE);
  op(I32_WRAP);
  op(I32_SUB);
  op(I32_NE);
  op(I32_OR);
  exitIf(kind, 0, exitDelta);
}
