/** DWARF's stack machine by single expressions, and damaged ones: they end, with a sentence. */
import { describe, expect, test } from "vitest";
import { expressionAt, listBudget } from "../../src/debug/address-lists.ts";
import { elfSections } from "../../src/debug/elf-sections.ts";
import { type LocationContext, Unavailable } from "../../src/debug/location-context.ts";
import { evaluateLocation } from "../../src/debug/location-expression.ts";
import type { StackType } from "../../src/debug/stack-arithmetic.ts";
import { assembled, type FrameVariable } from "../../src/debug/variable-bytes.ts";
import { elfTypes } from "../../src/debug/type-table.ts";
import { elfFunctions } from "../../src/debug/function-table.ts";
import { unpackedElf } from "../../src/debug/unpacked-elf.ts";
import { frameVariables } from "../../src/debug/frame-variables.ts";
import { compiled, FORMS } from "./variables/variables.ts";

const TYPES: readonly (StackType | null)[] = [
  null,
  { bytes: 4, isSigned: true, isFloat: false },
  { bytes: 1, isSigned: false, isFloat: false },
  null,
  { bytes: 8, isSigned: true, isFloat: true },
  { bytes: 4, isSigned: true, isFloat: true },
];

/** Register n holds 0x100 + n, memory its own address; types: at 1 an int32, at 2 a uint8, at 4 a double, at 5 a float. */
const context: LocationContext = {
  wordBytes: 8,
  littleEndian: true,
  offsetBytes: 4,
  register: async (number) => {
    if (number === 31) throw new Unavailable("it was in x31, which the calls have not kept");
    return 0x100n + BigInt(number);
  },
  memory: async (address, bytes) => BigInt.asUintN(bytes * 8, address),
  frameBase: async () => 0x8000n,
  frameAddress: () => 0x9000n,
  addressAt: (index) => 0xa000n + BigInt(index),
  typeAt: (offset) => TYPES[offset] ?? null,
  atEntry: async (register) => 0x200n + BigInt(register),
  passed: async (offset) => 0x300n + BigInt(offset),
  // At 1 a literal, at 2 a call of itself.
  procedure: (offset, inUnit) => Uint8Array.from(offset === 2 ? [0x98, 2, 0] : offset === 1 && inUnit ? [0x37] : []),
  threadAddress: async (offset) => 0x7000n + offset,
};

/** Pushes a double. */
function double(value: number): number[] {
  return [0xa4, 4, 8, ...new Uint8Array(Float64Array.of(value).buffer)];
}

/** What it says, "stack_value" appended: a number as C would write it in hexadecimal. */
async function computed(...code: number[]): Promise<string> {
  const [piece] = await evaluateLocation(Uint8Array.of(...code, 0x9f), context);
  return piece?.at.kind === "value" ? `0x${piece.at.value.toString(16)}` : "?";
}

describe("values", () => {
  test.each([
    ["literals and constants", [0x30 + 17], "0x11"],
    ["const1s", [0x09, 0xff], "0xffffffffffffffff"],
    ["const2u", [0x0a, 0x34, 0x12], "0x1234"],
    ["consts", [0x11, 0x7e], "0xfffffffffffffffe"],
    ["addr", [0x03, 8, 7, 6, 5, 4, 3, 2, 1], "0x102030405060708"],
    ["addrx", [0xa1, 5], "0xa005"],
    ["breg and plus_uconst", [0x75, 0x7f, 0x23, 3], "0x107"],
    ["bregx", [0x92, 40, 0x10], "0x138"],
    ["fbreg", [0x91, 0x70], "0x7ff0"],
    ["call_frame_cfa and deref", [0x9c, 0x06], "0x9000"],
    ["deref_size", [0x0c, 0x78, 0x56, 0x34, 0x12, 0x94, 2], "0x5678"],
    ["entry_value", [0xa3, 1, 0x5a], "0x20a"],
    ["GNU_entry_value of a long register", [0xf3, 2, 0x90, 42], "0x22a"],
    ["swap, over, rot, pick", [0x31, 0x32, 0x16, 0x14, 0x17, 0x15, 2, 0x1c], "0xffffffffffffffff"],
    ["minus below 0", [0x30, 0x31, 0x1c], "0xffffffffffffffff"],
    ["div is signed", [0x11, 0x79, 0x32, 0x1b], "0xfffffffffffffffd"],
    ["mod is not", [0x11, 0x79, 0x3a, 0x1d], "0x9"],
    ["shl by more than there is", [0x31, 0x10, 0xc8, 0x01, 0x24], "0x0"],
    ["shra", [0x11, 0x70, 0x32, 0x26], "0xfffffffffffffffc"],
    ["lt is signed", [0x11, 0x7f, 0x30, 0x2d], "0x1"],
    ["abs, neg, not", [0x11, 0x7b, 0x19, 0x1f, 0x20], "0x4"],
    ["a branch taken", [0x31, 0x28, 2, 0, 0x33, 0x9f, 0x34], "0x4"],
    ["convert to int32", [0x10, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xa8, 1, 0xa8, 0], "0xffffffffffffffff"],
    ["typed comparison", [0xa4, 1, 4, 0xff, 0xff, 0xff, 0xff, 0xa4, 1, 4, 0, 0, 0, 0, 0x2d], "0x1"],
    ["regval_type", [0xa5, 5, 2], "0x5"],
    ["const_type of 16 bytes", [0xa4, 1, 16, ...Array(15).fill(1), 2], "0x1010101"],
    // 1.5 * 2 - 0.25, as a double, in whole numbers, and as a float that is not one.
    ["doubles", [...double(1.5), ...double(2), 0x1e, ...double(0.25), 0x1c], "0x4006000000000000"],
    ["a double cut off", [...double(-2.75), 0xa8, 1], "0xfffffffe"],
    ["a double made of a whole number", [0x11, 0x7d, 0xa8, 1, 0xa8, 4], "0xc008000000000000"],
    ["a float", [...double(0.1), 0xa8, 5], "0x3dcccccd"],
    ["floats compared", [...double(0.1), 0xa8, 5, 0xa8, 4, ...double(0.1), 0x2b], "0x1"],
    ["neg and abs of a double", [...double(1), 0x1f, 0x12, 0x19, 0x22], "0x0"],
    ["call2, call4 and call_ref of what is nothing", [0x98, 1, 0, 0x99, 1, 0, 0, 0, 0x9a, 1, 0, 0, 0, 0x22], "0xe"],
    ["form_tls_address", [0x38, 0x9b], "0x7008"],
    ["GNU_push_tls_address", [0x38, 0xe0], "0x7008"],
    ["GNU_parameter_ref", [0xfa, 4, 0, 0, 0], "0x304"],
  ])("%s", async (_, code, value) => {
    // A branch jumps over the end that is there for the other way.
    expect(await computed(...code)).toBe(value);
  });

  test("a loop that ends", async () => {
    // 0 5; do { a += 2 } while (--n): dup'd on the stack.
    expect(await computed(0x30, 0x35, 0x16, 0x23, 2, 0x16, 0x31, 0x1c, 0x12, 0x28, 0xf6, 0xff, 0x13)).toBe("0xa");
  });
});

describe("places", () => {
  const placed = async (length: number, ...code: number[]) =>
    assembled(await evaluateLocation(Uint8Array.from(code), context), length, context, async (address, bytes) =>
      Uint8Array.from({ length: bytes }, (_, n) => Number(address & 0xffn) + n),
    );

  test("memory, a register, nothing", async () => {
    expect(await placed(4, 0x91, 8)).toEqual({ kind: "memory", address: 0x8008n });
    expect(await placed(2, 0x5a)).toMatchObject({
      bytes: Uint8Array.of(0x0a, 1),
      parts: [{ first: 0, end: 2 }],
      missing: [],
    });
    expect(await placed(2)).toMatchObject({ kind: "none", isGone: true });
  });

  test("pieces of registers, memory, constants and nothing", async () => {
    const value = await placed(
      14,
      0x55,
      0x93,
      2,
      0x71,
      0,
      0x93,
      4,
      0x93,
      2,
      0x32,
      0x9f,
      0x93,
      4,
      0x9e,
      2,
      7,
      8,
      0x93,
      2,
    );
    expect(value).toEqual({
      kind: "bytes",
      bytes: Uint8Array.of(5, 1, 1, 2, 3, 4, 0, 0, 2, 0, 0, 0, 7, 8),
      missing: [{ first: 6, end: 8 }],
      parts: [
        { first: 0, end: 2, at: { kind: "register", register: 5 } },
        { first: 2, end: 6, at: { kind: "memory", address: 0x101n } },
        { first: 8, end: 12, at: { kind: "computed" } },
        { first: 12, end: 14, at: { kind: "computed" } },
      ],
    });
  });

  test("pieces of bits", async () => {
    // 4 bits of register 5 (0x105), 12 from its bit 4 on, 3 of a constant, and nothing for 5.
    const value = await placed(3, 0x55, 0x9d, 4, 0, 0x55, 0x9d, 12, 4, 0x37, 0x9f, 0x9d, 3, 1, 0x9d, 5, 0);
    expect(value).toEqual({
      kind: "bytes",
      bytes: Uint8Array.of(0x05, 0x01, 0x03),
      missing: [{ first: 2, end: 3 }],
      parts: [
        { first: 0, end: 1, at: { kind: "bits" } },
        { first: 0, end: 2, at: { kind: "bits" } },
        { first: 2, end: 3, at: { kind: "bits" } },
      ],
    });
  });

  test("a pointer to what is in no memory", async () => {
    const code = Uint8Array.of(0xa0, 0x34, 0x12, 0, 0, 0x7c);
    const [piece] = await evaluateLocation(code, context);
    expect(piece?.at).toEqual({ kind: "pointer", entry: 0x1234, offset: -4n });
  });

  test("what cannot be known says why", async () => {
    await expect(placed(8, 0x6f)).rejects.toThrow(new Unavailable("it was in x31, which the calls have not kept"));
    await expect(placed(16, 0x5a)).rejects.toThrow("it is larger than the register that it is in");
    await expect(placed(8, 0xa5, 1, 3)).rejects.toThrow("numbers that are not read here");
    await expect(placed(8, 0xe1)).rejects.toThrow("operation 0xe1, which is not evaluated here");
  });
});

describe("damage", () => {
  test.each([
    ["a loop without end", [0x2f, 0xfd, 0xff], "has no end"],
    ["a full stack", [0x30, 0x2f, 0xfc, 0xff], "fills its stack"],
    ["a procedure that calls itself", [0x98, 2, 0], "call each other without an end"],
    ["a complement of a float", [...double(1), 0x20], "the complement of a float"],
    ["an empty one", [0x22], "takes more than is on its stack"],
    ["a division by 0", [0x31, 0x30, 0x1b], "divides by 0"],
    ["a branch out", [0x2f, 0x10, 0], "branches out of itself"],
    ["an operand that is cut off", [0x03, 1, 2], "truncated at offset 0x3"],
    ["something behind a location", [0x5a, 0x31], "behind a whole location"],
  ])("%s", async (_, code, complaint) => {
    await expect(evaluateLocation(Uint8Array.from(code), context)).rejects.toThrow(complaint);
  });

  test("any bytes give pieces or a sentence", async () => {
    let seed = 1;
    const random = (most: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return (seed >> 8) % most;
    };
    const outcomes = { pieces: 0, Error: 0, Unavailable: 0 };
    for (let round = 0; round < 1500; round++) {
      const code = Uint8Array.from({ length: random(14) }, () => random(256));
      try {
        await evaluateLocation(code, context);
        outcomes.pieces++;
      } catch (error) {
        const kind = (error as Error).constructor;
        expect([Error, Unavailable]).toContain(kind);
        outcomes[kind === Error ? "Error" : "Unavailable"]++;
      }
    }
    expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(50);
  });

  test.each(FORMS)("variables of %s, damaged anywhere: it ends, with values or a sentence", async (form) => {
    const good = compiled(form);
    const parts = elfSections(good).sections.filter(({ name }) => /^\.debug_(info|abbrev|loc|loclists|r)/.test(name));
    const source = {
      threadPointer: "r4",
      names: Array.from({ length: 64 }, (_, n) => `r${n}`),
      register: async () => 0x8000_1000n,
      memory: async (_: bigint, length: number) => new Uint8Array(length),
    };
    const frames = [0x8000_0060n, 0x8000_0090n].map((pc, n) => {
      const by = n === 0 ? ("machine" as const) : ("frame-information" as const);
      return { pc, frameAddress: 0x8010_0000n, by, registers: new Map<string, bigint>(), homes: new Map() };
    });
    let refused = 0;
    const seen: FrameVariable[] = [];
    for (let round = 0; round < 30; round++) {
      const bad = good.slice();
      for (let n = 0; n < 4; n++) {
        const { bytes } = parts[(round + n) % parts.length] as (typeof parts)[number];
        bad[bytes.byteOffset - good.byteOffset + ((round * 7919 + n * 104_729) % bytes.length)] ^=
          1 << ((round + n) % 8);
      }
      try {
        const table = elfFunctions(bad, elfTypes(bad));
        for (const { pc } of frames) table.at(pc);
        const scopes = (await frameVariables([table], frames, 0, source)) ?? [];
        for (const { parameters, locals } of scopes) seen.push(...parameters, ...locals);
      } catch (error) {
        refused++;
        expect((error as Error).constructor).toBe(Error);
      }
    }
    expect(refused).toBeGreaterThan(2);
    expect(seen.length).toBeGreaterThan(10);
  });
});

describe("packed sections", () => {
  /** The file with one section packed, as `objcopy --compress-debug-sections=zlib` leaves it. */
  async function packed(file: Uint8Array, name: string, type = 1): Promise<Uint8Array> {
    const { sections } = elfSections(file);
    const index = sections.findIndex((section) => section.name === name);
    const { bytes } = sections[index] as (typeof sections)[number];
    const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream("deflate"));
    const small = new Uint8Array(await new Response(stream).arrayBuffer());
    const whole = new Uint8Array(file.length + 24 + small.length);
    whole.set(file);
    whole.set(small, file.length + 24);
    const view = new DataView(whole.buffer);
    view.setUint32(file.length, type, true);
    view.setBigUint64(file.length + 8, BigInt(bytes.length), true);
    const header = Number(view.getBigUint64(40, true)) + index * 64;
    view.setBigUint64(header + 8, view.getBigUint64(header + 8, true) | 0x800n, true);
    view.setBigUint64(header + 24, BigInt(file.length), true);
    view.setBigUint64(header + 32, BigInt(24 + small.length), true);
    return whole;
  }

  const file = compiled("gcc-O2-5");

  test("become what they were", async () => {
    const both = await packed(await packed(file, ".debug_info"), ".debug_str");
    expect(() => elfTypes(both)).toThrow(".debug_info is compressed");
    const whole = await unpackedElf(both);
    const contents = (of: Uint8Array) =>
      elfSections(of).sections.map(({ name, bytes }) => [name, Buffer.from(bytes).toString("hex")]);
    expect(contents(whole)).toEqual(contents(file));
    expect(elfTypes(whole).variable("sink")?.address).toBe(elfTypes(file).variable("sink")?.address);
    expect(await unpackedElf(file)).toBe(file);
  });

  test("that cannot be read are named", async () => {
    await expect(packed(file, ".debug_info", 2).then(unpackedElf)).rejects.toThrow(
      "section .debug_info is packed with zstd, which is not read here: objcopy --decompress-debug-sections makes",
    );
    await expect(packed(file, ".debug_str", 7).then(unpackedElf)).rejects.toThrow("in a way of number 7");
    for (const [place, value] of [
      [8, 5n],
      [8, 1n << 24n],
      [24, 0n],
    ] as const) {
      const bad = await packed(file, ".debug_str");
      new DataView(bad.buffer).setBigUint64(file.length + place, value, true);
      await expect(unpackedElf(bad)).rejects.toThrow("section .debug_str is damaged: it does not become");
    }
    const bomb = await packed(file, ".debug_str");
    new DataView(bomb.buffer).setBigUint64(file.length + 8, 1n << 40n, true);
    await expect(unpackedElf(bomb)).rejects.toThrow("section .debug_str becomes larger than the 512 MiB");
  });
});

test("a list without an end, and one of an unknown kind", () => {
  const elf = {
    littleEndian: true,
    wordBytes: 8,
    sections: [section(".debug_loclists", [4, 1]), section(".debug_loc", [])],
  };
  const unit = {
    offsetBytes: 4,
    addressBytes: 8,
    stringOffsetsBase: 0,
    addressBase: 8,
    rangeListsBase: 0,
    locationListsBase: 0,
  };
  const at = { kind: "number", value: 0n, isSigned: false, bytes: 4 } as const;
  expect(() => expressionAt(elf, { ...unit, version: 5 }, at, 0n, 0n, listBudget(elf))).toThrow("truncated");
  expect(() => expressionAt(elf, { ...unit, version: 4 }, at, 0n, 0n, listBudget(elf))).toThrow("truncated");
  const odd = { ...elf, sections: [section(".debug_loclists", [77])] };
  expect(() => expressionAt(odd, { ...unit, version: 5 }, at, 0n, 0n, listBudget(elf))).toThrow(
    "a list's entry of kind 77",
  );
});

function section(name: string, bytes: number[]) {
  return { name, type: 1, address: 0n, bytes: Uint8Array.from(bytes), link: 0, isCompressed: false };
}
