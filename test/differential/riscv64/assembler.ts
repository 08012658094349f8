/** Encodes instructions by the rows of the instruction table. */

import {
  type Encoding,
  extractField,
  type InsnRow,
  insertField,
  isMoreSpecific,
  parseConditions,
  parseEncoding,
} from "../../../src/spec/instruction-table.ts";
import { INSTRUCTIONS } from "../../../src/spec/riscv64/instructions.ts";

export interface Row extends InsnRow {
  readonly encoding: Encoding;
  /** Field values that are illegal. */
  readonly reserved: readonly { field: string; values: number[] }[];
}

export const ROWS: readonly Row[] = INSTRUCTIONS.map((row) => ({
  ...row,
  encoding: parseEncoding(row.enc),
  reserved: parseConditions(row.where, "!="),
}));

/** Rows by the instruction's lowest seven bits (two for compressed ones). */
const byOpcode = Array.from({ length: 128 }, (_, opcode) => {
  const bits = (opcode & 3) === 3 ? 32 : 16;
  return ROWS.filter(({ encoding }) => {
    return encoding.bits === bits && ((opcode ^ encoding.match) & encoding.mask & (bits === 32 ? 127 : 3)) === 0;
  });
});

/** The row that decodes this instruction; `reserved` tells that its fields make it illegal. */
export function decode(insn: number): { row: Row; reserved: boolean } | undefined {
  const matching = byOpcode[insn & 127].filter(({ encoding }) => (insn & encoding.mask) >>> 0 === encoding.match);
  const row = matching.find((a) => !matching.some((b) => isMoreSpecific(b.encoding, a.encoding)));
  if (row === undefined) return undefined;
  const { encoding, reserved } = row;
  return { row, reserved: reserved.some(({ field, values }) => values.includes(extractField(encoding, field, insn))) };
}

const byName = new Map(ROWS.map((row) => [row.name, row]));

export function rowOf(name: string): Row {
  const row = byName.get(name);
  if (row === undefined) throw new Error(`no instruction ${name}`);
  return row;
}

/** Values of fields, as in {@link insertField}. */
export type Fields = Readonly<Record<string, number>>;

/** The instruction's bits; fields that are not given are 0. */
export function encode(row: Row, fields: Fields): number {
  return Object.entries(fields).reduce(
    (insn, [field, value]) => insertField(row.encoding, field, insn, value),
    row.encoding.match,
  );
}

/** Assembles code for a known address, with labels. All instructions are 32 bits long. */
export class Assembler {
  private readonly words: number[] = [];
  private readonly labels = new Map<string, number>();
  private readonly fixups: { index: number; row: Row; label: string }[] = [];

  constructor(readonly origin: bigint) {}

  label(name: string): void {
    this.labels.set(name, this.words.length);
  }

  addressOf(label: string): bigint {
    const index = this.labels.get(label);
    if (index === undefined) throw new Error(`no label ${label}`);
    return this.origin + BigInt(index * 4);
  }

  put(name: string, fields: Fields = {}): void {
    this.words.push(encode(rowOf(name), fields));
  }

  /** A branch or jal to a label. */
  to(label: string, name: string, fields: Fields = {}): void {
    this.fixups.push({ index: this.words.length, row: rowOf(name), label });
    this.put(name, fields);
  }

  /** rd = value, any of 64 bits, in at most eight instructions. */
  li(rd: number, value: bigint): void {
    const signed = BigInt.asIntN(64, value);
    const low = BigInt.asIntN(12, signed);
    if (signed === low) {
      this.put("addi", { rd, imm: Number(low) });
      return;
    }
    const upper = BigInt.asIntN(64, signed - low);
    if (upper === BigInt.asIntN(32, upper)) this.put("lui", { rd, imm: Number(upper) });
    else {
      this.li(rd, upper >> 12n);
      this.put("slli", { rd, rs1: rd, shamt: 12 });
    }
    if (low !== 0n) this.put("addi", { rd, rs1: rd, imm: Number(low) });
  }

  /** Code with all labels resolved. */
  assemble(): Uint8Array {
    for (const { index, row, label } of this.fixups) {
      const distance = Number(this.addressOf(label) - this.origin) - index * 4;
      this.words[index] = insertField(row.encoding, "imm", this.words[index], distance);
    }
    const bytes = new Uint8Array(this.words.length * 4);
    const view = new DataView(bytes.buffer);
    for (const [i, word] of this.words.entries()) view.setUint32(i * 4, word, true);
    return bytes;
  }
}
