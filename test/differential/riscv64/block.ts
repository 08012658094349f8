/**
 * Random straight-line blocks: control goes forward only, so each ends after at most as many steps as it has instructions.
 *
 * What is left out because more than one behaviour is right, or because QEMU 10.0 is wrong, is listed in README.md.
 */

import { extractField, insertField, parseExpand } from "../../../src/spec/instruction-table.ts";
import type { Random } from "../random.ts";
import { decode, type Fields, encode, ROWS, type Row, rowOf } from "./assembler.ts";

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
}

/** One instruction; `jump` has its immediate filled in when all addresses are known. */
export interface Insn {
  readonly word: number;
  readonly bytes: 2 | 4;
  /** Stands where a reduced case had another instruction. */
  readonly dropped?: true;
  readonly jump?: {
    readonly row: Row;
    /** Index of the unit to go to; the number of units for the end of the block. */
    readonly unit: number;
    /** How many instructions before this one lies the one that the immediate counts from. */
    readonly back: number;
  };
}

/** Instructions that belong together: jumps go to the first only. */
export type Unit = readonly Insn[];

/** Rows in random order, each as often as all others, as far as the cases allow. */
export class Deck {
  private rows: Row[] = [];

  constructor(
    private readonly random: Random,
    private readonly all: readonly Row[] = ROWS,
  ) {}

  /** The next row that is possible now. There must be one. */
  draw(possible: (row: Row) => boolean): Row {
    for (;;) {
      const at = this.rows.findLastIndex(possible);
      if (at >= 0) return this.rows.splice(at, 1)[0];
      const fresh = [...this.all];
      for (let i = fresh.length - 1; i > 0; i--) {
        const j = this.random.below(i + 1);
        [fresh[i], fresh[j]] = [fresh[j], fresh[i]];
      }
      this.rows = [...fresh, ...this.rows];
    }
  }
}

/** Decks of all rows, of floating-point arithmetic, and of memory accesses with some arithmetic. */
export function decks(random: Random) {
  const arithmetic = ROWS.filter(({ kind }) => kind === "fp");
  const fused = arithmetic.filter(({ name }) => /^fn?m(add|sub)/.test(name));
  return {
    all: new Deck(random),
    // Fused operations have the most to go wrong.
    float: new Deck(random, [...arithmetic, ...fused, ...fused]),
    memory: new Deck(
      random,
      ROWS.filter((row) => isMemory(row) || row.ext === "Zba"),
    ),
  };
}

const FFLAGS = 0x001;
const CSRS = {
  /** fflags, frm, fcsr, sscratch, stval. */
  free: [0x001, 0x002, 0x003, 0x001, 0x002, 0x003, 0x140, 0x143],
  /** Their values follow from the case: sie, stvec, scause, sip, satp, senvcfg, sepc, medeleg, …, mhartid. */
  readable: [
    0x104, 0x105, 0x142, 0x144, 0x180, 0x10a, 0x141, 0x302, 0x303, 0x304, 0x305, 0x306, 0x341, 0x342, 0x343, 0x344,
    0x3a0, 0x3b0, 0xf14,
  ],
  /** sstatus, mstatus. */
  status: [0x100, 0x300],
  /** None of this CPU's, or read-only, or (cycle, time, instret) not enabled below M-mode: every write traps. */
  absent: [0x005, 0x008, 0x015, 0x200, 0x240, 0x5c0, 0x680, 0x7c0, 0x8ff, 0x9c0, 0xbff, 0xcc0, 0xf14, 0xfff],
  counters: [0xc00, 0xc01, 0xc02, 0xc03, 0xc1f],
};

const isMemory = ({ kind, name }: Row): boolean =>
  kind === "load" || kind === "store" || kind === "amo" || /^(cbo|prefetch)\./.test(name);

/** The field that is the base address of a memory instruction, "sp" for the stack pointer. */
function baseField(row: Row): "rs1" | "rs1'" | "sp" {
  if (row.asm.includes("(sp)")) return "sp";
  return row.encoding.fields.has("rs1'") ? "rs1'" : "rs1";
}

/** The integer register that an instruction writes, 0 for none. */
function integerResult(row: Row, fieldOf: (field: string) => number): number {
  if (row.expand === undefined) return row.asm.startsWith("rd") ? fieldOf("rd") : 0;
  const { name, fields } = parseExpand(row.expand);
  const rd = fields.get("rd");
  if (rd === undefined || !rowOf(name).asm.startsWith("rd")) return 0;
  return typeof rd === "number" ? rd : fieldOf(rd);
}

type Format = "h" | "s" | "d";

/** The format that a floating-point instruction reads, if it reads one. */
function sourceFormat({ name, asm }: Row): Format | undefined {
  if (!asm.includes("fs1")) return undefined;
  const last = name.split(".").at(-1)!;
  return last === "w" || last === "x" ? "s" : (last as Format);
}

/** The format that it writes to a floating-point register, if it does. */
function resultFormat({ name, asm }: Row): Format | undefined {
  if (!asm.startsWith("fd")) return undefined;
  const load = /^(?:c\.)?fl([hwd])/.exec(name)?.[1];
  const format = load ?? name.split(".")[1];
  return format === "w" ? "s" : (format as Format);
}

function formatOf(value: bigint): Format {
  return value >> 16n === 0xffffffffffffn ? "h" : value >> 32n === 0xffffffffn ? "s" : "d";
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
    if (row.encoding.fields.has("csr")) Object.assign(fields, this.csrOperands(row));
    if (row.encoding.fields.has("rm"))
      fields.rm = random.chance(0.03) ? random.between(5, 6) : random.pick([0, 0, 0, 1, 2, 3, 4, 7, 7, 7]);
    return fields;
  }

  private csrOperands(row: Row): Fields {
    const { random } = this;
    const source = row.encoding.fields.has("uimm") ? "uimm" : "rs1";
    if (random.chance(0.1)) return { csr: random.pick(CSRS.absent), [source]: random.between(1, 31) };
    if (row.name.startsWith("csrrw") || random.chance(0.6)) return { csr: random.pick(CSRS.free) };
    const counters = this.around.mode !== "M" && random.chance(0.2);
    const status = this.around.floatStatusFixed && random.chance(0.2);
    return { csr: random.pick(counters ? CSRS.counters : status ? CSRS.status : CSRS.readable), [source]: 0 };
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
      if (!this.live.has(register) && !not.includes(register)) return register;
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

/** Bytes of a block, with its jumps resolved. */
export function layOut(units: readonly Unit[]): Uint8Array {
  const starts: number[] = [];
  let end = 0;
  for (const unit of units) {
    starts.push(end);
    for (const { bytes } of unit) end += bytes;
  }
  starts.push(end);
  const code = new Uint8Array(end);
  let at = 0;
  for (const unit of units) {
    const addresses: number[] = [];
    for (const { word, bytes, jump } of unit) {
      addresses.push(at);
      let insn = word;
      if (jump !== undefined) {
        const from = addresses[addresses.length - 1 - jump.back];
        insn = insertField(jump.row.encoding, "imm", word, starts[jump.unit] - from);
      }
      for (let i = 0; i < bytes; i++) code[at + i] = (insn >>> (8 * i)) & 255;
      at += bytes;
    }
  }
  return code;
}
