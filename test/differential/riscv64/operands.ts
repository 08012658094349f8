/** What the instruction table says of a row's operands: address, results, formats. */

import { parseExpand } from "../../../src/spec/instruction-table.ts";
import { type Row, rowOf } from "./assembler.ts";

export const isMemory = ({ kind, name }: Row): boolean =>
  kind === "load" || kind === "store" || kind === "amo" || /^(cbo|prefetch)\./.test(name);

/** The field that is the base address of a memory instruction, "sp" for the stack pointer. */
export function baseField(row: Row): "rs1" | "rs1'" | "sp" {
  if (row.asm.includes("(sp)")) return "sp";
  return row.encoding.fields.has("rs1'") ? "rs1'" : "rs1";
}

/** The integer register that an instruction writes, 0 for none. */
export function integerResult(row: Row, fieldOf: (field: string) => number): number {
  if (row.expand === undefined) return row.asm.startsWith("rd") ? fieldOf("rd") : 0;
  const { name, fields } = parseExpand(row.expand);
  const rd = fields.get("rd");
  if (rd === undefined || !rowOf(name).asm.startsWith("rd")) return 0;
  return typeof rd === "number" ? rd : fieldOf(rd);
}

export type Format = "h" | "s" | "d";

/** The format that a floating-point instruction reads, if it reads one. */
export function sourceFormat({ name, asm }: Row): Format | undefined {
  if (!asm.includes("fs1")) return undefined;
  const last = name.split(".").at(-1)!;
  return last === "w" || last === "x" ? "s" : (last as Format);
}

/** The format that it writes to a floating-point register, if it does. */
export function resultFormat({ name, asm }: Row): Format | undefined {
  if (!asm.startsWith("fd")) return undefined;
  const load = /^(?:c\.)?fl([hwd])/.exec(name)?.[1];
  const format = load ?? name.split(".")[1];
  return format === "w" ? "s" : (format as Format);
}

export function formatOf(value: bigint): Format {
  return value >> 16n === 0xffffffffffffn ? "h" : value >> 32n === 0xffffffffn ? "s" : "d";
}
