/** What a debugger must know of this target. */
import type { AccessKind } from "../../debug/page-tables.ts";
import { codeFlow } from "../../debug/riscv64/code-flow.ts";
import { interruptsOf } from "../../debug/riscv64/interrupts.ts";
import { mappedRanges, tableOf, type TranslationState, walkPages } from "../../debug/riscv64/page-walk.ts";
import { protectionOf } from "../../debug/riscv64/protection.ts";
import { CSRS } from "../../spec/riscv64/csrs.ts";
import { REGISTER_TABLES } from "../../spec/riscv64/register-tables.ts";
import type { DebugTarget, RegisterReader } from "../debug/debug-target.ts";

const M_MODE = 3;
const MPRV = 1n << 17n;
const MPP_SHIFT = 11n;
const MODE_SHIFT = 60n;
/** The ASID only tells the TLB's entries apart; Linux gives a process another one whenever it runs out of them. */
const ASID = 0xffffn << 44n;
const U_MODE = 0;
const S_MODE = 1;
/** What addressSpace() answers where addresses are physical. */
const PHYSICAL = 0n;
const PMP_ENTRIES = 16;
const STCE = 1n << 63n;
const STI = 5n;
/** Lines from devices, and the bits of mip that they drive. */
const LINES = [
  ["msip", 3n],
  ["mtip", 7n],
  ["meip", 11n],
  ["seip", 9n],
] as const;

/** Register whose storage a name stands for. */
function ownerOf(name: string): string {
  const row = REGISTER_TABLES.registers.find((register) => register.name === name || register.aliases?.includes(name));
  return row?.name ?? REGISTER_TABLES.views?.find((view) => view.name === name)?.of ?? name;
}

function isTranslated(privilege: number, satp: bigint): boolean {
  return privilege !== M_MODE && satp >> MODE_SHIFT !== 0n;
}

/** Privilege of loads and stores: under MPRV, M-mode's are those of MPP. */
function privilegeOf(registers: RegisterReader, access: AccessKind): number {
  const mstatus = registers.read("mstatus");
  if (access !== "fetch" && mstatus & MPRV) return Number((mstatus >> MPP_SHIFT) & 3n);
  return Number(registers.read("priv"));
}

function stateFor(registers: RegisterReader, access: AccessKind, space: bigint | undefined): TranslationState {
  const mstatus = registers.read("mstatus");
  const menvcfg = registers.read("menvcfg");
  const privilege = privilegeOf(registers, access);
  if (space === undefined) return { satp: registers.read("satp"), mstatus, menvcfg, privilege };
  return { satp: space, mstatus, menvcfg, privilege: space === PHYSICAL ? M_MODE : U_MODE };
}

function protectionState(registers: RegisterReader, privilege: number) {
  const entries = Array.from({ length: PMP_ENTRIES }, (_, index) => ({
    config: Number((registers.read(index < 8 ? "pmpcfg0" : "pmpcfg2") >> BigInt(8 * (index % 8))) & 0xffn),
    address: registers.read(`pmpaddr${index}`),
  }));
  return { privilege, entries };
}

export const debugTarget: DebugTarget = {
  longestInstruction: 4,
  stackPointer: "sp",
  privileges: 3,

  addressSpace(registers, of = "present") {
    const satp = registers.read("satp");
    if (of === "present" && !isTranslated(Number(registers.read("priv")), satp)) return PHYSICAL;
    if (satp >> MODE_SHIFT === 0n) return PHYSICAL;
    return typeof of === "bigint" ? ((satp >> MODE_SHIFT) << MODE_SHIFT) | (of >> 12n) : satp & ~ASID;
  },

  controlNumbers(name) {
    const owner = ownerOf(name);
    return CSRS.filter((row) => ownerOf(row.name) === owner).map(({ number }) => number);
  },

  controlName(number) {
    return CSRS.find((row) => row.number === number)?.name ?? `0x${number.toString(16)}`;
  },

  flowOf: codeFlow,

  translate(registers, va, access, read, space) {
    const entries = protectionState(registers, S_MODE);
    const walkAs = (state: TranslationState) =>
      walkPages(state, va, access, read, (pa) => {
        const { allowed, why } = protectionOf(entries, pa, "load");
        return allowed ? null : `memory protection: ${why}`;
      });
    let state = stateFor(registers, access, space);
    let walk = walkAs(state);
    // In another space each page is judged by the mode whose it is: nobody is there who would need a right to the other's.
    if (space !== undefined && walk.levels.at(-1)?.flags.includes("U") === false && state.privilege === U_MODE) {
      state = { ...state, privilege: S_MODE };
      walk = walkAs(state);
    }
    const protection =
      walk.pa === null ? null : protectionOf(protectionState(registers, state.privilege), walk.pa, access);
    const fault =
      walk.fault ??
      (protection?.allowed === false
        ? { cause: { fetch: 1, load: 5, store: 7 }[access], why: `memory protection: ${protection.why}` }
        : null);
    return { va, access, privilege: state.privilege, ...walk, fault, protection };
  },

  interrupts(registers) {
    const software = registers.read("mip");
    const menvcfg = registers.read("menvcfg");
    let pending = LINES.reduce((bits, [name, cause]) => bits | (registers.read(name) << cause), software);
    // With Sstc the comparator alone decides, not the bit that software sets.
    if (menvcfg & STCE) pending = (pending & ~(1n << STI)) | (registers.read("stip") << STI);
    return interruptsOf({
      pending,
      enabled: registers.read("mie"),
      delegated: registers.read("mideleg"),
      mstatus: registers.read("mstatus"),
      privilege: Number(registers.read("priv")),
    });
  },

  addressRanges(registers, read, space) {
    return mappedRanges(space ?? registers.read("satp"), read);
  },

  pageTable(registers, read, path, space) {
    return tableOf(space ?? registers.read("satp"), path, read);
  },
};
