/** Pieces about memory: code that changes or is mapped otherwise, data beside code, accesses that fault, reservations. */
import { encode, rowOf } from "../../differential/riscv64/assembler.ts";
import { PAGE, POINTER_REGISTERS, ra, t0, t1, t2 } from "./block-writer.ts";
import { ControlPieces } from "./control-pieces.ts";
import { ALIASED_PAGES, ALIASED_VA, REG, SCRATCH_VA, SLOTS, slotImm } from "./layout.ts";

/** Where the function of a page of aliased code begins. */
const ALIASED_ENTRY = 0x40n;

export abstract class MemoryPieces extends ControlPieces {
  /** Changes an instruction that comes next, or that the loop comes back to. */
  protected rewrite(): void {
    const { random, a } = this;
    const target = this.fresh();
    const over = this.fresh();
    // Mostly some times only: code that changes all the time is not worth compiling.
    if (random.chance(0.985)) {
      a.put("ld", { rd: t0, rs1: REG.data, imm: slotImm(SLOTS.rewrites) });
      a.to(over, "beq", { rs1: t0 });
      a.put("addi", { rd: t0, rs1: t0, imm: -1 });
      a.put("sd", { rs1: REG.data, rs2: t0, imm: slotImm(SLOTS.rewrites) });
    }
    a.la(t0, target);
    const here = random.chance(0.3);
    if (here) a.label(target);
    const size = random.pick(["h", "w", "w", "w", "b"] as const);
    const place = size === "w" ? 0 : size === "h" ? 2 : 3;
    a.put(`l${size}`, { rd: t1, rs1: t0, imm: place });
    // Other bits of the immediate, or another operation.
    const mask = (random.below(0x1000) << 20) | (random.chance(0.3) ? 0x4000 : 0);
    a.li(t2, BigInt(mask >> (8 * place)));
    a.put("xor", { rd: t1, rs1: t1, rs2: t2 });
    a.put(`s${size}`, { rs1: t0, rs2: t1, imm: place });
    if (random.chance(0.5)) a.put("fence.i");
    a.label(over);
    if (here) return;
    if (random.chance(0.5)) this.block(3);
    a.label(target);
    const rd = random.pick([3, 4, 12, 13, 29, 30]);
    a.put("addi", { rd, rs1: rd, imm: random.between(-100, 100) });
  }

  protected dataBesideCode(): void {
    const { random, a } = this;
    const [data, over] = [this.fresh(), this.fresh()];
    a.la(t0, data);
    a.put("ld", { rd: t1, rs1: t0 });
    a.put("add", { rd: t1, rs1: t1, rs2: this.anyRegister() });
    a.put(random.pick(["sb", "sh", "sw", "sd"]), { rs1: t0, rs2: t1, imm: random.below(8) });
    if (random.chance(0.3)) a.put("amoadd.d", { rd: t2, rs1: t0, rs2: t1 });
    a.to(over, "jal");
    while (a.here % 8n !== 0n) a.put("c.nop");
    a.label(data);
    a.raw(new Uint8Array(16));
    a.label(over);
  }

  /** The same code at two virtual addresses. */
  protected aliased(): void {
    const { random, a } = this;
    a.li(t0, ALIASED_VA + BigInt(random.between(1, 6)) * PAGE + BigInt(random.pick([0, 0, 4])) + ALIASED_ENTRY);
    a.put("jalr", { rd: ra, rs1: t0 });
    a.put("add", { rd: 12, rs1: 12, rs2: 13 });
  }

  /** Other code at the same virtual address, with or without a fence. */
  protected remapped(): void {
    const { random, a } = this;
    const step = random.pick([0, 1, 2]);
    // The page that the code begins in, or the one that it goes on into.
    const place = random.below(2);
    a.put("srli", { rd: t0, rs1: REG.rounds, shamt: step });
    a.put("andi", { rd: t0, rs1: t0, imm: ALIASED_PAGES - 1 });
    a.put("sh3add", { rd: t0, rs1: t0, rs2: REG.data });
    for (const user of [0, 1]) {
      a.put("ld", { rd: t1, rs1: t0, imm: slotImm(SLOTS.ptes + user * ALIASED_PAGES) });
      a.put("ld", { rd: t2, rs1: REG.data, imm: slotImm(SLOTS.leaves + user) });
      a.put("sd", { rs1: t2, rs2: t1, imm: place * 8 });
    }
    const fence = random.below(3);
    if (fence === 1) {
      const { mode } = this;
      if (mode === "U") this.switchTo("S");
      a.put("sfence.vma");
      if (mode === "U") this.switchTo("U");
    }
    a.li(t0, ALIASED_VA + BigInt(place) * PAGE);
    if (fence === 2) a.put("sfence.vma", { rs1: t0 });
    a.li(t0, ALIASED_VA + BigInt(random.pick([0, 4])) + ALIASED_ENTRY);
    a.put("jalr", { rd: ra, rs1: t0 });
  }

  /**
   * A page of aliased code: its function may be entered four bytes further on, ends with an instruction whose second half lies
   * in whatever page is mapped behind, and returns there.
   */
  aliasedPage(): void {
    const { random, a } = this;
    const crossing = encode(rowOf("addi"), { rd: 13, rs1: 13, imm: random.between(-1000, 1000) });
    this.mode = random.pick(["M", "S", "U"] as const);
    a.raw([(crossing >>> 16) & 255, crossing >>> 24]);
    this.epilogue();
    while (a.here < a.origin + ALIASED_ENTRY) a.put("c.nop");
    a.put("addi", { rd: 13, rs1: 13, imm: random.between(1, 100) });
    this.prologue();
    a.put("auipc", { rd: 12 });
    this.block(5);
    const over = this.fresh();
    a.to(over, "jal");
    a.raw(new Uint8Array(Number(a.origin + PAGE - 2n - a.here)));
    a.label(over);
    a.raw([crossing & 255, (crossing >>> 8) & 255]);
  }

  /** Loads and stores through pages that are mapped, and through some that are not. */
  protected walk(): void {
    const { random, a } = this;
    const [head, pointer] = [this.fresh(), random.pick(POINTER_REGISTERS)];
    if (random.chance(0.5))
      a.put("ld", { rd: pointer, rs1: REG.data, imm: slotImm(SLOTS.pointers + random.below(16)) });
    else a.li(pointer, SCRATCH_VA - 64n);
    a.put("addi", { rd: t1, imm: random.between(3, 14) });
    a.label(head);
    const size = random.pick(["b", "h", "w", "d"]);
    a.put(`l${size}`, { rd: t0, rs1: pointer, imm: random.chance(0.5) ? 0 : random.between(-8, 8) });
    a.put("add", { rd: 13, rs1: 13, rs2: t0 });
    if (random.chance(0.6)) a.put(`s${size}`, { rs1: pointer, rs2: 13, imm: random.between(-8, 8) });
    a.put("addi", { rd: pointer, rs1: pointer, imm: random.pick([1, 8, 64, 1024, 2047, -520, 0]) });
    a.put("addi", { rd: t1, rs1: t1, imm: -1 });
    this.branchBack(head, "bne", { rs1: t1 });
  }

  protected reservation(): void {
    const { random, a } = this;
    const size = random.pick(["w", "d"]);
    const [head, out] = [this.fresh(), this.fresh()];
    const pointer = random.pick(POINTER_REGISTERS);
    a.put("ld", { rd: pointer, rs1: REG.data, imm: slotImm(SLOTS.pointers + random.below(8)) });
    a.put("addi", { rd: t1, imm: 5 });
    a.label(head);
    a.put(`lr.${size}`, { rd: t0, rs1: pointer });
    a.put("addi", { rd: t0, rs1: t0, imm: random.between(1, 9) });
    if (random.chance(0.3)) a.put("sd", { rs1: pointer, rs2: t0, imm: random.pick([0, 8, 64]) });
    a.put(`sc.${size}`, { rd: t2, rs1: pointer, rs2: t0 });
    a.put("addi", { rd: t1, rs1: t1, imm: -1 });
    a.to(out, "beq", { rs1: t1 });
    a.to(head, "bne", { rs1: t2 });
    a.label(out);
    a.put("add", { rd: 13, rs1: 13, rs2: t2 });
  }
}
