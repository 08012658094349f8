/** The pieces of a block, and their bytes. */

import { insertField } from "../../../src/spec/instruction-table.ts";
import type { Row } from "./assembler.ts";

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
