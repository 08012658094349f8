// Writes a region as structure.ts planned it: the constructs, and the branches that the code of its nodes asks for.
import { GRAPH_BYTES, NO_NODE } from "./graph";
import { JIT_GRAPH, JIT_GRAPH_BYTES } from "./layout";
import {
  isHeader,
  LOOP_NEST_BYTES,
  levelOf,
  loopLast,
  orderCount,
  orderNode,
  outerHeader,
  positionOf,
} from "./loop-nest";
import {
  BEFORE,
  endsBlock,
  entryCount,
  entryList,
  firstOpening,
  holds,
  itemToward,
  nextOpening,
  STRUCTURE_BYTES,
  selectableCount,
  selectorLevels,
  selectorValue,
} from "./structure";
import {
  block,
  br,
  brIf,
  brTable,
  depth,
  EMPTY,
  end,
  i32Const,
  ifThen,
  localGet,
  localSet,
  loop,
  op,
  tableLabel,
} from "./wasm-writer";
import { I32_SUB, UNREACHABLE } from "./wasm-opcodes";

// Opcodes (WebAssembly specification, Binary Format, Instructions).

const BASE: usize = JIT_GRAPH + GRAPH_BYTES + LOOP_NEST_BYTES + STRUCTURE_BYTES;
// Labels (u16 each): by item, of the block that ends before it; by header, of its loop; by node, of its way in from the table
// that is being written, else 0.
const BLOCK: usize = BASE;
const LOOP: usize = BASE + 0x800;
const WAY_IN: usize = BASE + 0x1000;
// Stacks of nodes (u16 each): the headers of the open loops, and the nodes that have a way in.
const OPEN_LOOPS: usize = BASE + 0x1800;
const WAYS_IN: usize = BASE + 0x2000;

if (WAYS_IN + 0x800 > JIT_GRAPH + JIT_GRAPH_BYTES) ERROR("The graph's arrays outgrew JIT_GRAPH_BYTES");

/** Who writes the code that stands elsewhere than in nodes. */
let beforeLoop: (header: u32) => void = nothing;
let behindLoop: (header: u32) => void = nothing;
let crosses: (from: u32, to: u32) => bool = never;
let emitCrossing: (from: u32) => void = nothing;
let firstSelector: u32 = 0;
/** Depth at which the node that is being written began. */
let nodeDepth: u32 = 0;

function nothing(_node: u32): void {}

function never(_from: u32, _to: u32): bool {
  return false;
}

function get(array: usize, i: u32): u32 {
  return load<u16>(array + (i << 1));
}

function set(array: usize, i: u32, value: u32): void {
  store<u16>(array + (i << 1), <u16>value);
}

/** Number of i32 locals that emitStructured wants: the selectors of each level of loops, 0 at the region's start, and one more. */
export function selectorCount(): u32 {
  return selectorLevels() + 1;
}

/**
 * What is to be written before a loop, where all ways into it pass, and behind it, where none does; which edges between nodes (none
 * is from before the first node) have code of their own, and that code.
 */
export function setCrossings(
  before: (header: u32) => void,
  behind: (header: u32) => void,
  which: (from: u32, to: u32) => bool,
  emit: (from: u32) => void,
): void {
  beforeLoop = before;
  behindLoop = behind;
  crosses = which;
  emitCrossing = emit;
}

/**
 * Writes the region. `emitNode` writes the code of a node, which must end by jump, or by a branch or return of its own. Local
 * `entryLocal` (i32) holds the number of the external entry; selectorCount() locals from `firstSelectorLocal` on are used. The
 * code that follows is never reached.
 */
export function emitStructured(entryLocal: u32, firstSelectorLocal: u32, emitNode: (node: u32) => void): void {
  firstSelector = firstSelectorLocal;
  let openLoops: u32 = 0;
  for (let i: u32 = 0; i < orderCount(); i++) {
    const node = orderNode(i);
    while (openLoops > 0 && loopLast(get(OPEN_LOOPS, openLoops - 1)) < i) {
      openLoops--;
      end();
      behindLoop(get(OPEN_LOOPS, openLoops));
    }
    if (endsBlock(node)) end();
    const itemLast = isHeader(node) ? loopLast(node) : i;
    let opening = firstOpening(i);
    while (opening != NO_NODE && positionOf(opening) > itemLast) opening = openBlock(opening);
    if (i == 0 && entryCount() > 1) emitEntries(entryLocal);
    if (isHeader(node)) {
      beforeLoop(node);
      loop();
      set(LOOP, node, depth);
      set(OPEN_LOOPS, openLoops++, node);
      while (opening != NO_NODE) opening = openBlock(opening);
      if (selectableCount(node) > 0) emitSelection(node);
    }
    nodeDepth = depth;
    emitNode(node);
  }
  while (openLoops-- > 0) {
    end();
    behindLoop(get(OPEN_LOOPS, openLoops));
  }
  op(UNREACHABLE);
}

/** Opens the block that ends before `item`; answers the next one that opens here. */
function openBlock(item: u32): u32 {
  block(EMPTY);
  set(BLOCK, item, depth);
  return nextOpening(item);
}

function emitEntries(entryLocal: u32): void {
  localGet(entryLocal);
  emitTable(BEFORE, entryList(), entryCount());
}

/** At the start of a loop: goes on to the item that the selector names, if it names one. */
function emitSelection(header: u32): void {
  const local = firstSelector + levelOf(header);
  const count = selectableCount(header);
  localGet(local);
  ifThen(EMPTY);
  if (count > 1) {
    localGet(local);
    i32Const(1);
    op(I32_SUB);
  }
  i32Const(0);
  localSet(local);
  if (count > 1) brTable(count - 1);
  for (let i = positionOf(header) + 1; i <= loopLast(header); i++) {
    const item = orderNode(i);
    if (selectorValue(item) > 0) {
      if (count > 1) tableLabel(get(BLOCK, item));
      else br(get(BLOCK, item));
    }
    if (isHeader(item)) i = loopLast(item);
  }
  end();
}

/** Sets the selectors of the loops from `item` inwards to `to`. Loops of one level share a local: one is entered at a time. */
function emitSelectors(to: u32, item: u32): void {
  for (let node = to; node != item; node = outerHeader(node)) {
    i32Const(selectorValue(node));
    localSet(firstSelector + levelOf(outerHeader(node)));
  }
}

// --- Branches, to be called while emitNode writes `from`, for its successors only ---

/** Goes to the start of `to`. Writes no branch when that comes next anyway. */
export function jump(from: u32, to: u32): void {
  const isCrossing = crosses(from, to);
  if (isCrossing) emitCrossing(from);
  const position = positionOf(from);
  if (holds(to, position)) {
    br(get(LOOP, to));
    return;
  }
  const item = itemToward(position, to);
  emitSelectors(to, item);
  if (isCrossing || positionOf(item) != position + 1 || depth != nodeDepth) br(get(BLOCK, item));
}

/** Takes an i32 from the stack: goes to the start of `to` when it is not 0, else on with the code that follows. */
export function jumpIf(from: u32, to: u32): void {
  const position = positionOf(from);
  if (needsCode(from, to)) {
    ifThen(EMPTY);
    if (crosses(from, to)) emitCrossing(from);
    branchOver(position, to);
    end();
  } else {
    brIf(holds(to, position) ? get(LOOP, to) : get(BLOCK, to));
  }
}

/** Whether more than a branch leads to `to`. */
function needsCode(from: u32, to: u32): bool {
  if (from != BEFORE && crosses(from, to)) return true;
  const position = from == BEFORE ? BEFORE : positionOf(from);
  return !holds(to, position) && itemToward(position, to) != to;
}

/** Sets selectors, and goes from a position to `to`. */
function branchOver(position: u32, to: u32): void {
  if (holds(to, position)) return br(get(LOOP, to));
  const item = itemToward(position, to);
  emitSelectors(to, item);
  br(get(BLOCK, item));
}

/** In a list of nodes: none, go on with what follows. */
export const NO_TARGET: u32 = 0xffff;

/**
 * Takes an i32 from the stack: goes to that one of the `count` nodes at `list` (u16 each, or NO_TARGET), beyond them on with
 * what follows.
 */
export function jumpTable(from: u32, list: usize, count: u32): void {
  emitTable(from, list, count);
}

/** `from`: a node, or BEFORE. */
function emitTable(from: u32, list: usize, count: u32): void {
  const position = from == BEFORE ? BEFORE : positionOf(from);
  const index = firstSelector + selectorLevels();
  localSet(index);
  block(EMPTY);
  const beyond = depth;
  // What comes before the first node, which is an entry, reaches it by going on.
  if (from == BEFORE) set(BLOCK, orderNode(0), beyond);
  // Where more than a branch is needed, the table leads to a way in: code after the end of a block of its own.
  let ways: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (get(list, i) != NO_TARGET) set(WAY_IN, get(list, i), 0);
  }
  for (let i: u32 = 0; i < count; i++) {
    const to = get(list, i);
    if (to == NO_TARGET) continue;
    if (get(WAY_IN, to) != 0 || !needsCode(from, to)) continue;
    block(EMPTY);
    set(WAY_IN, to, depth);
    set(WAYS_IN, ways++, to);
  }
  localGet(index);
  brTable(count);
  for (let i: u32 = 0; i < count; i++) {
    const to = get(list, i);
    if (to == NO_TARGET) {
      tableLabel(beyond);
      continue;
    }
    const way = get(WAY_IN, to);
    tableLabel(way != 0 ? way : holds(to, position) ? get(LOOP, to) : get(BLOCK, to));
  }
  tableLabel(beyond);
  while (ways > 0) {
    const to = get(WAYS_IN, --ways);
    end();
    if (from != BEFORE && crosses(from, to)) emitCrossing(from);
    branchOver(position, to);
  }
  end();
}
