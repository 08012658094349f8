/** How the instructions of a target are written, loaded when a machine of it is opened. */
import type { InstructionSet } from "../../src/spec/instruction-table.ts";

export async function loadInstructionSet(target: string): Promise<InstructionSet> {
  const module: { INSTRUCTION_SET: InstructionSet } = await import(`../../src/spec/${target}/instruction-set.ts`);
  return module.INSTRUCTION_SET;
}
