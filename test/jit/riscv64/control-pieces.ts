/** Pieces of control flow: loops, branches, calls, jumps through tables. */
import { BlockWriter, ra, t0 } from "./block-writer.ts";
import { REG, SLOTS, slotImm } from "./layout.ts";

export abstract class ControlPieces extends BlockWriter {
  /** Addresses of labels, for the slots from SLOTS.tables on. */
  readonly tables: string[] = [];
  protected readonly functions: { name: string; write: () => void }[] = [];

  /** Any piece, inside so many loops. */
  protected abstract piece(depth: number): void;

  protected body(depth: number): void {
    for (let count = this.random.between(1, 2); count > 0; count--) {
      if (this.random.chance(0.5)) this.block(6);
      else this.piece(depth + 1);
    }
  }

  protected loop(depth: number): void {
    const { random, a } = this;
    const counter = REG.inner[depth];
    const [head, out] = [this.fresh(), this.fresh()];
    const up = random.chance(0.3);
    const rounds = random.between(2, depth === 0 ? 14 : 5);
    a.put("addi", { rd: counter, imm: up ? 0 : rounds });
    a.label(head);
    this.body(depth);
    if (random.chance(0.3)) {
      // Leaves in the middle, sometimes.
      a.put("andi", { rd: t0, rs1: this.anyRegister(), imm: 7 });
      const stay = this.fresh();
      a.to(stay, "bne", { rs1: t0 });
      a.to(out, "jal");
      a.label(stay);
      this.block(3);
    }
    a.put("addi", { rd: counter, rs1: counter, imm: up ? 1 : -1 });
    if (up) {
      a.put("addi", { rd: t0, imm: rounds });
      this.branchBack(head, "bltu", { rs1: counter, rs2: t0 });
    } else this.branchBack(head, "bne", { rs1: counter });
    a.label(out);
  }

  /** A loop that ends when the data say so, or after some rounds. */
  protected dataLoop(depth: number): void {
    const { random, a } = this;
    const counter = REG.inner[depth];
    const [head, out] = [this.fresh(), this.fresh()];
    a.put("addi", { rd: counter, imm: random.between(3, 20) });
    a.to(head, "jal");
    this.block(2);
    a.label(head);
    this.body(depth);
    const over = this.fresh();
    a.put("addi", { rd: counter, rs1: counter, imm: -1 });
    a.to(over, "bne", { rs1: counter });
    a.to(out, "jal");
    a.label(over);
    a.put("xor", { rd: t0, rs1: this.anyRegister(), rs2: counter });
    a.put("andi", { rd: t0, rs1: t0, imm: random.pick([1, 3, 6, 0x10]) });
    this.branchBack(head, "bne", { rs1: t0 });
    a.label(out);
  }

  protected choice(): void {
    const { random, a } = this;
    const [otherwise, end] = [this.fresh(), this.fresh()];
    const name = random.pick(["beq", "bne", "blt", "bge", "bltu", "bgeu"]);
    a.to(otherwise, name, {
      rs1: this.anyRegister(),
      rs2: random.pick([REG.rounds, REG.inner[0], this.anyRegister()]),
    });
    this.block(5);
    if (random.chance(0.5)) a.to(end, "jal");
    a.label(otherwise);
    this.block(5);
    a.label(end);
  }

  /** A function to be written later, which returns by ra. */
  protected function(write: () => void): string {
    const name = this.fresh();
    this.functions.push({ name, write });
    return name;
  }

  protected leafFunction(): string {
    return this.function(
      this.inMode(() => {
        const { random, a } = this;
        if (random.chance(0.3)) {
          // So small that it may be inlined.
          a.put("add", { rd: 12, rs1: 13, rs2: random.between(1, 31) });
          if (random.chance(0.5)) a.put("mul", { rd: 13, rs1: 12, rs2: 12 });
          a.put("jalr", { rs1: ra });
          return;
        }
        this.prologue();
        this.block(5);
        if (random.chance(0.4)) {
          const head = this.fresh();
          a.put("addi", { rd: REG.inFunction, imm: random.between(2, 6) });
          a.label(head);
          this.block(4);
          a.put("addi", { rd: REG.inFunction, rs1: REG.inFunction, imm: -1 });
          this.branchBack(head, "bne", { rs1: REG.inFunction });
        }
        this.epilogue();
      }),
    );
  }

  protected call(): void {
    const { random, a } = this;
    const leaf = this.leafFunction();
    const name = random.chance(0.5)
      ? leaf
      : this.function(
          this.inMode(() => {
            this.prologue();
            this.block(4);
            a.to(leaf, "jal", { rd: ra });
            if (random.chance(0.5)) a.to(leaf, "jal", { rd: ra });
            this.epilogue();
          }),
        );
    if (random.chance(0.8)) a.to(name, "jal", { rd: ra });
    else {
      a.la(t0, name);
      a.put("jalr", { rd: ra, rs1: t0 });
    }
    // Twice from different places.
    if (random.chance(0.4)) a.to(name, "jal", { rd: ra });
  }

  protected recursion(): void {
    const { random, a } = this;
    const name = this.function(
      this.inMode(() => {
        const [self, out] = [name, this.fresh()];
        a.put("addi", { rd: REG.recursion, rs1: REG.recursion, imm: -1 });
        a.to(out, "blt", { rs1: REG.recursion });
        this.prologue();
        this.block(3);
        a.to(self, "jal", { rd: ra });
        if (random.chance(0.3)) a.to(self, "jal", { rd: ra });
        this.block(2);
        this.epilogue();
        a.label(out);
        a.put("jalr", { rs1: ra });
      }),
    );
    a.put("addi", { rd: REG.recursion, imm: random.between(1, 9) });
    a.to(name, "jal", { rd: ra });
  }

  /** t0 = an entry of a table of labels, chosen by the data. */
  protected fromTable(labels: readonly string[]): void {
    const { random, a } = this;
    const first = SLOTS.tables + this.tables.length;
    if (first + labels.length > SLOTS.satps) throw new RangeError("the jump tables are full");
    this.tables.push(...labels);
    const by = random.pick([REG.rounds, REG.rounds, REG.inner[0], this.anyRegister()]);
    a.put("andi", { rd: t0, rs1: by, imm: labels.length - 1 });
    if (random.chance(0.5)) a.put("sh3add", { rd: t0, rs1: t0, rs2: REG.data });
    else {
      a.put("slli", { rd: t0, rs1: t0, shamt: 3 });
      a.put("add", { rd: t0, rs1: t0, rs2: REG.data });
    }
    a.put("ld", { rd: t0, rs1: t0, imm: slotImm(first) });
  }

  protected callByTable(): void {
    const { random, a } = this;
    const count = random.pick([2, 4]);
    this.fromTable(Array.from({ length: count }, () => this.leafFunction()));
    a.put("jalr", { rd: ra, rs1: t0 });
  }

  protected switchByTable(): void {
    const { random, a } = this;
    const count = random.pick([2, 4, 8]);
    const end = this.fresh();
    const arms = Array.from({ length: count }, () => this.fresh());
    this.fromTable(arms);
    a.put("jalr", { rs1: t0 });
    for (const arm of arms) {
      a.label(arm);
      this.block(3);
      if (random.chance(0.8)) a.to(end, "jal");
    }
    a.label(end);
  }
}
