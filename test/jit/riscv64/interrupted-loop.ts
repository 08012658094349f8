/** A loop of many kinds of instructions under a timer whose deadline moves over all of them; the handler notes where it struck. */
import { Assembler } from "../../differential/riscv64/assembler.ts";
import { RAM } from "./layout.ts";
import { CSR, DEVICE } from "./monitor.ts";

/** Of each two bytes of the loop, how often an interrupt came before the instruction there (u64). */
export const NOTES = RAM + 0x8000n;
const DATA = RAM + 0x6000n;
const CONTEXT = RAM + 0x7000n;

export interface InterruptedLoop {
  readonly code: Uint8Array;
  /** Addresses of the instructions of the loop, and of the function that it calls. */
  readonly addresses: readonly bigint[];
  readonly first: bigint;
}

export function interruptedLoop(): InterruptedLoop {
  const a = new Assembler(RAM);
  const addresses: bigint[] = [];
  const put = (name: string, fields: Record<string, number> = {}) => {
    addresses.push(a.here);
    a.put(name, fields);
  };
  const to = (label: string, name: string, fields: Record<string, number> = {}) => {
    addresses.push(a.here);
    a.to(label, name, fields);
  };
  a.la(5, "trap");
  a.put("csrrw", { csr: CSR.mtvec, rs1: 5 });
  a.li(31, CONTEXT);
  a.put("csrrw", { csr: CSR.mscratch, rs1: 31 });
  a.li(5, 0x6000n);
  a.put("csrrs", { csr: CSR.mstatus, rs1: 5 });
  a.li(5, 128n);
  a.put("csrrw", { csr: CSR.mie, rs1: 5 });
  a.li(10, DATA);
  a.put("addi", { rd: 9, imm: 7 });
  a.put("addi", { rd: 14, imm: 3 });
  a.put("fcvt.d.l", { rd: 1, rs1: 9 });
  a.put("fcvt.d.l", { rd: 2, rs1: 14 });
  a.put("csrrsi", { csr: CSR.mstatus, uimm: 8 });
  const first = a.here;
  a.label("loop");
  put("addi", { rd: 8, rs1: 8, imm: 1 });
  put("c.add", { rd: 9, rs2: 8 });
  put("mul", { rd: 11, rs1: 9, rs2: 8 });
  put("divu", { rd: 12, rs1: 11, rs2: 14 });
  put("sd", { rs1: 10, rs2: 12, imm: 8 });
  put("lw", { rd: 13, rs1: 10, imm: 12 });
  put("amoadd.d", { rd: 15, rs1: 10, rs2: 13 });
  put("fadd.d", { rd: 1, rs1: 1, rs2: 2 });
  put("fsd", { rs1: 10, rs2: 1, imm: 16 });
  put("fmul.d", { rd: 3, rs1: 1, rs2: 2, rm: 1 });
  put("csrrs", { rd: 16, csr: 0xc02 });
  put("csrrs", { rd: 17, csr: 0xc01 });
  put("add", { rd: 18, rs1: 17, rs2: 16 });
  put("andi", { rd: 19, rs1: 8, imm: 3 });
  to("skip", "bne", { rs1: 19 });
  put("xor", { rd: 9, rs1: 9, rs2: 12 });
  put("c.nop");
  a.label("skip");
  to("function", "jal", { rd: 1 });
  put("lr.d", { rd: 20, rs1: 10 });
  put("sc.d", { rd: 21, rs1: 10, rs2: 8 });
  put("add", { rd: 22, rs1: 22, rs2: 21 });
  put("fence");
  put("auipc", { rd: 23 });
  put("jalr", { rd: 1, rs1: 23, imm: 8 });
  put("addi", { rd: 24, imm: 4 });
  a.label("inner");
  put("addi", { rd: 24, rs1: 24, imm: -1 });
  put("sb", { rs1: 10, rs2: 24, imm: 40 });
  to("inner", "bne", { rs1: 24 });
  to("loop", "jal");
  a.label("function");
  put("rol", { rd: 25, rs1: 9, rs2: 8 });
  put("add", { rd: 26, rs1: 26, rs2: 25 });
  put("c.jr", { rs1: 1 });

  while (a.here % 4n !== 0n) a.put("c.nop");
  a.label("trap");
  a.put("csrrw", { rd: 31, csr: CSR.mscratch, rs1: 31 });
  a.put("sd", { rs1: 31, rs2: 5 });
  a.put("sd", { rs1: 31, rs2: 6, imm: 8 });
  a.put("csrrs", { rd: 5, csr: CSR.mepc });
  a.li(6, first);
  a.put("sub", { rd: 5, rs1: 5, rs2: 6 });
  a.put("slli", { rd: 5, rs1: 5, shamt: 2 });
  a.li(6, NOTES);
  a.put("add", { rd: 5, rs1: 5, rs2: 6 });
  a.put("ld", { rd: 6, rs1: 5 });
  a.put("addi", { rd: 6, rs1: 6, imm: 1 });
  a.put("sd", { rs1: 5, rs2: 6 });
  // The next deadline: a little later than this time.
  a.put("ld", { rd: 5, rs1: 31, imm: 16 });
  a.put("addi", { rd: 5, rs1: 5, imm: 1 });
  a.put("andi", { rd: 5, rs1: 5, imm: 255 });
  a.put("sd", { rs1: 31, rs2: 5, imm: 16 });
  a.li(6, DEVICE.mtimeEnd);
  a.put("ld", { rd: 6, rs1: 6, imm: -8 });
  a.put("add", { rd: 5, rs1: 5, rs2: 6 });
  a.put("addi", { rd: 5, rs1: 5, imm: 20 });
  a.li(6, DEVICE.mtimecmp);
  a.put("sd", { rs1: 6, rs2: 5 });
  a.put("ld", { rd: 6, rs1: 31, imm: 8 });
  a.put("ld", { rd: 5, rs1: 31 });
  a.put("csrrw", { rd: 31, csr: CSR.mscratch, rs1: 31 });
  a.put("mret");
  return { code: a.assemble(), addresses, first };
}
