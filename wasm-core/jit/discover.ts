// Discovery of a region: the blocks that are reached from its entry, in its pages, with small calls inlined.
import { cpuBase } from "../machine/host";
import { compilableCode } from "../mmu/code-cache";
import { TLB_FETCH, tlbPointer } from "../mmu/tlb";
import { beginScan, fetchContext, firstWord, scanBlock } from "../generated/target";
import {
  BLOCK_BYTES,
  Block,
  FLAG_CALL,
  FLAG_LINKED,
  FLAG_LOOP,
  FLAG_REACHED,
  FLAG_RETURN,
  KIND_BRANCH,
  KIND_INDIRECT,
  KIND_JUMP,
  KIND_NEXT,
  KIND_OUT,
  KIND_STOP,
  KIND_SWITCH,
  MAX_CONTEXTS,
  MAX_DEPTH,
  MAX_REGION_PAGES,
  MAX_RETURNS,
  MAX_TARGETS,
  NODE_LIST,
  blockAt,
  contextAt,
  isNode,
  pageAt,
  returnAt,
  targetAt,
} from "./blocks";
import {
  NO_EDGE,
  NO_NODE,
  addEdge,
  addNode,
  addRoot,
  clearEdges,
  edgeTarget,
  firstEdge,
  nextEdge,
  nodeCount,
  resetGraph,
  setNodeCost,
} from "./graph";
import { isHeader, nestLoops, outerHeader } from "./loop-nest";
import { JUMP_WAYS, hasNoted, notedDistance } from "./profile";
import { isEntryWord } from "./regions";
import { jit } from "./state";

/** Instructions after which a region takes in no further blocks; calls outside of loops are inlined up to fewer. */
const MAX_INSTRUCTIONS: u32 = 300;
const MAX_INLINED: u32 = 80;
/** A larger one leaves to other regions what they begin with, but in loops. */
const MAX_SHARED: u32 = 30;
/** Blocks after which it takes in no more. */
const MAX_BLOCKS: u32 = 300;
/** An indirect jump keeps so many of its targets in other pages, an indirect call of all. */
const MAX_FAR_TARGETS: u32 = 4;

/** Address of the first byte of the region's first page. Transient, as all below: one region is translated at a time. */
export let regionBase: u64 = 0;
export let instructionCount: u32 = 0;
export let pageCount: u32 = 0;
let contexts: u32 = 0;
let mostInlined: u32 = 0;
export let targetCount: u32 = 0;
export let returnCount: u32 = 0;

/** Finds the region that begins at address `va`; its entry is node 0. False if it has none. */
export function discover(va: u64): bool {
  resetGraph();
  beginScan();
  regionBase = va & ~(<u64>0xfff);
  instructionCount = 0;
  pageCount = 0;
  targetCount = 0;
  returnCount = 0;
  contexts = 1;
  const outermost = contextAt(0);
  outermost.parent = 0;
  outermost.depth = 0;
  outermost.callee = <i32>(va & 0xfff);
  outermost.returnNode = NO_NODE;
  outermost.leaks = 0;
  if (nodeFor(outermost.callee, 0) == NO_NODE) return false;
  while (linkDown(0)) {}
  findLoops();
  inlineCalls(FLAG_LOOP, MAX_INSTRUCTIONS);
  inlineCalls(0, MAX_INLINED);
  connect(false);
  reach(false);
  return true;
}

/** Links the blocks that lie so many calls deep; answers whether there were any. */
function linkDown(depth: u32): bool {
  let any = false;
  // Nodes are added at the end while this goes on.
  for (let node: u32 = 0; node < nodeCount(); node++) {
    const block = blockAt(node);
    if (block.flags & FLAG_LINKED || block.kind == KIND_SWITCH || contextAt(block.context).depth != depth) continue;
    any = true;
    if (!depth || instructionCount < mostInlined) link(block);
    else leaveAt(block);
  }
  return any;
}

/** The region is left where the block begins. */
function leaveAt(block: Block): void {
  block.kind = KIND_OUT;
  block.end = block.start;
  block.steps = 0;
  block.names = 0;
  block.writes = 0;
  block.taken = NO_NODE;
  block.next = NO_NODE;
  block.after = NO_NODE;
  block.flags = FLAG_LINKED;
  leak(block.context);
}

/** Finds the loops of the outermost function, its calls included; what is not in one may be another region's. */
function findLoops(): void {
  connect(true);
  if (!nestLoops(0)) return;
  for (let node: u32 = 0; node < nodeCount(); node++) {
    const block = blockAt(node);
    if (isHeader(node) || outerHeader(node) != NO_NODE) block.flags |= FLAG_LOOP;
    const isShared = node > 0 && block.kind != KIND_SWITCH && isEntryWord(load<u64>(wordPlace(block.start)));
    if (!isShared || outerHeader(node) != NO_NODE || instructionCount < MAX_SHARED) continue;
    leaveAt(block);
  }
  reach(true);
  instructionCount = 0;
  for (let node: u32 = 0; node < nodeCount(); node++) {
    if (blockAt(node).flags & FLAG_REACHED) instructionCount += blockAt(node).steps;
  }
}

/** Inlines the calls of the outermost function whose blocks have `flag`, or all that are left. */
function inlineCalls(flag: u32, most: u32): void {
  mostInlined = most;
  const count = nodeCount();
  for (let node: u32 = 0; node < count; node++) {
    const block = blockAt(node);
    if (block.context || (block.flags & (FLAG_CALL | FLAG_REACHED | flag)) != (FLAG_CALL | FLAG_REACHED | flag))
      continue;
    if (!flag && block.flags & FLAG_LOOP) continue;
    if (block.kind == KIND_JUMP) block.taken = callee(0, block.target, block.end, block.after);
    else if (block.kind == KIND_INDIRECT) linkTargets(node, block.last, 0);
  }
  for (let depth: u32 = 0; depth <= MAX_DEPTH; ) depth = linkDown(depth) ? 0 : depth + 1;
}

/**
 * Marks what can be reached from the entry: by calls, if they are not known yet; else what those that are not inlined return to
 * is a root.
 */
function reach(byCalls: bool): void {
  for (let node: u32 = 0; node < nodeCount(); node++) blockAt(node).flags &= ~FLAG_REACHED;
  let waiting: u32 = 0;
  visit(0, waiting++);
  while (waiting > 0) {
    const node = load<u16>(NODE_LIST + ((<usize>--waiting) << 1));
    const block = blockAt(node);
    for (let edge = firstEdge(node); edge != NO_EDGE; edge = nextEdge(edge)) {
      if (!(blockAt(edgeTarget(edge)).flags & FLAG_REACHED)) visit(edgeTarget(edge), waiting++);
    }
    if (byCalls || block.context || !(block.flags & FLAG_CALL) || !isNode(block.after)) continue;
    if (!comesBack(node, block) || !addRoot(block.after)) continue;
    if (!(blockAt(block.after).flags & FLAG_REACHED)) visit(block.after, waiting++);
  }
}

function visit(node: u32, place: u32): void {
  blockAt(node).flags |= FLAG_REACHED;
  store<u16>(NODE_LIST + ((<usize>place) << 1), <u16>node);
}

/** What a context called may come back by another way. */
function leak(context: u32): void {
  for (; context && !contextAt(context).leaks; context = contextAt(context).parent) contextAt(context).leaks = 1;
}

/** Number of the region's page that holds the code at `delta`, which is added if it may be; or MAX_REGION_PAGES. */
export function pageOf(delta: i32): u32 {
  const first = delta & ~0xfff;
  for (let k: u32 = 0; k < pageCount; k++) {
    if (load<i32>(pageAt(k)) == first) return k;
  }
  // Exits carry the distance in 20 bits.
  if (pageCount == MAX_REGION_PAGES || first < -0x8_0000 || first >= 0x8_0000) return MAX_REGION_PAGES;
  const va = regionBase + <u64>(<i64>first);
  const ptr = tlbPointer(cpuBase, TLB_FETCH, va, 1, fetchContext(cpuBase));
  if (!ptr) return MAX_REGION_PAGES;
  const slot = compilableCode(ptr);
  if (!slot) return MAX_REGION_PAGES;
  const page = pageAt(pageCount);
  store<i32>(page, first);
  store<u32>(page, <u32>ptr, 4);
  store<u32>(page, <u32>slot, 8);
  return pageCount++;
}

/** wasm pointer of the code at `delta`, which lies in a page of the region. */
export function codePointer(delta: i32): usize {
  return <usize>load<u32>(pageAt(pageOf(delta)), 4) + <usize>(delta & 0xfff);
}

/** Address of the decoded word of the code at `delta`. */
export function wordPlace(delta: i32): usize {
  return <usize>load<u32>(pageAt(pageOf(delta)), 8) + firstWord(<u32>(delta & 0xfff));
}

/** The node that begins at `delta` in a context; NO_NODE if it is not to be part of the region. */
function nodeFor(delta: i32, context: u32): u32 {
  const count = nodeCount();
  for (let node: u32 = 0; node < count; node++) {
    const block = blockAt(node);
    if (block.context != context || block.kind == KIND_SWITCH) continue;
    if (block.start == delta) return node;
    if (block.flags & FLAG_LINKED && block.start < delta && delta < block.end && startsInsn(block, delta)) {
      return split(node, delta);
    }
  }
  if (instructionCount >= MAX_INSTRUCTIONS || count >= MAX_BLOCKS) return NO_NODE;
  if (pageOf(delta) == MAX_REGION_PAGES) return NO_NODE;
  // Code that was never executed is not worth its place, and what it needs is not known yet.
  if (jit.threshold > 1 && count > 0 && load<u64>(wordPlace(delta)) == 0) return NO_NODE;
  return newBlock(delta, context);
}

function newBlock(delta: i32, context: u32): u32 {
  const node = addNode();
  if (node == NO_NODE) return NO_NODE;
  const block = blockAt(node);
  memory.fill(changetype<usize>(block), 0, offsetof<Block>());
  block.start = delta;
  block.context = context;
  block.end = delta;
  block.last = delta;
  block.taken = NO_NODE;
  block.next = NO_NODE;
  block.after = NO_NODE;
  block.ptr = codePointer(delta);
  return node;
}

/** Whether an instruction of the block begins at `delta`. */
function startsInsn(block: Block, delta: i32): bool {
  const end = block.end;
  const ok = scanBlock(block, delta) && block.end == delta;
  scanBlock(block, end);
  return ok;
}

/** Makes two blocks of one, the second of which begins at `delta`. */
function split(node: u32, delta: i32): u32 {
  const head = blockAt(node);
  const tail = newBlock(delta, head.context);
  if (tail == NO_NODE) return NO_NODE;
  const rest = blockAt(tail);
  const end = head.end;
  memory.copy(changetype<usize>(rest), changetype<usize>(head), offsetof<Block>());
  rest.start = delta;
  rest.ptr = codePointer(delta);
  scanBlock(rest, end);
  scanBlock(head, delta);
  head.kind = KIND_NEXT;
  head.taken = NO_NODE;
  head.after = NO_NODE;
  head.next = tail;
  return tail;
}

/** Reads the block's instructions and finds the nodes that follow it. */
function link(block: Block): void {
  let stop = i32.MAX_VALUE;
  const count = nodeCount();
  for (let node: u32 = 0; node < count; node++) {
    const other = blockAt(node);
    if (other.kind == KIND_SWITCH) continue;
    if (other.context == block.context && other.start > block.start && other.start < stop) stop = other.start;
  }
  scanBlock(block, stop);
  instructionCount += block.steps;
  block.flags |= FLAG_LINKED;
  switch (block.kind) {
    case KIND_NEXT:
      block.next = nodeFor(block.end, block.context);
      break;
    case KIND_BRANCH:
      block.next = nodeFor(block.end, block.context);
      // This may split the very block.
      setTaken(block.last, block.context, nodeFor(block.target, block.context));
      break;
    case KIND_JUMP:
      if (block.flags & FLAG_CALL) linkCall(block.last, block.context, block.target, block.end);
      else setTaken(block.last, block.context, nodeFor(block.target, block.context));
      break;
    case KIND_INDIRECT:
      if (!(block.flags & FLAG_RETURN)) linkIndirect(block.last, block.context);
      break;
  }
}

/** The block whose last instruction lies at `last`: it may have been split since. */
function ending(last: i32, context: u32): Block {
  for (let node: u32 = nodeCount(); node > 0; node--) {
    const block = blockAt(node - 1);
    if (block.context == context && block.flags & FLAG_LINKED && block.last == last && isEnd(block.kind)) return block;
  }
  return blockAt(0);
}

/** Whether a block of this kind ends with an instruction that tells where to go on. */
function isEnd(kind: u32): bool {
  return kind >= KIND_STOP && kind <= KIND_INDIRECT;
}

function setTaken(last: i32, context: u32, node: u32): void {
  ending(last, context).taken = node;
}

/** The jump at `last` calls the function at `target`, which returns to `returnTo`. */
function linkCall(last: i32, context: u32, target: i32, returnTo: i32): void {
  const after = nodeFor(returnTo, context);
  ending(last, context).after = after;
  // The outermost function's calls are inlined when its loops are known.
  if (context) setTaken(last, context, callee(context, target, returnTo, after));
}

/** Node at which the function called at `target` begins: inlined, or an outer call of the same function. */
function callee(context: u32, target: i32, returnTo: i32, after: u32): u32 {
  const depth = contextAt(context).depth;
  for (let outer = context; ; outer = contextAt(outer).parent) {
    if (contextAt(outer).callee == target) {
      if (isNode(after)) addReturn(outer, returnTo, after);
      return nodeFor(target, outer);
    }
    if (outer == 0) break;
  }
  if (contexts == MAX_CONTEXTS || depth == MAX_DEPTH || instructionCount >= mostInlined) {
    leak(context);
    return NO_NODE;
  }
  const inner = contexts++;
  const called = contextAt(inner);
  called.parent = context;
  called.depth = depth + 1;
  called.callee = target;
  called.returnTo = returnTo;
  called.returnNode = after;
  called.leaks = 0;
  const node = nodeFor(target, inner);
  if (!isNode(node)) leak(context);
  return node;
}

/** The function of context `context` also returns to `delta`, which is `node`. */
function addReturn(context: u32, delta: i32, node: u32): void {
  for (let i: u32 = 0; i < returnCount; i++) {
    const known = returnAt(i);
    if (load<u32>(known) == context && load<u32>(known, 8) == node) return;
  }
  if (returnCount == MAX_RETURNS) return;
  const entry = returnAt(returnCount++);
  store<u32>(entry, context);
  store<i32>(entry, delta, 4);
  store<u32>(entry, node, 8);
}

/** Targets that the interpreter saw: calls have their own, other jumps share a switch. */
function linkIndirect(last: i32, context: u32): void {
  if (ending(last, context).flags & FLAG_CALL) {
    ending(last, context).after = nodeFor(ending(last, context).end, context);
    if (context) linkTargets(nodeOf(ending(last, context)), last, context);
    return;
  }
  const owner = switchFor(last, context);
  if (!isNode(owner)) return;
  ending(last, context).taken = owner;
  linkTargets(owner, last, context);
}

/** The targets of the indirect jump at `last` become those of node `owner`. */
function linkTargets(owner: u32, last: i32, context: u32): void {
  const jump = codePointer(last);
  const isCall = blockAt(owner).kind != KIND_SWITCH;
  let far: u32 = 0;
  for (let way: u32 = 0; way < JUMP_WAYS; way++) {
    if (!hasNoted(jump, way)) continue;
    const delta = last + notedDistance;
    if ((isCall || delta >> 12 != last >> 12) && ++far > MAX_FAR_TARGETS) continue;
    if (isKnownTarget(owner, delta) || targetCount == MAX_TARGETS) continue;
    const call = blockAt(owner);
    const node = isCall ? callee(context, delta, call.end, call.after) : nodeFor(delta, context);
    if (!isNode(node)) continue;
    const entry = targetAt(targetCount++);
    store<i32>(entry, delta);
    store<u32>(entry, node, 4);
    store<u32>(entry, owner, 8);
  }
}

function isKnownTarget(owner: u32, delta: i32): bool {
  for (let i: u32 = 0; i < targetCount; i++) {
    if (load<u32>(targetAt(i), 8) == owner && load<i32>(targetAt(i)) == delta) return true;
  }
  return false;
}

function nodeOf(block: Block): u32 {
  return <u32>(changetype<usize>(block) - changetype<usize>(blockAt(0))) / <u32>BLOCK_BYTES;
}

/** The switch of the indirect jumps that lie in the page of `last`. */
function switchFor(last: i32, context: u32): u32 {
  const page = last & ~0xfff;
  for (let node: u32 = 0; node < nodeCount(); node++) {
    const block = blockAt(node);
    if (block.kind == KIND_SWITCH && block.context == context && block.last == page) return node;
  }
  const node = addNode();
  if (!isNode(node)) return NO_NODE;
  const block = blockAt(node);
  memory.fill(changetype<usize>(block), 0, offsetof<Block>());
  block.kind = KIND_SWITCH;
  block.context = context;
  block.last = page;
  block.taken = NO_NODE;
  block.next = NO_NODE;
  return node;
}

/** Edges of the graph, in the order in which the code will try them; for calls that are not known yet, to where they return. */
function connect(byCalls: bool): void {
  clearEdges();
  for (let node: u32 = 0; node < nodeCount(); node++) {
    const block = blockAt(node);
    setNodeCost(node, block.steps);
    if (isNode(block.next)) addEdge(node, block.next);
    if (isNode(block.taken)) addEdge(node, block.taken);
    if (byCalls && isNode(block.after)) addEdge(node, block.after);
    if (block.kind == KIND_INDIRECT && block.flags & FLAG_RETURN) {
      const context = contextAt(block.context);
      if (block.context && isNode(context.returnNode)) addEdge(node, context.returnNode);
      for (let i: u32 = 0; i < returnCount; i++) {
        if (load<u32>(returnAt(i)) == block.context) addEdge(node, load<u32>(returnAt(i), 8));
      }
    }
  }
  for (let i: u32 = 0; i < targetCount; i++) addEdge(load<u32>(targetAt(i), 8), load<u32>(targetAt(i), 4));
}

/** Whether the call at the end of a block is returned from by another way than its inlined callee's. */
function comesBack(node: u32, block: Block): bool {
  if (block.kind != KIND_INDIRECT) {
    if (!isNode(block.taken)) return true;
    const context = blockAt(block.taken).context;
    // A function that calls itself may have been entered a few calls ago.
    return !context || contextAt(context).leaks != 0;
  }
  let any = false;
  for (let i: u32 = 0; i < targetCount; i++) {
    if (load<u32>(targetAt(i), 8) != node) continue;
    if (contextAt(blockAt(load<u32>(targetAt(i), 4)).context).leaks) return true;
    any = true;
  }
  return !any;
}
