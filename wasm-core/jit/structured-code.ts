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

// Opcodes (WebAssembly specification, Binary Format, Instructions).
const UNREACHABLE: u32 = 0x00;
const I32_SUB: u32 = 0x6b;

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

let firstSelector: u32 = 0;
/** Depth at which the node that is being written began. */
let nodeDepth: u32 = 0;

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
      end();
      openLoops--;
    }
    if (endsBlock(node)) end();
    const itemLast = isHeader(node) ? loopLast(node) : i;
    let opening = firstOpening(i);
    while (opening != NO_NODE && positionOf(opening) > itemLast) opening = openBlock(opening);
    if (i == 0 && entryCount() > 1) emitEntries(entryLocal);
    if (isHeader(node)) {
      loop();
      set(LOOP, node, depth);
      set(OPEN_LOOPS, openLoops++, node);
      while (opening != NO_NODE) opening = openBlock(opening);
      if (selectableCount(node) > 0) emitSelection(node);
    }
    nodeDepth = depth;
    emitNode(node);
  }
  while (openLoops-- > 0) end();
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
  i32Const(1);
  op(I32_SUB);
  emitTable(BEFORE, entryList() + 2, entryCount() - 1);
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
  const position = positionOf(from);
  if (holds(to, position)) {
    br(get(LOOP, to));
    return;
  }
  const item = itemToward(position, to);
  emitSelectors(to, item);
  if (positionOf(item) != position + 1 || depth != nodeDepth) br(get(BLOCK, item));
}

/** Takes an i32 from the stack: goes to the start of `to` when it is not 0, else on with the code that follows. */
export function jumpIf(from: u32, to: u32): void {
  const position = positionOf(from);
  if (holds(to, position)) {
    brIf(get(LOOP, to));
    return;
  }
  const item = itemToward(position, to);
  if (item == to) {
    brIf(get(BLOCK, item));
    return;
  }
  ifThen(EMPTY);
  emitSelectors(to, item);
  br(get(BLOCK, item));
  end();
}

/** In a list of nodes: none, go on with what follows. */
export const NO_TARGET: u32 = 0xffff;

/**
 * Takes an i32 from the stack: goes to that one of the `count` nodes at `list` (u16 each, or NO_TARGET), beyond them on with
 * what follows.
 */
export function jumpTable(from: u32, list: usize, count: u32): void {
  emitTable(positionOf(from), list, count);
}

function emitTable(from: u32, list: usize, count: u32): void {
  const index = firstSelector + selectorLevels();
  localSet(index);
  block(EMPTY);
  const beyond = depth;
  // What comes before the first node reaches it by going on.
  if (from == BEFORE) set(BLOCK, orderNode(0), beyond);
  // Where selectors must be set, the table leads to a way in: code after the end of a block of its own.
  let ways: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (get(list, i) != NO_TARGET) set(WAY_IN, get(list, i), 0);
  }
  for (let i: u32 = 0; i < count; i++) {
    const to = get(list, i);
    if (to == NO_TARGET) continue;
    if (get(WAY_IN, to) != 0 || holds(to, from) || itemToward(from, to) == to) continue;
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
    tableLabel(way != 0 ? way : holds(to, from) ? get(LOOP, to) : get(BLOCK, to));
  }
  tableLabel(beyond);
  while (ways > 0) {
    const to = get(WAYS_IN, --ways);
    end();
    const item = itemToward(from, to);
    emitSelectors(to, item);
    br(get(BLOCK, item));
  }
  end();
}
