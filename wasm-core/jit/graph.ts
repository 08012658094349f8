// The control flow graph of the region under construction: nodes (basic blocks) by number, and their successors in order.
import { JIT_GRAPH } from "./layout";

export const MAX_NODES: u32 = 1024;
export const MAX_EDGES: u32 = 8192;
export const NO_NODE: u32 = 0xffff_ffff;
export const NO_EDGE: u32 = 0xffff;

/** The graph takes this many bytes from JIT_GRAPH on. */
export const GRAPH_BYTES: usize = 0x1_0000;

// Arrays by node: first and last edge (u16), number of successors (u16), cost (u32).
const FIRST: usize = JIT_GRAPH;
const LAST: usize = FIRST + 0x800;
const SUCCESSORS: usize = LAST + 0x800;
const COST: usize = SUCCESSORS + 0x800;
// Arrays by edge: target, next and previous edge of the same node (u16).
const TARGET: usize = COST + 0x1000;
const NEXT: usize = TARGET + 0x4000;
const PREVIOUS: usize = NEXT + 0x4000;
// By number: nodes at which the graph is entered besides its main node (u16).
const ROOTS: usize = PREVIOUS + 0x4000;
/** Most of them. */
export const MAX_ROOTS: u32 = 24;

if (ROOTS + 2 * <usize>MAX_ROOTS > JIT_GRAPH + GRAPH_BYTES) ERROR("The graph outgrew GRAPH_BYTES");

let nodes: u32 = 0;
let edges: u32 = 0;
let roots: u32 = 0;

export function resetGraph(): void {
  nodes = 0;
  edges = 0;
  roots = 0;
}

/** Takes away all edges. */
export function clearEdges(): void {
  memory.fill(FIRST, 0xff, nodes << 1);
  memory.fill(LAST, 0xff, nodes << 1);
  memory.fill(SUCCESSORS, 0, nodes << 1);
  edges = 0;
}

/** A new node without successors, of cost 0; NO_NODE when MAX_NODES are there. */
export function addNode(): u32 {
  if (nodes == MAX_NODES) return NO_NODE;
  store<u16>(FIRST + (nodes << 1), <u16>NO_EDGE);
  store<u16>(LAST + (nodes << 1), <u16>NO_EDGE);
  store<u16>(SUCCESSORS + (nodes << 1), 0);
  store<u32>(COST + (nodes << 2), 0);
  return nodes++;
}

/** Makes `to` the last successor of `from`, unless it is one already. False when MAX_EDGES are there. */
export function addEdge(from: u32, to: u32): bool {
  for (let edge = firstEdge(from); edge != NO_EDGE; edge = nextEdge(edge)) {
    if (edgeTarget(edge) == to) return true;
  }
  if (edges == MAX_EDGES) return false;
  const last = lastEdge(from);
  if (last == NO_EDGE) store<u16>(FIRST + (from << 1), <u16>edges);
  else store<u16>(NEXT + (last << 1), <u16>edges);
  store<u16>(LAST + (from << 1), <u16>edges);
  store<u16>(SUCCESSORS + (from << 1), <u16>(successorCount(from) + 1));
  store<u16>(TARGET + (edges << 1), <u16>to);
  store<u16>(NEXT + (edges << 1), <u16>NO_EDGE);
  store<u16>(PREVIOUS + (edges << 1), <u16>last);
  edges++;
  return true;
}

export function nodeCount(): u32 {
  return nodes;
}

export function successorCount(node: u32): u32 {
  return load<u16>(SUCCESSORS + (node << 1));
}

/** The successor that was added i-th, i < successorCount. */
export function successor(node: u32, i: u32): u32 {
  let edge = firstEdge(node);
  while (i-- > 0) edge = nextEdge(edge);
  return edgeTarget(edge);
}

/** The graph is entered at `node` too. False when there are MAX_ROOTS such nodes. */
export function addRoot(node: u32): bool {
  for (let i: u32 = 0; i < roots; i++) {
    if (rootNode(i) == node) return true;
  }
  if (roots == MAX_ROOTS) return false;
  store<u16>(ROOTS + (roots++ << 1), <u16>node);
  return true;
}

export function rootCount(): u32 {
  return roots;
}

export function rootNode(i: u32): u32 {
  return load<u16>(ROOTS + (i << 1));
}

/** Guest steps that running the node takes. */
export function nodeCost(node: u32): u32 {
  return load<u32>(COST + (node << 2));
}

export function setNodeCost(node: u32, steps: u32): void {
  store<u32>(COST + (node << 2), steps);
}

// --- The same, edge by edge ---
export function firstEdge(node: u32): u32 {
  return load<u16>(FIRST + (node << 1));
}

export function nextEdge(edge: u32): u32 {
  return load<u16>(NEXT + (edge << 1));
}

export function lastEdge(node: u32): u32 {
  return load<u16>(LAST + (node << 1));
}

export function previousEdge(edge: u32): u32 {
  return load<u16>(PREVIOUS + (edge << 1));
}

export function edgeTarget(edge: u32): u32 {
  return load<u16>(TARGET + (edge << 1));
}
