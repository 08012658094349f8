/**
 * Generates the decoder and the dispatch of the interpreter from the instruction table.
 *
 * A decoded word (u64) holds, from bit 0: op (10 bits), length in bytes (3), rd (6; 32 stands for "nowhere", so that x0 stays
 * zero without a test), rs1 (5), rs2 (5), rm (3), and the immediate in the upper half (shamt, csr and rs3 lie there too).
 */

import {
  type Encoding,
  fieldBits,
  type InsnKind,
  type InsnRow,
  isMoreSpecific,
  isSigned,
  PRIMED_BASE,
  parseConditions,
  parseEncoding,
  parseExpand,
  checkTable,
} from "../../spec/instruction-table.ts";
import { INSTRUCTIONS } from "../../spec/riscv64/instructions.ts";
import { type GeneratedFile, header } from "../generated-file.ts";

interface ParsedRow {
  readonly row: InsnRow;
  readonly encoding: Encoding;
}

/**
 * Ops that are no rows: undecoded, end of the page, instruction that crosses the page, fetch that faulted, illegal, no-op,
 * instruction at which compiled code begins, instruction with a debugger's breakpoint.
 */
const SPECIAL_OPS = ["DECODE", "PAGE_END", "STRADDLE", "FETCH_FAULT", "ILLEGAL", "NOP", "COMPILED", "BREAK"] as const;

/** What the translator wants to know of each op: registers read and written, as bits. */
const OPERAND_BITS: readonly (readonly [string, RegExp])[] = [
  ["READS_X1", /\brs1\b/],
  ["READS_X2", /\brs2\b/],
  ["WRITES_X", /\brd\b/],
  ["READS_F1", /\bfs1\b/],
  ["READS_F2", /\bfs2\b/],
  ["READS_F3", /\bfs3\b/],
  ["WRITES_F", /\bfd\b/],
];

/** alu rows whose function takes the address of the instruction besides. */
const READS_PC = new Set(["auipc"]);

/** Kinds whose functions run inside the loop; the others go through executeOther, out of its way. */
const INLINE_KINDS = new Set<InsnKind>(["alu", "branch", "jump", "load", "store"]);

/** "amoadd.w" → "amoaddW": the name of a row's function. */
export function functionName(row: InsnRow): string {
  return row.name.replace(/\.(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The file below targets/<target>/insns/ that holds a row's function. */
function moduleOf(row: InsnRow): string {
  switch (row.kind) {
    case "load":
    case "store":
      return "memory";
    case "amo":
      return "atomic";
    case "fp":
      return "float";
    case "system":
      return "system";
    case "branch":
    case "jump":
      return "control";
    default:
      if (row.ext === "M") return "muldiv";
      return row.ext.startsWith("Zb") ? "bitmanip" : "base";
  }
}

/** Whether the row names an integer destination, which x0 may be. */
function hasIntegerRd(row: InsnRow): boolean {
  return /\brd\b/.test(row.asm);
}

/** Hints: rows without a destination, which need no function. */
function isNop(row: InsnRow): boolean {
  return row.kind === "alu" && !hasIntegerRd(row);
}

/** Expression for a field's value in `insn` (u32). */
function fieldExpression(encoding: Encoding, field: string): string {
  const pieces = encoding.fields.get(field);
  if (pieces === undefined) throw new Error(`no field ${field}`);
  const parts = pieces.map(({ insnLsb, width, fieldLsb }) => {
    const bits = `((insn >> ${insnLsb}) & 0x${(2 ** width - 1).toString(16)})`;
    return fieldLsb ? `(${bits} << ${fieldLsb})` : bits;
  });
  const value = parts.join(" | ");
  if (field.endsWith("'")) return `${value} + ${PRIMED_BASE}`;
  const unused = 32 - fieldBits(pieces);
  return isSigned(field) ? `<u32>(<i32>((${value}) << ${unused}) >> ${unused})` : value;
}

/** Where the fields of a base row go in a decoded word. */
function wordArguments(base: ParsedRow, argumentOf: (field: string) => string): string {
  const has = (field: string): boolean => base.encoding.fields.has(field);
  const optional = (field: string): string => (has(field) ? argumentOf(field) : "0");
  const upper = ["imm", "shamt", "csr", "rs3"].find(has);
  const rs1 = has("uimm") ? argumentOf("uimm") : optional("rs1");
  return [optional("rd"), rs1, optional("rs2"), optional("rm"), upper ? argumentOf(upper) : "0"].join(", ");
}

function decodeCase(parsed: ParsedRow, rows: ReadonlyMap<string, ParsedRow>): string {
  const { row, encoding } = parsed;
  const own = (field: string): string => fieldExpression(encoding, field);
  let base = parsed;
  let argumentOf = own;
  if (row.expand !== undefined) {
    const { name, fields } = parseExpand(row.expand);
    base = rows.get(name) as ParsedRow;
    argumentOf = (field) => {
      const value = fields.get(field);
      return typeof value === "number" ? `<u32>(${value})` : own(value as string);
    };
  }
  const conditions = parseConditions(row.where, "!=").flatMap(({ field, values }) =>
    values.map((value) => `(${own(field)}) == <u32>(${value})`),
  );
  const reserved = conditions.length ? `if (${conditions.join(" || ")}) return WORD_ILLEGAL; ` : "";
  const length = encoding.bits / 8;
  const maker = isNop(base.row)
    ? `NOP | (${length} << 10)`
    : base.row.kind === "alu"
      ? `aluWord(OP_${functionName(base.row)}, ${length}, ${wordArguments(base, argumentOf)})`
      : hasIntegerRd(base.row)
        ? `integerWord(OP_${functionName(base.row)}, ${length}, ${wordArguments(base, argumentOf)})`
        : `word(OP_${functionName(base.row)}, ${length}, ${wordArguments(base, argumentOf)})`;
  const hex = (n: number): string => `0x${n.toString(16)}`;
  return `      if ((insn & ${hex(encoding.mask)}) == ${hex(encoding.match)}) { ${reserved}return ${maker}; } // ${row.name}`;
}

/** Rows grouped by the value of a field that all encodings of one size have as constants, the most specific row first. */
function decoder(
  name: string,
  rows: readonly ParsedRow[],
  key: string,
  keyOf: (insn: number) => number[],
  all: ReadonlyMap<string, ParsedRow>,
): string {
  const groups = new Map<number, ParsedRow[]>();
  for (const parsed of rows) {
    for (const value of keyOf(parsed.encoding.match)) groups.set(value, [...(groups.get(value) ?? []), parsed]);
  }
  const cases = [...groups.entries()]
    .sort(([a], [b]) => a - b)
    .map(([value, group]) => {
      // A row comes before all rows that it is more specific than.
      const specific = (p: ParsedRow): number => group.filter((q) => isMoreSpecific(q.encoding, p.encoding)).length;
      const sorted = [...group].sort((a, b) => specific(a) - specific(b));
      return `    case ${value}: {\n${sorted.map((p) => decodeCase(p, all)).join("\n")}\n      return WORD_ILLEGAL;\n    }`;
    });
  return `function ${name}(insn: u32): u64 {\n  switch (${key}) {\n${cases.join("\n")}\n  }\n  return WORD_ILLEGAL;\n}\n`;
}

/** Bits of OPERAND_BITS that a row has. */
function operandBits(row: InsnRow): number {
  return OPERAND_BITS.reduce((bits, [, pattern], i) => bits | (pattern.test(row.asm) ? 1 << i : 0), 0);
}

/** Rows that an instruction function executes as a whole, wherever it is called from. */
function callCase({ row }: ParsedRow): string {
  const name = functionName(row);
  const call = `${moduleOf(row)}.${name}(hart, w)`;
  if (row.kind === "alu") return `    case OP_${name}: ${call}; return DONE;`;
  return `    case OP_${name}: return ${call};`;
}

const GO_ON = "w = load<u64>(ip); continue;";

function dispatchCase({ row }: ParsedRow): string {
  const name = functionName(row);
  const call = `${moduleOf(row)}.${name}`;
  const label = `      case OP_${name}:`;
  if (READS_PC.has(row.name)) return `${label} ${call}(hart, w, pcAt(hart, ip)); break;`;
  switch (row.kind) {
    case "alu":
      return `${label} ${call}(hart, w); break;`;
    case "branch":
      return `${label} if (${call}(hart, w)) { ip = branchTo(hart, ip, w); left--; ${GO_ON} } break;`;
    case "jump":
      return row.name === "jal"
        ? `${label} ${call}(hart, w, pcAt(hart, ip)); ip = callTo(hart, ip, w); left--; ${GO_ON}`
        : `${label} ip = jumpTo(hart, ip, ${call}(hart, w, pcAt(hart, ip))); left--; ${GO_ON}`;
    default:
      return `${label} hart.left = left; hart.ip = ip; status = ${call}(hart, w); if (status == DONE) break; if (after(hart, w, status, left)) return; left--; ip = hart.ip; ${GO_ON}`;
  }
}

export function generateInstructions(): GeneratedFile {
  const errors = checkTable(INSTRUCTIONS);
  if (errors.length) throw new Error(`instruction table:\n${errors.join("\n")}`);
  const parsed = INSTRUCTIONS.map((row) => ({ row, encoding: parseEncoding(row.enc) }));
  const all = new Map(parsed.map((p) => [p.row.name, p]));
  const base = parsed.filter(({ row }) => row.expand === undefined && !isNop(row));
  const inline = base.filter(({ row }) => INLINE_KINDS.has(row.kind));
  const other = base.filter(({ row }) => !INLINE_KINDS.has(row.kind));
  const ops: (InsnRow | null)[] = [...SPECIAL_OPS.map(() => null), ...base.map(({ row }) => row)];
  const modules = [...new Set(base.map(({ row }) => moduleOf(row)))].sort();
  const wide = parsed.filter(({ encoding }) => encoding.bits === 32);
  const narrow = parsed.filter(({ encoding }) => encoding.bits === 16);
  const text = `${header("src/spec/riscv64/instructions.ts")}
${modules.map((m) => `import * as ${m} from "../targets/riscv64/insns/${m}";`).join("\n")}
import { DONE, Hart } from "../targets/riscv64/hart";
import { WORD_BREAK } from "../targets/riscv64/parameters";
import { after, branchTo, breakAt, callTo, decodeAt, enterPage, fetchFault, illegal, jumpTo, pcAt, straddle } from "../targets/riscv64/fetch";
import { countJump, enterCompiled, wordBehind } from "../targets/riscv64/compiled";

${SPECIAL_OPS.map((op, i) => `export const ${op}: u32 = ${i};`).join("\n")}
${base.map(({ row }, i) => `export const OP_${functionName(row)}: u32 = ${i + SPECIAL_OPS.length};`).join("\n")}
export const OP_COUNT: u32 = ${base.length + SPECIAL_OPS.length};
if (<u64>BREAK != WORD_BREAK) ERROR("WORD_BREAK differs from BREAK");
/** An illegal instruction: its length does not matter. */
export const WORD_ILLEGAL: u64 = ${SPECIAL_OPS.indexOf("ILLEGAL")};

function word(op: u32, length: u32, rd: u32, rs1: u32, rs2: u32, rm: u32, imm: u32): u64 {
  return <u64>(op | (length << 10) | (rd << 13) | (rs1 << 19) | (rs2 << 24) | (rm << 29)) | (<u64>imm << 32);
}

function integerWord(op: u32, length: u32, rd: u32, rs1: u32, rs2: u32, rm: u32, imm: u32): u64 {
  return word(op, length, rd ? rd : 32, rs1, rs2, rm, imm);
}

/** An instruction whose only effect is on rd does nothing if that is x0. */
function aluWord(op: u32, length: u32, rd: u32, rs1: u32, rs2: u32, rm: u32, imm: u32): u64 {
  return rd ? word(op, length, rd, rs1, rs2, rm, imm) : NOP | (<u64>length << 10);
}

/** Decodes an instruction; of a compressed one only the low 16 bits count. */
export function decode(insn: u32): u64 {
  return (insn & 3) == 3 ? decode32(insn) : decode16(insn & 0xffff);
}

${decoder("decode32", wide, "(insn >> 2) & 31", (m) => [(m >>> 2) & 31], all)}
${decoder("decode16", narrow, "((insn >> 13) << 2) | (insn & 3)", (m) => [((m >>> 13) << 2) | (m & 3)], all)}
// Registers that an op reads and writes; of fields that an instruction does not have, the bits are 0.
${OPERAND_BITS.map(([name], i) => `export const ${name}: u32 = ${1 << i};`).join("\n")}
const OPERANDS: StaticArray<u8> = [${ops.map((row) => (row ? operandBits(row) : 0)).join(", ")}];

/** Bits of the registers that op \`op\` reads and writes. */
export function operandsOf(op: u32): u32 {
  return unchecked(OPERANDS[op]);
}

/** Executes one instruction that neither branches nor jumps; hart.ip and what pcAt needs are set. */
export function executeOne(hart: Hart, w: u64): u32 {
  switch (<u32>w & 0x3ff) {
${base
  .filter(({ row }) => row.kind !== "branch" && row.kind !== "jump" && !READS_PC.has(row.name))
  .map(callCase)
  .join("\n")}
  }
  return illegal(hart);
}

/** Instructions that are rare or long, kept out of the loop so that it stays small. */
export function executeOther(hart: Hart, w: u64): u32 {
  switch (<u32>w & 0x3ff) {
${other.map(({ row }) => `    case OP_${functionName(row)}: return ${moduleOf(row)}.${functionName(row)}(hart, w);`).join("\n")}
  }
  return illegal(hart);
}

/** Runs from hart.pc until hart.left is 0 or something wants the run loop. */
export function execute(hart: Hart): void {
  let left = hart.left;
  let ip = enterPage(hart, hart.pc);
  countJump(hart, ip);
  let status: u32 = DONE;
  let w = load<u64>(ip);
  while (left) {
    switch (<u32>w & 0x3ff) {
      case DECODE: decodeAt(hart, ip); ${GO_ON}
      case PAGE_END: ip = enterPage(hart, pcAt(hart, ip)); ${GO_ON}
      case STRADDLE: ip = straddle(hart, ip); ${GO_ON}
      case NOP: break;
      case BREAK: hart.left = left; ip = breakAt(hart, ip); if (!ip) return; ${GO_ON}
      case COMPILED: hart.left = left; ip = enterCompiled(hart, ip, w); if (!ip) return; left = hart.left; w = wordBehind(hart, ip); continue;
${inline.map(dispatchCase).join("\n")}
      case FETCH_FAULT: hart.ip = ip; status = fetchFault(hart); if (after(hart, w, status, left)) return; left--; ip = hart.ip; ${GO_ON}
      default: hart.left = left; hart.ip = ip; status = executeOther(hart, w); if (status == DONE) break; if (after(hart, w, status, left)) return; left--; ip = hart.ip; ${GO_ON}
    }
    ip += <usize>(w >> 8) & 0x1c;
    left--;
    w = load<u64>(ip);
  }
  hart.left = 0;
  hart.pc = pcAt(hart, ip);
}
`;
  return { path: "instructions.ts", text };
}
