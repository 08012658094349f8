/**
 * Random straight-line blocks: control goes forward only, so each ends after at most as many steps as it has instructions.
 *
 * What is left out because more than one behaviour is right, or because QEMU 10.0 is wrong, is listed in README.md.
 */

import { extractField, insertField } from "../../../src/spec/instruction-table.ts";
import type { Random } from "../random.ts";
import { decode, encode, type Fields, ROWS, type Row, rowOf } from "./assembler.ts";
import { csrOperands, FFLAGS } from "./csr-operands.ts";
import type { Deck } from "./deck.ts";
import { baseField, type Format, formatOf, integerResult, isMemory, resultFormat, sourceFormat } from "./operands.ts";
import type { Insn, Unit } from "./unit.ts";

export type Mode = "M" | "S" | "U";

/** A register that holds an address when the block begins. */
export interface Pointer {
  readonly register: number;
  readonly address: bigint;
  /** No memory there: every access traps. */
  readonly wild: boolean;
  /** Its page may certainly be read; written. */
  readonly readable: boolean;
  readonly writable: boolean;
  /** Fit for read-modify-write operations. */
  readonly atomic: boolean;
}

/** What the block's surroundings allow. */
export interface Surroundings {
  readonly mode: Mode;
  /** Are the pointers virtual addresses? */
  readonly paging: boolean;
  readonly pointers: readonly Pointer[];
  /** mstatus.TW: waits trap below M-mode. */
  readonly timeoutWait: boolean;
  /** Can mstatus.FS not change, as it is Off or Dirty? */
  readonly floatStatusFixed: boolean;
  /** Contents of the floating-point registers. */
  readonly f: readonly bigint[];
  /** Integer registers that the block leaves alone. */
  readonly reserved?: readonly number[];
}

export class BlockGenerator {
  private readonly live = new Map<number, Pointer>();
  /** What the floating-point registers hold, if no trap and no jump has kept an instruction from writing. */
  private readonly formats: Format[];
  private returned = false;

  constructor(
    private readonly random: Random,
    private readonly deck: Deck,
    private readonly around: Surroundings,
    private readonly units: number,
  ) {
    this.formats = around.f.map(formatOf);
    for (const pointer of around.pointers) this.live.set(pointer.register, pointer);
  }

  generate(): Unit[] {
    const { random, units } = this;
    return Array.from({ length: units }, (_, at) => {
      if (random.chance(0.015)) return [this.illegal()];
      if (at > units * 0.8 && random.chance(0.02)) {
        const stray = this.stray();
        if (stray !== undefined) return [stray];
      }
      const row = this.deck.draw((candidate) => this.isPossible(candidate));
      return this.unit(row, at);
    });
  }

  private isPossible(row: Row): boolean {
    const { mode, timeoutWait } = this.around;
    switch (row.name) {
      case "mret":
        return mode === "M";
      case "sret":
        return mode === "U" || (mode === "S" && !this.returned);
      case "sfence.w.inval":
      case "sfence.inval.ir":
        return mode !== "U";
      case "wfi":
        return mode === "M" || (mode === "S" && !timeoutWait);
      case "wrs.nto":
        return mode === "M" || !timeoutWait;
    }
    return !isMemory(row) || this.basesOf(row).length > 0;
  }

  private basesOf(row: Row): Pointer[] {
    const base = baseField(row);
    const aligned = row.kind === "amo" && !row.name.startsWith("lr.");
    return [...this.live.values()].filter(({ register, atomic, wild, writable }) => {
      if (aligned && !atomic) return false;
      const fits = base === "sp" ? register === 2 : base === "rs1" || (register >= 8 && register < 16);
      return fits && !(wild && /^cbo\.[^z]/.test(row.name)) && (writable || !row.name.startsWith("sc."));
    });
  }

  private unit(row: Row, at: number): Unit {
    if (row.name === "mret" || (row.name === "sret" && this.around.mode === "S")) return this.returnUnit(row, at);
    if (row.name.startsWith("lr.")) return this.reservationUnit(row);
    if (row.name.startsWith("cbo.")) return this.cacheBlockUnit(row);
    switch (row.name) {
      case "jalr":
      case "c.jr":
      case "c.jalr":
        return this.indirectJump(row, at);
    }
    if (row.kind === "jump" || row.kind === "branch") {
      return [{ ...this.insn(row, {}, 0), jump: { row, unit: this.targetAfter(at), back: 0 } }];
    }
    const insn = this.insn(row, this.operands(row));
    // The flags of this instruction alone, and none for the next.
    if (row.kind === "fp" && this.random.chance(0.4))
      return [insn, this.insn(rowOf("csrrwi"), { csr: FFLAGS, uimm: 0 })];
    return [insn];
  }

  private targetAfter(at: number): number {
    return Math.min(this.units, at + 1 + this.random.below(6));
  }

  /** Fields that must not be random bits. */
  private operands(row: Row): Fields {
    const { random } = this;
    const fields: Record<string, number> = {};
    if (isMemory(row)) {
      const { register } = random.pick(this.basesOf(row));
      const base = baseField(row);
      if (base !== "sp") fields[base] = register;
      if (row.encoding.fields.has("imm") && random.chance(0.6)) {
        fields.imm = row.name.startsWith("prefetch") ? 32 * random.between(-1, 1) : random.between(-24, 24);
      }
    }
    const format = sourceFormat(row);
    const fit = this.formats.flatMap((held, register) => (held === format ? [register] : []));
    if (fit.length > 0) {
      for (const field of ["rs1", "rs2", "rs3"]) {
        if (row.asm.includes(`f${field.slice(1)}`) && random.chance(0.9)) fields[field] = random.pick(fit);
      }
    }
    if (row.encoding.fields.has("rs3") && random.chance(0.3)) {
      const first = random.below(30);
      Object.assign(fields, { rs1: first, rs2: first + 1, rs3: first + 2 });
    }
    if (row.encoding.fields.has("csr")) Object.assign(fields, csrOperands(random, row, this.around));
    if (row.encoding.fields.has("rm"))
      fields.rm = random.chance(0.03) ? random.between(5, 6) : random.pick([0, 0, 0, 1, 2, 3, 4, 7, 7, 7]);
    return fields;
  }

  /** The row's encoding with random bits for all fields but the given; writes pointers only with probability `spoil`. */
  private insn(row: Row, fixed: Fields, spoil = 0.02): Insn {
    const { random } = this;
    const { encoding } = row;
    const free = encoding.bits === 32 ? ~encoding.mask : ~encoding.mask & 0xffff;
    const allowReserved = random.chance(0.03);
    const allowSpoil = random.chance(spoil);
    for (let tries = 0; ; tries++) {
      let word = (encoding.match | (random.u32() & free)) >>> 0;
      for (const [field, pieces] of encoding.fields) {
        if (field in fixed) continue;
        const extreme = /^(imm|uimm|shamt)$/.test(field) && random.chance(0.25);
        if (extreme || (field === "rd" && random.chance(0.03))) {
          const ones = random.chance(0.5) && field !== "rd";
          for (const { insnLsb, width } of pieces) {
            const bits = (2 ** width - 1) * 2 ** insnLsb;
            word = (ones ? word | bits : word & ~bits) >>> 0;
          }
        }
      }
      for (const [field, value] of Object.entries(fixed)) word = insertField(encoding, field, word, value);
      const decoded = decode(word);
      if (decoded?.row !== row || (decoded.reserved && !(allowReserved || "rm" in fixed))) continue;
      const result = this.resultOf(row, word);
      if (this.live.has(result) && !allowSpoil && tries < 100) continue;
      if (this.around.reserved?.includes(result)) continue;
      this.live.delete(result);
      const format = resultFormat(row);
      if (format !== undefined)
        this.formats[extractField(encoding, encoding.fields.has("rd") ? "rd" : "rd'", word)] = format;
      return { word, bytes: encoding.bits === 32 ? 4 : 2 };
    }
  }

  private resultOf(row: Row, word: number): number {
    return integerResult(row, (field) => extractField(row.encoding, field, word));
  }

  private fixed(name: string, fields: Fields): Insn {
    const row = rowOf(name);
    const insn = { word: encode(row, fields), bytes: row.encoding.bits === 32 ? 4 : 2 } as const;
    this.live.delete(this.resultOf(row, insn.word));
    return insn;
  }

  private temporary(...not: number[]): number {
    for (;;) {
      const register = this.random.between(1, 31);
      if (this.live.has(register) || not.includes(register) || this.around.reserved?.includes(register)) continue;
      return register;
    }
  }

  /** register = address of a unit, in two instructions. */
  private addressOf(register: number, unit: number): Insn[] {
    return [
      this.fixed("auipc", { rd: register }),
      { ...this.fixed("addi", { rd: register, rs1: register }), jump: { row: rowOf("addi"), unit, back: 1 } },
    ];
  }

  private indirectJump(row: Row, at: number): Unit {
    const { random } = this;
    const unit = this.targetAfter(at);
    const register = this.temporary();
    if (row.name !== "jalr") return [...this.addressOf(register, unit), this.insn(row, { rs1: register }, 1)];
    const auipc = this.fixed("auipc", { rd: register });
    const jalr = this.insn(row, { rs1: register, imm: 0 });
    // Bit 0 of the target is ignored: sometimes the register is odd.
    if (random.chance(0.3)) {
      return [
        auipc,
        this.fixed("addi", { rd: register, rs1: register, imm: 1 }),
        { ...jalr, jump: { row, unit, back: 2 } },
      ];
    }
    return [auipc, { ...jalr, jump: { row, unit, back: 1 } }];
  }

  /** mret to M-mode, sret to S-mode. */
  private returnUnit(row: Row, at: number): Unit {
    const register = this.temporary();
    const machine = row.name === "mret";
    const jump = [
      ...this.addressOf(register, this.targetAfter(at)),
      this.fixed("csrrw", { csr: machine ? 0x341 : 0x141, rs1: register }),
    ];
    this.returned = true;
    if (!machine) {
      // SPP
      const spp = this.fixed("addi", { rd: register, imm: 0x100 });
      return [...jump, spp, this.fixed("csrrs", { csr: 0x100, rs1: register }), this.fixed("sret", {})];
    }
    // MPP = 3
    const mpp = [
      this.fixed("lui", { rd: register, imm: 0x2000 }),
      this.fixed("addi", { rd: register, rs1: register, imm: -0x800 }),
    ];
    return [...jump, ...mpp, this.fixed("csrrs", { csr: 0x300, rs1: register }), this.fixed("mret", {})];
  }

  /** lr, what cannot break the reservation, sc of the same size to the same address, or to one far away. */
  private reservationUnit(row: Row): Unit {
    const { random } = this;
    const base = random.pick(this.basesOf(row));
    const insns = [this.insn(row, { rs1: base.register }, 0)];
    for (let count = random.below(3); count > 0; count--) {
      const quiet = random.pick(["addi", "xor", "mulhu", "c.li", "c.mv", "auipc"]);
      insns.push(this.insn(rowOf(quiet), {}, 0));
    }
    const sc = rowOf(row.name.replace("lr", "sc"));
    const others = this.basesOf(sc).filter(({ address }) => Math.abs(Number(address - base.address)) >= 64);
    // The sc to a page that can only be read traps, and leaves the reservation to be found by no other sc.
    const same = base.address % 8n === 0n && base.readable && (others.length === 0 || random.chance(0.75));
    if (same) insns.push(this.insn(sc, { rs1: base.register }, 0));
    else if (others.length > 0) insns.push(this.insn(sc, { rs1: random.pick(others).register }, 0));
    return insns;
  }

  /** An operation on a cache block, by its first address wherever it may trap. */
  private cacheBlockUnit(row: Row): Unit {
    const { register, wild } = this.random.pick(this.basesOf(row));
    if (!this.around.paging && !wild) return [this.insn(row, { rs1: register })];
    const first = this.temporary();
    return [this.fixed("andi", { rd: first, rs1: register, imm: -64 }), this.insn(row, { rs1: first })];
  }

  /** No instruction of this CPU: a constant bit of one flipped, or random bits. */
  private illegal(): Insn {
    const { random } = this;
    for (;;) {
      const { encoding } = random.pick(ROWS);
      const bytes = encoding.bits === 32 ? 4 : 2;
      const free = bytes === 4 ? ~encoding.mask : ~encoding.mask & 0xffff;
      let word = (encoding.match | (random.u32() & free)) >>> 0;
      if (random.chance(0.2)) word = (bytes === 4 ? random.u32() | 3 : random.u32() & 0xffff) >>> 0;
      else word = (word ^ (1 << random.below(encoding.bits))) >>> 0;
      const decoded = decode(word);
      if (((word & 3) === 3) === (bytes === 4) && (decoded === undefined || decoded.reserved)) return { word, bytes };
    }
  }

  /** A jump to where nothing can be fetched: ends the block. */
  private stray(): Insn | undefined {
    const wild = [...this.live.values()].find((pointer) => pointer.wild);
    return wild && this.insn(rowOf("jalr"), { rs1: wild.register }, 0);
  }
}
