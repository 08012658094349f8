/** Types and variables from debug information: what five compilations of one source say, as values of its data. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type DataType, typeText } from "../../src/debug/data-types.ts";
import {
  bitsOf,
  bytesOf,
  type DataPlace,
  dataPlace,
  hasParts,
  partsOf,
  valueText,
} from "../../src/debug/data-values.ts";
import { elfSections } from "../../src/debug/elf-sections.ts";
import { elfTypes, type TypeTable } from "../../src/debug/type-table.ts";
import { path } from "../boot/machines.ts";

const forms = ["gcc-5", "gcc-2", "gcc-4-units", "clang-5", "clang-3-big-endian"] as const;

const VOID: DataType = { kind: "none", name: "void", bytes: 0 };

interface Program {
  readonly file: Uint8Array;
  readonly types: TypeTable;
  readonly littleEndian: boolean;
  memory(address: bigint, length: number): Uint8Array;
}

function program(form: string): Program {
  const file = new Uint8Array(gunzipSync(readFileSync(new URL(`types/${form}.elf.gz`, import.meta.url))));
  const { sections, littleEndian } = elfSections(file);
  return {
    file,
    types: elfTypes(file),
    littleEndian,
    memory(address, length) {
      const section = sections.find(
        (each) => each.address !== 0n && address >= each.address && address < each.address + BigInt(each.bytes.length),
      );
      if (section === undefined) return new Uint8Array(length);
      const at = Number(address - section.address);
      return section.bytes.slice(at, at + length);
    },
  };
}

/** "path: type = value" of a place and of all below it, pointers not followed. */
function lines({ memory, littleEndian }: Program, place: DataPlace): string[] {
  const bytes = memory(place.address, bytesOf(place));
  const width = place.bits === null ? "" : ` : ${place.bits.width}`;
  const isPointer = place.type.kind === "pointer";
  const value = isPointer ? "pointer" : valueText(place, bytes, littleEndian);
  // The one compiler calls "short int" and "long long unsigned int" what the other calls "short" and "unsigned long long".
  const type = typeText(place.type)
    .replace(/(short|long) int/, "$1")
    .replace("long long unsigned int", "unsigned long long");
  const own = `${place.path}: ${type}${width} = ${value}`;
  const below = isPointer || !hasParts(place) ? [] : partsOf(place, 0n);
  return [own, ...below.flatMap((each) => lines({ memory, littleEndian } as Program, each))];
}

function variable({ types }: Program, name: string): DataPlace {
  const found = types.variable(name);
  if (found === null) throw new Error(`no variable ${name}`);
  return dataPlace(name, found.type, found.address);
}

describe.each(forms)("%s", (form) => {
  const it = program(form);
  const is32 = form === "clang-3-big-endian";

  test("names of types and variables", () => {
    expect(it.types.names.filter((name) => /^(struct|union|enum) |^Point$|^u8$|^char$|^int$/.test(name))).toEqual([
      "Point",
      "char",
      "enum Colour",
      "enum Flags",
      "enum Order",
      "int",
      "struct Bits",
      "struct Node",
      "struct Open",
      "u8",
      "union Both",
    ]);
    expect(it.types.variableNames).toEqual(["calls", "first", "list", "many", "second"]);
    expect(it.types.find("Node")).toBe(it.types.find(" struct  Node "));
    expect(it.types.find("Nobody")).toBeNull();
    expect(it.types.variable("nobody")).toBeNull();
  });

  test("each field of a structure, with its value", () => {
    const all = lines(it, variable(it, "first")).filter((line) => !/bool|_Bool/i.test(line));
    expect(all).toEqual([
      "first: struct Node = {…}",
      "first.next: struct Node * = pointer",
      'first.name: char[8] = "one"',
      "first.name[0]: char = 111 'o'",
      "first.name[1]: char = 110 'n'",
      "first.name[2]: char = 101 'e'",
      ...[3, 4, 5, 6, 7].map((n) => `first.name[${n}]: char = 0 '\\x00'`),
      "first.colour: enum Colour = GREEN (5)",
      "first.flags: enum Flags = READ | EXECUTE (5)",
      "first.order: enum Order = LESS (-1)",
      "first.both: union Both = {…}",
      "first.both.word: unsigned int = 1069547520 (0x3fc00000)",
      "first.both.number: float = 1.5",
      "first.both.bytes: u8[4] = 4 elements",
      ...[0, 1, 2, 3].map((n) => {
        const byte = ["0", "0", "192 (0xc0)", "63 (0x3f)"][it.littleEndian ? n : 3 - n];
        return `first.both.bytes[${n}]: u8 = ${byte}`;
      }),
      "first: struct = {…}",
      "first.at: Point = {…}",
      "first.at.x: short = -2",
      "first.at.y: short = 300",
      "first.shade: u8 = 200 (0xc8)",
      "first.grid: int[2][3] = 2 elements",
      "first.grid[0]: int[3] = 3 elements",
      "first.grid[0][0]: int = 1",
      "first.grid[0][1]: int = 2",
      "first.grid[0][2]: int = 3",
      "first.grid[1]: int[3] = 3 elements",
      "first.grid[1][0]: int = -4",
      "first.grid[1][1]: int = -5",
      "first.grid[1][2]: int = -6",
      "first.bits: struct Bits = {…}",
      "first.bits.a: unsigned int : 3 = 5",
      "first.bits.b: unsigned int : 7 = 100 (0x64)",
      "first.bits.c: int : 5 = -9",
      "first.bits.d: unsigned long long : 40 = 737894404660 (0xabcdef1234)",
      "first.call: code * = pointer",
      "first.ratio: double = -0.125",
      "first.any: void * = pointer",
    ]);
    expect(lines(it, variable(it, "first")).filter((line) => /bool|_Bool/i.test(line))).toEqual([
      "first.bits.e: _Bool : 1 = true",
      "first.yes: _Bool = true",
    ]);
  });

  test("a pointer's target, an enumeration without a name for its value, a text without an end", () => {
    const next = partsOf(variable(it, "first"), 0n)[0] as DataPlace;
    const pointer = bitsOf(next, it.memory(next.address, bytesOf(next)), it.littleEndian);
    expect(pointer).toBe(it.types.variable("second")?.address);
    const fields = partsOf(next, pointer).flatMap((place) => lines(it, place));
    expect(fields).toContain('first.next->name: char[8] = "12345678" …');
    expect(fields).toContain("first.next->colour: enum Colour = 3");
    expect(fields).toContain("first.next->flags: enum Flags = 8");
    expect(fields).toContain("first.next->order: enum Order = MORE (1)");
    expect(partsOf(next, 0n)).toEqual([]);
  });

  test("an open array, a long one in parts, and a variable of a function", () => {
    expect(lines(it, variable(it, "list"))).toEqual([
      "list: struct Open = {…}",
      "list.count: int = 2",
      "list.items: short[] = as long as it is",
      "list.items[0]: short = 10",
    ]);
    const many = partsOf(variable(it, "many"), 0n);
    expect(many.map(({ name }) => name)).toEqual(["[0 … 99]", "[100 … 199]", "[200 … 249]"]);
    const last = partsOf(many[2] as DataPlace, 0n).at(-1) as DataPlace;
    expect(lines(it, last)).toEqual(["many[249]: long = 42"]);
    expect(last.address - variable(it, "many").address).toBe(BigInt(249 * (is32 ? 4 : 8)));
    expect(lines(it, variable(it, "calls"))).toEqual(["calls: int = 7"]);
  });

  test("damage is refused with a sentence, or leaves types: it never hangs", () => {
    const { sections } = elfSections(it.file);
    const parts = sections.filter(({ name }) => /^\.debug_(info|abbrev|types|str_offsets|addr)$/.test(name));
    let refused = 0;
    for (let round = 0; round < 120; round++) {
      const bad = it.file.slice();
      for (let n = 0; n < 3; n++) {
        const { bytes } = parts[(round + n) % parts.length] as (typeof parts)[number];
        bad[bytes.byteOffset - it.file.byteOffset + ((round * 7919 + n * 104_729) % bytes.length)] ^=
          1 << ((round + n) % 8);
      }
      try {
        const types = elfTypes(bad);
        for (const name of types.names) typeText(types.find(name) ?? VOID);
        for (const name of types.variableNames) {
          const { type, address } = types.variable(name) ?? { type: VOID, address: 0n };
          for (const place of partsOf(dataPlace(name, type, address), 0n)) if (hasParts(place)) partsOf(place, 0n);
        }
      } catch (error) {
        refused++;
        expect((error as Error).constructor).toBe(Error);
      }
    }
    expect(refused).toBeGreaterThan(20);
  });
});

test("the bundled programs", () => {
  const file = readFileSync(path("public/guests/processes.elf"));
  const types = elfTypes(file);
  expect(types.variable("processes")).toMatchObject({ address: 0x8003_2010n, type: { bytes: 544, count: 2 } });
  expect(typeText(types.variable("current")?.type ?? VOID)).toBe("Process *");
});

describe("refused", () => {
  test("compressed debug information, with what to do", () => {
    const file = program("gcc-5").file.slice();
    const view = new DataView(file.buffer);
    const headers = Number(view.getBigUint64(40, true));
    const index = elfSections(file).sections.findIndex(({ name }) => name === ".debug_info");
    view.setBigUint64(headers + index * 64 + 8, 0x800n, true);
    expect(() => elfTypes(file)).toThrow(".debug_info is compressed: objcopy --decompress-debug-sections makes");
  });

  test("a type that is made of itself", () => {
    // One unit with a typedef "T" (at 0x0c) of itself: abbreviation 1 is the unit, 2 a typedef with name and reference.
    const info = unit([1, 2, ...text("T"), 12, 0, 0, 0, 0]);
    const types = elfTypes(elfWith(info, [1, 0x11, 1, 0, 0, 2, 0x16, 0, 0x03, 0x08, 0x49, 0x13, 0, 0, 0]));
    expect(types.names).toEqual(["T"]);
    expect(() => types.find("T")).toThrow("the type at 0xc is made of itself");
  });

  test("forms, abbreviations and references that do not exist", () => {
    expect(() => elfTypes(elfWith(unit([1, 9]), [1, 0x11, 1, 0, 0, 0]))).toThrow(
      ".debug_info: unit at 0x0: entry at 0xc has no abbreviation 9",
    );
    expect(() => elfTypes(elfWith(unit([1]), [1, 0x11, 0, 0x03, 0x7e, 0, 0, 0]))).toThrow("form 0x7e is not known");
    expect(() => elfTypes(elfWith(unit([1, 0, 0], 9), [0]))).toThrow("version 9");
    expect(() => elfTypes(elfWith(Uint8Array.of(200, 0, 0, 0, 4, 0), [0]))).toThrow("truncated at offset 0x6");
    const lost = unit([1, 2, ...text("T"), 0x70, 0, 0, 0, 0]);
    const types = elfTypes(elfWith(lost, [1, 0x11, 1, 0, 0, 2, 0x16, 0, 0x03, 0x08, 0x49, 0x13, 0, 0, 0]));
    expect(types.find("T")).toMatchObject({
      kind: "named",
      of: { kind: "none", name: "a type that the file does not have" },
    });
  });
});

function text(word: string): number[] {
  return [...new TextEncoder().encode(word), 0];
}

/** A DWARF 4 unit of 8-byte addresses with these entries. */
function unit(entries: readonly number[], version = 4): Uint8Array {
  return Uint8Array.of(7 + entries.length, 0, 0, 0, version, 0, 0, 0, 0, 0, 8, ...entries);
}

/** A 64-bit little-endian ELF file with these two sections. */
function elfWith(info: Uint8Array, abbreviations: readonly number[]): Uint8Array {
  const names = "\0.debug_info\0.debug_abbrev\0.shstrtab\0";
  const contents = [info, Uint8Array.from(abbreviations), new TextEncoder().encode(names)];
  const file = new Uint8Array(64 + 4 * 64 + contents.reduce((sum, { length }) => sum + length, 0));
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setBigUint64(40, 64n, true);
  view.setUint16(58, 64, true);
  view.setUint16(60, 4, true);
  view.setUint16(62, 3, true);
  let at = 64 + 4 * 64;
  contents.forEach((content, n) => {
    const header = 64 + (n + 1) * 64;
    view.setUint32(header, [1, 13, 27][n] as number, true);
    view.setUint32(header + 4, n === 2 ? 3 : 1, true);
    view.setBigUint64(header + 24, BigInt(at), true);
    view.setBigUint64(header + 32, BigInt(content.length), true);
    file.set(content, at);
    at += content.length;
  });
  return file;
}
