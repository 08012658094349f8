/** Encodings to try, made from the rows of the instruction table. */
import {
  type Encoding,
  extractField,
  type InsnRow,
  insertField,
  isMoreSpecific,
  parseConditions,
  parseEncoding,
  parseExpand,
} from "../../../src/spec/instruction-table.ts";
import { INSTRUCTIONS } from "../../../src/spec/riscv64/instructions.ts";

/** Numerical Recipes' linear congruential generator, high bits folded into the low ones; 32 bits each call. */
export function randomWords(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state ^ (state >>> 16) ^ (state << 16)) >>> 0;
  };
}

export interface Row extends InsnRow {
  readonly encoding: Encoding;
}

export const ROWS: readonly Row[] = INSTRUCTIONS.map((row) => ({ ...row, encoding: parseEncoding(row.enc) }));

const matches = (encoding: Encoding, bits: number, insn: number): boolean =>
  encoding.bits === bits && (insn & encoding.mask) >>> 0 === encoding.match;

/** Whether the row is the one that decodes `insn`, reserved values of its fields or not. */
export function isRowOf(row: Row, insn: number): boolean {
  if (!matches(row.encoding, row.encoding.bits, insn)) return false;
  return !ROWS.some((r) => matches(r.encoding, row.encoding.bits, insn) && isMoreSpecific(r.encoding, row.encoding));
}

/** Whether the fields have values that make it illegal. */
export function isReserved(row: Row, insn: number): boolean {
  return parseConditions(row.where, "!=").some(({ field, values }) =>
    values.includes(extractField(row.encoding, field, insn)),
  );
}

/** Encodings of one row: all fields 0, all at their maximum, each field at 0 and maximum among random others, `random` random. */
export function encodingsOf(row: Row, random: number, next: () => number): number[] {
  const { mask, match, bits, fields } = row.encoding;
  const free = (bits === 16 ? ~mask & 0xffff : ~mask) >>> 0;
  const insns = [match, (match | free) >>> 0];
  for (const pieces of fields.values()) {
    const fieldBits = pieces.reduce((all, { insnLsb, width }) => all + (2 ** width - 1) * 2 ** insnLsb, 0);
    const others = match | (next() & free);
    insns.push((others & ~fieldBits) >>> 0, (others | fieldBits) >>> 0);
  }
  for (let i = 0; i < random; i++) insns.push((match | (next() & free)) >>> 0);
  return [...new Set(insns)].filter((insn) => isRowOf(row, insn));
}

/** The 32-bit instruction that is executed instead of a compressed one (or of another that has no function of its own). */
export function expandInsn(row: Row, insn: number): number {
  const { name, fields } = parseExpand(row.expand ?? "");
  const base = ROWS.find((r) => r.name === name);
  if (base === undefined) throw new Error(`${row.name} expands to ${name}, which has no row`);
  return [...fields].reduce((result, [field, value]) => {
    const number = typeof value === "number" ? value : extractField(row.encoding, value, insn);
    return insertField(base.encoding, field, result, number);
  }, base.encoding.match);
}

/** Bytes in the order of memory. */
export function bytesOf(insn: number, bits: number): number[] {
  return Array.from({ length: bits / 8 }, (_, i) => (insn >>> (8 * i)) & 0xff);
}
