/** System instructions: fences, control and status registers, environment calls, returns from traps, waits, address translation. */

import { type InsnRow, insnSection } from "../instruction-table.ts";

export const SYSTEM_INSTRUCTIONS: readonly InsnRow[] = [
  ...insnSection("I", "vol. I, RV32I, Memory Ordering Instructions", "system", [
    [
      "fence",
      "fm pred succ rs1 000 rd 0001111",
      "pred, succ",
      "order earlier accesses of the kinds in pred before later ones of those in succ; fm, rs1 and rd are ignored",
      { canonical: "fm=0 rs1=0 rd=0" },
    ],
    [
      "fence.tso",
      "1000 0011 0011 00000 000 00000 0001111",
      "",
      "order all but earlier stores before later loads",
      { expand: "fence fm=8 pred=3 succ=3 rs1=0 rd=0" },
    ],
  ]),
  ...insnSection("Zihintpause", "vol. I, Zihintpause", "alu", [
    ["pause", "0000 0001 0000 00000 000 00000 0001111", "", "hint: this is a spin-wait loop"],
  ]),
  ...insnSection("Zifencei", "vol. I, Zifencei", "system", [
    [
      "fence.i",
      "imm[11:0] rs1 001 rd 0001111",
      "",
      "make this hart's earlier stores visible to its later fetches; imm, rs1 and rd are ignored",
      { canonical: "imm=0 rs1=0 rd=0" },
    ],
  ]),
  ...insnSection("I", "vol. I, RV32I, Environment Call and Breakpoints", "system", [
    ["ecall", "000000000000 00000 000 00000 1110011", "", "environment-call exception of the current privilege"],
    ["ebreak", "000000000001 00000 000 00000 1110011", "", "breakpoint exception"],
  ]),
  ...insnSection("Zicsr", "vol. I, Zicsr", "system", [
    ["csrrw", "csr rs1 001 rd 1110011", "rd, csr, rs1", "rd = csr; csr = rs1; not read if rd is x0"],
    ["csrrs", "csr rs1 010 rd 1110011", "rd, csr, rs1", "rd = csr; csr = csr | rs1; not written if rs1 is x0"],
    ["csrrc", "csr rs1 011 rd 1110011", "rd, csr, rs1", "rd = csr; csr = csr & ~rs1; not written if rs1 is x0"],
    ["csrrwi", "csr uimm 101 rd 1110011", "rd, csr, uimm", "rd = csr; csr = uimm; not read if rd is x0"],
    ["csrrsi", "csr uimm 110 rd 1110011", "rd, csr, uimm", "rd = csr; csr = csr | uimm; not written if uimm is 0"],
    ["csrrci", "csr uimm 111 rd 1110011", "rd, csr, uimm", "rd = csr; csr = csr & ~uimm; not written if uimm is 0"],
  ]),
  ...insnSection("S", "vol. II, Supervisor-Level ISA", "system", [
    ["sret", "0001000 00010 00000 000 00000 1110011", "", "return from a trap into S-mode: pc = sepc"],
    [
      "sfence.vma",
      "0001001 rs2 rs1 000 00000 1110011",
      "rs1, rs2",
      "order page-table stores before translations of address rs1, ASID rs2",
    ],
  ]),
  ...insnSection("M-mode", "vol. II, Machine-Level ISA, Machine-Mode Privileged Instructions", "system", [
    ["mret", "0011000 00010 00000 000 00000 1110011", "", "return from a trap into M-mode: pc = mepc"],
    ["wfi", "0001000 00101 00000 000 00000 1110011", "", "wait until an interrupt is pending and enabled"],
  ]),
  ...insnSection("Svinval", "vol. II, Svinval", "system", [
    ["sinval.vma", "0001011 rs2 rs1 000 00000 1110011", "rs1, rs2", "invalidate translations of address rs1, ASID rs2"],
    ["sfence.w.inval", "0001100 00000 00000 000 00000 1110011", "", "order earlier stores before later sinval.vma"],
    [
      "sfence.inval.ir",
      "0001100 00001 00000 000 00000 1110011",
      "",
      "order earlier sinval.vma before later translations",
    ],
  ]),
  ...insnSection("Zawrs", "vol. I, Zawrs", "system", [
    [
      "wrs.nto",
      "000000001101 00000 000 00000 1110011",
      "",
      "wait until the reservation is lost or an interrupt is pending",
    ],
    ["wrs.sto", "000000011101 00000 000 00000 1110011", "", "as wrs.nto, for a short time only"],
  ]),
];
