/** Floating-point instructions: F, D, and the conversions and moves of Zfhmin. */

import { type InsnRow, insnSection, type ShortRow } from "../instruction-table.ts";

/** Rounding modes 5 and 6 are reserved; 7 stands for the mode in frm. */
const WITH_RM = { where: "rm!=5,6" } as const;

/** Arithmetic of one precision: `fmt` is its two encoding bits, `s` its suffix. */
function arithmetic(fmt: string, s: string): ShortRow[] {
  // Conversions from 32-bit integers to double are exact: the rounding mode, RNE by default, is seldom written.
  const rm = s === "d" ? "rm?" : "rm";
  return [
    [
      `fmadd.${s}`,
      `rs3 ${fmt} rs2 rs1 rm rd 1000011`,
      "fd, fs1, fs2, fs3, rm",
      "fd = fs1 * fs2 + fs3, rounded once",
      WITH_RM,
    ],
    [
      `fmsub.${s}`,
      `rs3 ${fmt} rs2 rs1 rm rd 1000111`,
      "fd, fs1, fs2, fs3, rm",
      "fd = fs1 * fs2 - fs3, rounded once",
      WITH_RM,
    ],
    [
      `fnmsub.${s}`,
      `rs3 ${fmt} rs2 rs1 rm rd 1001011`,
      "fd, fs1, fs2, fs3, rm",
      "fd = -(fs1 * fs2) + fs3, rounded once",
      WITH_RM,
    ],
    [
      `fnmadd.${s}`,
      `rs3 ${fmt} rs2 rs1 rm rd 1001111`,
      "fd, fs1, fs2, fs3, rm",
      "fd = -(fs1 * fs2) - fs3, rounded once",
      WITH_RM,
    ],
    [`fadd.${s}`, `00000${fmt} rs2 rs1 rm rd 1010011`, "fd, fs1, fs2, rm", "fd = fs1 + fs2", WITH_RM],
    [`fsub.${s}`, `00001${fmt} rs2 rs1 rm rd 1010011`, "fd, fs1, fs2, rm", "fd = fs1 - fs2", WITH_RM],
    [`fmul.${s}`, `00010${fmt} rs2 rs1 rm rd 1010011`, "fd, fs1, fs2, rm", "fd = fs1 * fs2", WITH_RM],
    [`fdiv.${s}`, `00011${fmt} rs2 rs1 rm rd 1010011`, "fd, fs1, fs2, rm", "fd = fs1 / fs2", WITH_RM],
    [`fsqrt.${s}`, `01011${fmt} 00000 rs1 rm rd 1010011`, "fd, fs1, rm", "fd = square root of fs1", WITH_RM],
    [`fsgnj.${s}`, `00100${fmt} rs2 rs1 000 rd 1010011`, "fd, fs1, fs2", "fd = fs1 with the sign of fs2"],
    [
      `fsgnjn.${s}`,
      `00100${fmt} rs2 rs1 001 rd 1010011`,
      "fd, fs1, fs2",
      "fd = fs1 with the opposite of the sign of fs2",
    ],
    [`fsgnjx.${s}`, `00100${fmt} rs2 rs1 010 rd 1010011`, "fd, fs1, fs2", "fd = fs1 with its sign xor that of fs2"],
    [`fmin.${s}`, `00101${fmt} rs2 rs1 000 rd 1010011`, "fd, fs1, fs2", "fd = minimumNumber(fs1, fs2)"],
    [`fmax.${s}`, `00101${fmt} rs2 rs1 001 rd 1010011`, "fd, fs1, fs2", "fd = maximumNumber(fs1, fs2)"],
    [`feq.${s}`, `10100${fmt} rs2 rs1 010 rd 1010011`, "rd, fs1, fs2", "rd = fs1 = fs2, quiet"],
    [`flt.${s}`, `10100${fmt} rs2 rs1 001 rd 1010011`, "rd, fs1, fs2", "rd = fs1 < fs2, signaling"],
    [`fle.${s}`, `10100${fmt} rs2 rs1 000 rd 1010011`, "rd, fs1, fs2", "rd = fs1 <= fs2, signaling"],
    [
      `fclass.${s}`,
      `11100${fmt} 00000 rs1 001 rd 1010011`,
      "rd, fs1",
      "rd = one-hot class of fs1, bit 0 for -infinity to bit 9 for quiet NaN",
    ],
    [
      `fcvt.w.${s}`,
      `11000${fmt} 00000 rs1 rm rd 1010011`,
      "rd, fs1, rm",
      "rd = fs1 as a signed 32-bit integer",
      WITH_RM,
    ],
    [
      `fcvt.wu.${s}`,
      `11000${fmt} 00001 rs1 rm rd 1010011`,
      "rd, fs1, rm",
      "rd = fs1 as an unsigned 32-bit integer, sign-extended",
      WITH_RM,
    ],
    [
      `fcvt.l.${s}`,
      `11000${fmt} 00010 rs1 rm rd 1010011`,
      "rd, fs1, rm",
      "rd = fs1 as a signed 64-bit integer",
      WITH_RM,
    ],
    [
      `fcvt.lu.${s}`,
      `11000${fmt} 00011 rs1 rm rd 1010011`,
      "rd, fs1, rm",
      "rd = fs1 as an unsigned 64-bit integer",
      WITH_RM,
    ],
    [`fcvt.${s}.w`, `11010${fmt} 00000 rs1 rm rd 1010011`, `fd, rs1, ${rm}`, "fd = rs1[31:0], signed", WITH_RM],
    [`fcvt.${s}.wu`, `11010${fmt} 00001 rs1 rm rd 1010011`, `fd, rs1, ${rm}`, "fd = rs1[31:0], unsigned", WITH_RM],
    [`fcvt.${s}.l`, `11010${fmt} 00010 rs1 rm rd 1010011`, "fd, rs1, rm", "fd = rs1, signed", WITH_RM],
    [`fcvt.${s}.lu`, `11010${fmt} 00011 rs1 rm rd 1010011`, "fd, rs1, rm", "fd = rs1, unsigned", WITH_RM],
  ];
}

export const FLOAT_INSTRUCTIONS: readonly InsnRow[] = [
  ...insnSection("F", "vol. I, F, Load and Store Instructions", "load", [
    ["flw", "imm[11:0] rs1 010 rd 0000111", "fd, imm(rs1)", "fd = 32 bits at rs1 + imm, NaN-boxed"],
  ]),
  ...insnSection("F", "vol. I, F, Load and Store Instructions", "store", [
    ["fsw", "imm[11:5] rs2 rs1 010 imm[4:0] 0100111", "fs2, imm(rs1)", "32 bits at rs1 + imm = fs2[31:0]"],
  ]),
  ...insnSection("F", "vol. I, F, single-precision", "fp", [
    ...arithmetic("00", "s"),
    ["fmv.x.w", "1110000 00000 rs1 000 rd 1010011", "rd, fs1", "rd = fs1[31:0], sign-extended"],
    ["fmv.w.x", "1111000 00000 rs1 000 rd 1010011", "fd, rs1", "fd = rs1[31:0], NaN-boxed"],
  ]),
  ...insnSection("D", "vol. I, D, Load and Store Instructions", "load", [
    ["fld", "imm[11:0] rs1 011 rd 0000111", "fd, imm(rs1)", "fd = 64 bits at rs1 + imm"],
  ]),
  ...insnSection("D", "vol. I, D, Load and Store Instructions", "store", [
    ["fsd", "imm[11:5] rs2 rs1 011 imm[4:0] 0100111", "fs2, imm(rs1)", "64 bits at rs1 + imm = fs2"],
  ]),
  ...insnSection("D", "vol. I, D, double-precision", "fp", [
    ...arithmetic("01", "d"),
    ["fcvt.s.d", "0100000 00001 rs1 rm rd 1010011", "fd, fs1, rm", "fd = double fs1 as a single", WITH_RM],
    ["fcvt.d.s", "0100001 00000 rs1 rm rd 1010011", "fd, fs1, rm?", "fd = single fs1 as a double, exact", WITH_RM],
    ["fmv.x.d", "1110001 00000 rs1 000 rd 1010011", "rd, fs1", "rd = fs1, bit by bit"],
    ["fmv.d.x", "1111001 00000 rs1 000 rd 1010011", "fd, rs1", "fd = rs1, bit by bit"],
  ]),
  ...insnSection("Zfhmin", "vol. I, Zfhmin", "load", [
    ["flh", "imm[11:0] rs1 001 rd 0000111", "fd, imm(rs1)", "fd = 16 bits at rs1 + imm, NaN-boxed"],
  ]),
  ...insnSection("Zfhmin", "vol. I, Zfhmin", "store", [
    ["fsh", "imm[11:5] rs2 rs1 001 imm[4:0] 0100111", "fs2, imm(rs1)", "16 bits at rs1 + imm = fs2[15:0]"],
  ]),
  ...insnSection("Zfhmin", "vol. I, Zfhmin", "fp", [
    ["fcvt.s.h", "0100000 00010 rs1 rm rd 1010011", "fd, fs1, rm?", "fd = half fs1 as a single, exact", WITH_RM],
    ["fcvt.h.s", "0100010 00000 rs1 rm rd 1010011", "fd, fs1, rm", "fd = single fs1 as a half", WITH_RM],
    ["fcvt.d.h", "0100001 00010 rs1 rm rd 1010011", "fd, fs1, rm?", "fd = half fs1 as a double, exact", WITH_RM],
    ["fcvt.h.d", "0100010 00001 rs1 rm rd 1010011", "fd, fs1, rm", "fd = double fs1 as a half", WITH_RM],
    ["fmv.x.h", "1110010 00000 rs1 000 rd 1010011", "rd, fs1", "rd = fs1[15:0], sign-extended"],
    ["fmv.h.x", "1111010 00000 rs1 000 rd 1010011", "fd, rs1", "fd = rs1[15:0], NaN-boxed"],
  ]),
];
