/** The fixed part of a whole program: what runs first, and the trap handlers of M-mode and S-mode, which always go on. */
import type { Assembler } from "../../differential/riscv64/assembler.ts";
import { CODE, CONTEXT, CONTEXT_FIELDS, DATA, REG, SERVICE, SLOTS, STACK_END, slotImm } from "./layout.ts";

export const CSR = {
  fcsr: 0x003,
  frm: 0x002,
  sstatus: 0x100,
  stvec: 0x105,
  scounteren: 0x106,
  senvcfg: 0x10a,
  sepc: 0x141,
  scause: 0x142,
  sip: 0x144,
  stimecmp: 0x14d,
  satp: 0x180,
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
  pmpaddr1: 0x3b1,
} as const;

export const DEVICE = {
  clint: 0x0200_0000n,
  mtimecmp: 0x0200_4000n,
  /** Eight bytes behind mtime. */
  mtimeEnd: 0x0200_c000n,
  plic: 0x0c00_0000n,
  plicEnable: 0x0c00_2000n,
  plicClaim: 0x0c20_0004n,
  uart: 0x1000_0000n,
} as const;
export const UART_IRQ = 10;

/** How the machine is set up before the program's own code begins. */
export interface Setup {
  readonly csrs: Readonly<Partial<Record<keyof typeof CSR, bigint>>>;
  /** Does the serial port interrupt, by the PLIC? */
  readonly uartInterrupts: boolean;
  /** Ticks of mtime until the first timer interrupt. */
  readonly firstTimer: bigint;
  /** Does a change of the mode fence the address space? */
  readonly fences: boolean;
}

const [t0, t1, t2, ctx] = [5, 6, 7, 31];

export function monitorCode(a: Assembler, setup: Setup): void {
  start(a, setup);
  machineTraps(a, setup.fences);
  supervisorTraps(a);
}

function start(a: Assembler, { csrs, uartInterrupts, firstTimer }: Setup): void {
  const csrWrite = (csr: keyof typeof CSR, rs1: number) => a.put("csrrw", { csr: CSR[csr], rs1 });
  a.la(t0, "machine trap");
  csrWrite("mtvec", t0);
  a.la(t0, "supervisor trap");
  csrWrite("stvec", t0);
  a.li(ctx, CONTEXT);
  csrWrite("mscratch", ctx);
  for (const [csr, value] of Object.entries(csrs) as [keyof typeof CSR, bigint][]) {
    a.li(t0, value);
    csrWrite(csr, t0);
  }
  if (uartInterrupts) {
    a.li(t0, DEVICE.plic);
    a.put("addi", { rd: t1, imm: 1 });
    a.put("sw", { rs1: t0, rs2: t1, imm: UART_IRQ * 4 });
    a.li(t0, DEVICE.plicEnable);
    a.li(t1, 1n << BigInt(UART_IRQ));
    a.put("sw", { rs1: t0, rs2: t1 });
    a.li(t0, DEVICE.uart);
    a.put("addi", { rd: t1, imm: 1 });
    a.put("sb", { rs1: t0, rs2: t1, imm: 1 });
  }
  a.li(t0, DEVICE.mtimeEnd);
  a.put("ld", { rd: t1, rs1: t0, imm: -8 });
  a.li(t2, firstTimer);
  a.put("add", { rd: t1, rs1: t1, rs2: t2 });
  a.li(t0, DEVICE.mtimecmp);
  a.put("sd", { rs1: t0, rs2: t1 });
  a.li(t0, CODE);
  csrWrite("mepc", t0);
  a.li(REG.data, DATA + 2048n);
  for (let f = 0; f < 32; f++) a.put("fld", { rd: f, rs1: REG.data, imm: slotImm(SLOTS.f + f) });
  for (let x = 1; x < 32; x++) {
    if (x !== REG.data) a.put("ld", { rd: x, rs1: REG.data, imm: slotImm(SLOTS.x + x) });
  }
  a.li(REG.stack, STACK_END);
  a.put("mret");
}

/** Keeps a sum over all traps, then does what each asks for; what faults is skipped, a fetch that faults goes to REG.recovery. */
function machineTraps(a: Assembler, fences: boolean): void {
  const load = (rd: number, index: number) => a.put("ld", { rd, rs1: ctx, imm: index * 8 });
  const store = (rs2: number, index: number) => a.put("sd", { rs2, rs1: ctx, imm: index * 8 });
  const csrRead = (rd: number, csr: keyof typeof CSR) => a.put("csrrs", { rd, csr: CSR[csr] });
  const csrWrite = (csr: keyof typeof CSR, rs1: number) => a.put("csrrw", { csr: CSR[csr], rs1 });
  const count = (index: number) => {
    load(t1, index);
    a.put("addi", { rd: t1, rs1: t1, imm: 1 });
    store(t1, index);
  };
  // mtvec is aligned.
  while (a.here % 4n !== 0n) a.put("c.nop");
  a.label("machine trap");
  a.put("csrrw", { rd: ctx, csr: CSR.mscratch, rs1: ctx });
  store(t0, CONTEXT_FIELDS.x5);
  store(t1, CONTEXT_FIELDS.x6);
  store(t2, CONTEXT_FIELDS.x7);
  csrRead(t0, "mcause");
  load(t1, CONTEXT_FIELDS.log);
  a.put("slli", { rd: t2, rs1: t1, shamt: 5 });
  a.put("sub", { rd: t1, rs1: t2, rs2: t1 });
  a.put("add", { rd: t1, rs1: t1, rs2: t0 });
  csrRead(t2, "mepc");
  a.put("xor", { rd: t1, rs1: t1, rs2: t2 });
  csrRead(t2, "mtval");
  a.put("add", { rd: t1, rs1: t1, rs2: t2 });
  store(t1, CONTEXT_FIELDS.log);
  a.to("interrupt", "blt", { rs1: t0 });
  count(CONTEXT_FIELDS.traps);
  for (const cause of [1, 12]) {
    a.put("addi", { rd: t1, imm: cause });
    a.to("recover", "beq", { rs1: t0, rs2: t1 });
  }
  // ecall from U, S, M are 8, 9, 11.
  a.put("srli", { rd: t1, rs1: t0, shamt: 2 });
  a.put("addi", { rd: t2, imm: 2 });
  a.to("skip", "bne", { rs1: t1, rs2: t2 });
  a.put("srli", { rd: t1, rs1: 17, shamt: 3 });
  a.put("addi", { rd: t2, imm: SERVICE >> 3 });
  a.to("skip", "bne", { rs1: t1, rs2: t2 });
  a.put("andi", { rd: t1, rs1: 17, imm: 4 });
  a.to("float", "bne", { rs1: t1 });
  a.put("andi", { rd: t2, rs1: 17, imm: 3 });
  a.put("slli", { rd: t0, rs1: t2, shamt: 3 });
  a.put("add", { rd: t0, rs1: t0, rs2: ctx });
  a.put("ld", { rd: t0, rs1: t0, imm: CONTEXT_FIELDS.satp * 8 });
  csrWrite("satp", t0);
  if (fences) a.put("sfence.vma");
  a.li(t1, 3n << 11n);
  a.put("csrrc", { csr: CSR.mstatus, rs1: t1 });
  a.put("slli", { rd: t2, rs1: t2, shamt: 11 });
  a.put("csrrs", { csr: CSR.mstatus, rs1: t2 });
  a.to("skip", "jal");
  a.label("float");
  csrRead(t0, "mstatus");
  a.li(t1, 3n << 13n);
  a.put("and", { rd: t2, rs1: t0, rs2: t1 });
  a.put("csrrs", { csr: CSR.mstatus, rs1: t1 });
  a.to("skip", "beq", { rs1: t2 });
  a.put("csrrc", { csr: CSR.mstatus, rs1: t1 });

  a.label("skip");
  csrRead(t0, "mepc");
  a.put("srli", { rd: t1, rs1: t0, shamt: 18 });
  a.li(t2, 0x8000_0000n >> 18n);
  a.to("recover", "bne", { rs1: t1, rs2: t2 });
  a.put("lhu", { rd: t1, rs1: t0 });
  a.put("andi", { rd: t1, rs1: t1, imm: 3 });
  a.put("addi", { rd: t1, rs1: t1, imm: -3 });
  a.put("addi", { rd: t0, rs1: t0, imm: 2 });
  a.to("short", "bne", { rs1: t1 });
  a.put("addi", { rd: t0, rs1: t0, imm: 2 });
  a.label("short");
  csrWrite("mepc", t0);
  a.to("return", "jal");
  a.label("recover");
  csrWrite("mepc", REG.recovery);
  a.label("return");
  load(t0, CONTEXT_FIELDS.x5);
  load(t1, CONTEXT_FIELDS.x6);
  load(t2, CONTEXT_FIELDS.x7);
  a.put("csrrw", { rd: ctx, csr: CSR.mscratch, rs1: ctx });
  a.put("mret");

  a.label("interrupt");
  count(CONTEXT_FIELDS.interrupts);
  a.put("andi", { rd: t0, rs1: t0, imm: 63 });
  for (const cause of [3, 11, 5, 9, 1]) {
    a.put("addi", { rd: t1, imm: cause });
    a.to(`interrupt ${cause}`, "beq", { rs1: t0, rs2: t1 });
  }
  // The timer of M-mode.
  a.li(t0, DEVICE.mtimeEnd);
  a.put("ld", { rd: t1, rs1: t0, imm: -8 });
  load(t2, CONTEXT_FIELDS.period);
  a.put("add", { rd: t1, rs1: t1, rs2: t2 });
  a.li(t0, DEVICE.mtimecmp);
  a.put("sd", { rs1: t0, rs2: t1 });
  a.to("return", "jal");
  a.label("interrupt 3");
  a.li(t0, DEVICE.clint);
  a.put("sw", { rs1: t0 });
  a.to("return", "jal");
  a.label("interrupt 11");
  a.li(t0, DEVICE.plicClaim);
  a.put("lwu", { rd: t1, rs1: t0 });
  a.li(t2, DEVICE.uart);
  a.put("lbu", { rd: t2, rs1: t2 });
  a.put("sw", { rs1: t0, rs2: t1 });
  load(t1, CONTEXT_FIELDS.log);
  a.put("add", { rd: t1, rs1: t1, rs2: t2 });
  store(t1, CONTEXT_FIELDS.log);
  a.to("return", "jal");
  a.label("interrupt 5");
  a.put("addi", { rd: t0, imm: -1 });
  csrWrite("stimecmp", t0);
  a.to("return", "jal");
  for (const cause of [9, 1]) {
    a.label(`interrupt ${cause}`);
    a.li(t0, 1n << BigInt(cause));
    a.put("csrrc", { csr: CSR.mip, rs1: t0 });
    a.to("return", "jal");
  }
}

/** Without memory, for the code's page may not be readable: an exception goes on at REG.recovery. */
function supervisorTraps(a: Assembler): void {
  while (a.here % 4n !== 0n) a.put("c.nop");
  a.label("supervisor trap");
  a.put("csrrs", { rd: REG.trap, csr: CSR.scause });
  a.to("supervisor interrupt", "blt", { rs1: REG.trap });
  a.put("csrrw", { csr: CSR.sepc, rs1: REG.recovery });
  a.put("sret");
  a.label("supervisor interrupt");
  a.put("addi", { rd: REG.trap, imm: -1 });
  a.put("csrrw", { csr: CSR.stimecmp, rs1: REG.trap });
  a.put("csrrci", { csr: CSR.sip, uimm: 2 });
  a.put("sret");
}
