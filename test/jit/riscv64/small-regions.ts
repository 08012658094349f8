/** Small programs whose hot place becomes one region each, to be read as text. */
import { Assembler } from "../../differential/riscv64/assembler.ts";
import { RAM } from "./layout.ts";
import { CSR } from "./monitor.ts";

/** Executions before a place is translated: each program has been through all of its loop by then. */
export const THRESHOLD = 20;
/** Steps after which each program's region has been made. */
export const STEPS = 3000;

const DATA = RAM + 0x4000n;
const STACK = RAM + 0x6000n;
const [ra, sp, t1, t2, s0, s1, a0, a1, a2, a3] = [1, 2, 6, 7, 8, 9, 10, 11, 12, 13];

export interface SmallRegion {
  readonly code: Uint8Array;
  /** Physical address at which the region is entered. */
  readonly entry: bigint;
}

/** A program that begins at the start of RAM; the region is entered at its label "hot". */
function program(write: (a: Assembler) => void): SmallRegion {
  const a = new Assembler(RAM);
  write(a);
  return { code: a.assemble(), entry: a.addressOf("hot") };
}

export const SMALL_REGIONS = {
  "counted loop": program((a) => {
    a.li(a0, DATA);
    a.li(s1, 10000n);
    a.label("hot");
    a.put("ld", { rd: a1, rs1: a0, imm: 8 });
    a.put("lw", { rd: a2, rs1: a0, imm: 20 });
    a.put("add", { rd: a1, rs1: a1, rs2: a2 });
    a.put("sd", { rs1: a0, rs2: a1, imm: 8 });
    a.put("sb", { rs1: a0, rs2: s1 });
    a.put("addi", { rd: s1, rs1: s1, imm: -1 });
    a.to("hot", "bne", { rs1: s1 });
    a.put("wfi");
  }),
  "nested loops": program((a) => {
    a.li(s0, 1000n);
    a.label("outer");
    a.put("addi", { rd: t1, imm: 5 });
    // Hot before the outer loop is: both have this header.
    a.label("hot");
    a.put("addi", { rd: t1, rs1: t1, imm: -1 });
    a.put("addw", { rd: a0, rs1: a0, rs2: t1 });
    a.to("hot", "bne", { rs1: t1 });
    a.put("addi", { rd: t2, imm: 2 });
    a.label("inner");
    a.put("addi", { rd: t2, rs1: t2, imm: -1 });
    a.put("sub", { rd: a1, rs1: a1, rs2: a0 });
    a.to("inner", "bne", { rs1: t2 });
    a.put("addi", { rd: s0, rs1: s0, imm: -1 });
    a.to("outer", "bne", { rs1: s0 });
    a.put("wfi");
  }),
  "inlined call": program((a) => {
    a.to("hot", "jal");
    a.label("double");
    a.put("add", { rd: a0, rs1: a0, rs2: a0 });
    a.put("c.jr", { rs1: ra });
    a.label("hot");
    a.put("addi", { rd: a0, rs1: a0, imm: 1 });
    a.to("double", "jal", { rd: ra });
    a.put("xor", { rd: a1, rs1: a1, rs2: a0 });
    a.to("double", "jal", { rd: ra });
    a.to("hot", "jal");
  }),
  recursion: program((a) => {
    a.li(sp, STACK);
    a.label("again");
    a.put("addi", { rd: a0, imm: 4 });
    a.to("hot", "jal", { rd: ra });
    a.to("again", "jal");
    a.label("hot");
    a.to("leaf", "beq", { rs1: a0 });
    a.put("addi", { rd: sp, rs1: sp, imm: -16 });
    a.put("sd", { rs1: sp, rs2: ra, imm: 8 });
    a.put("sd", { rs1: sp, rs2: a0 });
    a.put("addi", { rd: a0, rs1: a0, imm: -1 });
    a.to("hot", "jal", { rd: ra });
    a.put("ld", { rd: a1, rs1: sp });
    a.put("ld", { rd: ra, rs1: sp, imm: 8 });
    a.put("addi", { rd: sp, rs1: sp, imm: 16 });
    a.put("add", { rd: a0, rs1: a0, rs2: a1 });
    a.label("leaf");
    a.put("c.jr", { rs1: ra });
  }),
  // Two pages with one place in the TLB: after some misses the region is made in the form that calls,
  // and begins where the interpreter had done the first miss.
  "missing often": program((a) => {
    a.li(a0, DATA);
    a.li(a1, DATA + 0x20_0000n);
    a.label("loop");
    a.put("ld", { rd: a2, rs1: a0 });
    a.label("hot");
    a.put("sd", { rs1: a0, rs2: a2, imm: 8 });
    a.put("ld", { rd: a3, rs1: a1 });
    a.to("loop", "jal");
  }),
  switch: program((a) => {
    a.la(s0, "cases");
    a.label("hot");
    a.put("addi", { rd: s1, rs1: s1, imm: 1 });
    a.put("andi", { rd: t1, rs1: s1, imm: 3 });
    a.put("slli", { rd: t1, rs1: t1, shamt: 3 });
    a.put("add", { rd: t1, rs1: t1, rs2: s0 });
    a.put("c.jr", { rs1: t1 });
    a.label("cases");
    for (const name of ["addi", "xori", "ori", "slti"]) {
      a.put(name, { rd: a0, rs1: a0, imm: 3 });
      a.to("hot", "jal");
    }
  }),
  float: program((a) => {
    a.li(t1, 3n << 13n);
    a.put("csrrs", { csr: CSR.mstatus, rs1: t1 });
    // Inexact has been raised when the region is made.
    a.put("csrrsi", { csr: CSR.fcsr, uimm: 1 });
    a.put("addi", { rd: t1, imm: 3 });
    a.put("fcvt.d.l", { rd: 1, rs1: t1 });
    a.put("fcvt.d.l", { rd: 2 });
    a.label("hot");
    a.put("fadd.d", { rd: 2, rs1: 2, rs2: 1, rm: 7 });
    a.to("hot", "jal");
  }),
  "done by helpers": program((a) => {
    a.li(a0, DATA);
    a.put("addi", { rd: a1, imm: 5 });
    a.label("hot");
    a.put("addi", { rd: s0, rs1: s0, imm: 1 });
    a.put("amoadd.d", { rd: a2, rs1: a0, rs2: a1 });
    a.put("csrrs", { rd: a3, csr: CSR.mscratch });
    a.put("add", { rd: s1, rs1: a2, rs2: a3 });
    a.to("hot", "jal");
  }),
  pages: program((a) => {
    const upTo = (end: bigint) => a.raw(new Uint8Array(Number(end - a.here)));
    a.to("hot", "jal");
    upTo(RAM + 0xffan);
    a.label("hot");
    a.put("addi", { rd: s0, rs1: s0, imm: 1 });
    // From the last two bytes of a page into the next.
    a.put("add", { rd: s1, rs1: s1, rs2: s0 });
    a.put("andi", { rd: t2, rs1: s0, imm: 1 });
    a.to("other page", "bne", { rs1: t2 });
    a.to("hot", "jal");
    upTo(RAM + 0x2000n);
    a.label("other page");
    a.put("addi", { rd: s1, rs1: s1, imm: 1 });
    a.to("hot", "jal");
  }),
};
