/** The guest's side of a differential program: sets up each case, logs its traps, writes down its final state. */

import { Assembler } from "./assembler.ts";
import {
  CODE,
  CONTEXT,
  CONTEXT_FIELDS,
  DESCRIPTOR,
  DESCRIPTORS,
  END,
  INDEX,
  PTES,
  RECORDS,
  SCRATCH,
  SCRATCH_BYTES,
  TABLE,
  TABLES,
  TEMPLATE,
} from "./layout.ts";

const CSR = {
  fcsr: 0x003,
  sscratch: 0x140,
  sepc: 0x141,
  stval: 0x143,
  satp: 0x180,
  senvcfg: 0x10a,
  scounteren: 0x106,
  mstatus: 0x300,
  medeleg: 0x302,
  mideleg: 0x303,
  mie: 0x304,
  mtvec: 0x305,
  mcounteren: 0x306,
  menvcfg: 0x30a,
  mscratch: 0x340,
  mepc: 0x341,
  mcause: 0x342,
  mtval: 0x343,
  mip: 0x344,
  pmpcfg0: 0x3a0,
  pmpaddr0: 0x3b0,
} as const;

const FS_ON = 3n << 13n;
const SSI = 1n << 1n;
const SIFIVE_TEST = 0x100000n;
const SIFIVE_PASS = 0x5555n;
const FETCH_ACCESS_FAULT = 1n;
const FETCH_PAGE_FAULT = 12n;

/** Code for CODE; cases end at the address in their descriptor, with any trap. */
export function harnessCode(cases: number): Uint8Array {
  const a = new Assembler(CODE);
  // Between cases all registers are free: 5 to 7 and 28 to 31 are temporary, these live from one case to the next only by memory.
  const [t0, t1, t2, s0, s1, s2, ctx] = [5, 6, 7, 8, 9, 18, 31];
  const load = (rd: number, rs1: number, index: number) => a.put("ld", { rd, rs1, imm: index * 8 });
  const store = (rs2: number, rs1: number, index: number) => a.put("sd", { rs2, rs1, imm: index * 8 });
  const csrWrite = (csr: keyof typeof CSR, rs1: number) => a.put("csrrw", { csr: CSR[csr], rs1 });
  const csrRead = (rd: number, csr: keyof typeof CSR) => a.put("csrrs", { rd, csr: CSR[csr] });
  const append = (rs2: number) => {
    store(rs2, s0, 0);
    a.put("addi", { rd: s0, rs1: s0, imm: 8 });
  };

  a.to("reset", "jal");

  // Traps. All registers but x31 belong to the block; mscratch is the address of the context.
  a.label("trap");
  a.put("csrrw", { rd: ctx, csr: CSR.mscratch, rs1: ctx });
  for (let x = 1; x < 31; x++) store(x, ctx, x);
  csrRead(t0, "mscratch");
  store(t0, ctx, 31);
  csrWrite("mscratch", ctx);
  load(s0, ctx, CONTEXT_FIELDS.out);
  csrRead(t0, "mcause");
  append(t0);
  csrRead(t1, "mepc");
  append(t1);
  csrRead(t2, "mtval");
  append(t2);
  store(s0, ctx, CONTEXT_FIELDS.out);
  load(t2, ctx, CONTEXT_FIELDS.end);
  a.to("finish", "beq", { rs1: t1, rs2: t2 });
  // A jump has led elsewhere: there is no way back into the block.
  a.li(t2, FETCH_ACCESS_FAULT);
  a.to("finish", "beq", { rs1: t0, rs2: t2 });
  a.li(t2, FETCH_PAGE_FAULT);
  a.to("finish", "beq", { rs1: t0, rs2: t2 });
  a.put("lhu", { rd: t0, rs1: t1 });
  a.put("andi", { rd: t0, rs1: t0, imm: 3 });
  a.put("addi", { rd: t0, rs1: t0, imm: -3 });
  a.put("addi", { rd: t1, rs1: t1, imm: 2 });
  a.to("short", "bne", { rs1: t0 });
  a.put("addi", { rd: t1, rs1: t1, imm: 2 });
  a.label("short");
  csrWrite("mepc", t1);
  for (let x = 1; x < 32; x++) load(x, ctx, x);
  a.put("mret");

  a.label("finish");
  a.li(t0, END);
  append(t0);
  for (let x = 1; x < 32; x++) {
    load(t0, ctx, x);
    append(t0);
  }
  csrRead(t1, "mstatus");
  a.li(t0, FS_ON);
  a.put("csrrs", { csr: CSR.mstatus, rs1: t0 });
  for (let f = 0; f < 32; f++) a.put("fsd", { rs2: f, rs1: s0, imm: f * 8 });
  a.put("addi", { rd: s0, rs1: s0, imm: 256 });
  csrRead(t0, "fcsr");
  append(t0);
  append(t1);
  for (const csr of ["sscratch", "sepc", "stval"] as const) {
    csrRead(t0, csr);
    append(t0);
  }
  a.li(s1, TABLES + BigInt(TABLE.leaf * 4096));
  for (let i = 0; i < PTES; i++) {
    load(t0, s1, i);
    append(t0);
  }
  a.li(s1, SCRATCH);
  a.li(s2, TEMPLATE - SCRATCH);
  a.put("addi", { rd: t2 });
  a.label("compare");
  a.put("add", { rd: t0, rs1: s1, rs2: s2 });
  load(t0, t0, 0);
  load(t1, s1, 0);
  a.to("same", "beq", { rs1: t0, rs2: t1 });
  append(t2);
  append(t1);
  a.label("same");
  a.put("addi", { rd: t2, rs1: t2, imm: 1 });
  a.put("addi", { rd: s1, rs1: s1, imm: 8 });
  a.li(t0, SCRATCH + BigInt(SCRATCH_BYTES));
  a.to("compare", "bltu", { rs1: s1, rs2: t0 });
  a.li(t0, END);
  append(t0);
  store(s0, ctx, CONTEXT_FIELDS.out);
  load(t0, ctx, CONTEXT_FIELDS.descriptor);
  a.put("addi", { rd: t0, rs1: t0, imm: DESCRIPTOR.count * 8 });
  store(t0, ctx, CONTEXT_FIELDS.descriptor);
  load(t0, ctx, CONTEXT_FIELDS.index);
  a.put("addi", { rd: t0, rs1: t0, imm: 8 });
  store(t0, ctx, CONTEXT_FIELDS.index);
  a.to("next", "jal");

  a.label("reset");
  a.li(t0, a.origin + 4n);
  csrWrite("mtvec", t0);
  a.li(ctx, CONTEXT);
  csrWrite("mscratch", ctx);
  a.li(t0, (1n << 54n) - 1n);
  csrWrite("pmpaddr0", t0);
  a.li(t0, 0x1fn);
  csrWrite("pmpcfg0", t0);
  for (const csr of ["medeleg", "mcounteren", "scounteren"] as const) csrWrite(csr, 0);
  // Pending for good, and taken by nobody: it only ends waits.
  a.li(t0, SSI);
  csrWrite("mideleg", t0);
  csrWrite("mip", t0);
  a.li(t0, RECORDS);
  store(t0, ctx, CONTEXT_FIELDS.out);
  a.li(t0, DESCRIPTORS);
  store(t0, ctx, CONTEXT_FIELDS.descriptor);
  a.li(t0, INDEX);
  store(t0, ctx, CONTEXT_FIELDS.index);

  a.label("next");
  load(t0, ctx, CONTEXT_FIELDS.index);
  load(s0, ctx, CONTEXT_FIELDS.out);
  a.li(t1, INDEX + BigInt(cases * 8));
  a.to("done", "beq", { rs1: t0, rs2: t1 });
  store(s0, t0, 0);
  a.li(s0, TEMPLATE);
  a.li(s1, SCRATCH);
  a.li(s2, SCRATCH + BigInt(SCRATCH_BYTES));
  a.label("copy");
  for (let i = 0; i < 4; i++) load(28 + i, s0, i);
  for (let i = 0; i < 4; i++) store(28 + i, s1, i);
  a.put("addi", { rd: s0, rs1: s0, imm: 32 });
  a.put("addi", { rd: s1, rs1: s1, imm: 32 });
  a.to("copy", "bltu", { rs1: s1, rs2: s2 });
  a.li(ctx, CONTEXT);
  // Ends a reservation that the last case may have left.
  a.put("addi", { rd: t0, rs1: ctx, imm: CONTEXT_FIELDS.dummy * 8 });
  a.put("sc.d", { rd: 0, rs1: t0, rs2: 0 });
  load(s0, ctx, CONTEXT_FIELDS.descriptor);
  a.li(s1, TABLES + BigInt(TABLE.leaf * 4096));
  for (let i = 0; i < PTES; i++) {
    load(t0, s0, DESCRIPTOR.ptes + i);
    store(t0, s1, i);
  }
  load(t0, s0, DESCRIPTOR.end);
  store(t0, ctx, CONTEXT_FIELDS.end);
  a.li(t0, FS_ON);
  csrWrite("mstatus", t0);
  for (let f = 0; f < 32; f++) a.put("fld", { rd: f, rs1: s0, imm: (DESCRIPTOR.f + f) * 8 });
  for (const csr of ["fcsr", "satp", "menvcfg", "senvcfg", "mie", "sscratch", "sepc", "stval", "mstatus"] as const) {
    load(t0, s0, DESCRIPTOR[csr]);
    csrWrite(csr, t0);
  }
  load(t0, s0, DESCRIPTOR.entry);
  csrWrite("mepc", t0);
  a.put("sfence.vma");
  a.put("addi", { rd: 31, rs1: s0 });
  for (let x = 1; x < 32; x++) load(x, 31, DESCRIPTOR.x + x);
  a.put("mret");

  a.label("done");
  a.li(t0, SIFIVE_TEST);
  a.li(t1, SIFIVE_PASS);
  a.put("sw", { rs2: t1, rs1: t0 });
  a.label("stop");
  a.to("stop", "jal");
  return a.assemble();
}
