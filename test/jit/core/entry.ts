// Root of the wasm module of the structure tests: builds graphs, and modules that walk them as a script says.
import { successor, successorCount } from "../../../wasm-core/jit/graph";
import { JIT_BLOCKS, JIT_BODIES, JIT_MODULE, JIT_MODULE_BYTES } from "../../../wasm-core/jit/layout";
import { isHeader } from "../../../wasm-core/jit/loop-nest";
import {
  emitStructured,
  jump,
  jumpIf,
  jumpTable,
  NO_TARGET,
  selectorCount,
} from "../../../wasm-core/jit/structured-code";
import {
  memory as access,
  at,
  beginWriting,
  block,
  br,
  byte,
  depth,
  EMPTY,
  end,
  I32,
  i32Const,
  ifThen,
  localGet,
  localSet,
  op,
  otherwise,
  overflowed,
  patchU32,
  placeU32,
  ret,
  u32Leb,
} from "../../../wasm-core/jit/wasm-writer";

export {
  addEdge,
  addNode,
  addRoot,
  MAX_EDGES,
  MAX_NODES,
  MAX_ROOTS,
  nodeCost,
  nodeCount,
  resetGraph,
  setNodeCost,
  successor,
  successorCount,
} from "../../../wasm-core/jit/graph";
export {
  isHeader,
  isReached,
  levelOf,
  loopLast,
  MAX_LOOP_DEPTH,
  orderCount,
  orderNode,
} from "../../../wasm-core/jit/loop-nest";
export { entryCount, entryNode, longestPath, structure } from "../../../wasm-core/jit/structure";
export { selectorCount } from "../../../wasm-core/jit/structured-code";
export const MODULE = JIT_MODULE;

// Memory of a walking module: the script (choices, bytes, over and over), how the walk ended, and the nodes it passed (u16).
const SCRIPT: u32 = 0;
const SCRIPT_MASK: u32 = 0xfff;
const ENDED: u32 = 0x1000;
const TRACE: u32 = 0x2000;

// Locals of a walking function; the selectors follow.
const ENTRY: u32 = 0;
const FUEL: u32 = 1;
const CHOICES: u32 = 2;
const PASSED: u32 = 3;
const CHOICE: u32 = 4;
const SELECTORS: u32 = 5;

// Opcodes (WebAssembly specification, Binary Format, Instructions).
const DROP: u32 = 0x1a;
const UNREACHABLE: u32 = 0x00;
const I32_LOAD8_U: u32 = 0x2d;
const I32_STORE: u32 = 0x36;
const I32_STORE16: u32 = 0x3b;
const I32_EQZ: u32 = 0x45;
const I32_EQ: u32 = 0x46;
const I32_ADD: u32 = 0x6a;
const I32_SUB: u32 = 0x6b;
const I32_REM_U: u32 = 0x70;
const I32_AND: u32 = 0x71;

/** By node: which of the ways below it branches in. */
const STYLES: usize = JIT_BLOCKS;
const LIST: usize = JIT_BODIES;
let exit: u32 = 0;

export function setStyle(node: u32, style: u32): void {
  store<u8>(STYLES + node, <u8>style);
}

/** Writes a module with the function walk(entry, fuel): length of the trace in bytes. Answers the module's length, 0 for none. */
export function emitWalk(): u32 {
  beginWriting(JIT_MODULE, JIT_MODULE + JIT_MODULE_BYTES);
  for (let i = 0; i < 8; i++) byte(<u32>(0x0000_0001_6d73_6100 >> (i << 3)));
  // Type section: (i32, i32) -> i32.
  bytes7(1, 7, 1, 0x60, 2, I32, I32);
  byte(1);
  byte(I32);
  // Import section: memory "m" "m" of one page and more.
  bytes7(2, 8, 1, 1, 0x6d, 1, 0x6d);
  bytes7(2, 0, 1, 3, 2, 1, 0);
  // Export section: function 0 as "w".
  bytes7(7, 5, 1, 1, 0x77, 0, 0);
  byte(10);
  const section = placeU32();
  const sectionStart = at;
  byte(1);
  const body = placeU32();
  const bodyStart = at;
  byte(1);
  u32Leb(SELECTORS - CHOICES + selectorCount());
  byte(I32);
  block(EMPTY);
  exit = depth;
  emitStructured(ENTRY, SELECTORS, walkNode);
  end();
  localGet(PASSED);
  byte(0x0b);
  patchU32(body, <u32>(at - bodyStart));
  patchU32(section, <u32>(at - sectionStart));
  return overflowed || depth != 0 ? 0 : <u32>(at - JIT_MODULE);
}

function bytes7(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32): void {
  byte(a);
  byte(b);
  byte(c);
  byte(d);
  byte(e);
  byte(f);
  byte(g);
}

/** Ends the walk before or after `node`. */
function leave(node: u32, before: u32): void {
  i32Const(ENDED);
  i32Const((node << 1) | before);
  access(I32_STORE, 0);
  br(exit);
}

function add(local: u32, value: i32): void {
  localGet(local);
  i32Const(value);
  op(I32_ADD);
  localSet(local);
}

function walkNode(node: u32): void {
  if (isHeader(node)) {
    localGet(FUEL);
    op(I32_EQZ);
    ifThen(EMPTY);
    leave(node, 1);
    end();
    add(FUEL, -1);
  }
  localGet(PASSED);
  i32Const(node);
  access(I32_STORE16, TRACE);
  add(PASSED, 2);
  const count = successorCount(node);
  if (count == 0) {
    leave(node, 0);
    return;
  }
  localGet(CHOICES);
  i32Const(SCRIPT_MASK);
  op(I32_AND);
  access(I32_LOAD8_U, SCRIPT);
  i32Const(count);
  op(I32_REM_U);
  localSet(CHOICE);
  add(CHOICES, 1);
  branch(node, count, load<u8>(STYLES + node));
}

function chosen(i: u32): void {
  localGet(CHOICE);
  i32Const(i);
  op(I32_EQ);
}

/** Goes to the successor that CHOICE names. */
function branch(node: u32, count: u32, style: u32): void {
  const last = count - 1;
  if (style == 0) {
    // Conditional jumps, the last successor by falling out of them.
    for (let i: u32 = 0; i < last; i++) {
      chosen(i);
      jumpIf(node, successor(node, i));
    }
    jump(node, successor(node, last));
  } else if (style == 1) {
    // The same, with the first successor at the end.
    for (let i = last; i > 0; i--) {
      chosen(i);
      jumpIf(node, successor(node, i));
    }
    jump(node, successor(node, 0));
  } else if (style == 2) {
    // A table of all but the last.
    for (let i: u32 = 0; i < last; i++) store<u16>(LIST + (i << 1), <u16>successor(node, i));
    localGet(CHOICE);
    jumpTable(node, LIST, last);
    jump(node, successor(node, last));
  } else if (style == 3) {
    // A table that names each twice; what lies beyond is never reached.
    for (let i: u32 = 0; i < 2 * count; i++) store<u16>(LIST + (i << 1), <u16>successor(node, i % count));
    localGet(CHOICE);
    i32Const(count);
    op(I32_ADD);
    jumpTable(node, LIST, 2 * count);
    op(UNREACHABLE);
  } else if (style == 4) {
    // Jumps inside constructs of the emitter.
    for (let i: u32 = 0; i < last; i++) {
      chosen(i);
      ifThen(EMPTY);
      jump(node, successor(node, i));
      end();
    }
    jump(node, successor(node, last));
  } else if (style == 5) {
    // A table with holes, conditional jumps for what falls through them.
    for (let i: u32 = 0; i < count; i++) store<u16>(LIST + (i << 1), <u16>(i & 1 ? NO_TARGET : successor(node, i)));
    localGet(CHOICE);
    jumpTable(node, LIST, count);
    for (let i: u32 = 1; i < count; i += 2) {
      chosen(i);
      jumpIf(node, successor(node, i));
    }
    op(UNREACHABLE);
  } else {
    // All inside constructs, conditional ones too.
    chosen(0);
    ifThen(EMPTY);
    jump(node, successor(node, 0));
    otherwise();
    for (let i: u32 = 1; i < count; i++) {
      chosen(i);
      jumpIf(node, successor(node, i));
    }
    op(UNREACHABLE);
    end();
    op(UNREACHABLE);
  }
}

/** Writes only the constructs: a node is its number, jumpIf to all its successors but the last, jump to that. Entry is local 0. */
export function emitOutline(): u32 {
  beginWriting(JIT_MODULE, JIT_MODULE + JIT_MODULE_BYTES);
  emitStructured(0, 1, outlineNode);
  return overflowed || depth != 0 ? 0 : <u32>(at - JIT_MODULE);
}

function outlineNode(node: u32): void {
  i32Const(node);
  op(DROP);
  const count = successorCount(node);
  if (count == 0) {
    ret();
    return;
  }
  for (let i: u32 = 0; i < count - 1; i++) {
    localGet(0);
    jumpIf(node, successor(node, i));
  }
  jump(node, successor(node, count - 1));
}
