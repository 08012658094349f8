/** T28: every bit of the hart has one owner, from the tables and against the core's own structure. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CPU_REGISTERS } from "../../../src/spec/abi.ts";
import { checkRegisters } from "../../../src/spec/register-table.ts";
import { CSRS } from "../../../src/spec/riscv64/csrs.ts";
import { REGISTER_TABLES } from "../../../src/spec/riscv64/register-tables.ts";
import { slotLayout } from "../../../src/spec/slot-layout.ts";
import { generateRegisters } from "../../../src/codegen/registers.ts";
import { resolveMask } from "../../../src/sync/group-masks.ts";

const layout = slotLayout(REGISTER_TABLES);
const { groups, registers, scratch, views } = REGISTER_TABLES;

test("groups are disjoint, each has one class, and every register one group", () => {
  expect(checkRegisters(groups, registers)).toEqual([]);
  expect(layout.registers.length).toBe(registers.length);
  const bits = groups.map(({ bit }) => 1 << bit);
  expect(bits.reduce((all, bit) => all + bit, 0)).toBe(0xf_ffff);
  expect(groups.every(({ bit }) => bit < 30)).toBe(true);
});

test("the classes make the three masks, each within the next, FULL being everything that is there", () => {
  const [runtime, reset, full] = (["RUNTIME", "RESET", "FULL"] as const).map((mask) => resolveMask(mask, groups));
  expect([runtime! & ~reset!, reset! & ~full!]).toEqual([0, 0]);
  const lacking = groups.filter(({ absent }) => absent).map(({ name }) => name);
  expect(lacking).toEqual(["VEC", "SEG"]);
  const present = groups.filter(({ absent }) => !absent).reduce((all, { bit }) => all | (1 << bit), 0);
  expect(full).toBe(present);
});

test("no two registers share a byte, and every byte is a register's, scratch or padding", () => {
  const owners: string[] = new Array(layout.bytes).fill("padding");
  const places = [
    ...layout.registers.map(({ row, offset, bytes }) => ({ name: row.name, offset, bytes })),
    ...layout.scratch.map(({ row, offset }) => ({ name: row.name, offset, bytes: row.bits / 8 })),
  ];
  for (const { name, offset, bytes } of places) {
    for (let at = offset; at < offset + bytes; at++) {
      expect(owners[at]).toBe("padding");
      owners[at] = name;
    }
  }
  // Only to align what follows: fewer than eight bytes at a time.
  expect(owners.join(" ")).not.toMatch(/(?:padding ){8}/);
  expect(scratch.map(({ name }) => name)).toEqual(["x0", "x32"]);
});

test("x1 to x31 and f0 to f31 lie where instructions index them", () => {
  const offsetOf = (name: string): number =>
    layout.registers.find(({ row }) => row.name === name || row.aliases?.includes(name))!.offset;
  const [x0, x32] = layout.scratch;
  for (let n = 1; n < 32; n++) expect(offsetOf(`x${n}`)).toBe(x0!.offset + 8 * n);
  expect(x32!.offset).toBe(x0!.offset + 8 * 32);
  for (let n = 0; n < 32; n++) expect(offsetOf(`f${n}`)).toBe(offsetOf("f0") + 8 * n);
});

test("every CSR owns its bits in one group or is a view of one that does", () => {
  const named = new Set(registers.map(({ name }) => name));
  // tdata1 to tdata3 show the trigger that tselect names: registers tdata1_0 to tdata3_3.
  const banked = ["tdata1", "tdata2", "tdata3"];
  const homeless = CSRS.filter(({ name, view }) => view === undefined && !named.has(name)).map(({ name }) => name);
  expect(homeless).toEqual(banked);
  expect(views.filter(({ of }) => !named.has(of))).toEqual([]);
});

test("what the hart keeps behind its registers is derived state, listed here", () => {
  const source = readFileSync(join(import.meta.dirname, "../../../wasm-core/targets/riscv64/hart.ts"), "utf8");
  const body = /class Hart extends RegisterFile \{(.*?)\n\}/s.exec(source)![1]!;
  const fields = [...body.matchAll(/^ {2}(\w+): \w+;/gm)].map((match) => match[1]);
  expect(fields).toEqual([
    // From privilege, mstatus, satp, PMP.
    ...["fetchContext", "loadContext", "storeContext"],
    // Within one instruction.
    ...["cause", "tval", "data"],
    // From pc.
    ...["codeVa", "codeBytes", "codeBase", "codeSpan", "ip", "codePage", "singleInsn", "single0", "single1", "single2"],
    // COUNT in another form, and what the host counts.
    ...["cycleDelta", "instretDelta", "trapped"],
    // LINES in another form.
    "lines",
    // From PROT, STATUS, RUN, MMU.
    ...["pmpActive", "pmpOpenFirst", "pmpOpenLast", "dataPriv", "waitsForReservation", "nextSpace", "space", "spaces0"],
  ]);
});

test("the generated register file has the layout's offsets", () => {
  const { text } = generateRegisters(REGISTER_TABLES, "tables");
  for (const { row, offset } of layout.registers) {
    const field = row.aliases?.find((alias) => /^[a-z]\d+$/.test(alias)) ?? row.name.replace("n_", "n");
    const name = field.startsWith("reservation")
      ? field.replace(/n([va])/, (_, c: string) => `n${c.toUpperCase()}`)
      : field;
    expect(text).toContain(`offsetof<RegisterFile>("${name}") != 0x${(CPU_REGISTERS + offset).toString(16)})`);
  }
});
