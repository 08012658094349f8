// The form of an instruction table: its parser and its checks.
import { describe, expect, test } from "vitest";
import {
  checkTable,
  extractField,
  type InsnRow,
  insertField,
  isMoreSpecific,
  isSigned,
  parseConditions,
  parseEncoding,
  parseExpand,
} from "../../src/spec/instruction-table.ts";

function row(name: string, enc: string, extra: Partial<InsnRow> = {}): InsnRow {
  return { name, ext: "I", enc, asm: "", kind: "alu", doc: "", ...extra };
}

describe("parseEncoding", () => {
  test("places scattered immediates", () => {
    const branch = parseEncoding("imm[12|10:5] rs2 rs1 000 imm[4:1|11] 1100011");
    expect(branch.bits).toBe(32);
    expect(branch.mask).toBe(0x707f);
    expect(branch.match).toBe(0x63);
    expect(branch.fields.get("imm")).toEqual([
      { insnLsb: 31, width: 1, fieldLsb: 12 },
      { insnLsb: 25, width: 6, fieldLsb: 5 },
      { insnLsb: 8, width: 4, fieldLsb: 1 },
      { insnLsb: 7, width: 1, fieldLsb: 11 },
    ]);
    // beq x1, x2, -4
    expect(extractField(branch, "imm", 0xfe208ee3)).toBe(-4);
    expect(insertField(branch, "imm", 0x00208063, -4)).toBe(0xfe208ee3);
  });

  test("counts primed registers from 8", () => {
    const sub = parseEncoding("100 0 11 rd' 00 rs2' 01");
    expect(sub.bits).toBe(16);
    expect([extractField(sub, "rd'", 0x8c05), extractField(sub, "rs2'", 0x8c05)]).toEqual([8, 9]);
    expect(insertField(sub, "rd'", 0x8c05, 15)).toBe(0x8f85);
  });

  test.each([
    ["0000000 rs2 rs1 000 rd 011001", 'encoding "0000000 rs2 rs1 000 rd 011001" has 31 bits, expected 16 or 32'],
    ["000000000000 rs1 000 rx 0110011", 'encoding "000000000000 rs1 000 rx 0110011" has an unknown token "rx"'],
    ["imm[0:11] rs1 000 rd 0010011", 'encoding "imm[0:11] rs1 000 rd 0010011" has a bad range in "imm[0:11]"'],
    ["imm[11:0] rs1 imm[2:0] rd 0010011", 'encoding "imm[11:0] rs1 imm[2:0] rd 0010011" gives a bit of imm twice'],
  ])("rejects %s", (enc, message) => {
    expect(() => parseEncoding(enc)).toThrow(message);
  });

  test("insertField refuses what does not fit", () => {
    const addi = parseEncoding("imm[11:0] rs1 000 rd 0010011");
    expect(() => insertField(addi, "imm", 0x13, 2048)).toThrow(RangeError);
    expect(() => insertField(addi, "imm", 0x13, -2049)).toThrow(RangeError);
    expect(() => insertField(addi, "rd", 0x13, 32)).toThrow(RangeError);
    expect(() => insertField(addi, "rs2", 0x13, 0)).toThrow("no field rs2 in this encoding");
    expect(insertField(addi, "imm", 0x13, -2048)).toBe(0x80000013);
  });
});

describe("checkTable", () => {
  const fixed = row("a", "0000000 00000 00000 000 rd 0110011");
  test.each<[string, InsnRow[], string]>([
    [
      "overlaps",
      [row("a", "0000000 rs2 00000 000 rd 0110011"), row("b", "0000000 00000 rs1 000 rd 0110011")],
      "a and b overlap and neither is more specific",
    ],
    ["equal encodings", [fixed, { ...fixed, name: "b" }], "a and b overlap and neither is more specific"],
    ["equal names", [fixed, row("a", "0000000 00000 00000 001 rd 0110011")], "a: two rows have this name"],
    [
      "unknown fields in conditions",
      [{ ...fixed, where: "rs1!=0" }],
      "a: condition on rs1, which is not a field of it",
    ],
    ["bad conditions", [{ ...fixed, where: "rd=0" }], 'a: bad condition "rd=0", expected field!=value'],
    ["bad patterns", [row("a", "000")], 'a: encoding "000" has 3 bits, expected 16 or 32'],
    ["expansions to nothing", [{ ...fixed, expand: "b rd=rd" }], "a: expands to b, which has no row"],
    [
      "open expansions",
      [fixed, row("c.a", "1000 rd 00000 10", { expand: "a" })],
      "c.a: the expansion leaves rd of a open",
    ],
    [
      "expansions of another kind",
      [fixed, row("c.a", "1000 rd 00000 10", { expand: "a rd=rd", kind: "load" })],
      "c.a: kind load differs from a's alu",
    ],
    ["fields that are not there", [fixed, row("c.a", "1000 rd 00000 10", { expand: "a rd=rs1" })], "c.a: no field rs1"],
  ])("finds %s", (_, rows, message) => {
    expect(checkTable(rows)).toEqual([message]);
  });

  test("accepts an overlap where one row is more specific", () => {
    const general = parseEncoding("1000 rd rs2 10");
    const special = parseEncoding("1000 rs1 00000 10");
    expect(isMoreSpecific(special, general)).toBe(true);
    expect(isMoreSpecific(general, special)).toBe(false);
    expect(checkTable([row("c.mv", "1000 rd rs2 10"), row("c.jr", "1000 rs1 00000 10")])).toEqual([]);
  });
});

test("conditions and expansions parse", () => {
  expect(parseConditions("rd!=0 rm!=5,6", "!=")).toEqual([
    { field: "rd", values: [0] },
    { field: "rm", values: [5, 6] },
  ]);
  expect(parseConditions(undefined, "=")).toEqual([]);
  const { name, fields } = parseExpand("addi rd=rd' rs1=2 imm=-1");
  expect(name).toBe("addi");
  expect([...fields]).toEqual([
    ["rd", "rd'"],
    ["rs1", 2],
    ["imm", -1],
  ]);
  expect(isSigned("imm")).toBe(true);
  expect(["uimm", "shamt", "csr", "rd"].filter(isSigned)).toEqual([]);
});
