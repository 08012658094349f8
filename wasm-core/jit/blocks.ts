// Blocks of the region under construction, by number of their node in the graph, and the calls that were inlined into it.
//
// A block's place is `delta`: its address less that of the first byte of the page in which the region begins, so that code
// can be entered at any address at which its pages lie. The same guest code may stand in several blocks, one for each call
// that was inlined ("context"): that makes a return a comparison with one address.
import { JIT_BLOCKS, JIT_BLOCKS_BYTES } from "./layout";
import { MAX_NODES, NO_NODE } from "./graph";

/** How a block ends. */
export const KIND_NEXT: u32 = 0;
/** With an instruction that the interpreter executes. */
export const KIND_STOP: u32 = 1;
export const KIND_BRANCH: u32 = 2;
export const KIND_JUMP: u32 = 3;
export const KIND_INDIRECT: u32 = 4;
/**
 * No guest code: where the indirect jumps of one page and context choose among all that any of them was seen to reach. So the
 * handlers of an interpreter that each end with such a jump make one loop, not one in another.
 */
export const KIND_SWITCH: u32 = 5;
/** No instruction: the region is left here, since it has grown enough. */
export const KIND_OUT: u32 = 6;

/** The jump leaves its own address behind, and will be returned to. */
export const FLAG_CALL: u32 = 1;
export const FLAG_RETURN: u32 = 2;
/** The block is one instruction which begins in one page and ends in the next. */
export const FLAG_STRADDLES: u32 = 4;
/** Successors are known. */
export const FLAG_LINKED: u32 = 8;
/** It lies in a loop. */
export const FLAG_LOOP: u32 = 16;
/** It can be reached from the region's entry. */
export const FLAG_REACHED: u32 = 32;

@unmanaged
export class Block {
  start: i32;
  /** Behind the last instruction. */
  end: i32;
  /** wasm pointer of the first instruction. */
  ptr: usize;
  /** Instructions; of KIND_STOP without the last. */
  steps: u32;
  context: u32;
  kind: u32;
  flags: u32;
  /** Where the last instruction begins, its decoded word, and where a direct jump or branch goes. */
  last: i32;
  target: i32;
  word: u64;
  /** Nodes: target of a jump or branch taken (of an indirect jump its switch), and what follows; NO_NODE: outside the region. */
  taken: u32;
  next: u32;
  /** Of a call: the node to which it returns. */
  after: u32;
  /** Registers that its instructions name, and those that they write, as the target counts them. */
  names: u64;
  writes: u64;
}

export const BLOCK_BYTES: usize = 80;
if (offsetof<Block>() > BLOCK_BYTES) ERROR("Block outgrew its place");

export function blockAt(node: u32): Block {
  return changetype<Block>(JIT_BLOCKS + <usize>node * BLOCK_BYTES);
}

// --- Contexts: 0 is what called the region, the others are calls inlined ---
export const MAX_CONTEXTS: u32 = 64;
export const MAX_DEPTH: u32 = 6;

@unmanaged
export class Context {
  parent: u32;
  depth: u32;
  /** Where the called function begins. */
  callee: i32;
  /** Where it returns to, and that node. */
  returnTo: i32;
  returnNode: u32;
  /** 1: it calls what is not in the region, so that others may return into what called it. */
  leaks: u32;
}

const CONTEXTS: usize = JIT_BLOCKS + <usize>MAX_NODES * BLOCK_BYTES;
const CONTEXT_BYTES: usize = 32;
if (offsetof<Context>() > CONTEXT_BYTES) ERROR("Context outgrew its place");

export function contextAt(index: u32): Context {
  return changetype<Context>(CONTEXTS + <usize>index * CONTEXT_BYTES);
}

// --- Targets of indirect jumps: where, the node there, and whose they are ---
export const MAX_TARGETS: u32 = 2048;
const TARGETS: usize = CONTEXTS + <usize>MAX_CONTEXTS * CONTEXT_BYTES;

/** A target: delta (i32), node there (u32), node of the indirect call or switch (u32). */
export function targetAt(index: u32): usize {
  return TARGETS + <usize>index * 12;
}

// --- Where else the functions of contexts return to, since they call themselves: context, delta, node ---
export const MAX_RETURNS: u32 = 256;
const RETURNS: usize = TARGETS + <usize>MAX_TARGETS * 12;

export function returnAt(index: u32): usize {
  return RETURNS + <usize>index * 12;
}

// --- Pages of the region: delta (i32), wasm pointer (u32), slot of the decoded words (u32) ---
const PAGES: usize = RETURNS + <usize>MAX_RETURNS * 12;
export const MAX_REGION_PAGES: u32 = 8;

export function pageAt(index: u32): usize {
  return PAGES + <usize>index * 12;
}

/** Scratch for lists of nodes (u16). */
export const NODE_LIST: usize = PAGES + <usize>MAX_REGION_PAGES * 16;
export const NODE_LIST_LENGTH: u32 = 2048;
/** What lies behind is residence.ts's. */
export const BLOCKS_END: usize = NODE_LIST + 2 * <usize>NODE_LIST_LENGTH;
if (BLOCKS_END > JIT_BLOCKS + JIT_BLOCKS_BYTES) ERROR("The blocks outgrew JIT_BLOCKS");

export function isNode(node: u32): bool {
  return node != NO_NODE;
}
