/** Which instructions call and which return, by the register conventions of the ISA manual ("jal, jalr: return-address stack"). */

/** What an instruction does to the stack of calls. "environment": a call into the next privilege, which comes back behind it. */
export type Flow = "call" | "return" | "environment" | "other";

export interface FlowOfInstruction {
  readonly flow: Flow;
  readonly length: number;
}

const isLink = (register: number): boolean => register === 1 || register === 5;

/** `bytes`: the instruction, 2 or 4 of them, or null if there are too few. */
export function codeFlow(bytes: Uint8Array): FlowOfInstruction | null {
  if (bytes.length < 2) return null;
  const low = bytes[0] | (bytes[1] << 8);
  if ((low & 3) !== 3) return { flow: compressedFlow(low), length: 2 };
  if (bytes.length < 4) return null;
  const insn = (low | (bytes[2] << 16) | (bytes[3] << 24)) >>> 0;
  return { flow: wideFlow(insn), length: 4 };
}

function compressedFlow(insn: number): Flow {
  // c.jr and c.jalr: quadrant 2, funct3 4, rs2 0.
  const rs1 = (insn >> 7) & 31;
  if ((insn & 0xe07f) !== 0x8002 || rs1 === 0) return "other";
  if (insn & 0x1000) return "call";
  return isLink(rs1) ? "return" : "other";
}

function wideFlow(insn: number): Flow {
  const rd = (insn >> 7) & 31;
  const rs1 = (insn >> 15) & 31;
  switch (insn & 0x7f) {
    case 0x6f:
      return isLink(rd) ? "call" : "other";
    case 0x67:
      if (isLink(rd)) return "call";
      return rd === 0 && isLink(rs1) ? "return" : "other";
    default:
      if (insn === 0x0000_0073) return "environment";
      // sret and mret
      return insn === 0x1020_0073 || insn === 0x3020_0073 ? "return" : "other";
  }
}
