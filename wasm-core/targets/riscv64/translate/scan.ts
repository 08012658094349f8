// Reads guest instructions for the translator: where a block ends and how, and which registers a region uses.
import {
  BREAK,
  ILLEGAL,
  OP_auipc,
  OP_beq,
  OP_bgeu,
  OP_ebreak,
  OP_ecall,
  OP_jal,
  OP_mret,
  OP_sret,
  OP_wfi,
  READS_F1,
  READS_F2,
  READS_F3,
  READS_X1,
  READS_X2,
  WRITES_F,
  WRITES_X,
  decode,
  operandsOf,
} from "../../../generated/instructions";
import {
  Block,
  FLAG_CALL,
  FLAG_LINKED,
  FLAG_RETURN,
  FLAG_STRADDLES,
  KIND_BRANCH,
  KIND_INDIRECT,
  KIND_JUMP,
  KIND_NEXT,
  KIND_STOP,
  MAX_REGION_PAGES,
} from "../../../jit/blocks";
import { codePointer, pageOf } from "../../../jit/discover";
import { isBreak } from "../../../mmu/code-cache";
import { MAX_BLOCK_STEPS } from "../../../jit/exit";
import { Hart, imm, insnLength, rdNumber, rs1Number, rs2Number } from "../hart";

/** Registers that the region's instructions name: bit i stands for register i. */
export let usedX: u32 = 0;
export let usedF: u32 = 0;

/** A new region: no register is used yet. */
export function beginScan(): void {
  usedX = 0;
  usedF = 0;
}

export function fetchContext(cpu: usize): u64 {
  return changetype<Hart>(cpu).fetchContext;
}

/** Distance of the decoded word of byte `offset` of a page from the page's first. */
export function firstWord(offset: u32): usize {
  return (<usize>offset) << 2;
}

/** Bits of the instruction at `ptr`, which is at `delta` and may end in the next page of the region. */
export function insnAt(ptr: usize, delta: i32): u32 {
  const low = <u32>load<u16>(ptr);
  if ((low & 3) != 3) return low;
  return low | ((<u32>load<u16>((delta & 0xfff) == 0xffe ? codePointer(delta + 2) : ptr + 2)) << 16);
}

export function opOf(w: u64): u32 {
  return <u32>w & 0x3ff;
}

/**
 * Reads the block from its start to its end, or to `stop`: sets all of it but context and successors. False if it has no
 * instruction that can be translated.
 */
export function scanBlock(block: Block, stop: i32): bool {
  const pageEnd = (block.start & ~0xfff) + 0x1000;
  let delta = block.start;
  let ptr = block.ptr;
  // What the instruction before put into its register, if that was auipc.
  let madeIn: u32 = 0;
  let made: i64 = 0;
  block.steps = 0;
  block.names = 0;
  block.writes = 0;
  block.flags &= FLAG_LINKED;
  block.kind = KIND_NEXT;
  block.last = delta;
  while (true) {
    if ((load<u16>(ptr) & 3) == 3 && (delta & 0xfff) == 0xffe) {
      if (block.steps) break;
      if (pageOf(delta + 2) == MAX_REGION_PAGES) {
        block.kind = KIND_STOP;
        break;
      }
      block.flags |= FLAG_STRADDLES;
    }
    const insn = insnAt(ptr, delta);
    const w = decode(insn);
    const op = isBreak(ptr) ? BREAK : opOf(w);
    block.last = delta;
    if (
      op == BREAK ||
      op == ILLEGAL ||
      op == OP_ecall ||
      op == OP_ebreak ||
      op == OP_mret ||
      op == OP_sret ||
      op == OP_wfi
    ) {
      block.kind = KIND_STOP;
      break;
    }
    note(block, op, w);
    const length = <i32>insnLength(w);
    block.steps++;
    if (op >= OP_jal && op <= OP_bgeu) {
      block.word = w;
      const away = <i64>imm(w);
      if (op >= OP_beq) {
        block.kind = KIND_BRANCH;
        block.target = delta + <i32>away;
      } else if (op == OP_jal) {
        block.kind = KIND_JUMP;
        block.target = delta + <i32>away;
        if (isLink(rdNumber(w))) block.flags |= FLAG_CALL;
      } else {
        const target = (made + away) & ~1;
        if (madeIn && rs1Number(w) == madeIn && target == <i64>(<i32>target)) {
          block.kind = KIND_JUMP;
          block.target = <i32>target;
        } else {
          block.kind = KIND_INDIRECT;
          if (isLink(rs1Number(w)) && !isLink(rdNumber(w))) block.flags |= FLAG_RETURN;
        }
        if (isLink(rdNumber(w))) block.flags |= FLAG_CALL;
      }
      delta += length;
      break;
    }
    madeIn = 0;
    if (op == OP_auipc && rdNumber(w) != 32) {
      madeIn = rdNumber(w);
      made = <i64>delta + <i64>imm(w);
    }
    delta += length;
    ptr += length;
    if (delta >= stop || delta >= pageEnd || block.steps == MAX_BLOCK_STEPS) break;
  }
  block.end = delta;
  return block.steps != 0;
}

/** Registers that calls leave their return address in (unprivileged specification, Unconditional Jumps). */
function isLink(register: u32): bool {
  return register == 1 || register == 5;
}

/** Notes the registers that an instruction names: of the block as sets of locals.ts, of the region as locals. */
function note(block: Block, op: u32, w: u64): void {
  const operands = operandsOf(op);
  let x: u32 = 0;
  let f: u32 = 0;
  if (operands & READS_X1) x |= 1 << rs1Number(w);
  if (operands & READS_X2) x |= 1 << rs2Number(w);
  if (operands & READS_F1) f |= 1 << rs1Number(w);
  if (operands & READS_F2) f |= 1 << rs2Number(w);
  if (operands & READS_F3) f |= 1 << (<u32>imm(w));
  if (operands & WRITES_X && rdNumber(w) < 32) {
    x |= 1 << rdNumber(w);
    block.writes |= (<u64>1) << rdNumber(w);
  }
  if (operands & WRITES_F) {
    f |= 1 << rdNumber(w);
    block.writes |= (<u64>1) << (32 + rdNumber(w));
  }
  x &= ~1;
  block.names |= <u64>x | ((<u64>f) << 32);
  usedX |= x;
  usedF |= f;
}
