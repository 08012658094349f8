/** Groups and registers of this CPU: every architectural bit that it stores has one register here, in one group. */

import { GROUP_BITS, type GroupClass, type GroupName, type GroupRow, type RegisterRow } from "../register-table.ts";
import { CSRS } from "./csrs.ts";

type GroupExtra = Pick<GroupRow, "readonly" | "machineWide" | "absent">;

function group(name: GroupName, groupClass: GroupClass, doc: string, extra: GroupExtra = {}): GroupRow {
  return { name, bit: GROUP_BITS[name], class: groupClass, doc, ...extra };
}

export const GROUPS: readonly GroupRow[] = [
  group("CORE", "RUNTIME", "Integer registers and pc"),
  group("FP", "RUNTIME", "Floating-point registers, rounding mode and flags"),
  group("VEC", "RUNTIME", "Vector registers", { absent: true }),
  group("PRIV", "RUNTIME", "Current privilege"),
  group("STATUS", "RUNTIME", "mstatus, of which sstatus is a part"),
  group("SEG", "RUNTIME", "Segments", { absent: true }),
  group("MMU", "RUNTIME", "Address translation"),
  group("TRAP", "RUNTIME", "Trap registers of S-mode"),
  group("IRQEN", "RUNTIME", "Interrupt enables, delegation, and the pending bits that software sets"),
  group("MTRAP", "RUNTIME", "Trap registers of M-mode"),
  group("MACH", "RESET_EXTRA", "Configuration by M-mode"),
  group("PROT", "RESET_EXTRA", "Physical memory protection"),
  group("DEBUG", "RESET_EXTRA", "The guest's debug triggers"),
  group("RUN", "RESET_EXTRA", "Run state"),
  group("COUNT", "FULL_EXTRA", "Counters and what they count"),
  group("TIME", "FULL_EXTRA", "Timer comparators"),
  group("VTIME", "FULL_EXTRA", "Time base", { machineWide: true }),
  group("RSV", "FULL_EXTRA", "Reservation of lr and sc"),
  group("LINES", "FULL_EXTRA", "Interrupt lines driven by devices", { readonly: true }),
  group("ID", "FULL_EXTRA", "Identity", { readonly: true }),
];

/** ABI names of x0 to x31 (RISC-V ABIs Specification 1.0, Integer Register Convention). */
export const INTEGER_NAMES: readonly string[] =
  "zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6".split(" ");

/** ABI names of f0 to f31 (same, Floating-point Register Convention). */
export const FLOAT_NAMES: readonly string[] = (
  "ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7 " +
  "fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10 fs11 ft8 ft9 ft10 ft11"
).split(" ");

const INTEGER_ROLES: Readonly<Record<string, string>> = {
  ra: "Return address",
  sp: "Stack pointer",
  gp: "Global pointer",
  tp: "Thread pointer",
  s0: "Saved register, or frame pointer",
};

/** What a calling convention uses a register for: by its ABI name's letters. */
function role(name: string): string {
  const kind = name.replace(/\d+$/, "");
  if (kind.endsWith("t")) return "Temporary";
  if (kind.endsWith("s")) return "Saved register";
  return Number(name.replace(/^\D+/, "")) < 2 ? "Argument, return value" : "Argument";
}

const FEATURE = "org.gnu.gdb.riscv";
const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

function integerRegister(n: number): RegisterRow {
  const name = INTEGER_NAMES[n];
  return {
    name,
    aliases: name === "s0" ? ["x8", "fp"] : [`x${n}`],
    bits: 64,
    group: "CORE",
    doc: INTEGER_ROLES[name] ?? role(name),
    feature: `${FEATURE}.cpu`,
  };
}

function floatRegister(n: number): RegisterRow {
  const name = FLOAT_NAMES[n];
  return {
    name,
    aliases: [`f${n}`],
    bits: 64,
    group: "FP",
    doc: `${role(name)}; narrower values have all ones above them`,
    format: "float",
    feature: `${FEATURE}.fpu`,
  };
}

/** The register behind a CSR that stores its own bits. */
function csrRegister(name: string, groupName: GroupName, extra: Partial<RegisterRow> = {}): RegisterRow {
  const row = CSRS.find((csr) => csr.name === name);
  if (row === undefined || row.view !== undefined) throw new Error(`no CSR ${name} with bits of its own`);
  const { number, view: _, ...rest } = row;
  return { ...rest, group: groupName, csr: number, feature: `${FEATURE}.csr`, ...extra };
}

const csrRegisters = (names: string, groupName: GroupName): RegisterRow[] =>
  names.split(" ").map((name) => csrRegister(name, groupName));

/** Triggers that tselect can select. */
export const TRIGGER_COUNT = 4;

/** Data of one trigger; the CSRs tdata1 to tdata3 show those of the selected one. */
const triggerRegisters = (n: number): RegisterRow[] =>
  range(1, 3).map((data) => {
    const { name, csr, feature, doc, ...row } = csrRegister(`tdata${data}`, "DEBUG");
    const banked = { ...row, name: `tdata${data}_${n}`, doc: `Data ${data} of trigger ${n} (Debug, Sdtrig)` };
    return data === 3 ? { ...banked, readonly: true } : banked;
  });

const line = (name: string, doc: string): RegisterRow => ({ name, bits: 1, group: "LINES", doc, readonly: true });

export const REGISTERS: readonly RegisterRow[] = [
  ...range(1, 31).map(integerRegister),
  {
    name: "pc",
    bits: 64,
    group: "CORE",
    doc: "Address of the next instruction; after reset that of the board's reset ROM",
    format: "pc",
    reset: 0x1000n,
    feature: `${FEATURE}.cpu`,
  },
  ...range(0, 31).map(floatRegister),
  csrRegister("fcsr", "FP", { feature: `${FEATURE}.fpu` }),
  {
    name: "priv",
    bits: 2,
    group: "PRIV",
    doc: "Current privilege",
    fields: [{ name: "priv", lsb: 0, width: 2, access: "wlrl", doc: "privilege", values: { 0: "U", 1: "S", 3: "M" } }],
    reset: 3n,
    feature: `${FEATURE}.virtual`,
  },
  csrRegister("mstatus", "STATUS"),
  csrRegister("satp", "MMU"),
  ...csrRegisters("stvec sscratch sepc scause stval scounteren senvcfg", "TRAP"),
  ...csrRegisters("mie mideleg", "IRQEN"),
  // The pending bits that come from devices are in LINES; the CSR mip shows both.
  csrRegister("mip", "IRQEN", {
    doc: "Pending bits set by software: SSIP, STIP, SEIP (privileged specification, 3.1.9)",
  }),
  ...csrRegisters("mtvec mscratch mepc mcause mtval", "MTRAP"),
  ...csrRegisters("medeleg mcounteren menvcfg", "MACH"),
  ...csrRegisters("pmpcfg0 pmpcfg2", "PROT"),
  ...range(0, 15).map((n) => csrRegister(`pmpaddr${n}`, "PROT")),
  csrRegister("tselect", "DEBUG"),
  ...range(0, TRIGGER_COUNT - 1).flatMap(triggerRegisters),
  csrRegister("tinfo", "DEBUG", { readonly: true }),
  {
    name: "runstate",
    bits: 8,
    group: "RUN",
    doc: "Whether the hart executes, waits for an interrupt, or is stopped (SBI, Hart State Management)",
    fields: [
      {
        name: "runstate",
        lsb: 0,
        width: 8,
        access: "wlrl",
        doc: "run state",
        values: { 0: "running", 1: "waiting", 2: "stopped" },
      },
    ],
  },
  ...csrRegisters("mcycle minstret", "COUNT"),
  ...range(3, 31).map((n) => csrRegister(`mhpmcounter${n}`, "COUNT")),
  ...range(3, 31).map((n) => csrRegister(`mhpmevent${n}`, "COUNT", { readonly: true })),
  csrRegister("mcountinhibit", "COUNT"),
  csrRegister("stimecmp", "TIME"),
  {
    name: "mtimecmp",
    bits: 64,
    group: "TIME",
    doc: "Machine timer, in memory: MTIP is pending while mtime >= mtimecmp (privileged specification, 3.2.1)",
    reset: (1n << 64n) - 1n,
  },
  { name: "mtime", bits: 64, group: "VTIME", doc: "Time base, in memory (privileged specification, 3.2.1)" },
  { name: "reservation_valid", bits: 1, group: "RSV", doc: "Whether an lr holds a reservation (vol. I, Zalrsc)" },
  {
    name: "reservation_address",
    bits: 64,
    group: "RSV",
    doc: "Physical address that the last lr reserved (vol. I, Zalrsc)",
  },
  line("msip", "Machine software interrupt, from the ACLINT"),
  line("mtip", "Machine timer interrupt, from the ACLINT"),
  line("meip", "Machine external interrupt, from the PLIC"),
  line("seip", "Supervisor external interrupt, from the PLIC"),
  line("stip", "Supervisor timer interrupt, from stimecmp"),
  ...["misa", "mvendorid", "marchid", "mimpid", "mhartid", "mconfigptr"].map((name) =>
    csrRegister(name, "ID", { readonly: true }),
  ),
];
