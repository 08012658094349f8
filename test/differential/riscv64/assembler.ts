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

/** Assembles code for a known address, with labels. */
export class Assembler {
  private readonly bytes: number[] = [];
  private readonly labels = new Map<string, number>();
  private readonly fixups: { at: number; resolve: (distance: number) => number; bytes: number; label: string }[] = [];

  constructor(readonly origin: bigint) {}

  /** Address of the next instruction. */
  get here(): bigint {
    return this.origin + BigInt(this.bytes.length);
  }

  label(name: string): void {
    this.labels.set(name, this.bytes.length);
  }

  addressOf(label: string): bigint {
    const offset = this.labels.get(label);
    if (offset === undefined) throw new Error(`no label ${label}`);
    return this.origin + BigInt(offset);
  }

  put(name: string, fields: Fields = {}): void {
    const row = rowOf(name);
    this.append(encode(row, fields), row.encoding.bits / 8);
  }

  /** A branch or jal to a label; its immediate must reach. */
  to(label: string, name: string, fields: Fields = {}): void {
    const row = rowOf(name);
    const word = encode(row, fields);
    const bytes = row.encoding.bits / 8;
    const resolve = (distance: number) => insertField(row.encoding, "imm", word, distance);
    this.fixups.push({ at: this.bytes.length, resolve, bytes, label });
    this.append(word, bytes);
  }

  /** rd = address of a label, in two instructions; also right where the code runs at another address. */
  la(rd: number, label: string): void {
    const low = (distance: number) => (distance << 20) >> 20;
    const [auipc, addi] = [rowOf("auipc"), rowOf("addi")];
    const upper = (distance: number) => encode(auipc, { rd, imm: distance - low(distance) });
    const lower = (distance: number) => encode(addi, { rd, rs1: rd, imm: low(distance + 4) });
    this.fixups.push({ at: this.bytes.length, resolve: upper, bytes: 4, label });
    this.fixups.push({ at: this.bytes.length + 4, resolve: lower, bytes: 4, label });
    this.append(0, 4);
    this.append(0, 4);
  }

  /** Bytes as they are: code without labels, or data. */
  raw(bytes: Iterable<number>): void {
    for (const byte of bytes) this.bytes.push(byte);
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
    const bytes = Uint8Array.from(this.bytes);
    for (const { at, resolve, bytes: length, label } of this.fixups) {
      const word = resolve(Number(this.addressOf(label) - this.origin) - at);
      for (let i = 0; i < length; i++) bytes[at + i] = word >>> (8 * i);
    }
    return bytes;
  }

  private append(word: number, length: number): void {
    for (let i = 0; i < length; i++) this.bytes.push((word >>> (8 * i)) & 255);
  }
}
