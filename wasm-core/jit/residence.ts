// Where registers live while a region runs.
//
// In most code their place is the vCPU's memory: a block keeps in locals what it has fetched or made, but writes all that it makes
// to memory too, so that the region can be entered and left anywhere at no cost. In a loop that is not left for what it calls,
// they live in locals ("resident"): fetched before the loop, written back behind it.
import {
  BLOCKS_END,
  FLAG_CALL,
  KIND_INDIRECT,
  KIND_JUMP,
  KIND_OUT,
  KIND_STOP,
  blockAt,
  isNode,
  targetAt,
} from "./blocks";
import { targetCount } from "./discover";
import { MAX_NODES, NO_EDGE, NO_NODE, edgeTarget, firstEdge, nextEdge } from "./graph";
import { JIT_BLOCKS, JIT_BLOCKS_BYTES } from "./layout";
import { isHeader, loopLast, orderCount, orderNode, positionOf } from "./loop-nest";
import { entryCount, entryNode } from "./structure";

// By node: header of the resident loop that it lies in, else NO_NODE (u32); registers whose locals are good where it begins (u64).
// By header of a resident loop: registers named and written in it (u64).
const LOOP: usize = (BLOCKS_END + 7) & ~7;
const AVAILABLE: usize = LOOP + 4 * <usize>MAX_NODES;
const NAMES: usize = AVAILABLE + 8 * <usize>MAX_NODES;
const WRITES: usize = NAMES + 8 * <usize>MAX_NODES;
if (WRITES + 8 * <usize>MAX_NODES > JIT_BLOCKS + JIT_BLOCKS_BYTES) ERROR("The residence outgrew JIT_BLOCKS");

/** Decides for the region whose graph has a structure. */
export function planResidence(): void {
  memory.fill(LOOP, 0xff, 4 * MAX_NODES);
  memory.fill(AVAILABLE, 0xff, 8 * MAX_NODES);
  for (let i: u32 = 0; i < entryCount(); i++) setAvailable(entryNode(i), 0);
  for (let i: u32 = 0; i < orderCount(); i++) {
    const node = orderNode(i);
    if (!isHeader(node) || !canReside(node)) continue;
    reside(node);
    i = loopLast(node);
  }
}

/** Header of the resident loop that the node lies in; NO_NODE if in none. */
export function residentLoop(node: u32): u32 {
  return load<u32>(LOOP + (node << 2));
}

/** Whether the loop of `header` is resident by itself, not because the one around it is. */
export function isResident(header: u32): bool {
  return residentLoop(header) == header;
}

export function loopNames(header: u32): u64 {
  return load<u64>(NAMES + (header << 3));
}

export function loopWrites(header: u32): u64 {
  return load<u64>(WRITES + (header << 3));
}

/** Whether the edge leads out of a resident loop. */
export function leavesResidence(from: u32, to: u32): bool {
  const loop = residentLoop(from);
  return loop != NO_NODE && residentLoop(to) != loop;
}

/** Registers whose locals hold their values where the node begins, on all ways to it. */
export function available(node: u32): u64 {
  return load<u64>(AVAILABLE + (node << 3));
}

function setAvailable(node: u32, registers: u64): void {
  store<u64>(AVAILABLE + (node << 3), registers);
}

/** The node has been written: the locals of `registers` are good behind it. To be called in the order of the nodes. */
export function passOn(node: u32, registers: u64): void {
  for (let edge = firstEdge(node); edge != NO_EDGE; edge = nextEdge(edge)) {
    const to = edgeTarget(edge);
    setAvailable(to, available(to) & registers);
  }
}

function canReside(header: u32): bool {
  for (let i = positionOf(header); i <= loopLast(header); i++) {
    if (goesOut(orderNode(i))) return false;
  }
  return true;
}

/** Whether the region is left at the end of the node for what is to come back. */
function goesOut(node: u32): bool {
  const block = blockAt(node);
  if (block.kind == KIND_OUT || block.kind == KIND_STOP) return true;
  if (!(block.flags & FLAG_CALL)) return false;
  if (block.kind == KIND_JUMP) return !isNode(block.taken);
  if (block.kind != KIND_INDIRECT) return false;
  for (let i: u32 = 0; i < targetCount; i++) {
    if (load<u32>(targetAt(i), 8) == node) return false;
  }
  return true;
}

function reside(header: u32): void {
  let names: u64 = 0;
  let writes: u64 = 0;
  for (let i = positionOf(header); i <= loopLast(header); i++) {
    const node = orderNode(i);
    store<u32>(LOOP + (node << 2), header);
    names |= blockAt(node).names;
    writes |= blockAt(node).writes;
  }
  store<u64>(NAMES + (header << 3), names);
  store<u64>(WRITES + (header << 3), writes);
}
