/**
 * gdb's view of this CPU (GDB manual, "RISC-V Features"): numbers as QEMU gives them, so that scripts with raw numbers work, and
 * the control registers of csrs.ts.
 */
import type { GdbRegister, GdbTarget } from "../gdb-target.ts";
import { CSRS, isReadOnlyCsr } from "./csrs.ts";
import { REGISTER_TABLES } from "./register-tables.ts";
import { FLOAT_NAMES, INTEGER_NAMES, REGISTERS, TRIGGER_COUNT } from "./registers.ts";
import { virtBoard } from "./virt-board.ts";

const PC = 32;
const FIRST_FLOAT = 33;
const PRIV = 65;
/** The number of a control register is this and its CSR number. */
const FIRST_CSR = 66;

/** A register that the register sync has under `source`; one that is narrower than gdb's shows zeros above. */
function plain(name: string, number: number, type: string, source = name): GdbRegister {
  const row = REGISTERS.find((register) => register.name === source);
  const view = REGISTER_TABLES.views.find((candidate) => candidate.name === source);
  const owner = view === undefined ? row : REGISTERS.find((register) => register.name === view.of);
  const isReadOnly = view?.readonly || owner?.readonly || owner?.group === "ID" || owner?.group === "LINES";
  const register: GdbRegister = { name, number, bits: 64, type, reads: [source], value: (values) => values(source) };
  return isReadOnly ? register : { ...register, edit: (value) => ({ name: source, value }) };
}

const POINTERS: Readonly<Record<string, string>> = { ra: "code_ptr", sp: "data_ptr", gp: "data_ptr", tp: "data_ptr" };

const integers: GdbRegister[] = INTEGER_NAMES.map((name, n) => {
  if (n === 0) return { name, number: 0, bits: 64, type: "int", reads: [], value: () => 0n, edit: () => null };
  // gdb calls s0 by its other name.
  return name === "s0" ? plain("fp", n, "data_ptr", "s0") : plain(name, n, POINTERS[name] ?? "int");
});

const floats = FLOAT_NAMES.map((name, n) => plain(name, FIRST_FLOAT + n, "float_or_double"));

/** Interrupt lines beside the bits of mip that software sets (privileged specification, 3.1.9). */
const LINES: readonly (readonly [name: string, bit: bigint])[] = [
  ["msip", 3n],
  ["stip", 5n],
  ["mtip", 7n],
  ["seip", 9n],
  ["meip", 11n],
];
const LINE_NAMES = LINES.map(([name]) => name);

function pending(values: (name: string) => bigint): bigint {
  return LINES.reduce((bits, [name, bit]) => bits | (values(name) << bit), values("mip"));
}

/** The bits of `owner` where mideleg has ones, as S-mode sees them. */
function delegated(name: string, number: number, owner: "mie" | "mip"): GdbRegister {
  const all = owner === "mip" ? pending : (values: (register: string) => bigint) => values(owner);
  return {
    ...{ name, number, bits: 64, type: "int" },
    reads: [owner, "mideleg", ...(owner === "mip" ? LINE_NAMES : [])],
    value: (values) => all(values) & values("mideleg"),
    edit: (value, values) => {
      const mask = values("mideleg");
      return { name: owner, value: (values(owner) & ~mask) | (value & mask) };
    },
  };
}

/** tdata1 to tdata3 are those of the trigger that tselect names (Debug specification, Sdtrig). */
function triggerData(name: string, number: number): GdbRegister {
  const all = Array.from({ length: TRIGGER_COUNT }, (_, n) => `${name}_${n}`);
  const selected = (values: (register: string) => bigint) => all[Number(values("tselect"))] ?? `${name}_0`;
  const register: GdbRegister = {
    ...{ name, number, bits: 64, type: "int" },
    reads: ["tselect", ...all],
    value: (values) => values(selected(values)),
  };
  return name === "tdata3" ? register : { ...register, edit: (value, values) => ({ name: selected(values), value }) };
}

function controlRegister(name: string, csr: number): GdbRegister {
  const number = FIRST_CSR + csr;
  if (name === "sie") return delegated(name, number, "mie");
  if (name === "sip") return delegated(name, number, "mip");
  if (/^tdata\d$/.test(name)) return triggerData(name, number);
  const register = plain(name, number, "int");
  if (name === "mip") return { ...register, reads: ["mip", ...LINE_NAMES], value: pending };
  if (!isReadOnlyCsr(csr)) return register;
  const { edit: _, ...readOnly } = register;
  return readOnly;
}

const FEATURE = "org.gnu.gdb.riscv";

export const GDB_TARGET: GdbTarget = {
  architecture: "riscv:rv64",
  features: [
    { name: `${FEATURE}.cpu`, registers: [...integers, plain("pc", PC, "code_ptr")] },
    {
      name: `${FEATURE}.fpu`,
      types:
        '<union id="float_or_double"><field name="float" type="ieee_single"/><field name="double" type="ieee_double"/></union>',
      registers: floats,
    },
    { name: `${FEATURE}.virtual`, registers: [plain("priv", PRIV, "int")] },
    {
      name: `${FEATURE}.csr`,
      registers: [...CSRS].sort((a, b) => a.number - b.number).map(({ name, number }) => controlRegister(name, number)),
    },
  ],
  expedited: ["pc", "sp", "fp", "ra"],
  pc: "pc",
  rom: { start: BigInt(virtBoard.rom.base), bytes: BigInt(virtBoard.rom.size ?? 0) },
};
