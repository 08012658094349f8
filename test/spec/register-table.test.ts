// The form of a register table: what its checks find, and what follows from groups and fields.
import { describe, expect, test } from "vitest";
import {
  type BitField,
  checkRegisters,
  fieldMask,
  GROUP_BITS,
  type GroupName,
  type GroupRow,
  type RegisterRow,
  syncMasks,
  writableMask,
} from "../../src/spec/register-table.ts";

const NAMES = Object.keys(GROUP_BITS) as GroupName[];

/** A target with registers in CORE (RUNTIME), MACH (RESET_EXTRA) and ID (FULL_EXTRA). */
const groups: GroupRow[] = NAMES.map((name) => ({
  name,
  bit: GROUP_BITS[name],
  class: name === "MACH" ? "RESET_EXTRA" : name === "ID" ? "FULL_EXTRA" : "RUNTIME",
  absent: !["CORE", "MACH", "ID"].includes(name),
  doc: "",
}));
const a: RegisterRow = { name: "a", bits: 8, group: "CORE", doc: "" };
const registers: RegisterRow[] = [a, { ...a, name: "m", group: "MACH" }, { ...a, name: "i", group: "ID" }];
const field = (lsb: number, width: number, extra: Partial<BitField> = {}): BitField => ({
  name: `f${lsb}`,
  lsb,
  width,
  access: "rw",
  doc: "",
  ...extra,
});

test("the neutral groups are 20, in the order of their bits, below 30", () => {
  expect(NAMES.map((name) => GROUP_BITS[name])).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test("each mask adds a class to the one before, without absent groups", () => {
  expect(syncMasks(groups)).toEqual({ runtime: 1, reset: 1 | (1 << 10), full: 1 | (1 << 10) | (1 << 19) });
});

test("masks of fields", () => {
  expect(fieldMask({ lsb: 63, width: 1 })).toBe(1n << 63n);
  expect(writableMask({ bits: 64 })).toBe(0xffff_ffff_ffff_ffffn);
  const fields = [
    field(0, 2),
    field(2, 1, { access: "ro" }),
    field(3, 1, { access: "wpri" }),
    field(4, 1, { access: "warl" }),
  ];
  expect(writableMask({ bits: 8, fields })).toBe(0x13n);
});

describe("checkRegisters", () => {
  test("finds nothing wrong with a good table", () => {
    expect(checkRegisters(groups, registers)).toEqual([]);
  });

  const withA = (extra: Partial<RegisterRow>) => [{ ...a, ...extra }, ...registers.slice(1)];
  test.each<[string, string, GroupRow[], RegisterRow[]]>([
    ["a wrong bit", "group CORE has bit 5", [{ ...groups[0], bit: 5 }, ...groups.slice(1)], registers],
    ["a missing group", "group FP has no row", groups.filter(({ name }) => name !== "FP"), registers],
    ["a group twice", "group ID has two rows", [...groups, groups[19]], registers],
    ["an empty group", "group MACH is empty", groups, [registers[0], registers[2]]],
    [
      "registers of an absent group",
      "group FP is absent but has registers",
      groups,
      [...registers, { ...a, name: "f", group: "FP" }],
    ],
    ["a name twice", "two registers are named m", groups, withA({ aliases: ["m"] })],
    ["a width out of range", "a has 513 bits", groups, withA({ bits: 513 })],
    ["a reset value too large", "a: the reset value does not fit 8 bits", groups, withA({ reset: 256n })],
    [
      "overlapping fields",
      "a.f1 overlaps the field below it or is out of order",
      groups,
      withA({ fields: [field(0, 2), field(1, 1)] }),
    ],
    ["a field outside", "a.f7 does not fit 8 bits", groups, withA({ fields: [field(7, 2)] })],
    [
      "a value too large",
      "a.f0: value 2 does not fit",
      groups,
      withA({ fields: [field(0, 1, { values: { 2: "two" } })] }),
    ],
  ])("finds %s", (_, message, groupRows, registerRows) => {
    expect(checkRegisters(groupRows, registerRows)).toEqual([message]);
  });
});
