/** Turns instruction bytes into assembler text, from an instruction table alone. */

import {
  type Encoding,
  extractField,
  type InsnRow,
  type InstructionSet,
  isMoreSpecific,
  type OperandSyntax,
  parseConditions,
  parseEncoding,
} from "../spec/instruction-table.ts";

/** One instruction in words. */
export interface Disassembly {
  /** Bytes; at least 1, so that a walk through memory goes on. */
  readonly length: number;
  /** With suffixes, as in "amoadd.w.aq"; "<unknown>" for what is no instruction. */
  readonly mnemonic: string;
  /** As in "a0, 0x10(sp)"; empty if there are none. */
  readonly operands: string;
  /** Mnemonic and operands, one space between. */
  readonly text: string;
  /** Address that it may jump to, where the encoding tells. */
  readonly target?: bigint;
  /** Row of the table; absent for "<unknown>". */
  readonly row?: InsnRow;
}

/** An operand list cut into words to look up and punctuation to copy. */
type AsmPart = string | { readonly syntax: OperandSyntax; readonly optional: boolean };

interface DecoderRow {
  readonly row: InsnRow;
  readonly encoding: Encoding;
  readonly reserved: readonly { field: string; values: number[] }[];
  readonly canonical: readonly { field: string; values: number[] }[];
  readonly asm: readonly AsmPart[];
}

/** Rows of one length, found by the bits that are constant in all of them. */
interface DecoderTable {
  readonly indexMask: number;
  readonly rows: ReadonlyMap<number, readonly DecoderRow[]>;
}

type Decoder = ReadonlyMap<number, DecoderTable>;

const decoders = new WeakMap<InstructionSet, Decoder>();

/**
 * The instruction at the start of `bytes`, which lies at address `pc`.
 *
 * The text is that of `llvm-objdump -d -M no-aliases` (one space for its tab): every instruction bears its own name, none
 * of the aliases (`nop`, `li`, `mv`, `ret`, `csrr`, …), and reserved encodings are `<unknown>`. `pause` is called so
 * nevertheless. Too few bytes give `<unknown>` with the length of what is there.
 */
export function disassemble(bytes: Uint8Array, pc: bigint, set: InstructionSet): Disassembly {
  const length = bytes.length < 2 ? bytes.length : set.lengthOf(bytes[0], bytes[1]);
  if (bytes.length < 2 || length > bytes.length) return unknown(Math.max(1, bytes.length));
  let insn = 0;
  for (let i = 0; i < length; i++) {
    insn = insn * 256 + bytes[set.byteOrder === "little" ? length - 1 - i : i];
  }
  const found = findRow(insn, decoderOf(set).get(length * 8));
  if (found === undefined) return unknown(length);
  const { row, encoding, asm } = found;
  const { fields, names } = set.suffix;
  const suffix = fields.every((field) => encoding.fields.has(field))
    ? names[fields.reduce((index, field) => index * 2 + extractField(encoding, field, insn), 0)]
    : "";
  const mnemonic = row.name + suffix;
  let operands = "";
  let target: bigint | undefined;
  for (const part of asm) {
    if (typeof part === "string") {
      operands += part;
      continue;
    }
    const value = extractField(encoding, part.syntax.field, insn);
    if (part.optional && value === 0) operands = operands.replace(/, $/, "");
    else if (part.syntax.kind === "target") {
      target = BigInt.asUintN(set.addressBits, pc + BigInt(value));
      operands += `0x${target.toString(16)}`;
    } else operands += printOperand(part.syntax, value);
  }
  return { length, mnemonic, operands, text: operands === "" ? mnemonic : `${mnemonic} ${operands}`, target, row };
}

function unknown(length: number): Disassembly {
  return { length, mnemonic: "<unknown>", operands: "", text: "<unknown>" };
}

function printOperand(syntax: Exclude<OperandSyntax, { kind: "target" }>, value: number): string {
  switch (syntax.kind) {
    case "name":
      return syntax.names[value] ?? `0x${value.toString(16)}`;
    case "number": {
      const shifted = value >> (syntax.shift ?? 0);
      const cut = syntax.bits === undefined ? shifted : shifted & (2 ** syntax.bits - 1);
      return cut < 0 ? `-0x${(-cut).toString(16)}` : `0x${cut.toString(16)}`;
    }
    case "letters": {
      const last = syntax.letters.length - 1;
      return [...syntax.letters].filter((_, i) => (value >> (last - i)) & 1).join("") || "0";
    }
  }
}

/** The most specific row that matches, unless the fields have reserved values. */
function findRow(insn: number, table: DecoderTable | undefined): DecoderRow | undefined {
  const candidates = table?.rows.get((insn & table.indexMask) >>> 0) ?? [];
  const found = candidates.find(({ encoding }) => (insn & encoding.mask) >>> 0 === encoding.match);
  if (found === undefined) return undefined;
  const { encoding, reserved, canonical } = found;
  if (reserved.some(({ field, values }) => values.includes(extractField(encoding, field, insn)))) return undefined;
  if (canonical.some(({ field, values }) => !values.includes(extractField(encoding, field, insn)))) return undefined;
  return found;
}

function decoderOf(set: InstructionSet): Decoder {
  const known = decoders.get(set);
  if (known !== undefined) return known;
  const byLength = new Map<number, DecoderRow[]>();
  for (const row of set.rows) {
    const encoding = parseEncoding(row.enc);
    const reserved = parseConditions(row.where, "!=");
    const canonical = parseConditions(row.canonical, "=");
    const rows = byLength.get(encoding.bits) ?? [];
    rows.push({ row, encoding, reserved, canonical, asm: parseAsm(row.asm, set) });
    byLength.set(encoding.bits, rows);
  }
  const decoder = new Map([...byLength].map(([bits, rows]) => [bits, indexRows(rows)]));
  decoders.set(set, decoder);
  return decoder;
}

function indexRows(rows: readonly DecoderRow[]): DecoderTable {
  const indexMask = rows.reduce((mask, { encoding }) => mask & encoding.mask, -1) >>> 0;
  const index = new Map<number, DecoderRow[]>();
  for (const row of rows) {
    const key = (row.encoding.match & indexMask) >>> 0;
    const bucket = index.get(key) ?? [];
    const position = bucket.findIndex((other) => isMoreSpecific(row.encoding, other.encoding));
    bucket.splice(position < 0 ? bucket.length : position, 0, row);
    index.set(key, bucket);
  }
  return { indexMask, rows: index };
}

function parseAsm(asm: string, set: InstructionSet): AsmPart[] {
  return asm
    .split(/([a-z][a-z0-9]*'?\??)/)
    .filter((part) => part !== "")
    .map((part) => {
      const optional = part.endsWith("?");
      const syntax = set.operands[optional ? part.slice(0, -1) : part];
      return syntax === undefined ? part : { syntax, optional };
    });
}
