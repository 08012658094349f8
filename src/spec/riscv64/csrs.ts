/**
 * All control and status registers of this CPU. Sources: "The RISC-V Instruction Set Manual", volume I (user level) and
 * volume II (privileged), version 20240411; "RISC-V Debug Specification" 1.0, chapter Sdtrig, for the triggers.
 */

import { type BitField, type FieldAccess, fieldMask, ones, type RegisterFormat } from "../register-table.ts";
import { causeName, EXCEPTIONS, INTERRUPTS } from "./traps.ts";

/** One control and status register, as the CSR instructions see it. */
export interface CsrRow {
  /** Bits 11:10 are 3 for read-only registers; bits 9:8 are the lowest privilege that may access it. */
  readonly number: number;
  readonly name: string;
  readonly bits: 32 | 64;
  readonly doc: string;
  readonly fields?: readonly BitField[];
  /** Value after reset; 0 if absent. */
  readonly reset?: bigint;
  readonly format?: RegisterFormat;
  /** The whole value in words, where its fields have a meaning only together. */
  readonly meaning?: (value: bigint) => string;
  /** Set if this register stores nothing itself but shows bits of another: (value of the other >> shift) & mask. */
  readonly view?: CsrView;
}

export interface CsrView {
  /** Name of the register that owns the bits. */
  readonly of: string;
  /** Bits of this register that show the other's. */
  readonly mask: bigint;
  readonly shift: number;
}

/** Lowest privilege that may access a CSR: 0 user, 1 supervisor, 3 machine. */
export function csrPrivilege(number: number): number {
  return (number >> 8) & 3;
}

/** Whether writing a CSR is an illegal instruction. */
export function isReadOnlyCsr(number: number): boolean {
  return number >> 10 === 3;
}

type Extra = Pick<Partial<CsrRow>, "fields" | "reset" | "format" | "meaning" | "view" | "bits">;

function csr(number: number, name: string, doc: string, extra: Extra = {}): CsrRow {
  return { number, name, bits: 64, doc, ...extra };
}

function field(
  name: string,
  lsb: number,
  width: number,
  access: FieldAccess,
  doc: string,
  values?: Readonly<Record<number, string>>,
): BitField {
  return values === undefined ? { name, lsb, width, access, doc } : { name, lsb, width, access, doc, values };
}

const view = (of: string, mask = ones(64), shift = 0): CsrView => ({ of, mask, shift });
const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

const OFF_ON = { 0: "off", 1: "on" };
const PRIVILEGES = { 0: "U", 1: "S", 3: "M" };
const ROUNDING_MODES = {
  0: "RNE",
  1: "RTZ",
  2: "RDN",
  3: "RUP",
  4: "RMM",
  5: "reserved",
  6: "reserved",
  7: "reserved",
};
const FS_STATES = { 0: "Off", 1: "Initial", 2: "Clean", 3: "Dirty" };

const FFLAGS_FIELDS = [
  field("NX", 0, 1, "rw", "inexact"),
  field("UF", 1, 1, "rw", "underflow"),
  field("OF", 2, 1, "rw", "overflow"),
  field("DZ", 3, 1, "rw", "division by zero"),
  field("NV", 4, 1, "rw", "invalid operation"),
];

const FRM_DOC = "dynamic rounding mode; an instruction that uses a reserved one is illegal";

const COUNTER_FIELDS = (access: string): BitField[] => [
  field("CY", 0, 1, "rw", `${access} cycle`, OFF_ON),
  field("TM", 1, 1, "rw", `${access} time`, OFF_ON),
  field("IR", 2, 1, "rw", `${access} instret`, OFF_ON),
  ...range(3, 31).map((n) => field(`HPM${n}`, n, 1, "rw", `${access} hpmcounter${n}`, OFF_ON)),
];

/** Fields of mstatus that sstatus shows too. */
const SSTATUS_NAMES = ["SIE", "SPIE", "UBE", "SPP", "VS", "FS", "XS", "SUM", "MXR", "UXL", "SD"];

const MSTATUS_FIELDS = [
  field("SIE", 1, 1, "rw", "interrupts to S-mode are taken in S-mode"),
  field("MIE", 3, 1, "rw", "interrupts to M-mode are taken in M-mode"),
  field("SPIE", 5, 1, "rw", "SIE before the last trap into S-mode"),
  field("UBE", 6, 1, "ro", "U-mode data are big-endian: never", { 0: "little" }),
  field("MPIE", 7, 1, "rw", "MIE before the last trap into M-mode"),
  field("SPP", 8, 1, "rw", "privilege before the last trap into S-mode", { 0: "U", 1: "S" }),
  field("VS", 9, 2, "ro", "state of the vector unit: there is none", { 0: "Off" }),
  field("MPP", 11, 2, "warl", "privilege before the last trap into M-mode", PRIVILEGES),
  field("FS", 13, 2, "rw", "state of the floating-point unit; Off makes its instructions illegal", FS_STATES),
  field("XS", 15, 2, "ro", "state of further units: there are none", { 0: "Off" }),
  field("MPRV", 17, 1, "rw", "loads and stores of M-mode use the privilege in MPP"),
  field("SUM", 18, 1, "rw", "S-mode may load and store in user pages"),
  field("MXR", 19, 1, "rw", "loads may read pages that are only executable"),
  field("TVM", 20, 1, "rw", "satp and sfence.vma are illegal in S-mode"),
  field("TW", 21, 1, "rw", "wfi is illegal below M-mode"),
  field("TSR", 22, 1, "rw", "sret is illegal in S-mode"),
  field("UXL", 32, 2, "ro", "XLEN of U-mode", { 2: "64" }),
  field("SXL", 34, 2, "ro", "XLEN of S-mode", { 2: "64" }),
  field("SBE", 36, 1, "ro", "S-mode data are big-endian: never", { 0: "little" }),
  field("MBE", 37, 1, "ro", "M-mode data are big-endian: never", { 0: "little" }),
  field("SD", 63, 1, "ro", "some of FS, VS, XS is Dirty; computed when read"),
];

const SSTATUS_FIELDS = MSTATUS_FIELDS.filter((f) => SSTATUS_NAMES.includes(f.name));

/** One interrupt each: name of the field from the interrupt's short name and a suffix, E for enable or P for pending. */
const interruptFields = (
  suffix: string,
  doc: (name: string) => string,
  access: (code: number) => FieldAccess,
): BitField[] => INTERRUPTS.map(({ code, short, name }) => field(short + suffix, code, 1, access(code), doc(name)));

/** Software can set these bits of mip; the others show interrupt lines alone. */
const isSupervisorInterrupt = (code: number): boolean => code === 1 || code === 5 || code === 9;
const supervisorOnly = (fields: BitField[]): BitField[] => fields.filter((f) => isSupervisorInterrupt(f.lsb));
const maskOf = (fields: readonly BitField[]): bigint => fields.reduce((mask, f) => mask | fieldMask(f), 0n);

const MIE_FIELDS = interruptFields(
  "E",
  (name) => `${name} is enabled`,
  () => "rw",
);
const MIP_FIELDS = interruptFields(
  "P",
  (name) => `${name} is pending`,
  (code) => (isSupervisorInterrupt(code) ? "rw" : "ro"),
);
/** Through sip only SSIP can be written (vol. II, Supervisor Interrupt Registers). */
const SIP_FIELDS = supervisorOnly(MIP_FIELDS).map((f): BitField => (f.lsb === 1 ? f : { ...f, access: "ro" }));

const ENVCFG_FIELDS = [
  field("FIOM", 0, 1, "rw", "fences of device accesses below this privilege order memory accesses too"),
  field("CBIE", 4, 2, "warl", "cbo.inval below this privilege", { 0: "illegal", 1: "flush", 3: "invalidate" }),
  field("CBCFE", 6, 1, "rw", "cbo.clean and cbo.flush are legal below this privilege"),
  field("CBZE", 7, 1, "rw", "cbo.zero is legal below this privilege"),
];

const TVEC_FIELDS = [
  field("MODE", 0, 2, "warl", "where interrupts enter", { 0: "Direct", 1: "Vectored" }),
  field("BASE", 2, 62, "warl", "address of the trap handler, bits 63:2; Vectored adds 4 times the cause"),
];

const EPC_FIELDS = [field("EPC", 1, 63, "warl", "address of the instruction, bits 63:1; bit 0 is 0")];

const CAUSE_FIELDS = [
  field("Code", 0, 63, "wlrl", "exception or interrupt code"),
  field("Interrupt", 63, 1, "rw", "the trap was an interrupt"),
];

const CAUSE = { fields: CAUSE_FIELDS, format: "flags", meaning: causeName } as const;

/** tdata1 of a trigger of type mcontrol6; all of it but the type is 0 in a disabled one (Debug, 5.7.12). */
const MCONTROL6_FIELDS = [
  field("load", 0, 1, "rw", "loads match"),
  field("store", 1, 1, "rw", "stores match"),
  field("execute", 2, 1, "rw", "instructions match, by the address of their first byte"),
  field("u", 3, 1, "rw", "matches in U-mode"),
  field("s", 4, 1, "rw", "matches in S-mode; where breakpoints are delegated, only while SIE is on"),
  field("uncertainen", 5, 1, "ro", "matches of uncertain outcome: there are none"),
  field("m", 6, 1, "rw", "matches in M-mode while MIE is on"),
  field("match", 7, 4, "warl", "how an address is compared with tdata2", {
    0: "equal",
    1: "NAPOT",
    2: "greater or equal",
    3: "less",
  }),
  field("chain", 11, 1, "ro", "the next trigger must match too: never"),
  field("action", 12, 4, "ro", "what happens when it fires", { 0: "breakpoint exception" }),
  field("size", 16, 3, "warl", "size of the access", { 0: "any", 1: "8", 2: "16", 3: "32", 5: "64" }),
  field("select", 21, 1, "ro", "what is compared", { 0: "address" }),
  field("hit0", 22, 1, "rw", "it has fired, before the instruction"),
  field("vu", 23, 1, "ro", "matches in VU-mode: there is none"),
  field("vs", 24, 1, "ro", "matches in VS-mode: there is none"),
  field("hit1", 25, 1, "ro", "it has fired after the instruction: never"),
  field("uncertain", 26, 1, "ro", "the match was uncertain: never"),
  field("dmode", 59, 1, "ro", "only a debugger outside may write it: never"),
  field("type", 60, 4, "warl", "kind of trigger", { 6: "mcontrol6", 15: "disabled" }),
];

const SATP_FIELDS = [
  field("PPN", 0, 44, "warl", "physical page number of the root page table"),
  field("ASID", 44, 16, "warl", "address-space identifier"),
  field("MODE", 60, 4, "warl", "translation scheme; a write of another value changes nothing", {
    0: "Bare",
    8: "Sv39",
    9: "Sv48",
    10: "Sv57",
  }),
];

const pmpcfgFields = (first: number): BitField[] =>
  range(first, first + 7).flatMap((n) => {
    const lsb = (n - first) * 8;
    return [
      field(`R${n}`, lsb, 1, "warl", `entry ${n}: read allowed; R=0 with W=1 is reserved`),
      field(`W${n}`, lsb + 1, 1, "warl", `entry ${n}: write allowed`),
      field(`X${n}`, lsb + 2, 1, "warl", `entry ${n}: execute allowed`),
      field(`A${n}`, lsb + 3, 2, "warl", `entry ${n}: address matching`, { 0: "OFF", 1: "TOR", 2: "NA4", 3: "NAPOT" }),
      field(`L${n}`, lsb + 7, 1, "warl", `entry ${n}: locked until reset, and applies to M-mode`),
    ];
  });

/** Letters of the extensions in misa. */
const MISA_LETTERS = "ABCDFIMSU";
const letterBit = (letter: string): number => letter.charCodeAt(0) - "A".charCodeAt(0);
const MISA_FIELDS = [
  ...[..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((letter, n) =>
    field(letter, n, 1, "ro", MISA_LETTERS.includes(letter) ? `has extension ${letter}` : `lacks extension ${letter}`),
  ),
  field("MXL", 62, 2, "ro", "XLEN of M-mode", { 1: "32", 2: "64" }),
];
const MISA = [...MISA_LETTERS].reduce((value, letter) => value | (1n << BigInt(letterBit(letter))), 2n << 62n);

const MCOUNTINHIBIT_FIELDS = [
  field("CY", 0, 1, "rw", "mcycle stands still"),
  field("IR", 2, 1, "rw", "minstret stands still"),
  ...range(3, 31).map((n) => field(`HPM${n}`, n, 1, "rw", `mhpmcounter${n} stands still`)),
];

const constant = (doc: string): BitField[] => [field("value", 0, 64, "ro", doc)];
const constant32 = (doc: string): BitField[] => [field("value", 0, 32, "ro", doc)];

export const CSRS: readonly CsrRow[] = [
  csr(0x001, "fflags", "Floating-point accrued exceptions (vol. I, F)", {
    bits: 32,
    fields: FFLAGS_FIELDS,
    format: "flags",
    view: view("fcsr", 0x1fn),
  }),
  csr(0x002, "frm", "Floating-point dynamic rounding mode (vol. I, F)", {
    bits: 32,
    fields: [field("frm", 0, 3, "rw", FRM_DOC, ROUNDING_MODES)],
    view: view("fcsr", 7n, 5),
  }),
  csr(0x003, "fcsr", "Floating-point control and status (vol. I, F)", {
    bits: 32,
    fields: [...FFLAGS_FIELDS, field("frm", 5, 3, "rw", FRM_DOC, ROUNDING_MODES)],
    format: "flags",
  }),

  csr(0xc00, "cycle", "Clock cycles, as far as the counter-enable registers allow (vol. I, Zicntr)", {
    view: view("mcycle"),
  }),
  csr(0xc01, "time", "The machine's time base, as far as the counter-enable registers allow (vol. I, Zicntr)", {
    view: view("mtime"),
  }),
  csr(0xc02, "instret", "Retired instructions, as far as the counter-enable registers allow (vol. I, Zicntr)", {
    view: view("minstret"),
  }),
  ...range(3, 31).map((n) =>
    csr(0xc00 + n, `hpmcounter${n}`, "Performance counter (vol. I, Zihpm)", { view: view(`mhpmcounter${n}`) }),
  ),

  csr(0x100, "sstatus", "Supervisor status: the part of mstatus that S-mode sees (vol. II, Supervisor CSRs)", {
    fields: SSTATUS_FIELDS,
    format: "flags",
    view: view("mstatus", maskOf(SSTATUS_FIELDS)),
  }),
  csr(0x104, "sie", "Supervisor interrupt enables: mie where mideleg has ones (vol. II, Supervisor CSRs)", {
    fields: supervisorOnly(MIE_FIELDS),
    format: "flags",
    view: view("mie", maskOf(supervisorOnly(MIE_FIELDS))),
  }),
  csr(0x105, "stvec", "Supervisor trap vector (vol. II, Supervisor CSRs)", { fields: TVEC_FIELDS, format: "pc" }),
  csr(0x106, "scounteren", "Counters that U-mode may read (vol. II, Supervisor CSRs)", {
    bits: 32,
    fields: COUNTER_FIELDS("U-mode may read"),
    format: "flags",
  }),
  csr(0x10a, "senvcfg", "Supervisor environment configuration (vol. II, Supervisor CSRs)", {
    fields: ENVCFG_FIELDS,
    format: "flags",
  }),
  csr(0x140, "sscratch", "Supervisor scratch register (vol. II, Supervisor CSRs)"),
  csr(0x141, "sepc", "Supervisor exception program counter (vol. II, Supervisor CSRs)", {
    fields: EPC_FIELDS,
    format: "pc",
  }),
  csr(0x142, "scause", "Supervisor trap cause (vol. II, Supervisor CSRs)", CAUSE),
  csr(0x143, "stval", "Supervisor trap value: faulting address or instruction (vol. II, Supervisor CSRs)"),
  csr(0x144, "sip", "Supervisor interrupts pending: mip where mideleg has ones (vol. II, Supervisor CSRs)", {
    fields: SIP_FIELDS,
    format: "flags",
    view: view("mip", maskOf(SIP_FIELDS)),
  }),
  csr(0x14d, "stimecmp", "Supervisor timer: STIP is pending while time >= stimecmp, if menvcfg.STCE (vol. II, Sstc)", {
    reset: ones(64),
  }),
  csr(0x180, "satp", "Supervisor address translation and protection (vol. II, Supervisor CSRs)", {
    fields: SATP_FIELDS,
    format: "flags",
  }),

  csr(0xf11, "mvendorid", "Vendor: 0, not a commercial implementation (vol. II, 3.1.2)", {
    bits: 32,
    fields: constant32("JEDEC number"),
  }),
  csr(0xf12, "marchid", "Architecture: 0, none registered (vol. II, 3.1.3)", { fields: constant("architecture") }),
  csr(0xf13, "mimpid", "Implementation: 0, no version given (vol. II, 3.1.4)", { fields: constant("version") }),
  csr(0xf14, "mhartid", "Number of this hart (vol. II, 3.1.5)", { fields: constant("hart") }),
  csr(0xf15, "mconfigptr", "Address of the configuration data structure: 0, none (vol. II, 3.1.17)", {
    fields: constant("address"),
  }),

  csr(0x300, "mstatus", "Machine status (vol. II, 3.1.6)", {
    fields: MSTATUS_FIELDS,
    format: "flags",
    reset: 0xa_0000_0000n,
  }),
  csr(0x301, "misa", "ISA and extensions; writes change nothing (vol. II, 3.1.1)", {
    fields: MISA_FIELDS,
    format: "flags",
    reset: MISA,
  }),
  csr(0x302, "medeleg", "Exceptions delegated to S-mode (vol. II, 3.1.8)", {
    fields: EXCEPTIONS.filter(({ code }) => code !== 11).map(({ code, short, name }) =>
      field(short, code, 1, "warl", `${name} below M-mode traps to S-mode`),
    ),
    format: "flags",
  }),
  csr(0x303, "mideleg", "Interrupts delegated to S-mode (vol. II, 3.1.8)", {
    fields: supervisorOnly(
      interruptFields(
        "",
        (name) => `${name} traps to S-mode`,
        () => "warl",
      ),
    ),
    format: "flags",
  }),
  csr(0x304, "mie", "Machine interrupt enables (vol. II, 3.1.9)", { fields: MIE_FIELDS, format: "flags" }),
  csr(0x305, "mtvec", "Machine trap vector (vol. II, 3.1.7)", { fields: TVEC_FIELDS, format: "pc" }),
  csr(0x306, "mcounteren", "Counters that S-mode (and with scounteren U-mode) may read (vol. II, 3.1.11)", {
    bits: 32,
    fields: COUNTER_FIELDS("modes below M may read"),
    format: "flags",
  }),
  csr(0x30a, "menvcfg", "Machine environment configuration (vol. II, 3.1.18)", {
    fields: [
      ...ENVCFG_FIELDS,
      field("ADUE", 61, 1, "rw", "page walks set A and D bits; 0 makes them fault (Svadu)"),
      field("PBMTE", 62, 1, "rw", "page-based memory types are in use (Svpbmt)"),
      field("STCE", 63, 1, "rw", "stimecmp is accessible in S-mode and drives STIP (Sstc)"),
    ],
    format: "flags",
  }),
  csr(0x320, "mcountinhibit", "Counters that stand still (vol. II, 3.1.12)", {
    bits: 32,
    fields: MCOUNTINHIBIT_FIELDS,
    format: "flags",
  }),
  ...range(3, 31).map((n) =>
    csr(0x320 + n, `mhpmevent${n}`, `Event that mhpmcounter${n} counts: 0, none, is all there is (vol. II, 3.1.10)`, {
      fields: [field("event", 0, 64, "ro", "event", { 0: "none" })],
    }),
  ),
  csr(0x340, "mscratch", "Machine scratch register (vol. II, 3.1.13)"),
  csr(0x341, "mepc", "Machine exception program counter (vol. II, 3.1.14)", { fields: EPC_FIELDS, format: "pc" }),
  csr(0x342, "mcause", "Machine trap cause (vol. II, 3.1.15)", CAUSE),
  csr(0x343, "mtval", "Machine trap value: faulting address or instruction (vol. II, 3.1.16)"),
  csr(0x344, "mip", "Machine interrupts pending: software-set bits and interrupt lines together (vol. II, 3.1.9)", {
    fields: MIP_FIELDS,
    format: "flags",
  }),
  csr(0x3a0, "pmpcfg0", "Memory protection, entries 0 to 7 (vol. II, 3.7.1)", {
    fields: pmpcfgFields(0),
    format: "flags",
  }),
  csr(0x3a2, "pmpcfg2", "Memory protection, entries 8 to 15 (vol. II, 3.7.1)", {
    fields: pmpcfgFields(8),
    format: "flags",
  }),
  ...range(0, 15).map((n) =>
    csr(0x3b0 + n, `pmpaddr${n}`, `Memory protection, address of entry ${n} (vol. II, 3.7.1)`, {
      fields: [field("address", 0, 54, "warl", "address bits 55:2")],
    }),
  ),

  csr(0x7a0, "tselect", "Trigger that tdata1 to tdata3 show (Debug, Sdtrig)", {
    fields: [field("index", 0, 2, "warl", "number of the trigger")],
  }),
  csr(0x7a1, "tdata1", "Kind of the selected trigger and what it matches, as mcontrol6 (Debug, Sdtrig)", {
    fields: MCONTROL6_FIELDS,
    format: "flags",
    reset: 0xfn << 60n,
  }),
  csr(0x7a2, "tdata2", "Address that the selected trigger compares with (Debug, Sdtrig)"),
  csr(0x7a3, "tdata3", "Further conditions of the selected trigger: there are none (Debug, Sdtrig)", {
    fields: constant("data"),
  }),
  csr(0x7a4, "tinfo", "Types that the selected trigger can have: mcontrol6 and disabled (Debug, Sdtrig)", {
    fields: [field("info", 0, 16, "ro", "one bit for each type"), field("version", 24, 8, "ro", "version of Sdtrig")],
    reset: 0x0100_8040n,
  }),

  csr(0xb00, "mcycle", "Clock cycles (vol. II, 3.1.10)"),
  csr(0xb02, "minstret", "Retired instructions (vol. II, 3.1.10)"),
  ...range(3, 31).map((n) =>
    csr(0xb00 + n, `mhpmcounter${n}`, "Performance counter; no event exists yet (vol. II, 3.1.10)"),
  ),
];
