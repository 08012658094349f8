/** All generated files of the core, from the spec tables. */

import { generateBoard } from "./board.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { generateRegisters } from "./registers.ts";
import { generateCsrs } from "./riscv64/csrs.ts";
import { generateInstructions } from "./riscv64/instructions.ts";
import { REGISTER_TABLES } from "../spec/riscv64/register-tables.ts";
import { generateTarget } from "./target.ts";

export function generateAll(): GeneratedFile[] {
  return [
    generateRegisters(REGISTER_TABLES, "src/spec/riscv64/registers.ts"),
    generateCsrs(),
    generateInstructions(),
    generateBoard(),
    ...generateTarget("riscv64"),
  ];
}
