/** The instructions of one function in words, a line each. */
import type { WasmNames } from "./names.ts";
import { OPCODES, type Opcode } from "./opcodes.ts";
import { valueType } from "./module.ts";
import type { WasmReader } from "./reader.ts";

/** One instruction, or part of a structure. */
export interface WasmLine {
  /** Byte of the binary at which it begins. */
  readonly offset: number;
  /** How many constructs it stands in. */
  readonly depth: number;
  readonly text: string;
}

const PREFIXES = new Set([0xfc, 0xfe]);
const EMPTY_BLOCK = 0x40;
/** Alignments with this bit are followed by the number of a memory. */
const HAS_MEMORY = 0x40;

/**
 * Reads to the end of `code`, whose last `end` is left out. Constructs that somebody branches to are named by how deep they
 * stand: `br $2` goes to the `block $2` or `loop $2` around it. Throws an Error that names the byte with an unknown opcode.
 */
export function readInstructions(code: WasmReader, func: number, names: WasmNames): WasmLine[] {
  const lines: WasmLine[] = [];
  /** Lines that begin the constructs around the instruction, and those of them that need a name. */
  const open: number[] = [];
  const named = new Set<number>();
  const label = () => {
    const depth = open.length - 1 - code.u32();
    if (depth >= 0) named.add(open[depth]!);
    // What is not there is the function itself.
    return depth >= 0 ? `$${depth + 1}` : `${open.length}`;
  };
  for (;;) {
    const offset = code.offset;
    const first = code.byte();
    const number = PREFIXES.has(first) ? first * 0x100 + code.u32() : first;
    const opcode = OPCODES.get(number) ?? code.fail(`unknown opcode 0x${number.toString(16)}`, offset);
    const { name } = opcode;
    if (name === "end" && open.length === 0) break;
    const isTurn = name === "else" || name === "end";
    const depth = open.length + (isTurn ? 0 : 1);
    if (name === "end") open.pop();
    if (opcode.immediate === "blockType") open.push(lines.length);
    const operands = describe(opcode, code, { func, names, label });
    lines.push({ offset, depth, text: operands === "" ? name : `${name} ${operands}` });
  }
  if (!code.isAtEnd) code.fail("there is more behind the last end");
  return lines.map((line, i) =>
    named.has(i) ? { ...line, text: line.text.replace(/^\w+/, `$& $${line.depth}`) } : line,
  );
}

interface Place {
  readonly func: number;
  readonly names: WasmNames;
  /** Reads the number of a construct. */
  readonly label: () => string;
}

function describe({ name, immediate }: Opcode, code: WasmReader, { func, names, label }: Place): string {
  if (typeof immediate === "object") return memoryOperand(code, immediate.bytes, names);
  const unlessFirst = (index: number, text: string) => (index === 0 ? "" : text);
  switch (immediate) {
    case "none":
      return "";
    case "blockType":
      return blockType(code, names);
    case "label":
      return label();
    case "labels":
      return [...code.list(label), label()].join(" ");
    case "function":
      return names.func(code.u32());
    case "callIndirect": {
      const type = names.type(code.u32());
      const table = code.u32();
      return `${unlessFirst(table, `${names.table(table)} `)}(type ${type})`;
    }
    case "types":
      return `(result ${code.list(() => valueType(code)).join(" ")})`;
    case "local":
      return names.local(func, code.u32());
    case "global":
      return names.global(code.u32());
    case "table":
      return names.table(code.u32());
    case "memory": {
      const memory = code.u32();
      return unlessFirst(memory, names.memory(memory));
    }
    case "i32":
      return `${code.i32()}`;
    case "i64":
      return `${code.i64()}`;
    case "f32":
      return floatText(code.f32(), 8, 23);
    case "f64":
      return floatText(code.f64(), 11, 52);
    case "heapType":
      return valueType(code).replace("ref", "");
    case "memoryInit": {
      const data = code.u32();
      const memory = code.u32();
      return `${unlessFirst(memory, `${names.memory(memory)} `)}${names.data(data)}`;
    }
    case "data":
      return names.data(code.u32());
    case "memoryCopy": {
      const [to, from] = [code.u32(), code.u32()];
      return to === 0 && from === 0 ? "" : `${names.memory(to)} ${names.memory(from)}`;
    }
    case "tableInit": {
      const element = code.u32();
      return `${names.table(code.u32())} ${names.element(element)}`;
    }
    case "element":
      return names.element(code.u32());
    case "tableCopy":
      return `${names.table(code.u32())} ${names.table(code.u32())}`;
    case "fence":
      if (code.byte() !== 0) code.fail(`${name} of an unknown kind`, code.offset - 1);
      return "";
  }
}

/** Empty, a result, or a function's type by its number. */
function blockType(code: WasmReader, names: WasmNames): string {
  const start = code.offset;
  const byte = code.byte();
  if (byte === EMPTY_BLOCK) return "";
  code.offset = start;
  if (byte >= 0x40 && byte < 0x80) return `(result ${valueType(code)})`;
  return `(type ${names.type(code.i32())})`;
}

/** As in "offset=16 align=1"; what is the rule is left out. */
function memoryOperand(code: WasmReader, bytes: number, names: WasmNames): string {
  const flags = code.u32();
  const memory = flags & HAS_MEMORY ? code.u32() : 0;
  const offset = code.u32();
  const align = 2 ** (flags & ~HAS_MEMORY);
  return [
    ...(memory === 0 ? [] : [names.memory(memory)]),
    ...(offset === 0 ? [] : [`offset=${offset}`]),
    ...(align === bytes ? [] : [`align=${align}`]),
  ].join(" ");
}

/** A text that reads back as the same bits. */
function floatText(
  float: { readonly value: number; readonly bits: bigint },
  exponent: number,
  fraction: number,
): string {
  const { value, bits } = float;
  const sign = bits >> BigInt(exponent + fraction) ? "-" : "";
  if (Number.isNaN(value)) {
    const payload = BigInt.asUintN(fraction, bits);
    return payload === 1n << BigInt(fraction - 1) ? `${sign}nan` : `${sign}nan:0x${payload.toString(16)}`;
  }
  return `${sign}${Math.abs(value) === Number.POSITIVE_INFINITY ? "inf" : Math.abs(value)}`;
}
