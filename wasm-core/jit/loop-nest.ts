// Orders the nodes of a graph so that every edge goes forward but those to loop headers, each loop in one piece.
//
// A loop is a strongly connected component; without its header, what still is strongly connected in it is a loop inside. The
// header is the loop's first node in reverse postorder: the first that a search from the main entry (then from the other roots)
// finds, so one that is entered from outside. Sorting the items of a level (nodes, and loops by their headers) by reverse postorder is a topological
// order: an edge between two items leads to the one that the search finished first.
import {
  edgeTarget,
  firstEdge,
  GRAPH_BYTES,
  lastEdge,
  MAX_NODES,
  NO_EDGE,
  NO_NODE,
  nextEdge,
  nodeCount,
  previousEdge,
  rootCount,
  rootNode,
} from "./graph";
import { JIT_GRAPH } from "./layout";

/** Loops that lie in each other; more are refused. */
export const MAX_LOOP_DEPTH: u32 = 64;
/** The arrays here take this many bytes after the graph. */
export const LOOP_NEST_BYTES: usize = 0x8000;

const NONE: u16 = 0xffff;
const BASE: usize = JIT_GRAPH + GRAPH_BYTES;
// Results, u16 each. By position: the node. By node: position; header of the loop around it (of a header: around its loop);
// number of loops around it (likewise); of a header, the position of its loop's last node.
const ORDER: usize = BASE;
const POSITION: usize = BASE + 0x800;
const OUTER: usize = BASE + 0x1000;
const LEVEL: usize = BASE + 0x1800;
const LOOP_LAST: usize = BASE + 0x2000;
// Scratch of the searches, u16 each. By node: next edge to follow, number in order of discovery, least number reached,
// component. By component: size, place of its next node.
const CURSOR: usize = BASE + 0x2800;
const INDEX: usize = BASE + 0x3000;
const LOW: usize = BASE + 0x3800;
const COMPONENT: usize = BASE + 0x4000;
const SIZE: usize = BASE + 0x4800;
const PLACE: usize = BASE + 0x5000;
// Stacks of nodes: the path of the search, those that wait for their component, headers whose inside waits; and a copy.
const PATH: usize = BASE + 0x5800;
const WAITING: usize = BASE + 0x6000;
const PENDING: usize = BASE + 0x6800;
const COPY: usize = BASE + 0x7000;

if (COPY + 0x800 > BASE + LOOP_NEST_BYTES) ERROR("The loop nest outgrew LOOP_NEST_BYTES");

let reached: u32 = 0;

function get(array: usize, i: u32): u32 {
  return load<u16>(array + (i << 1));
}

function set(array: usize, i: u32, value: u32): void {
  store<u16>(array + (i << 1), <u16>value);
}

/** Orders the nodes that can be reached from `main` and the graph's other roots. False when loops lie too deep. */
export function nestLoops(main: u32): bool {
  if (main >= nodeCount()) return false;
  memory.fill(POSITION, 0xff, MAX_NODES << 1);
  memory.fill(LOOP_LAST, 0xff, MAX_NODES << 1);
  let free = searchFrom(main, MAX_NODES);
  for (let i: u32 = 0; i < rootCount(); i++) free = searchFrom(rootNode(i), free);
  reached = MAX_NODES - free;
  memory.copy(ORDER, ORDER + (free << 1), reached << 1);
  let pending: u32 = splitLevel(0, reached, NO_NODE, 0);
  while (pending > 0) {
    const header = get(PENDING, --pending);
    const level = get(LEVEL, header) + 1;
    if (level > MAX_LOOP_DEPTH) return false;
    pending = splitLevel(get(POSITION, header) + 1, get(LOOP_LAST, header) + 1, header, pending);
  }
  for (let i: u32 = 0; i < reached; i++) set(POSITION, get(ORDER, i), i);
  return true;
}

export function orderCount(): u32 {
  return reached;
}

/** The node at a position of the order, position < orderCount. */
export function orderNode(position: u32): u32 {
  return get(ORDER, position);
}

export function isReached(node: u32): bool {
  return get(POSITION, node) != NONE;
}

export function positionOf(node: u32): u32 {
  return get(POSITION, node);
}

export function isHeader(node: u32): bool {
  return get(LOOP_LAST, node) != NONE;
}

/** Position of the last node of a header's loop. */
export function loopLast(header: u32): u32 {
  return get(LOOP_LAST, header);
}

/** Header of the innermost loop around a node, of a header around its loop; NO_NODE when there is none. */
export function outerHeader(node: u32): u32 {
  const header = get(OUTER, node);
  return header == NONE ? NO_NODE : header;
}

/** Number of loops around a node, of a header around its loop. */
export function levelOf(node: u32): u32 {
  return get(LEVEL, node);
}

/**
 * Fills ORDER below `free`, answered anew, with what can be reached and has not been, in reverse postorder. Successors are searched
 * last to first, so the first one follows its node.
 */
function searchFrom(root: u32, free: u32): u32 {
  if (isReached(root)) return free;
  let depth: u32 = 1;
  set(PATH, 0, root);
  set(CURSOR, root, lastEdge(root));
  set(POSITION, root, 0);
  while (depth > 0) {
    const node = get(PATH, depth - 1);
    const edge = get(CURSOR, node);
    if (edge == NO_EDGE) {
      set(ORDER, --free, node);
      depth--;
      continue;
    }
    set(CURSOR, node, previousEdge(edge));
    const target = edgeTarget(edge);
    if (isReached(target)) continue;
    set(POSITION, target, 0);
    set(CURSOR, target, lastEdge(target));
    set(PATH, depth++, target);
  }
  return free;
}

/**
 * Treats the positions from `start` up to `end`, the inside of `outer`'s loop: brings the nodes of a loop together, and puts its
 * header on the stack PENDING. Answers the new height of that stack.
 */
function splitLevel(start: u32, end: u32, outer: u32, pending: u32): u32 {
  findComponents(start, end);
  let place = start;
  for (let i = start; i < end; i++) {
    const node = get(ORDER, i);
    const component = get(COMPONENT, node);
    if (get(PLACE, component) == NONE) {
      set(PLACE, component, place);
      place += get(SIZE, component);
    }
    const here = get(PLACE, component);
    set(COPY, here, node);
    set(PLACE, component, here + 1);
  }
  memory.copy(ORDER + (start << 1), COPY + (start << 1), (end - start) << 1);

  const level: u32 = outer == NO_NODE ? 0 : get(LEVEL, outer) + 1;
  for (let i = start; i < end; ) {
    const node = get(ORDER, i);
    const size = get(SIZE, get(COMPONENT, node));
    set(OUTER, node, outer);
    set(LEVEL, node, level);
    if (size > 1 || leadsToItself(node)) {
      set(POSITION, node, i);
      set(LOOP_LAST, node, i + size - 1);
      set(PENDING, pending++, node);
    }
    i += size;
  }
  return pending;
}

function leadsToItself(node: u32): bool {
  for (let edge = firstEdge(node); edge != NO_EDGE; edge = nextEdge(edge)) {
    if (edgeTarget(edge) == node) return true;
  }
  return false;
}

/**
 * Tarjan's strongly connected components of the nodes from position `start` up to `end`. Edges to other nodes are passed over,
 * since those have been in a component since the level around this one was searched.
 */
function findComponents(start: u32, end: u32): void {
  for (let i = start; i < end; i++) {
    const node = get(ORDER, i);
    set(INDEX, node, 0);
    set(COMPONENT, node, NONE);
    set(CURSOR, node, firstEdge(node));
  }
  let discovered: u32 = 0;
  let components: u32 = 0;
  let waiting: u32 = 0;
  for (let i = start; i < end; i++) {
    const root = get(ORDER, i);
    if (get(INDEX, root) != 0) continue;
    let depth: u32 = 0;
    let found = root;
    for (;;) {
      if (found != NO_NODE) {
        set(INDEX, found, ++discovered);
        set(LOW, found, discovered);
        set(WAITING, waiting++, found);
        set(PATH, depth++, found);
        found = NO_NODE;
      }
      const node = get(PATH, depth - 1);
      const edge = get(CURSOR, node);
      if (edge != NO_EDGE) {
        set(CURSOR, node, nextEdge(edge));
        const target = edgeTarget(edge);
        if (get(INDEX, target) == 0) found = target;
        else if (get(COMPONENT, target) == NONE) lower(node, get(INDEX, target));
        continue;
      }
      if (get(LOW, node) == get(INDEX, node)) {
        const size = takeComponent(node, components, waiting);
        set(SIZE, components, size);
        set(PLACE, components, NONE);
        waiting -= size;
        components++;
      }
      if (--depth == 0) break;
      lower(get(PATH, depth - 1), get(LOW, node));
    }
  }
}

function lower(node: u32, index: u32): void {
  if (index < get(LOW, node)) set(LOW, node, index);
}

/** Names the component of all that waits above `node`; answers their number. */
function takeComponent(node: u32, component: u32, waiting: u32): u32 {
  let i = waiting;
  let member: u32;
  do {
    member = get(WAITING, --i);
    set(COMPONENT, member, component);
  } while (member != node);
  return waiting - i;
}
