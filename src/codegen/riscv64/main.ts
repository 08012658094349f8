/** All generated files of this target's core, from the spec tables. */
import { REGISTER_TABLES } from "../../spec/riscv64/register-tables.ts";
import { virtBoard } from "../../spec/riscv64/virt-board.ts";
import { generateBoard } from "../board.ts";
import { generateDeviceState } from "../device-state.ts";
import type { GeneratedFile } from "../generated-file.ts";
import { generateRegisters } from "../registers.ts";
import { generateTarget } from "../target.ts";
import { generateCsrs } from "./csrs.ts";
import { generateInstructions } from "./instructions.ts";

export function generateAll(): GeneratedFile[] {
  return [
    generateRegisters(REGISTER_TABLES, "src/spec/riscv64/registers.ts"),
    generateCsrs(),
    generateInstructions(),
    generateBoard(virtBoard),
    generateDeviceState(virtBoard),
    ...generateTarget("riscv64"),
  ];
}
