/** Memory instructions: loads and stores of integers, A, and the operations on cache blocks. */

import { type InsnRow, insnSection } from "../instruction-table.ts";

export const MEMORY_INSTRUCTIONS: readonly InsnRow[] = [
  ...insnSection("I", "vol. I, RV32I and RV64I, Load and Store Instructions", "load", [
    ["lb", "imm[11:0] rs1 000 rd 0000011", "rd, imm(rs1)", "rd = sext(8 bits at rs1 + imm)"],
    ["lh", "imm[11:0] rs1 001 rd 0000011", "rd, imm(rs1)", "rd = sext(16 bits at rs1 + imm)"],
    ["lw", "imm[11:0] rs1 010 rd 0000011", "rd, imm(rs1)", "rd = sext(32 bits at rs1 + imm)"],
    ["ld", "imm[11:0] rs1 011 rd 0000011", "rd, imm(rs1)", "rd = 64 bits at rs1 + imm"],
    ["lbu", "imm[11:0] rs1 100 rd 0000011", "rd, imm(rs1)", "rd = zext(8 bits at rs1 + imm)"],
    ["lhu", "imm[11:0] rs1 101 rd 0000011", "rd, imm(rs1)", "rd = zext(16 bits at rs1 + imm)"],
    ["lwu", "imm[11:0] rs1 110 rd 0000011", "rd, imm(rs1)", "rd = zext(32 bits at rs1 + imm)"],
  ]),
  ...insnSection("I", "vol. I, RV32I and RV64I, Load and Store Instructions", "store", [
    ["sb", "imm[11:5] rs2 rs1 000 imm[4:0] 0100011", "rs2, imm(rs1)", "8 bits at rs1 + imm = rs2[7:0]"],
    ["sh", "imm[11:5] rs2 rs1 001 imm[4:0] 0100011", "rs2, imm(rs1)", "16 bits at rs1 + imm = rs2[15:0]"],
    ["sw", "imm[11:5] rs2 rs1 010 imm[4:0] 0100011", "rs2, imm(rs1)", "32 bits at rs1 + imm = rs2[31:0]"],
    ["sd", "imm[11:5] rs2 rs1 011 imm[4:0] 0100011", "rs2, imm(rs1)", "64 bits at rs1 + imm = rs2"],
  ]),
  ...insnSection("A", "vol. I, A, Load-Reserved/Store-Conditional", "amo", [
    ["lr.w", "00010 aq rl 00000 rs1 010 rd 0101111", "rd, (rs1)", "rd = sext(32 bits at rs1), and reserve them"],
    [
      "sc.w",
      "00011 aq rl rs2 rs1 010 rd 0101111",
      "rd, rs2, (rs1)",
      "32 bits at rs1 = rs2 if still reserved; rd = 0 if so, else 1",
    ],
    ["lr.d", "00010 aq rl 00000 rs1 011 rd 0101111", "rd, (rs1)", "rd = 64 bits at rs1, and reserve them"],
    [
      "sc.d",
      "00011 aq rl rs2 rs1 011 rd 0101111",
      "rd, rs2, (rs1)",
      "64 bits at rs1 = rs2 if still reserved; rd = 0 if so, else 1",
    ],
  ]),
  ...insnSection("A", "vol. I, A, Atomic Memory Operations", "amo", [
    ["amoswap.w", "00001 aq rl rs2 rs1 010 rd 0101111", "rd, rs2, (rs1)", "rd = sext(old 32 bits at rs1); new = rs2"],
    [
      "amoadd.w",
      "00000 aq rl rs2 rs1 010 rd 0101111",
      "rd, rs2, (rs1)",
      "rd = sext(old 32 bits at rs1); new = old + rs2",
    ],
    [
      "amoxor.w",
      "00100 aq rl rs2 rs1 010 rd 0101111",
      "rd, rs2, (rs1)",
      "rd = sext(old 32 bits at rs1); new = old ^ rs2",
    ],
    [
      "amoand.w",
      "01100 aq rl rs2 rs1 010 rd 0101111",
      "rd, rs2, (rs1)",
      "rd = sext(old 32 bits at rs1); new = old & rs2",
    ],
    [
      "amoor.w",
      "01000 aq rl rs2 rs1 010 rd 0101111",
      "rd, rs2, (rs1)",
      "rd = sext(old 32 bits at rs1); new = old | rs2",
    ],
    [
      "amomin.w",
      "10000 aq rl rs2 rs1 010 rd 0101111",
      "rd, rs2, (rs1)",
      "rd = sext(old 32 bits at rs1); new = signed minimum",
    ],
    [
      "amomax.w",
      "10100 aq rl rs2 rs1 010 rd 0101111",
      "rd, rs2, (rs1)",
      "rd = sext(old 32 bits at rs1); new = signed maximum",
    ],
    [
      "amominu.w",
      "11000 aq rl rs2 rs1 010 rd 0101111",
      "rd, rs2, (rs1)",
      "rd = sext(old 32 bits at rs1); new = unsigned minimum",
    ],
    [
      "amomaxu.w",
      "11100 aq rl rs2 rs1 010 rd 0101111",
      "rd, rs2, (rs1)",
      "rd = sext(old 32 bits at rs1); new = unsigned maximum",
    ],
    ["amoswap.d", "00001 aq rl rs2 rs1 011 rd 0101111", "rd, rs2, (rs1)", "rd = old 64 bits at rs1; new = rs2"],
    ["amoadd.d", "00000 aq rl rs2 rs1 011 rd 0101111", "rd, rs2, (rs1)", "rd = old 64 bits at rs1; new = old + rs2"],
    ["amoxor.d", "00100 aq rl rs2 rs1 011 rd 0101111", "rd, rs2, (rs1)", "rd = old 64 bits at rs1; new = old ^ rs2"],
    ["amoand.d", "01100 aq rl rs2 rs1 011 rd 0101111", "rd, rs2, (rs1)", "rd = old 64 bits at rs1; new = old & rs2"],
    ["amoor.d", "01000 aq rl rs2 rs1 011 rd 0101111", "rd, rs2, (rs1)", "rd = old 64 bits at rs1; new = old | rs2"],
    [
      "amomin.d",
      "10000 aq rl rs2 rs1 011 rd 0101111",
      "rd, rs2, (rs1)",
      "rd = old 64 bits at rs1; new = signed minimum",
    ],
    [
      "amomax.d",
      "10100 aq rl rs2 rs1 011 rd 0101111",
      "rd, rs2, (rs1)",
      "rd = old 64 bits at rs1; new = signed maximum",
    ],
    [
      "amominu.d",
      "11000 aq rl rs2 rs1 011 rd 0101111",
      "rd, rs2, (rs1)",
      "rd = old 64 bits at rs1; new = unsigned minimum",
    ],
    [
      "amomaxu.d",
      "11100 aq rl rs2 rs1 011 rd 0101111",
      "rd, rs2, (rs1)",
      "rd = old 64 bits at rs1; new = unsigned maximum",
    ],
  ]),
  ...insnSection("Zicbom", "vol. I, CMO, Cache-Block Management Instructions", "system", [
    ["cbo.inval", "000000000000 rs1 010 00000 0001111", "(rs1)", "invalidate the cache block at rs1"],
    ["cbo.clean", "000000000001 rs1 010 00000 0001111", "(rs1)", "write back the cache block at rs1"],
    ["cbo.flush", "000000000010 rs1 010 00000 0001111", "(rs1)", "write back and invalidate the cache block at rs1"],
  ]),
  ...insnSection("Zicboz", "vol. I, CMO, Cache-Block Zero Instructions", "store", [
    [
      "cbo.zero",
      "000000000100 rs1 010 00000 0001111",
      "(rs1)",
      "store zeros to the whole 64-byte block that holds rs1",
    ],
  ]),
  ...insnSection("Zicbop", "vol. I, CMO, Cache-Block Prefetch Instructions", "alu", [
    [
      "prefetch.i",
      "imm[11:5] 00000 rs1 110 00000 0010011",
      "imm(rs1)",
      "hint: the block at rs1 + imm will be fetched from",
    ],
    ["prefetch.r", "imm[11:5] 00001 rs1 110 00000 0010011", "imm(rs1)", "hint: the block at rs1 + imm will be read"],
    ["prefetch.w", "imm[11:5] 00011 rs1 110 00000 0010011", "imm(rs1)", "hint: the block at rs1 + imm will be written"],
  ]),
];
