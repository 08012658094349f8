/** Generates the core's register file, and what the register sync must know of it, from a target's register tables. */

import { CPU_REGISTERS } from "../spec/abi.ts";
import { type BitField, fieldMask, ones, syncMasks, writableMask } from "../spec/register-table.ts";
import { type GeneratedFile, header } from "./generated-file.ts";
import { type GroupSlot, type RegisterSlot, type RegisterTables, slotLayout } from "../spec/slot-layout.ts";

/** Bytes of fields that class Cpu declares (wasm-core/machine/cpu.ts); the registers begin behind them at CPU_REGISTERS. */
const CPU_FIELD_BYTES = 24;

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;
const hex64 = (value: bigint): string => `<u64>${hex(value)}`;
const constantName = (name: string): string => name.toUpperCase();

/** Name of a register's field: what is indexed by number bears its numbered name (x10, not a0); in camel case. */
function fieldName({ row }: RegisterSlot): string {
  const name = row.aliases?.find((alias) => /^[a-z]\d+$/.test(alias)) ?? row.name;
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function fieldType(bits: number): string {
  if (bits <= 8) return "u8";
  if (bits <= 16) return "u16";
  return bits <= 32 ? "u32" : "u64";
}

/** One field, or, of a register wider than 64 bits, one for each 64: name, name_1, ... */
function fieldsOf(name: string, bits: number): string[] {
  const words = Math.max(1, Math.ceil(bits / 64));
  return Array.from({ length: words }, (_, word) => `${word === 0 ? name : `${name}_${word}`}: ${fieldType(bits)};`);
}

/** Consecutive registers of a group with the same text from `key`. */
function runs<T>(
  registers: readonly RegisterSlot[],
  key: (register: RegisterSlot) => T,
): { from: number; to: number; key: T }[] {
  const result: { from: number; to: number; key: T }[] = [];
  for (const register of registers) {
    const last = result.at(-1);
    if (last !== undefined && last.key === key(register)) last.to = register.index;
    else result.push({ from: register.index, to: register.index, key: key(register) });
  }
  return result;
}

/** Body of a function of (group, register): for each group, conditions from the first register to the last. */
function groupSwitch(groups: readonly GroupSlot[], key: (register: RegisterSlot) => string, otherwise: string): string {
  const cases = groups.flatMap(({ row, registers }) => {
    const parts = runs(registers, key);
    if (parts.every((part) => part.key === otherwise)) return [];
    const lines = parts.map((part, n) =>
      n === parts.length - 1 ? `      return ${part.key};` : `      if (register <= ${part.to}) return ${part.key};`,
    );
    return [`    case ${row.bit}:`, ...lines];
  });
  return ["  switch (group) {", ...cases, "    default:", `      return ${otherwise};`, "  }"].join("\n");
}

/** Offset of a register as a formula in `register`, the same text for neighbours of the same size. */
function offsetFormula({ index, offset, bytes }: RegisterSlot): string {
  const origin = CPU_REGISTERS + offset - index * bytes;
  return origin < 0 ? `(register * ${bytes}) - ${-origin}` : `${hex(origin)} + register * ${bytes}`;
}

const inBits = (field: BitField): string => `((value >> ${field.lsb}) & ${hex64(ones(field.width))})`;
const isOneOf = (field: BitField): string =>
  Object.keys(field.values ?? {})
    .map((value) => `${inBits(field)} == ${value}`)
    .join(" || ");
/** Whether some values of a field are illegal. */
const isRestricted = (field: BitField): boolean =>
  field.values !== undefined && Object.keys(field.values).length < 2 ** field.width;

/** Expression: false if the register refuses `value` (a WLRL field without meaning). */
function acceptance({ row }: RegisterSlot): string {
  const strict = (row.fields ?? []).filter((field) => field.access === "wlrl" && isRestricted(field));
  return strict.length === 0 ? "true" : strict.map((field) => `(${isOneOf(field)})`).join(" && ");
}

/** Statements that turn `value` into what the register would hold (WARL), given what it held, or "". */
function legalization(register: RegisterSlot): string {
  const { row } = register;
  if (row.fields === undefined) return "";
  if (row.bits > 64) throw new Error(`${row.name}: fields in registers wider than 64 bits are not supported`);
  const choices = row.fields.filter((field) => field.access === "warl" && isRestricted(field));
  const lines = choices.map((field) => {
    const mask = fieldMask(field);
    return `if (!(${isOneOf(field)})) value = (value & ~${hex64(mask)}) | (before & ${hex64(mask)});`;
  });
  const writable = writableMask(row);
  if (writable !== ones(row.bits)) {
    lines.push(`value = (before & ~${hex64(writable)}) | (value & ${hex64(writable)});`);
  }
  return lines.join("\n        ");
}

function legalizationSwitch(groups: readonly GroupSlot[]): string {
  const cases = groups.flatMap(({ row, registers }) => {
    const parts = runs(registers, legalization).filter((part) => part.key !== "");
    if (parts.length === 0) return [];
    const lines = parts.map(({ from, to, key }) => {
      const condition = from === to ? `register == ${from}` : `register >= ${from} && register <= ${to}`;
      return `      if (${condition}) {\n        ${key}\n      }`;
    });
    return [`    case ${row.bit}:`, ...lines, "      break;"];
  });
  return ["  switch (group) {", ...cases, "  }"].join("\n");
}

const registerMask = (registers: readonly RegisterSlot[]): bigint =>
  registers.reduce((mask, register) => mask | (1n << BigInt(register.index)), 0n);

/** Body of a function of (group) that answers a bitmap of its registers. */
function maskSwitch(groups: readonly GroupSlot[], of: (register: RegisterSlot) => boolean): string {
  const cases = groups.map(
    ({ row, registers }) => `    case ${row.bit}:\n      return ${hex(registerMask(registers.filter(of)))};`,
  );
  return ["  switch (group) {", ...cases, "    default:", "      return 0;", "  }"].join("\n");
}

/** Statements that copy all registers of a group, which lie side by side, in as few moves as there are. */
function copyStatements({ registers }: GroupSlot): string[] {
  const first = registers[0];
  const last = registers.at(-1);
  if (first === undefined || last === undefined) return [];
  const start = CPU_REGISTERS + first.offset;
  const bytes = last.offset + last.bytes - first.offset;
  const lines: string[] = [];
  let at = 0;
  for (const [size, type] of [
    [16, "v128"],
    [8, "u64"],
    [4, "u32"],
    [2, "u16"],
    [1, "u8"],
  ] as const) {
    for (; bytes - at >= size; at += size) {
      const offset = hex(start + at);
      const move = type === "v128" ? `v128.store(to, v128.load(from, ${offset}), ${offset});` : "";
      lines.push(`      ${move || `store<${type}>(to, load<${type}>(from, ${offset}), ${offset});`}`);
    }
  }
  return lines;
}

function copySwitch(groups: readonly GroupSlot[]): string {
  const cases = groups.flatMap((group) => [`    case ${group.row.bit}:`, ...copyStatements(group), "      break;"]);
  return ["  switch (group) {", ...cases, "  }"].join("\n");
}

function groupMask(groups: readonly GroupSlot[], of: (group: GroupSlot) => boolean): string {
  return hex(groups.filter(of).reduce((mask, { row }) => mask | (1 << row.bit), 0));
}

/** Statement that stores a register's value after reset. */
function resetStores({ row, offset }: RegisterSlot): string[] {
  const value = row.reset ?? 0n;
  if (value === 0n) return [];
  const words = Array.from(
    { length: Math.max(1, Math.ceil(row.bits / 64)) },
    (_, n) => (value >> BigInt(64 * n)) & ones(64),
  );
  return words.map(
    (word, n) => `  store<${fieldType(row.bits)}>(file, ${hex(word)}, ${hex(CPU_REGISTERS + offset + 8 * n)});`,
  );
}

/** The generated file of one target; `source` names its tables in the header. */
export function generateRegisters(tables: RegisterTables, source: string): GeneratedFile {
  const layout = slotLayout(tables);
  const defined = layout.groups.filter((group) => group !== undefined);
  const present = defined.filter((group) => !group.row.absent);
  const masks = syncMasks(tables.groups);
  const places = [
    ...layout.registers.map((register) => ({
      offset: register.offset,
      name: fieldName(register),
      bits: register.row.bits,
    })),
    ...layout.scratch.map(({ row, offset }) => ({ offset, name: row.name, bits: row.bits })),
  ].sort((a, b) => a.offset - b.offset);
  const padding = Array.from({ length: (CPU_REGISTERS - CPU_FIELD_BYTES) / 8 }, (_, n) => `  cpuPadding${n}: u64;`);

  const text = `${header(source)}
import { CPU_BYTES, Cpu } from "../machine/cpu";

@unmanaged
export class RegisterFile extends Cpu {
${padding.join("\n")}
${places
  .map((place) =>
    fieldsOf(place.name, place.bits)
      .map((field) => `  ${field}`)
      .join("\n"),
  )
  .join("\n")}
}

// Layout and table cannot part: the slots of the sync and the client's views have these offsets too.
if (CPU_BYTES != ${hex(CPU_REGISTERS)}) ERROR("CPU_BYTES differs from CPU_REGISTERS");
${places
  .map(
    ({ name, offset }) =>
      `if (offsetof<RegisterFile>("${name}") != ${hex(CPU_REGISTERS + offset)}) ERROR("${name} is out of place");`,
  )
  .join("\n")}

/** First byte behind the registers. */
export const REGISTER_FILE_END: usize = ${hex(CPU_REGISTERS + layout.bytes)};

// --- Groups: numbers of their bits, and bitmaps of them ---
${defined.map(({ row }) => `export const GROUP_${row.name}: u32 = ${row.bit};`).join("\n")}
export const GROUPS_DEFINED: u32 = ${groupMask(defined, () => true)};
export const GROUPS_PRESENT: u32 = ${groupMask(present, () => true)};
/** Those with a register that may be edited. */
export const GROUPS_WRITABLE: u32 = ${groupMask(present, (group) => group.registers.some((register) => !register.readonly))};
export const GROUPS_MACHINE_WIDE: u32 = ${groupMask(present, (group) => group.row.machineWide === true)};
export const SYNC_RUNTIME: u32 = ${hex(masks.runtime)};
export const SYNC_RESET: u32 = ${hex(masks.reset)};
export const SYNC_FULL: u32 = ${hex(masks.full)};

// --- Registers: index in their group ---
${layout.registers.map(({ row, index }) => `export const INDEX_${constantName(row.name)}: u32 = ${index};`).join("\n")}

/** Bitmap of all registers of a group. */
export function allRegisters(group: u32): u64 {
${maskSwitch(present, () => true)}
}

/** Bitmap of the registers of a group that may be edited. */
export function writableRegisters(group: u32): u64 {
${maskSwitch(present, (register) => !register.readonly)}
}

/** Offset of a register from the start of its vCPU's area. */
export function registerOffset(group: u32, register: u32): usize {
${groupSwitch(present, offsetFormula, "0")}
}

/** Copies all registers of a group (and scratch places among them) from one image of the register file to another. */
export function copyGroup(group: u32, from: usize, to: usize): void {
${copySwitch(present)}
}

/** Width of a register. */
export function registerBits(group: u32, register: u32): u32 {
${groupSwitch(present, ({ row }) => String(row.bits), "64")}
}

/** Bytes in which a register of this width is kept. */
export function registerBytes(bits: u32): u32 {
  if (bits > 32) return ((bits + 63) >> 6) << 3;
  return bits > 16 ? 4 : bits > 8 ? 2 : 1;
}

/** Whether a register takes \`value\` at all: false if a field would have a value without a meaning (WLRL). */
export function accepts(group: u32, register: u32, value: u64): bool {
${groupSwitch(present, acceptance, "true")}
}

/** What a register that holds \`before\` holds after \`value\` is written to it (WARL), by its fields alone. */
export function legalValue(group: u32, register: u32, before: u64, value: u64): u64 {
${legalizationSwitch(present)}
  return value;
}

/** Gives every register its value after reset. */
export function resetRegisters(file: usize): void {
  memory.fill(file + CPU_BYTES, 0, REGISTER_FILE_END - CPU_BYTES);
${layout.registers.flatMap(resetStores).join("\n")}
}
`;
  return { path: "registers.ts", text };
}
