/** Straight-line blocks and what all pieces of a program are put together with. */
import type { Random } from "../../differential/random.ts";
import type { Assembler } from "../../differential/riscv64/assembler.ts";
import { BlockGenerator, type Mode, type Pointer } from "../../differential/riscv64/block.ts";
import type { Deck } from "../../differential/riscv64/deck.ts";
import { layOut } from "../../differential/riscv64/unit.ts";
import { CODE, REG, RESERVED, SERVICE, SLOTS, slotImm } from "./layout.ts";

/** Registers that point into memory while a block runs: two that compressed instructions can name, and two others. */
export const POINTER_REGISTERS = [2, 8, 9, 10, 11, 14, 15, 16, 18, 28] as const;
/** Registers that pieces use between blocks. */
export const [ra, t0, t1, t2, a7] = [1, 5, 6, 7, 17];
const MODES: Record<Mode, number> = { U: 0, S: 1, M: 3 };
export const PAGE = 4096n;

export interface Surroundings {
  /** Weighted. */
  readonly decks: readonly Deck[];
  readonly f: readonly bigint[];
  /** Address in each of the slots from SLOTS.pointers on. */
  readonly pointers: readonly bigint[];
}

export class BlockWriter {
  private labels = 0;

  constructor(
    protected readonly random: Random,
    protected readonly a: Assembler,
    protected readonly around: Surroundings,
    protected mode: Mode,
  ) {}

  protected fresh(): string {
    return `label ${this.labels++}`;
  }

  /** Any register that blocks work on. */
  protected anyRegister(): number {
    return this.random.pick([1, 3, 4, 5, 6, 7, 12, 13, 17, 29, 30, 31]);
  }

  /** Some straight-line units with pointers to work on. A fetch that faults goes on behind them. */
  protected block(longest = 10, deck = this.random.pick(this.around.decks)): void {
    const { random, a, mode } = this;
    const end = this.fresh();
    a.la(REG.recovery, end);
    const registers = new Set<number>([2, random.between(8, 11)]);
    while (registers.size < 4) registers.add(random.pick(POINTER_REGISTERS));
    const pointers = [...registers].map((register): Pointer => {
      const slot = random.below(this.around.pointers.length);
      a.put("ld", { rd: register, rs1: REG.data, imm: slotImm(SLOTS.pointers + slot) });
      const address = this.around.pointers[slot];
      return { register, address, wild: false, readable: true, writable: true, atomic: true };
    });
    const surroundings = {
      mode,
      paging: true,
      pointers,
      timeoutWait: false,
      floatStatusFixed: false,
      f: this.around.f,
    };
    const generator = new BlockGenerator(
      random,
      deck,
      { ...surroundings, reserved: RESERVED },
      random.between(1, longest),
    );
    a.raw(layOut(generator.generate()));
    a.label(end);
  }

  /** A branch back to `label`, however far. */
  protected branchBack(
    label: string,
    name: "bne" | "beq" | "bltu" | "bge",
    fields: { rs1: number; rs2?: number },
  ): void {
    const { a } = this;
    const far = Number(a.here - a.addressOf(label)) > 4000;
    if (!far && this.random.chance(0.9)) {
      a.to(label, name, fields);
      return;
    }
    const inverse = { bne: "beq", beq: "bne", bltu: "bgeu", bge: "blt" }[name];
    const out = this.fresh();
    a.to(out, inverse, fields);
    a.to(label, "jal");
    a.label(out);
  }

  protected prologue(): void {
    this.a.put("addi", { rd: REG.stack, rs1: REG.stack, imm: -16 });
    this.a.put("sd", { rs1: REG.stack, rs2: ra });
  }

  protected epilogue(): void {
    const { a } = this;
    a.put("ld", { rd: ra, rs1: REG.stack });
    a.put("addi", { rd: REG.stack, rs1: REG.stack, imm: 16 });
    if (this.random.chance(0.5)) a.put("c.jr", { rs1: ra });
    else a.put("jalr", { rs1: ra });
  }

  protected switchTo(mode: Mode): void {
    this.a.put("addi", { rd: a7, imm: SERVICE | MODES[mode] });
    this.a.put("ecall");
    this.mode = mode;
  }

  /** Writes a function's body for the mode that now is. */
  protected inMode(write: () => void): () => void {
    const { mode } = this;
    return () => {
      const other = this.mode;
      this.mode = mode;
      write();
      this.mode = other;
    };
  }

  protected result(register: number): void {
    this.a.put("sd", { rs1: REG.data, rs2: register, imm: slotImm(SLOTS.results + this.random.below(32)) });
  }

  /** A jump to near the end of a page, so that what follows crosses into the next. */
  protected maybeGap(): void {
    const { random, a } = this;
    if (a.here > CODE + 12n * PAGE || random.chance(0.4)) return;
    const over = this.fresh();
    a.to(over, "jal");
    const end = (a.here | (PAGE - 1n)) + 1n - BigInt(random.pick([2, 2, 2, 4, 6, 10, 30]));
    const bytes = Number(end - a.here);
    a.raw(new Uint8Array(bytes > 0 ? bytes : bytes + Number(PAGE)));
    a.label(over);
  }
}
