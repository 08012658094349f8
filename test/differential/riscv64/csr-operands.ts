/** Which control and status register an instruction accesses, and whether it writes. */

import type { Random } from "../random.ts";
import type { Fields, Row } from "./assembler.ts";

export const FFLAGS = 0x001;

const CSRS = {
  /** fflags, frm, fcsr, sscratch, stval. */
  free: [0x001, 0x002, 0x003, 0x001, 0x002, 0x003, 0x140, 0x143],
  /** Their values follow from the case: sie, stvec, scause, sip, satp, senvcfg, sepc, medeleg, …, mhartid. */
  readable: [
    0x104, 0x105, 0x142, 0x144, 0x180, 0x10a, 0x141, 0x302, 0x303, 0x304, 0x305, 0x306, 0x341, 0x342, 0x343, 0x344,
    0x3a0, 0x3b0, 0xf14,
  ],
  /** sstatus, mstatus. */
  status: [0x100, 0x300],
  /** None of this CPU's, or read-only: every write traps. */
  absent: [0x005, 0x008, 0x015, 0x200, 0x240, 0x5c0, 0x680, 0x7c0, 0x8ff, 0x9c0, 0xbff, 0xcc0, 0xf14, 0xfff],
  /** Not enabled below M-mode. */
  counters: [0xc00, 0xc01, 0xc02, 0xc03, 0xc1f],
};

/** The field csr, and the source's field where the access must or must not write. */
export function csrOperands(
  random: Random,
  row: Row,
  around: { readonly mode: string; readonly floatStatusFixed: boolean },
): Fields {
  const source = row.encoding.fields.has("uimm") ? "uimm" : "rs1";
  if (random.chance(0.1)) return { csr: random.pick(CSRS.absent), [source]: random.between(1, 31) };
  if (row.name.startsWith("csrrw") || random.chance(0.6)) return { csr: random.pick(CSRS.free) };
  const counters = around.mode !== "M" && random.chance(0.2);
  const status = around.floatStatusFixed && random.chance(0.2);
  return { csr: random.pick(counters ? CSRS.counters : status ? CSRS.status : CSRS.readable), [source]: 0 };
}
