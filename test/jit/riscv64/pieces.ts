/** Random code with loops, calls, jumps and all that makes compiled code hard: the pieces that whole programs are made of. */
import type { Random } from "../../differential/random.ts";
import { type Assembler, encode, rowOf } from "../../differential/riscv64/assembler.ts";
import { BlockGenerator, type Mode, type Pointer } from "../../differential/riscv64/block.ts";
import type { Deck } from "../../differential/riscv64/deck.ts";
import { layOut } from "../../differential/riscv64/unit.ts";
import {
  ALIASED_PAGES,
  ALIASED_VA,
  CODE,
  REG,
  RESERVED,
  SCRATCH_VA,
  SERVICE,
  SERVICE_FLOAT,
  SLOTS,
  slotImm,
} from "./layout.ts";
import { CSR, DEVICE } from "./monitor.ts";

/** Registers that point into memory while a block runs: two that compressed instructions can name, and two others. */
const POINTER_REGISTERS = [2, 8, 9, 10, 11, 14, 15, 16, 18, 28] as const;
/** Registers that pieces use between blocks. */
const [ra, t0, t1, t2, a7] = [1, 5, 6, 7, 17];
const MODES: Record<Mode, number> = { U: 0, S: 1, M: 3 };
const PAGE = 4096n;
/** Where the function of a page of aliased code begins. */
const ALIASED_ENTRY = 0x40n;

export interface Surroundings {
  /** Weighted. */
  readonly decks: readonly Deck[];
  readonly f: readonly bigint[];
  /** Address in each of the slots from SLOTS.pointers on. */
  readonly pointers: readonly bigint[];
}

/** Writes pieces one after another; functions that they call come behind them. */
export class Pieces {
  /** Addresses of labels, for the slots from SLOTS.tables on. */
  readonly tables: string[] = [];
  private readonly functions: { name: string; write: () => void }[] = [];
  private labels = 0;

  constructor(
    private readonly random: Random,
    private readonly a: Assembler,
    private readonly around: Surroundings,
    private mode: Mode,
  ) {}

  /** A loop over `count` random pieces, for ever. */
  program(count: number): void {
    const { a } = this;
    a.label("rounds");
    a.put("addi", { rd: REG.rounds, rs1: REG.rounds, imm: 1 });
    const { mode } = this;
    for (let i = 0; i < count; i++) this.piece(0);
    if (this.mode !== mode) this.switchTo(mode);
    a.to("rounds", "jal");
    while (this.functions.length > 0) {
      const { name, write } = this.functions.shift()!;
      this.maybeGap();
      a.label(name);
      write();
    }
  }

  private piece(depth: number): void {
    const { random } = this;
    const kinds: [number, () => void][] = [
      [4, () => this.block()],
      [depth < 2 ? 5 : 0, () => this.loop(depth)],
      [depth < 2 ? 2 : 0, () => this.dataLoop(depth)],
      [2, () => this.choice()],
      [2, () => this.call()],
      [1, () => this.recursion()],
      [2, () => this.callByTable()],
      [2, () => this.switchByTable()],
      [2, () => this.rewrite()],
      [1, () => this.aliased()],
      [1, () => this.remapped()],
      [depth < 2 ? 1.5 : 0.5, () => this.modes()],
      [1, () => this.timer()],
      [1, () => this.float()],
      [1, () => this.counters()],
      [1, () => this.reservation()],
      [1, () => this.walk()],
      [1, () => this.dataBesideCode()],
      [1, () => this.devices()],
      [1, () => this.maybeGap()],
      [1, () => this.fence()],
      [1, () => this.access()],
      [1, () => this.addressSpace()],
    ];
    let at = (random.u32() / 2 ** 32) * kinds.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, write] of kinds) {
      at -= weight;
      if (at < 0) {
        write();
        return;
      }
    }
  }

  private fresh(): string {
    return `label ${this.labels++}`;
  }

  /** Any register that blocks work on. */
  private anyRegister(): number {
    return this.random.pick([1, 3, 4, 5, 6, 7, 12, 13, 17, 29, 30, 31]);
  }

  /** Some straight-line units with pointers to work on. A fetch that faults goes on behind them. */
  private block(longest = 10, deck = this.random.pick(this.around.decks)): void {
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
  private branchBack(label: string, name: "bne" | "beq" | "bltu" | "bge", fields: { rs1: number; rs2?: number }): void {
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

  private body(depth: number): void {
    for (let count = this.random.between(1, 2); count > 0; count--) {
      if (this.random.chance(0.5)) this.block(6);
      else this.piece(depth + 1);
    }
  }

  private loop(depth: number): void {
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
  private dataLoop(depth: number): void {
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

  private choice(): void {
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
  private function(write: () => void): string {
    const name = this.fresh();
    this.functions.push({ name, write });
    return name;
  }

  private prologue(): void {
    this.a.put("addi", { rd: REG.stack, rs1: REG.stack, imm: -16 });
    this.a.put("sd", { rs1: REG.stack, rs2: ra });
  }

  private epilogue(): void {
    const { a } = this;
    a.put("ld", { rd: ra, rs1: REG.stack });
    a.put("addi", { rd: REG.stack, rs1: REG.stack, imm: 16 });
    if (this.random.chance(0.5)) a.put("c.jr", { rs1: ra });
    else a.put("jalr", { rs1: ra });
  }

  /** Writes a function's body for the mode that now is. */
  private inMode(write: () => void): () => void {
    const { mode } = this;
    return () => {
      const other = this.mode;
      this.mode = mode;
      write();
      this.mode = other;
    };
  }

  private leafFunction(): string {
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

  private call(): void {
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

  private recursion(): void {
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
  private fromTable(labels: readonly string[]): void {
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

  private callByTable(): void {
    const { random, a } = this;
    const count = random.pick([2, 4]);
    this.fromTable(Array.from({ length: count }, () => this.leafFunction()));
    a.put("jalr", { rd: ra, rs1: t0 });
  }

  private switchByTable(): void {
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

  /** Changes an instruction that comes next, or that the loop comes back to. */
  private rewrite(): void {
    const { random, a } = this;
    const target = this.fresh();
    const over = this.fresh();
    // Mostly some times only: code that changes all the time is not worth compiling.
    if (random.chance(0.95)) {
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

  /** The same code at two virtual addresses. */
  private aliased(): void {
    const { random, a } = this;
    a.li(t0, ALIASED_VA + BigInt(random.between(1, 6)) * PAGE + BigInt(random.pick([0, 0, 4])) + ALIASED_ENTRY);
    a.put("jalr", { rd: ra, rs1: t0 });
    a.put("add", { rd: 12, rs1: 12, rs2: 13 });
  }

  /** Other code at the same virtual address, with or without a fence. */
  private remapped(): void {
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

  /** Of all addresses, or of one in the code or the data. */
  private fence(): void {
    const { random, a } = this;
    const { mode } = this;
    if (mode === "U") this.switchTo("S");
    if (random.chance(0.4)) a.put("sfence.vma");
    else {
      if (random.chance(0.5)) a.put("auipc", { rd: t0, imm: random.pick([0, 0, 4096]) });
      else a.put("ld", { rd: t0, rs1: REG.data, imm: slotImm(SLOTS.pointers + random.below(16)) });
      a.put("sfence.vma", { rs1: t0 });
    }
    if (mode === "U") this.switchTo("U");
  }

  /** Loads and stores while SUM, MXR or MPRV of the status are otherwise. */
  private access(): void {
    const { random, a } = this;
    const before = this.mode;
    if (before === "U") this.switchTo("S");
    const machine = this.mode === "M";
    const csr = machine ? CSR.mstatus : CSR.sstatus;
    const bit = random.pick(machine ? [17, 17, 18, 19] : [18, 19]);
    const toggles = random.chance(0.5) ? ["csrrs", "csrrc"] : ["csrrc", "csrrs"];
    const pointer = random.pick(POINTER_REGISTERS);
    a.put("ld", { rd: pointer, rs1: REG.data, imm: slotImm(SLOTS.pointers + 1 + 2 * random.below(4)) });
    for (const toggle of toggles) {
      a.li(t0, 1n << BigInt(bit));
      a.put(toggle, { csr, rs1: t0 });
      a.put("ld", { rd: t1, rs1: pointer });
      a.put("add", { rd: 13, rs1: 13, rs2: t1 });
      if (random.chance(0.6)) a.put("sw", { rs1: pointer, rs2: 13, imm: 4 });
    }
    if (before === "U") this.switchTo("U");
  }

  /** The same mappings under another number of the address space. */
  private addressSpace(): void {
    const { random, a } = this;
    const before = this.mode;
    if (before === "U") this.switchTo("S");
    for (let count = random.between(1, 2); count > 0; count--) {
      a.put("ld", { rd: t0, rs1: REG.data, imm: slotImm(SLOTS.satps + random.below(3)) });
      a.put("csrrw", { csr: CSR.satp, rs1: t0 });
      this.block(3);
    }
    if (before === "U") this.switchTo("U");
  }

  private switchTo(mode: Mode): void {
    this.a.put("addi", { rd: a7, imm: SERVICE | MODES[mode] });
    this.a.put("ecall");
    this.mode = mode;
  }

  private modes(): void {
    const before = this.mode;
    for (let count = this.random.between(1, 3); count > 0; count--) {
      this.switchTo(this.random.pick(["M", "S", "U"] as const));
      this.block(4);
    }
    this.switchTo(before);
  }

  /** A timer interrupt soon: of M-mode, or of S-mode. */
  private timer(): void {
    const { random, a } = this;
    const ticks = random.below(random.pick([4, 30, 200]));
    if (random.chance(0.6)) {
      a.li(t0, DEVICE.mtimeEnd);
      a.put("ld", { rd: t1, rs1: t0, imm: -8 });
      a.put("addi", { rd: t1, rs1: t1, imm: ticks });
      a.li(t0, DEVICE.mtimecmp);
      a.put("sd", { rs1: t0, rs2: t1 });
    } else {
      a.put("csrrs", { rd: t1, csr: 0xc01 });
      a.put("addi", { rd: t1, rs1: t1, imm: ticks });
      a.put("csrrw", { csr: CSR.stimecmp, rs1: t1 });
    }
  }

  /** Floating-point state off for a while, or another rounding mode. */
  private float(): void {
    const { random, a } = this;
    const deck = this.around.decks.at(-1);
    if (random.chance(0.4)) {
      a.put("csrrwi", { csr: CSR.frm, uimm: random.below(6) });
      this.block(6, deck);
      return;
    }
    const toggle = () => {
      a.put("addi", { rd: a7, imm: SERVICE_FLOAT });
      a.put("ecall");
    };
    toggle();
    this.block(6, deck);
    toggle();
  }

  private result(register: number): void {
    this.a.put("sd", { rs1: REG.data, rs2: register, imm: slotImm(SLOTS.results + this.random.below(32)) });
  }

  private counters(): void {
    const { random, a } = this;
    for (let count = random.between(1, 3); count > 0; count--) {
      a.put("csrrs", { rd: t0, csr: random.pick([0xc00, 0xc01, 0xc02]) });
      a.put("add", { rd: 29, rs1: 29, rs2: t0 });
      if (random.chance(0.5)) this.block(2);
    }
    this.result(29);
  }

  private reservation(): void {
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

  /** Loads and stores through pages that are mapped, and through some that are not. */
  private walk(): void {
    const { random, a } = this;
    const [head, pointer] = [this.fresh(), random.pick(POINTER_REGISTERS)];
    if (random.chance(0.5))
      a.put("ld", { rd: pointer, rs1: REG.data, imm: slotImm(SLOTS.pointers + random.below(16)) });
    else a.li(pointer, SCRATCH_VA - 64n);
    a.put("addi", { rd: t1, imm: random.between(3, 14) });
    a.label(head);
    const size = random.pick(["b", "h", "w", "d"]);
    a.put(`l${size}`, { rd: t0, rs1: pointer, imm: random.between(-8, 8) });
    a.put("add", { rd: 13, rs1: 13, rs2: t0 });
    if (random.chance(0.6)) a.put(`s${size}`, { rs1: pointer, rs2: 13, imm: random.between(-8, 8) });
    a.put("addi", { rd: pointer, rs1: pointer, imm: random.pick([1, 8, 64, 1024, 2047, -520]) });
    a.put("addi", { rd: t1, rs1: t1, imm: -1 });
    this.branchBack(head, "bne", { rs1: t1 });
  }

  private dataBesideCode(): void {
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

  private devices(): void {
    const { random, a } = this;
    switch (random.below(4)) {
      case 0:
        a.li(t0, DEVICE.uart);
        a.put("lbu", { rd: t1, rs1: t0, imm: random.pick([0, 1, 2, 5]) });
        a.put("add", { rd: 13, rs1: 13, rs2: t1 });
        if (random.chance(0.5)) a.put("sb", { rs1: t0, rs2: 13 });
        break;
      case 1:
        a.li(t0, DEVICE.mtimeEnd);
        a.put(random.pick(["ld", "lw"]), { rd: t1, rs1: t0, imm: -8 });
        this.result(t1);
        break;
      case 2:
        // An interrupt to itself.
        a.li(t0, DEVICE.clint);
        a.put("addi", { rd: t1, imm: 1 });
        a.put("sw", { rs1: t0, rs2: t1 });
        break;
      default:
        a.li(t0, random.pick([DEVICE.plic, DEVICE.plicEnable, DEVICE.plicClaim - 4n]));
        a.put("lw", { rd: t1, rs1: t0, imm: random.pick([0, 40]) });
        a.put("add", { rd: 13, rs1: 13, rs2: t1 });
    }
  }

  /** A jump to near the end of a page, so that what follows crosses into the next. */
  private maybeGap(): void {
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

/** The bits of `ret`. */
export const RET = encode(rowOf("jalr"), { rs1: ra });
