/**
 * Where each register of a target lies: one algorithm for the core's register file, the slots that clients read and edit, and
 * the private staging copy, which therefore are images of each other.
 */

import type { GroupRow, RegisterRow } from "./register-table.ts";

/** A place in the register file that belongs to no register (always zero, or written and never read). */
export interface ScratchRow {
  readonly name: string;
  readonly bits: number;
  /** Name of the register in front of which it lies. */
  readonly before: string;
}

/** A name for bits that another register owns: (owner >> shift) & mask. */
export interface ViewRow {
  readonly name: string;
  readonly bits: number;
  /** Name of the owner. */
  readonly of: string;
  readonly mask: bigint;
  readonly shift: number;
  readonly readonly?: boolean;
}

/** What a target declares about its registers. */
export interface RegisterTables {
  readonly groups: readonly GroupRow[];
  readonly registers: readonly RegisterRow[];
  readonly scratch?: readonly ScratchRow[];
  readonly views?: readonly ViewRow[];
}

export interface RegisterSlot {
  readonly row: RegisterRow;
  readonly group: GroupRow;
  /** Index in its group: the register's bit in the mask of edits. */
  readonly index: number;
  /** Byte offset from the first register; the slot is little-endian and naturally aligned. */
  readonly offset: number;
  /** 1, 2, 4, or a multiple of 8. */
  readonly bytes: number;
  /** Nothing may be stored: its row or its whole group says so. */
  readonly readonly: boolean;
}

export interface GroupSlot {
  readonly row: GroupRow;
  readonly registers: readonly RegisterSlot[];
}

export interface SlotLayout {
  /** In table order. */
  readonly registers: readonly RegisterSlot[];
  /** Indexed by the group's bit. Undefined where no group is defined. */
  readonly groups: readonly (GroupSlot | undefined)[];
  readonly scratch: readonly { readonly row: ScratchRow; readonly offset: number }[];
  /** Bytes from the first register to the end of the last. */
  readonly bytes: number;
}

/** The mask of edited registers of a group is one 64-bit word. */
export const MAX_GROUP_REGISTERS = 64;

/** Bytes in which a register of `bits` bits (1 to 512) is kept. */
export function registerBytes(bits: number): number {
  if (bits <= 8) return 1;
  if (bits <= 16) return 2;
  return bits <= 32 ? 4 : Math.ceil(bits / 64) * 8;
}

/** Lays out registers in the order of the groups' rows and, within a group, of the registers' rows. */
export function slotLayout(tables: RegisterTables): SlotLayout {
  const registers: RegisterSlot[] = [];
  const scratch: { row: ScratchRow; offset: number }[] = [];
  const groups: (GroupSlot | undefined)[] = new Array(32).fill(undefined);
  let end = 0;
  const take = (bits: number): number => {
    const bytes = registerBytes(bits);
    const alignment = Math.min(bytes, 8);
    const offset = Math.ceil(end / alignment) * alignment;
    end = offset + bytes;
    return offset;
  };
  for (const group of tables.groups) {
    const members: RegisterSlot[] = [];
    for (const row of tables.registers.filter((register) => register.group === group.name)) {
      for (const hole of tables.scratch ?? []) {
        if (hole.before === row.name) scratch.push({ row: hole, offset: take(hole.bits) });
      }
      const readonly = row.readonly === true || group.readonly === true;
      const offset = take(row.bits);
      members.push({ row, group, index: members.length, offset, bytes: registerBytes(row.bits), readonly });
    }
    if (members.length > MAX_GROUP_REGISTERS) {
      throw new Error(`group ${group.name} has ${members.length} registers; at most ${MAX_GROUP_REGISTERS} fit`);
    }
    groups[group.bit] = { row: group, registers: members };
    registers.push(...members);
  }
  return { registers, groups, scratch, bytes: Math.ceil(end / 8) * 8 };
}
