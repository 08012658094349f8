/** Registers by what people type: a name, an alias, or a word of the meaning. */
import type { RegisterRow } from "../../src/spec/register-table.ts";
import type { GroupSlot, RegisterSlot } from "../../src/spec/slot-layout.ts";

/** One group with those of its registers that were found. */
export interface FoundGroup {
  readonly group: GroupSlot;
  readonly registers: readonly { readonly slot: RegisterSlot; readonly index: number }[];
}

/** Groups with registers that match, in table order. Names match from their beginning, words of the meaning anywhere. */
export function findRegisters(groups: readonly GroupSlot[], text: string): readonly FoundGroup[] {
  const wanted = text.trim().toLowerCase();
  return groupsWith(groups, (row) => matches(row, wanted));
}

/** The same for registers by their names. */
export function registersNamed(groups: readonly GroupSlot[], names: readonly string[]): readonly FoundGroup[] {
  return groupsWith(groups, (row) => names.includes(row.name));
}

function groupsWith(groups: readonly GroupSlot[], test: (row: RegisterRow) => boolean): readonly FoundGroup[] {
  return groups
    .map((group) => ({
      group,
      registers: group.registers.map((slot, index) => ({ slot, index })).filter(({ slot }) => test(slot.row)),
    }))
    .filter(({ registers }) => registers.length > 0);
}

function matches(row: RegisterRow, wanted: string): boolean {
  const names = [row.name, ...(row.aliases ?? []), ...(row.fields?.map(({ name }) => name) ?? [])];
  if (names.some((name) => name.toLowerCase().startsWith(wanted))) return true;
  return wanted.length > 2 && row.doc.toLowerCase().includes(wanted);
}
