/** The form of an instruction table: one row per instruction, its encoding written as in the manual, and the parser of that. */

/**
 * What an instruction may do, from which the generator and the JIT know what to prepare before calling it.
 *
 * - `alu` integer registers only, never traps (hints that do nothing are `alu` too)
 * - `branch` conditional, `jump` unconditional transfer of control
 * - `load`, `store` of integer or floating-point registers; block zeroing is a store
 * - `amo` atomic memory operations, load-reserved and store-conditional
 * - `fp` touches floating-point registers or their status, without memory access
 * - `system` everything else: control registers, fences, environment calls, returns from traps, waits
 */
export type InsnKind = "alu" | "branch" | "jump" | "load" | "store" | "amo" | "fp" | "system";

/** One instruction. */
export interface InsnRow {
  /** Assembler mnemonic, as in "amoadd.w". Unique in its table. */
  readonly name: string;
  /** The extension that brings it, as in "Zba". */
  readonly ext: string;
  /**
   * Bit pattern, most significant bit first, tokens separated by spaces: constants (`0110011`), fields of known width
   * ({@link FIELD_WIDTHS}) and fields given by bits (`imm[12|10:5]` puts bit 12, then bits 10 to 5 of imm here).
   */
  readonly enc: string;
  /**
   * Operands as the disassembler prints them. Each word is looked up in the operand table of the instruction set
   * ({@link OperandSyntax}); a word that is not there, and all punctuation, is printed as it stands.
   */
  readonly asm: string;
  readonly kind: InsnKind;
  /**
   * Only for rows that have no function of their own: the instruction that is executed instead, with all its fields, as in
   * `jalr rd=1 rs1=rs1 imm=0`. To the right of `=` stands a field of this row, or a decimal constant. The length of the
   * instruction (for links and for the next pc) remains that of this row.
   */
  readonly expand?: string;
  /**
   * Field values that are reserved, as in `rd!=0 rm!=5,6`. An instruction that matches the pattern but not this is illegal:
   * the search does not go on to a less specific row.
   */
  readonly where?: string;
  /**
   * Field values that make the row's canonical form, as in `rd=0 rs1=0`: other values execute alike (the manual tells
   * implementations to ignore these fields), but have no assembler syntax.
   */
  readonly canonical?: string;
  /** One line: what it does, and where the manual says so. */
  readonly doc: string;
}

/** Widths in bits of the fields that an encoding may name without giving bits. */
export const FIELD_WIDTHS: Readonly<Record<string, number>> = {
  rd: 5,
  rs1: 5,
  rs2: 5,
  rs3: 5,
  // A prime marks the short register fields of compressed instructions, which select registers 8 to 15.
  "rd'": 3,
  "rs1'": 3,
  "rs2'": 3,
  rm: 3,
  csr: 12,
  uimm: 5,
  aq: 1,
  rl: 1,
  fm: 4,
  pred: 4,
  succ: 4,
};

/** First register that a primed field can select; extractField adds it, insertField subtracts it. */
export const PRIMED_BASE = 8;

/** One run of instruction bits that holds one run of a field's bits. */
export interface FieldPiece {
  /** Position of the run's lowest bit in the instruction. */
  readonly insnLsb: number;
  /** Bits in the run. */
  readonly width: number;
  /** Position of the run's lowest bit in the field's value. */
  readonly fieldLsb: number;
}

/** A parsed encoding: `insn` matches when `(insn & mask) >>> 0 === match`. */
export interface Encoding {
  readonly bits: 16 | 32;
  /** Ones where the pattern has constants. */
  readonly mask: number;
  readonly match: number;
  /** Pieces of each field, in the order of the pattern (most significant instruction bit first). */
  readonly fields: ReadonlyMap<string, readonly FieldPiece[]>;
}

/** Parses a bit pattern such as `imm[11:0] rs1 000 rd 0010011`; throws an Error that names the token at fault. */
export function parseEncoding(enc: string): Encoding {
  const tokens = enc.split(" ").map((token) => ({ token, pieces: parseToken(token, enc) }));
  const bits = tokens.reduce((sum, { pieces }) => sum + pieces.reduce((n, piece) => n + piece.width, 0), 0);
  if (bits !== 16 && bits !== 32) throw new Error(`encoding "${enc}" has ${bits} bits, expected 16 or 32`);
  let position = bits;
  let mask = 0;
  let match = 0;
  const fields = new Map<string, FieldPiece[]>();
  for (const { pieces } of tokens) {
    for (const { name, width, fieldLsb, constant } of pieces) {
      position -= width;
      if (constant !== undefined) {
        mask += (2 ** width - 1) * 2 ** position;
        match += constant * 2 ** position;
        continue;
      }
      const known = fields.get(name) ?? [];
      if (known.some((p) => fieldLsb < p.fieldLsb + p.width && p.fieldLsb < fieldLsb + width)) {
        throw new Error(`encoding "${enc}" gives a bit of ${name} twice`);
      }
      fields.set(name, [...known, { insnLsb: position, width, fieldLsb }]);
    }
  }
  return { bits, mask, match, fields };
}

interface TokenPiece {
  readonly name: string;
  readonly width: number;
  readonly fieldLsb: number;
  readonly constant?: number;
}

function parseToken(token: string, enc: string): TokenPiece[] {
  if (/^[01]+$/.test(token)) {
    return [{ name: "", width: token.length, fieldLsb: 0, constant: Number.parseInt(token, 2) }];
  }
  const width = FIELD_WIDTHS[token];
  if (width !== undefined) return [{ name: token, width, fieldLsb: 0 }];
  const [, name, ranges] = /^(imm|uimm|shamt)\[([\d:|]+)\]$/.exec(token) ?? [];
  if (name === undefined || ranges === undefined) throw new Error(`encoding "${enc}" has an unknown token "${token}"`);
  return ranges.split("|").map((range) => {
    const [, high, low] = /^(\d+)(?::(\d+))?$/.exec(range) ?? [];
    const msb = Number(high);
    const lsb = low === undefined ? msb : Number(low);
    if (high === undefined || lsb > msb || msb > 31) throw new Error(`encoding "${enc}" has a bad range in "${token}"`);
    return { name, width: msb - lsb + 1, fieldLsb: lsb };
  });
}

/** Whether a field's value is sign-extended from its highest bit: `imm` is, all others (`uimm`, `shamt`, …) are not. */
export function isSigned(field: string): boolean {
  return field === "imm";
}

/** Bits of a field's value, counted from bit 0 whether or not the encoding holds the lowest ones. */
export function fieldBits(pieces: readonly FieldPiece[]): number {
  return Math.max(...pieces.map((piece) => piece.fieldLsb + piece.width));
}

/**
 * Value of a field: immediates in bytes (scattered bits put in place, low bits that the encoding leaves out are 0), register
 * numbers as 0 to 31 (primed ones as 8 to 15). Throws if the encoding has no such field.
 */
export function extractField(encoding: Encoding, field: string, insn: number): number {
  const pieces = encoding.fields.get(field);
  if (pieces === undefined) throw new Error(`no field ${field} in this encoding`);
  let value = 0;
  for (const { insnLsb, width, fieldLsb } of pieces) {
    value += (Math.floor((insn >>> 0) / 2 ** insnLsb) % 2 ** width) * 2 ** fieldLsb;
  }
  if (field.endsWith("'")) return value + PRIMED_BASE;
  const bits = fieldBits(pieces);
  return isSigned(field) && value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
}

/** `insn` with the field set to a value as {@link extractField} gives it; throws a RangeError if the value does not fit. */
export function insertField(encoding: Encoding, field: string, insn: number, value: number): number {
  const pieces = encoding.fields.get(field);
  if (pieces === undefined) throw new Error(`no field ${field} in this encoding`);
  const raw = field.endsWith("'") ? value - PRIMED_BASE : value;
  const unsigned = raw < 0 ? raw + 2 ** fieldBits(pieces) : raw;
  let result = insn >>> 0;
  for (const { insnLsb, width, fieldLsb } of pieces) {
    const old = Math.floor(result / 2 ** insnLsb) % 2 ** width;
    result += ((Math.floor(unsigned / 2 ** fieldLsb) % 2 ** width) - old) * 2 ** insnLsb;
  }
  if (extractField(encoding, field, result) !== value) throw new RangeError(`${field} cannot hold ${value}`);
  return result;
}

/** Parses `rd!=0 rm!=5,6` (`operator` "!=") or `rd=0 rs1=0` ("=") into field and listed values. */
export function parseConditions(text: string | undefined, operator: "!=" | "="): { field: string; values: number[] }[] {
  if (text === undefined) return [];
  return text.split(" ").map((condition) => {
    const [field, values, rest] = condition.split(operator);
    if (!field || !values || rest !== undefined || !/^-?\d+(,-?\d+)*$/.test(values)) {
      throw new Error(`bad condition "${condition}", expected field${operator}value`);
    }
    return { field, values: values.split(",").map(Number) };
  });
}

/** Parses `jalr rd=1 rs1=rs1 imm=0` into the name and, for each field of that instruction, a constant or a field's name. */
export function parseExpand(expand: string): { name: string; fields: Map<string, number | string> } {
  const [name = "", ...assignments] = expand.split(" ");
  const fields = new Map<string, number | string>();
  for (const assignment of assignments) {
    const [field, value, rest] = assignment.split("=");
    if (!field || !value || rest !== undefined || fields.has(field)) throw new Error(`bad expansion "${expand}"`);
    fields.set(field, /^-?\d+$/.test(value) ? Number(value) : value);
  }
  return { name, fields };
}

/** Whether row encoding `a` has constants wherever `b` has, and more: where both match, `a` is meant. */
export function isMoreSpecific(a: Encoding, b: Encoding): boolean {
  return a.bits === b.bits && (a.mask & b.mask) >>> 0 === b.mask && a.mask !== b.mask;
}

/** Everything wrong with a table, one sentence each: bad patterns, overlaps without precedence, unknown fields, bad expansions. */
export function checkTable(rows: readonly InsnRow[]): string[] {
  const errors: string[] = [];
  const parsed = new Map<string, { row: InsnRow; encoding: Encoding }>();
  for (const row of rows) {
    try {
      if (parsed.has(row.name)) errors.push(`${row.name}: two rows have this name`);
      parsed.set(row.name, { row, encoding: parseEncoding(row.enc) });
    } catch (error) {
      errors.push(`${row.name}: ${(error as Error).message}`);
    }
  }
  const list = [...parsed.values()];
  for (const [i, { row, encoding }] of list.entries()) {
    for (const other of list.slice(i + 1)) {
      const common = (encoding.mask & other.encoding.mask) >>> 0;
      const overlap = encoding.bits === other.encoding.bits && ((encoding.match ^ other.encoding.match) & common) === 0;
      if (overlap && !isMoreSpecific(encoding, other.encoding) && !isMoreSpecific(other.encoding, encoding)) {
        errors.push(`${row.name} and ${other.row.name} overlap and neither is more specific`);
      }
    }
    try {
      const conditions = [...parseConditions(row.where, "!="), ...parseConditions(row.canonical, "=")];
      for (const { field } of conditions) {
        if (!encoding.fields.has(field)) errors.push(`${row.name}: condition on ${field}, which is not a field of it`);
      }
      if (row.expand !== undefined) errors.push(...checkExpand(row, row.expand, encoding, parsed));
    } catch (error) {
      errors.push(`${row.name}: ${(error as Error).message}`);
    }
  }
  return errors;
}

function checkExpand(
  row: InsnRow,
  expand: string,
  encoding: Encoding,
  parsed: ReadonlyMap<string, { row: InsnRow; encoding: Encoding }>,
): string[] {
  const { name, fields } = parseExpand(expand);
  const base = parsed.get(name);
  if (base === undefined) return [`${row.name}: expands to ${name}, which has no row`];
  const errors: string[] = [];
  if (base.row.expand !== undefined) errors.push(`${row.name}: expands to ${name}, which is itself expanded`);
  if (base.row.kind !== row.kind) errors.push(`${row.name}: kind ${row.kind} differs from ${name}'s ${base.row.kind}`);
  for (const field of base.encoding.fields.keys()) {
    if (!fields.has(field)) errors.push(`${row.name}: the expansion leaves ${field} of ${name} open`);
  }
  for (const [field, value] of fields) {
    if (!base.encoding.fields.has(field)) errors.push(`${row.name}: ${name} has no field ${field}`);
    if (typeof value === "string" && !encoding.fields.has(value)) errors.push(`${row.name}: no field ${value}`);
  }
  return errors;
}

/** How a word of {@link InsnRow.asm} is printed, from the value of one field. */
export type OperandSyntax =
  /** `names[value]`, or the value in hexadecimal where there is no name */
  | {
      readonly kind: "name";
      readonly field: string;
      readonly names: readonly string[] | Readonly<Record<number, string>>;
    }
  /** hexadecimal with 0x, negative values as -0x10; first shifted right by `shift` and cut to `bits` if given */
  | { readonly kind: "number"; readonly field: string; readonly shift?: number; readonly bits?: number }
  /** the address pc + value, in hexadecimal with 0x */
  | { readonly kind: "target"; readonly field: string }
  /** a letter for each one, the first letter for the highest bit; "0" for none */
  | { readonly kind: "letters"; readonly field: string; readonly letters: string };

/** What a disassembler needs to know of a target. */
export interface InstructionSet {
  readonly rows: readonly InsnRow[];
  readonly byteOrder: "little" | "big";
  /** Bits of an address. */
  readonly addressBits: number;
  /** Words of `asm` that stand for a field; with `?` appended to such a word, it is left out where the field is 0. */
  readonly operands: Readonly<Record<string, OperandSyntax>>;
  /** Endings of the mnemonic of rows that have these one-bit fields; the first field is the high bit of the index. */
  readonly suffix: { readonly fields: readonly string[]; readonly names: readonly string[] };
  /** Bytes of the instruction that begins with these two bytes. */
  readonly lengthOf: (first: number, second: number) => number;
}

/** A row in short: mnemonic, encoding, operand syntax, meaning, and what few rows have besides. */
export type ShortRow = readonly [
  name: string,
  enc: string,
  asm: string,
  doc: string,
  extra?: Pick<InsnRow, "expand" | "where" | "canonical">,
];

/** Rows of one extension and kind; `source`, the place in the manual, is appended to each row's doc. */
export function insnSection(ext: string, source: string, kind: InsnKind, rows: readonly ShortRow[]): InsnRow[] {
  return rows.map(([name, enc, asm, doc, extra]) => ({
    name,
    ext,
    enc,
    asm,
    kind,
    ...extra,
    doc: `${doc} (${source})`,
  }));
}
