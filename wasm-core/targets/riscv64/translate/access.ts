// Accesses to memory that leave the region on a miss, and share one look at the TLB where they can: those of one block at
// several offsets from a register that does not change in between. The look is at the range from the first of their bytes to
// the last, which must lie in one page; where that page is in the TLB, each of them would hit. Nothing between two accesses of
// a group changes the TLB.
import { JIT_EXIT_MISS } from "../../../../src/spec/abi";
import {
  OP_cboZero,
  OP_fence,
  OP_fld,
  OP_flh,
  OP_flw,
  OP_fsd,
  OP_fsh,
  OP_fsw,
  OP_lb,
  OP_lbu,
  OP_ld,
  OP_lh,
  OP_lhu,
  OP_lrW,
  OP_lw,
  OP_lwu,
  OP_sb,
  OP_sd,
  OP_sh,
  OP_sw,
  WRITES_X,
  decode,
  operandsOf,
} from "../../../generated/instructions";
import { JIT_GROUPS } from "../../../jit/layout";
import { exitIf } from "../../../jit/translate";
import { localGet, localTee } from "../../../jit/wasm-writer";
import { TLB_LOAD, TLB_STORE } from "../../../mmu/tlb";
import { imm, insnLength, rdNumber, rs1Number } from "../hart";
import { insnCount, insnDelta, insnIndex, insnPtr } from "./body";
import { GROUP, LOAD_CONTEXT, STORE_CONTEXT, settle } from "./locals";
import { pushMissAt, pushPointer } from "./memory";
import { insnAt, opOf } from "./scan";

/** Groups that can be open at once, each with a local for its pointer. */
export const GROUPS: u32 = 4;
/** Instructions among which the others of a group are looked for. */
const REACH: u32 = 48;
/** Longest range of a group: longer ones cross pages too often. */
const LONGEST: i64 = 512;

/** Static offset of the access from the pointer that pushAccess leaves. */
export let accessOffset: u32 = 0;
let nextGroup: u32 = 0;

@unmanaged
class Group {
  /** TLB_LOAD or TLB_STORE; 0: not in use. */
  part: u32;
  base: u32;
  first: i32;
  end: i32;
}

function groupAt(index: u32): Group {
  return changetype<Group>(JIT_GROUPS + <usize>index * 16);
}

/** A block begins, or something may have changed the TLB. */
export function forgetGroups(): void {
  for (let i: u32 = 0; i < GROUPS; i++) groupAt(i).part = 0;
}

/** Register `register` has been written. */
export function forgetBase(register: u32): void {
  for (let i: u32 = 0; i < GROUPS; i++) {
    if (groupAt(i).base == register) groupAt(i).part = 0;
  }
}

/** Bytes that an instruction with op `code` loads or stores inline; 0: none. */
export function accessSize(code: u32): u32 {
  switch (code) {
    case OP_lb:
    case OP_lbu:
    case OP_sb:
      return 1;
    case OP_lh:
    case OP_lhu:
    case OP_sh:
      return 2;
    case OP_lw:
    case OP_lwu:
    case OP_sw:
    case OP_flw:
    case OP_fsw:
      return 4;
    case OP_ld:
    case OP_sd:
    case OP_fld:
    case OP_fsd:
      return 8;
    default:
      return 0;
  }
}

function partOf(code: u32): u32 {
  const isStore = (code >= OP_sb && code <= OP_sd) || code == OP_fsw || code == OP_fsd;
  return isStore ? <u32>TLB_STORE : <u32>TLB_LOAD;
}

/** Whether an instruction with op `code` may fill the TLB, or change what it is asked with. */
export function touchesTlb(code: u32): bool {
  return (code >= OP_lrW && code <= OP_cboZero) || code == OP_flh || code == OP_fsh || code >= OP_fence;
}

/** Pushes the wasm address for the access of `w`, to which accessOffset is to be added; leaves the region on a miss. */
export function pushAccess(w: u64, size: u32, part: u32): void {
  const base = rs1Number(w);
  const first = <i32>imm(w);
  for (let i: u32 = 0; i < GROUPS; i++) {
    const group = groupAt(i);
    if (group.part != part || group.base != base) continue;
    if (first < group.first || first + <i32>size > group.end) continue;
    accessOffset = <u32>(first - group.first);
    return localGet(GROUP + i);
  }
  if (!openGroup(base, first, size, part)) {
    look(w, <i64>first, size, part);
    accessOffset = 0;
    return;
  }
  const index = nextGroup;
  nextGroup = (nextGroup + 1) % GROUPS;
  const group = groupAt(index);
  group.part = part;
  group.base = base;
  group.first = groupFirst;
  group.end = groupEnd;
  look(w, <i64>groupFirst, <u32>(groupEnd - groupFirst), part);
  localTee(GROUP + index);
  accessOffset = <u32>(first - groupFirst);
}

/** Looks the `size` bytes at `offset` from the base up in the TLB, and pushes where they are. */
function look(w: u64, offset: i64, size: u32, part: u32): void {
  pushMissAt(rs1Number(w), offset, size, part, part == <u32>TLB_LOAD ? LOAD_CONTEXT : STORE_CONTEXT);
  settle();
  exitIf(JIT_EXIT_MISS, insnIndex, insnDelta);
  pushPointer(part);
}

let groupFirst: i32 = 0;
let groupEnd: i32 = 0;

/** Finds the accesses that follow with the same base; their range into groupFirst and groupEnd. False if there are none. */
function openGroup(base: u32, first: i32, size: u32, part: u32): bool {
  groupFirst = first;
  groupEnd = first + <i32>size;
  let found = false;
  let ptr = insnPtr;
  let delta = insnDelta;
  const stop = insnIndex + REACH < insnCount ? insnIndex + REACH : insnCount;
  for (let i = insnIndex; i < stop; i++) {
    const w = decode(insnAt(ptr, delta));
    const code = opOf(w);
    if (touchesTlb(code)) break;
    const bytes = accessSize(code);
    if (i > insnIndex && bytes && partOf(code) == part && rs1Number(w) == base) {
      const at = <i32>imm(w);
      const from = at < groupFirst ? at : groupFirst;
      const to = at + <i32>bytes > groupEnd ? at + <i32>bytes : groupEnd;
      if (to - from <= <i32>LONGEST) {
        groupFirst = from;
        groupEnd = to;
        found = true;
      }
    }
    if (operandsOf(code) & WRITES_X && rdNumber(w) == base) break;
    const length = <i32>insnLength(w);
    delta += length;
    ptr += length;
  }
  return found;
}
