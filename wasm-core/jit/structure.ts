// Plans how a region's graph becomes nested blocks and loops of wasm, which has no other way to branch: where each block begins,
// and which loops need a selector. structured-code.ts writes what is planned here.
//
// A region is entered at its main node, at the other roots of its graph, or at any loop header. So, and because the guest's control flow may be irreducible, a
// loop may have to be entered elsewhere than at its header. Whoever does so sets the selector of each loop on the way, a local
// that is 0 otherwise, and goes to the start of the outermost one; at a loop's start a selector that is not 0 leads further.
//
// An item of a loop (or of the region) is a node that lies in no inner loop, or the whole of an inner loop, named by its header.
import {
  edgeTarget,
  firstEdge,
  GRAPH_BYTES,
  MAX_NODES,
  NO_EDGE,
  NO_NODE,
  nextEdge,
  nodeCost,
  rootCount,
  rootNode,
} from "./graph";
import { JIT_GRAPH, JIT_GRAPH_BYTES } from "./layout";
import {
  isHeader,
  LOOP_NEST_BYTES,
  levelOf,
  loopLast,
  nestLoops,
  orderCount,
  orderNode,
  outerHeader,
  positionOf,
} from "./loop-nest";

/** Position of what branches from before the first node. */
export const BEFORE: u32 = 0xffff_ffff;
/** The arrays here take this many bytes after those of the loop nest. */
export const STRUCTURE_BYTES: usize = 0x8000;

const NONE: u16 = 0xffff;
const BASE: usize = JIT_GRAPH + GRAPH_BYTES + LOOP_NEST_BYTES;
// By node: greatest cost to the next check (u32).
const LONGEST: usize = BASE;
// By number: the external entries' nodes (u16, as all that follows).
const ENTRIES: usize = BASE + 0x1000;
// By item: position before which the block that ends before it opens; next of the items whose blocks open at the same
// position; its number in its loop's selector, 0 for none. By header: how many such numbers there are.
const OPENS_AT: usize = BASE + 0x1800;
const NEXT_OPENING: usize = BASE + 0x2000;
const SELECTED_BY: usize = BASE + 0x2800;
const SELECTABLE: usize = BASE + 0x3000;
// By position: the item whose block opens there and reaches farthest.
const OPENINGS: usize = BASE + 0x3800;
// A stack of the blocks seen so far that lie in no other: the positions that they open and end before.
const BLOCK_START: usize = BASE + 0x4000;
const BLOCK_END: usize = BASE + 0x4800;

if (BLOCK_END + 0x800 > BASE + STRUCTURE_BYTES) ERROR("The plan outgrew STRUCTURE_BYTES");
if (BASE + STRUCTURE_BYTES > JIT_GRAPH + JIT_GRAPH_BYTES) ERROR("The graph's arrays outgrew JIT_GRAPH_BYTES");

let entries: u32 = 0;
let selectors: u32 = 0;

function get(array: usize, i: u32): u32 {
  return load<u16>(array + (i << 1));
}

function set(array: usize, i: u32, value: u32): void {
  store<u16>(array + (i << 1), <u16>value);
}

/** Plans the nodes that can be reached from `main` and the other roots. False when loops lie too deep, and then there is no plan. */
export function structure(main: u32): bool {
  if (!nestLoops(main)) return false;
  memory.fill(OPENS_AT, 0xff, MAX_NODES << 1);
  memory.fill(OPENINGS, 0xff, MAX_NODES << 1);
  memory.fill(SELECTED_BY, 0, MAX_NODES << 1);
  memory.fill(SELECTABLE, 0, MAX_NODES << 1);
  measurePaths();
  planEntries(main);
  for (let i: u32 = 0; i < orderCount(); i++) {
    for (let edge = firstEdge(orderNode(i)); edge != NO_EDGE; edge = nextEdge(edge)) planBranch(i, edgeTarget(edge));
  }
  numberSelected();
  nestBlocks();
  return true;
}

/** Number of external entries: the main node, the other roots, then all other loop headers in order. */
export function entryCount(): u32 {
  return entries;
}

/** The node of an external entry, i < entryCount. */
export function entryNode(i: u32): u32 {
  return get(ENTRIES, i);
}

/** Place of the external entries' nodes, u16 each. */
export function entryList(): usize {
  return ENTRIES;
}

/** Greatest sum of costs from the start of `node`, its own included, along edges up to a loop header or the end. */
export function longestPath(node: u32): u32 {
  return load<u32>(LONGEST + (node << 2));
}

/** Number of levels of loops that have a selector. */
export function selectorLevels(): u32 {
  return selectors;
}

/** Number of items that a loop's selector chooses from. */
export function selectableCount(header: u32): u32 {
  return get(SELECTABLE, header);
}

/** The value of the selector of the loop around `item` that leads to it, 0 when none does. */
export function selectorValue(item: u32): u32 {
  return get(SELECTED_BY, item);
}

/** True when a block ends before the item. */
export function endsBlock(item: u32): bool {
  return get(OPENS_AT, item) != NONE;
}

/** The items before which the blocks end that open at a position, the farthest first; NO_NODE after the last. */
export function firstOpening(position: u32): u32 {
  return asNode(get(OPENINGS, position));
}

export function nextOpening(item: u32): u32 {
  return asNode(get(NEXT_OPENING, item));
}

function asNode(stored: u32): u32 {
  return stored == NONE ? NO_NODE : stored;
}

/** True when `header`'s loop holds what is at `position`. */
export function holds(header: u32, position: u32): bool {
  return isHeader(header) && position >= positionOf(header) && position <= loopLast(header);
}

/** The item to branch to on the way from a position to `node`: the outermost loop that is entered on it, or the node. */
export function itemToward(from: u32, node: u32): u32 {
  let item = node;
  let outer = outerHeader(item);
  while (outer != NO_NODE && !holds(outer, from)) {
    item = outer;
    outer = outerHeader(item);
  }
  return item;
}

function measurePaths(): void {
  for (let i = orderCount(); i-- > 0; ) {
    const node = orderNode(i);
    let rest: u32 = 0;
    for (let edge = firstEdge(node); edge != NO_EDGE; edge = nextEdge(edge)) {
      const target = edgeTarget(edge);
      if (!isHeader(target)) rest = max(rest, longestPath(target));
    }
    store<u32>(LONGEST + (node << 2), nodeCost(node) + rest);
  }
}

function planEntries(main: u32): void {
  entries = 0;
  planEntry(main);
  for (let i: u32 = 0; i < rootCount(); i++) {
    if (rootNode(i) != main) planEntry(rootNode(i));
  }
  for (let i: u32 = 0; i < orderCount(); i++) {
    if (isHeader(orderNode(i)) && !isEntry(orderNode(i))) planEntry(orderNode(i));
  }
}

function planEntry(node: u32): void {
  set(ENTRIES, entries++, node);
  planBranch(BEFORE, node);
}

/** Whether the node is the main one or a root. */
function isEntry(node: u32): bool {
  if (node == get(ENTRIES, 0)) return true;
  for (let i: u32 = 0; i < rootCount(); i++) {
    if (rootNode(i) == node) return true;
  }
  return false;
}

function planBranch(from: u32, to: u32): void {
  if (holds(to, from)) return;
  const item = itemToward(from, to);
  for (let node = to; node != item; node = outerHeader(node)) set(SELECTED_BY, node, 1);
  const outer = outerHeader(item);
  let opensAt: u32 = 0;
  if (from != BEFORE) {
    let source = orderNode(from);
    while (source != outer && outerHeader(source) != outer) source = outerHeader(source);
    opensAt = positionOf(source);
  } else if (positionOf(item) == 0) {
    return;
  }
  if (opensAt < get(OPENS_AT, item)) set(OPENS_AT, item, opensAt);
}

/** Numbers, in each loop, the items that its selector chooses from; its start branches to them. */
function numberSelected(): void {
  selectors = 0;
  for (let i: u32 = 0; i < orderCount(); i++) {
    const node = orderNode(i);
    if (get(SELECTED_BY, node) == 0) continue;
    const header = outerHeader(node);
    const number = get(SELECTABLE, header) + 1;
    set(SELECTABLE, header, number);
    set(SELECTED_BY, node, number);
    set(OPENS_AT, node, positionOf(header));
    selectors = max(selectors, levelOf(header) + 1);
  }
}

/** Lets blocks begin earlier where they would overlap, and lists them by where they begin. */
function nestBlocks(): void {
  let height: u32 = 0;
  for (let i: u32 = 0; i < orderCount(); i++) {
    const node = orderNode(i);
    let opensAt = get(OPENS_AT, node);
    if (opensAt == NONE) continue;
    while (height > 0 && get(BLOCK_END, height - 1) > opensAt) opensAt = min(opensAt, get(BLOCK_START, --height));
    set(BLOCK_START, height, opensAt);
    set(BLOCK_END, height++, i);
    set(NEXT_OPENING, node, get(OPENINGS, opensAt));
    set(OPENINGS, opensAt, node);
  }
}
