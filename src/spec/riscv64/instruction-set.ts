/** How instructions of this CPU are written in assembler: the operand syntax that the rows of the instruction table refer to. */

import { type InsnRow, type InstructionSet, insnSection, type OperandSyntax } from "../instruction-table.ts";
import { CSR_NAMES } from "./csr-names.ts";
import { INSTRUCTIONS } from "./instructions.ts";
import { FLOAT_NAMES, INTEGER_NAMES } from "./registers.ts";

/** Encodings with a name that have no row, since they are illegal for good. */
const ILLEGAL: readonly InsnRow[] = insnSection("Zca", "vol. I, C", "system", [
  ["c.unimp", "0000000000000000", "", "never a legal instruction"],
]);

const integer = (field: string): OperandSyntax => ({ kind: "name", field, names: INTEGER_NAMES });
const float = (field: string): OperandSyntax => ({ kind: "name", field, names: FLOAT_NAMES });

export const INSTRUCTION_SET: InstructionSet = {
  rows: [...INSTRUCTIONS, ...ILLEGAL],
  byteOrder: "little",
  addressBits: 64,
  operands: {
    rd: integer("rd"),
    rs1: integer("rs1"),
    rs2: integer("rs2"),
    "rd'": integer("rd'"),
    "rs1'": integer("rs1'"),
    "rs2'": integer("rs2'"),
    fd: float("rd"),
    fs1: float("rs1"),
    fs2: float("rs2"),
    fs3: float("rs3"),
    "fd'": float("rd'"),
    "fs2'": float("rs2'"),
    imm: { kind: "number", field: "imm" },
    imm20: { kind: "number", field: "imm", shift: 12, bits: 20 },
    uimm: { kind: "number", field: "uimm" },
    shamt: { kind: "number", field: "shamt" },
    target: { kind: "target", field: "imm" },
    csr: { kind: "name", field: "csr", names: CSR_NAMES },
    rm: { kind: "name", field: "rm", names: ["rne", "rtz", "rdn", "rup", "rmm", "", "", "dyn"] },
    pred: { kind: "letters", field: "pred", letters: "iorw" },
    succ: { kind: "letters", field: "succ", letters: "iorw" },
  },
  suffix: { fields: ["aq", "rl"], names: ["", ".rl", ".aq", ".aqrl"] },
  // Encodings of 48 bits and more (vol. I, 1.5) are reserved; as illegal instructions they count as 32 bits.
  lengthOf: (first) => ((first & 3) === 3 ? 4 : 2),
};
