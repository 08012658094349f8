/** A program that runs random floating-point code over a table of operands for ever, and keeps all results. */
import { Random } from "../../differential/random.ts";
import { Assembler, encode, ROWS, type Row } from "../../differential/riscv64/assembler.ts";
import { FFLAGS } from "../../differential/riscv64/csr-operands.ts";
import { resultFormat, sourceFormat } from "../../differential/riscv64/operands.ts";
import { edgeRegisters, floatRegisters, integer } from "../../differential/riscv64/values.ts";
import { RAM } from "./layout.ts";
import { CSR } from "./monitor.ts";
import type { WholeProgram } from "./whole-program.ts";

const SETS = 96;
/** Bytes of a set of operands, and of one of results. */
const STRIDE = 256;
const OPERANDS = 0x4000;
const RESULTS = OPERANDS + SETS * STRIDE;
/** Floating-point registers that the code works on; in tame sets the first half holds doubles and the other singles. */
const REGISTERS = 12;
/** Offsets in a set behind the floating-point registers; of a set of results the last 64 bytes are for stores. */
const AT = { x: 96, fcsr: 120, status: 128, stores: 192 } as const;
const X = [10, 11, 12] as const;
const [operands, results, end, temporary, fs, trap] = [20, 21, 22, 28, 30, 31];
const FS = 3n << 13n;
const ROUNDED = /^(?:fn?m(?:add|sub)|fadd|fsub|fmul|fdiv|fsqrt|fcvt)/;

const rows = ROWS.filter(({ kind, name, encoding }) => {
  return encoding.bits === 32 && (kind === "fp" || /^f[ls][hwd]$/.test(name));
});
const fused = rows.filter(({ name }) => /^fn?m(add|sub)/.test(name));

/** What the random code is like. */
interface Style {
  /** Registers hold what instructions expect, mostly. */
  readonly tame: boolean;
  readonly fused: boolean;
  /** Inexact has seldom been raised, and values have few bits. */
  readonly exact: boolean;
  /** fcsr and FS come from the set. */
  readonly fcsr: boolean;
  readonly status: boolean;
}

function register(random: Random, format: string | undefined, { tame }: Style): number {
  if (!tame || random.chance(0.02)) return random.below(REGISTERS);
  return random.below(REGISTERS / 2) + (format === "d" ? 0 : REGISTERS / 2);
}

function instruction(random: Random, a: Assembler, style: Style): void {
  const row: Row = random.pick(style.fused && random.chance(0.7) ? fused : rows);
  const has = (field: string) => row.encoding.fields.has(field);
  const [from, to] = [sourceFormat(row), resultFormat(row)];
  const fields: Record<string, number> = {};
  if (row.kind === "load" || row.kind === "store") {
    const isLoad = row.kind === "load";
    const bytes = { h: 2, w: 4, d: 8 }[row.name.at(-1) as "h" | "w" | "d"];
    const format = row.name.at(-1) === "d" ? "d" : "s";
    const places = (isLoad ? REGISTERS * 8 : STRIDE - AT.stores) / bytes;
    fields.rs1 = isLoad ? operands : results;
    fields.imm = (isLoad ? 0 : AT.stores) + random.below(places) * bytes;
    fields[isLoad ? "rd" : "rs2"] = register(random, format, style);
  } else {
    const operand = () => (from === undefined ? random.pick(X) : register(random, from, style));
    for (const field of ["rs1", "rs2", "rs3"]) if (has(field)) fields[field] = operand();
    if (has("rs2") && random.chance(0.15)) fields.rs2 = fields.rs1;
    // Operands that meet where rounding is hardest.
    if (has("rs3") && random.chance(0.5)) {
      const first = random.pick([1, 5, 9]);
      Object.assign(fields, { rs1: first, rs2: first + 1, rs3: first + 2 });
    }
    fields.rd = to === undefined ? random.pick(X) : register(random, to, style);
  }
  if (has("rm")) fields.rm = random.chance(0.8) && ROUNDED.test(row.name) ? 7 : random.pick([0, 0, 1, 2, 3, 4, 7]);
  a.raw(new Uint8Array(Uint32Array.of(encode(row, fields)).buffer));
}

function body(random: Random, a: Assembler, style: Style): void {
  const count = random.between(1, 24);
  for (let i = 0; i < count; i++) {
    if (random.chance(0.04)) a.put("csrrwi", { csr: CSR.frm, uimm: random.below(random.chance(0.5) ? 1 : 8) });
    if (random.chance(0.03)) a.put("csrrwi", { csr: FFLAGS, uimm: random.chance(0.5) ? 1 : random.below(32) });
    const skips = random.chance(0.1) ? `behind ${i}` : undefined;
    if (skips) a.to(skips, random.pick(["bltu", "bge"]), { rs1: 10, rs2: 11 });
    instruction(random, a, style);
    if (skips) a.label(skips);
  }
}

function code(random: Random, style: Style): Uint8Array {
  const a = new Assembler(RAM);
  a.la(trap, "trap");
  a.put("csrrw", { csr: CSR.mtvec, rs1: trap });
  a.li(fs, FS);
  a.to("first", "jal");
  // What is illegal now is left out.
  while (a.here % 4n !== 0n) a.put("addi");
  a.label("trap");
  a.put("csrrs", { rd: trap, csr: CSR.mepc });
  a.put("addi", { rd: trap, rs1: trap, imm: 4 });
  a.put("csrrw", { csr: CSR.mepc, rs1: trap });
  a.put("mret");
  a.label("first");
  a.li(operands, RAM + BigInt(OPERANDS));
  a.li(results, RAM + BigInt(RESULTS));
  a.li(end, RAM + BigInt(RESULTS));
  a.label("set");
  a.put("csrrs", { csr: CSR.mstatus, rs1: fs });
  for (let f = 0; f < REGISTERS; f++) a.put("fld", { rd: f, rs1: operands, imm: f * 8 });
  X.forEach((rd, i) => {
    a.put("ld", { rd, rs1: operands, imm: AT.x + i * 8 });
  });
  if (style.fcsr) {
    a.put("ld", { rd: temporary, rs1: operands, imm: AT.fcsr });
    a.put("csrrw", { csr: CSR.fcsr, rs1: temporary });
  }
  if (style.status) {
    a.put("csrrc", { csr: CSR.mstatus, rs1: fs });
    a.put("ld", { rd: temporary, rs1: operands, imm: AT.status });
    a.put("csrrs", { csr: CSR.mstatus, rs1: temporary });
  }
  body(random, a, style);
  a.put("csrrs", { rd: temporary, csr: CSR.mstatus });
  a.put("sd", { rs1: results, rs2: temporary, imm: AT.status });
  a.put("csrrs", { csr: CSR.mstatus, rs1: fs });
  a.put("csrrs", { rd: temporary, csr: CSR.fcsr });
  a.put("sd", { rs1: results, rs2: temporary, imm: AT.fcsr });
  for (let f = 0; f < REGISTERS; f++) a.put("fsd", { rs1: results, rs2: f, imm: f * 8 });
  X.forEach((rs2, i) => {
    a.put("sd", { rs1: results, rs2, imm: AT.x + i * 8 });
  });
  a.put("addi", { rd: operands, rs1: operands, imm: STRIDE });
  a.put("addi", { rd: results, rs1: results, imm: STRIDE });
  a.to("set", "bne", { rs1: operands, rs2: end });
  a.to("first", "jal");
  return a.assemble();
}

/** A double or a boxed single, of moderate size. */
function tameValue(random: Random, double: boolean, exact: boolean): bigint {
  if (random.chance(0.1)) return double ? 0n : 0xffffffff00000000n;
  const value = (random.u32() / 2 ** 31 - 1) * 2 ** random.between(-6, 6);
  // Few bits, so that sums and products are sometimes exact, or ties.
  const short = random.chance(exact ? 0.9 : 0.3) ? Math.round(value * 4) / 4 : value + random.u32() / 2 ** 58;
  if (!double) return 0xffffffff00000000n | BigInt(new Uint32Array(Float32Array.of(short).buffer)[0]);
  return new BigUint64Array(Float64Array.of(short).buffer)[0];
}

/** Doubles a, b, c: c cancels the rounded product, so that what rounding took is the sum, unless that underflows. */
function cancelling(random: Random): bigint[] {
  const power = random.pick([0, -880, -900, -920, -950, -990, -1010, -1020]);
  const factor = (exponent: number) => (1 + random.u32() / 2 ** 32 + random.u32() / 2 ** 52) * 2 ** exponent;
  const [a, b] = [factor(power / 2), factor(power / 2)];
  const c = (random.chance(0.5) ? a : -a) * b;
  return [...new BigUint64Array(Float64Array.of(a, b, c).buffer)];
}

function values(random: Random, tame: boolean, exact: boolean): bigint[] {
  if (!tame) return random.chance(0.5) ? floatRegisters(random) : edgeRegisters(random);
  const all = Array.from({ length: REGISTERS }, (_, i) => tameValue(random, i < REGISTERS / 2, exact));
  if (random.chance(0.1)) all[random.below(REGISTERS)] = floatRegisters(random)[0];
  return all;
}

export function floatLoop(seed: number): WholeProgram {
  const random = new Random(seed);
  const exact = random.chance(0.3);
  const style: Style = {
    tame: exact || random.chance(0.6),
    fused: random.chance(0.3),
    exact,
    fcsr: exact || random.chance(0.5),
    status: random.chance(0.3),
  };
  const memory = new Uint8Array(RESULTS + SETS * STRIDE);
  memory.set(code(random, style));
  const words = new DataView(memory.buffer);
  for (let at = OPERANDS; at < RESULTS; at += STRIDE) {
    const f = values(random, style.tame && random.chance(0.95), exact);
    if (style.fused && random.chance(0.3)) for (const first of [1, 5, 9]) f.splice(first, 3, ...cancelling(random));
    for (let i = 0; i < REGISTERS; i++) words.setBigUint64(at + i * 8, f[i], true);
    for (let i = 0; i < X.length; i++) words.setBigUint64(at + AT.x + i * 8, integer(random), true);
    const fcsr = random.chance(0.7) ? (exact ? 0 : 1) : random.chance(0.5) ? random.below(256) : random.below(32);
    words.setBigUint64(at + AT.fcsr, BigInt(fcsr), true);
    words.setBigUint64(at + AT.status, random.chance(0.5) ? FS : BigInt(random.below(4)) << 13n, true);
  }
  const setting = Object.entries(style).flatMap(([name, is]) => (is ? [name] : []));
  return { seed, memory, setting: setting.join(", ") };
}
