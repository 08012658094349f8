/** Generates CSR numbers and bitfield masks for the core from the table of control and status registers. */

import { fieldMask } from "../../spec/register-table.ts";
import { CSRS } from "../../spec/riscv64/csrs.ts";
import type { GeneratedFile } from "../generated-file.ts";
import { header } from "../generated-file.ts";

export function generateCsrs(): GeneratedFile {
  const lines = [header("src/spec/riscv64/csrs.ts")];
  for (const csr of CSRS) {
    const name = csr.name.toUpperCase();
    lines.push(`export const CSR_${name}: u32 = 0x${csr.number.toString(16)};`);
    for (const field of csr.fields ?? []) {
      lines.push(`export const ${name}_${field.name.toUpperCase()}: u64 = 0x${fieldMask(field).toString(16)};`);
    }
  }
  return { path: "csrs.ts", text: `${lines.join("\n")}\n` };
}
