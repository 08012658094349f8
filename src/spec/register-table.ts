/** The form of a register table: groups of the register sync, registers, their bitfields, and what follows from them. */

/**
 * Neutral names of the register groups and their bits in the sync bitmaps. At most 30 groups; bits 30 and 31 are never
 * defined. Which registers stand behind a name, and its class, is the target's business.
 */
export const GROUP_BITS = {
  /** general registers and program counter */
  CORE: 0,
  /** floating-point registers and status */
  FP: 1,
  /** vector registers */
  VEC: 2,
  /** current privilege */
  PRIV: 3,
  /** processor status and control */
  STATUS: 4,
  /** segments */
  SEG: 5,
  /** address translation base */
  MMU: 6,
  /** the operating system's trap registers */
  TRAP: 7,
  /** interrupt enables and software-writable pending bits */
  IRQEN: 8,
  /** the firmware's trap registers */
  MTRAP: 9,
  /** machine configuration */
  MACH: 10,
  /** memory protection */
  PROT: 11,
  /** the guest's own debug triggers */
  DEBUG: 12,
  /** run state */
  RUN: 13,
  /** counters */
  COUNT: 14,
  /** timers of this CPU */
  TIME: 15,
  /** the machine's time base */
  VTIME: 16,
  /** load-reserved/store-conditional reservation */
  RSV: 17,
  /** interrupt inputs driven by devices */
  LINES: 18,
  /** identity */
  ID: 19,
} as const;

export type GroupName = keyof typeof GROUP_BITS;

/**
 * `RUNTIME`: changed by the instructions that the program executes. `RESET_EXTRA`: configuration that reset changes.
 * `FULL_EXTRA`: identity, and state that runs by itself.
 */
export type GroupClass = "RUNTIME" | "RESET_EXTRA" | "FULL_EXTRA";

/** One register group of a target. */
export interface GroupRow {
  readonly name: GroupName;
  /** GROUP_BITS[name] */
  readonly bit: number;
  readonly class: GroupClass;
  /** Its registers can be read only. */
  readonly readonly?: boolean;
  /** One for the whole machine, not one for each CPU. */
  readonly machineWide?: boolean;
  /** The CPU of this target has no such group. */
  readonly absent?: boolean;
  readonly doc: string;
}

/**
 * `rw` any value; `ro` writes are ignored; `warl` any write, legal values read; `wlrl` only legal values may be written;
 * `wpri` reserved, reads as 0 here.
 */
export type FieldAccess = "rw" | "ro" | "warl" | "wlrl" | "wpri";

/** Some bits of a register with a meaning of their own. */
export interface BitField {
  readonly name: string;
  /** Position of the lowest bit. */
  readonly lsb: number;
  /** Number of bits. */
  readonly width: number;
  readonly doc: string;
  readonly access: FieldAccess;
  /** Names of values; where `access` is `warl` or `wlrl` and values are given, these are the legal ones. */
  readonly values?: Readonly<Record<number, string>>;
}

/** How a register's value is shown first. */
export type RegisterFormat = "int" | "float" | "pc" | "flags";

/** One register that the CPU stores: the owner of its bits. */
export interface RegisterRow {
  /** The ABI's or the manual's name. Unique among names and aliases of a target. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** 1 to 512 */
  readonly bits: number;
  readonly group: GroupName;
  readonly doc: string;
  /** Disjoint, from the lowest bit upwards; bits in no field are `wpri`. Without fields every bit is `rw`. */
  readonly fields?: readonly BitField[];
  /** Clients of the register sync may not edit it. */
  readonly readonly?: boolean;
  /** "int" if absent */
  readonly format?: RegisterFormat;
  /** The whole value in words, where its fields have a meaning only together. */
  readonly meaning?: (value: bigint) => string;
  /** Value after reset; 0 if absent. */
  readonly reset?: bigint;
  /** gdb's target-description feature that has this register. */
  readonly feature?: string;
  /** Number by which the instructions for control registers name it. */
  readonly csr?: number;
}

/** All ones in the given number of bits. */
export function ones(bits: number): bigint {
  return (1n << BigInt(bits)) - 1n;
}

/** Mask of a field's bits, in place. */
export function fieldMask(field: Pick<BitField, "lsb" | "width">): bigint {
  return ones(field.width) << BigInt(field.lsb);
}

/** Bits that a write can change: those of `rw`, `warl` and `wlrl` fields, or all if there are no fields. */
export function writableMask(row: { readonly bits: number; readonly fields?: readonly BitField[] }): bigint {
  if (row.fields === undefined) return ones(row.bits);
  return row.fields
    .filter((field) => field.access !== "ro" && field.access !== "wpri")
    .reduce((mask, field) => mask | fieldMask(field), 0n);
}

/** The masks SYNC_RUNTIME, SYNC_RESET and SYNC_FULL of a target: groups that its CPU lacks are in none. */
export function syncMasks(groups: readonly GroupRow[]): { runtime: number; reset: number; full: number } {
  const maskOf = (groupClass: GroupClass): number =>
    groups.filter((g) => g.class === groupClass && !g.absent).reduce((mask, g) => mask | (1 << g.bit), 0);
  const runtime = maskOf("RUNTIME");
  const reset = runtime | maskOf("RESET_EXTRA");
  return { runtime, reset, full: reset | maskOf("FULL_EXTRA") };
}

/** Everything wrong with a target's groups and registers, one sentence each. */
export function checkRegisters(groups: readonly GroupRow[], registers: readonly RegisterRow[]): string[] {
  const errors: string[] = [];
  const present = new Map<GroupName, GroupRow>();
  for (const group of groups) {
    if (present.has(group.name)) errors.push(`group ${group.name} has two rows`);
    if (group.bit !== GROUP_BITS[group.name]) errors.push(`group ${group.name} has bit ${group.bit}`);
    if (group.bit < 0 || group.bit >= 30) errors.push(`group ${group.name}: bit ${group.bit} is outside 0 to 29`);
    const empty = !registers.some((register) => register.group === group.name);
    if (empty !== (group.absent === true))
      errors.push(`group ${group.name} is ${empty ? "empty" : "absent but has registers"}`);
    present.set(group.name, group);
  }
  for (const name of Object.keys(GROUP_BITS)) {
    if (!present.has(name as GroupName)) errors.push(`group ${name} has no row`);
  }
  const names = new Set<string>();
  for (const register of registers) {
    for (const name of [register.name, ...(register.aliases ?? [])]) {
      if (names.has(name)) errors.push(`two registers are named ${name}`);
      names.add(name);
    }
    if (!(register.bits >= 1 && register.bits <= 512)) errors.push(`${register.name} has ${register.bits} bits`);
    if (register.reset !== undefined && register.reset >> BigInt(register.bits) !== 0n) {
      errors.push(`${register.name}: the reset value does not fit ${register.bits} bits`);
    }
    errors.push(...checkFields(register));
  }
  return errors;
}

/** Everything wrong with a register's bitfields. */
export function checkFields(row: { name: string; bits: number; fields?: readonly BitField[] }): string[] {
  const errors: string[] = [];
  let free = 0;
  for (const field of row.fields ?? []) {
    if (field.lsb < free) errors.push(`${row.name}.${field.name} overlaps the field below it or is out of order`);
    free = field.lsb + field.width;
    if (field.width < 1 || free > row.bits) errors.push(`${row.name}.${field.name} does not fit ${row.bits} bits`);
    for (const value of Object.keys(field.values ?? {})) {
      if (Number(value) >= 2 ** field.width) errors.push(`${row.name}.${field.name}: value ${value} does not fit`);
    }
  }
  return errors;
}
