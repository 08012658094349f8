/** Files that would cost the square of their length: they are read or refused in work that is counted, not timed. */
import { afterEach, describe, expect, test } from "vitest";
import { AddressIndex } from "../../src/debug/address-index.ts";
import { BtfTypes } from "../../src/debug/btf.ts";
import { DwarfReader } from "../../src/debug/dwarf-reader.ts";
import { type ElfSection, sectionOf } from "../../src/debug/elf-sections.ts";
import { elfFrames } from "../../src/debug/frame-table.ts";
import { elfFunctions } from "../../src/debug/function-table.ts";
import { elfLines, LineTable } from "../../src/debug/line-table.ts";
import { elfSymbols, SymbolTable } from "../../src/debug/symbols.ts";
import { elfTypes } from "../../src/debug/type-table.ts";
import { unpackedElf } from "../../src/debug/unpacked-elf.ts";

interface Section {
  readonly name: string;
  readonly type?: number;
  readonly flags?: number;
  readonly bytes: Uint8Array;
  readonly link?: number;
  /** Headers that say the same. */
  readonly times?: number;
}

/** An ELF file of these sections; number 0 is empty, the last one holds their names. */
function elf(...given: readonly Section[]): Uint8Array {
  const all = [{ name: "", type: 0, bytes: new Uint8Array(0) }, ...given];
  const names = new TextEncoder().encode([...all, { name: ".shstrtab" }].map(({ name }) => `${name}\0`).join(""));
  all.push({ name: ".shstrtab", type: 3, bytes: names });
  const headers = all.reduce((sum, { times = 1 }) => sum + times, 0);
  const content = all.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const file = new Uint8Array(64 + content + headers * 64);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setBigUint64(40, BigInt(64 + content), true);
  view.setUint16(58, 64, true);
  view.setUint16(60, headers, true);
  view.setUint16(62, headers - 1, true);
  let [at, header, name] = [64, 64 + content, 0];
  for (const { name: text, type = 1, flags = 0, bytes, link = 0, times = 1 } of all) {
    file.set(bytes, at);
    for (let n = 0; n < times; n++, header += 64) {
      view.setUint32(header, name, true);
      view.setUint32(header + 4, type, true);
      view.setBigUint64(header + 8, BigInt(flags), true);
      view.setBigUint64(header + 24, BigInt(at), true);
      view.setBigUint64(header + 32, BigInt(bytes.length), true);
      view.setUint32(header + 40, link, true);
    }
    at += bytes.length;
    name += text.length + 1;
  }
  return file;
}

const uleb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...uleb(value >>> 7)]);
const u32 = (value: number): number[] => [...new Uint8Array(Uint32Array.of(value).buffer)];
const bytes = (...parts: readonly number[][]): Uint8Array => Uint8Array.from(parts.flat());
/** A unit of DWARF 4 with 8-byte addresses. */
const unit = (abbreviations: number, content: readonly number[]): number[] => [
  ...u32(7 + content.length),
  ...[4, 0, ...u32(abbreviations), 8, ...content],
];
const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

const undo: (() => void)[] = [];

afterEach(() => {
  for (const each of undo.splice(0)) each();
});

/** Has `count` called with the first argument of each call of a method. A spy would keep them all. */
function onCall<T extends object, Name extends keyof T & string>(of: T, name: Name, count: (first: unknown) => void) {
  const original = of[name] as (...all: unknown[]) => unknown;
  undo.push(() => Object.assign(of, { [name]: original }));
  const counting = function (this: T, ...all: unknown[]): unknown {
    count(all[0]);
    return original.apply(this, all);
  };
  Object.assign(of, { [name]: counting });
}

/** Numbers that are read, and letters that are decoded. */
function counted() {
  let steps = 0;
  for (const method of ["u8", "u16", "u32", "u64", "uleb", "sleb", "count", "string", "skip"] as const) {
    onCall(DwarfReader.prototype, method, () => steps++);
  }
  onCall(TextDecoder.prototype, "decode", (input) => {
    steps += (input as Uint8Array).length;
  });
  return { steps: () => steps };
}

describe("refused", () => {
  test.each<[string, () => Uint8Array, (file: Uint8Array) => unknown, RegExp]>([
    [
      "abbreviations that each unit begins at another place of one table",
      () => {
        const table = bytes(...times(5000, (n) => [...uleb(n + 1), 0x24, 0, 0, 0]), [0]);
        const units = times(5000, (n) => unit(n < 127 ? n * 5 : 127 * 5 + (n - 127) * 6, [0]));
        return elf({ name: ".debug_abbrev", bytes: table }, { name: ".debug_info", bytes: bytes(...units) });
      },
      elfTypes,
      /^\.debug_info: unit at 0x\w+: truncated at offset/,
    ],
    [
      "attributes that take no bytes",
      () => {
        const many = times(5000, () => [...uleb(0x3f), 0x19]);
        const table = bytes([1, 0x24, 0], ...many, [0, 0, 0]);
        // Each entry is the byte 1.
        const entries = bytes(unit(0, [...times(1, () => 2), ...times(20_000, () => 1)]));
        const root = bytes([2, 0x11, 1, 0, 0], [...table]);
        return elf({ name: ".debug_abbrev", bytes: root }, { name: ".debug_info", bytes: entries });
      },
      elfTypes,
      /entries have more attributes than bytes$/,
    ],
    [
      "names of symbols within each other",
      () => {
        const strings = new Uint8Array(300_000).fill(0x61);
        strings[0] = 0;
        const symbols = new Uint8Array(24 * 10_000);
        const view = new DataView(symbols.buffer);
        for (let n = 0; n < 10_000; n++) {
          view.setUint32(n * 24, n + 1, true);
          view.setUint16(n * 24 + 6, 1, true);
        }
        return elf({ name: ".symtab", type: 2, bytes: symbols, link: 2 }, { name: ".strtab", type: 3, bytes: strings });
      },
      elfSymbols,
      /^too many strings lie within each other$/,
    ],
    [
      "a long list of addresses that all units share",
      () => {
        const table = bytes([1, 0x11, 0, 0x55, 0x17, 0, 0, 0]);
        const units = times(1000, () => unit(0, [1, ...u32(0)]));
        const pair = [...u32(16), ...u32(0), ...u32(32), ...u32(0)];
        const ranges = bytes(
          ...times(3000, () => pair),
          times(16, () => 0),
        );
        return elf(
          { name: ".debug_abbrev", bytes: table },
          { name: ".debug_info", bytes: bytes(...units) },
          { name: ".debug_ranges", bytes: ranges },
        );
      },
      (file) => elfFunctions(file, elfTypes(file)),
      /^lists of addresses are read again and again$/,
    ],
    [
      "a long directory that all sources share",
      () => {
        const letters = times(4000, () => 0x61);
        const files = times(20_000, () => [0x62, 0, 1, 0, 0]).flat();
        const header = [1, 1, 1, 0xfb, 14, 1, ...letters, 0, 0, ...files, 0];
        const table = [...u32(6 + header.length), 4, 0, ...u32(header.length), ...header];
        return elf({ name: ".debug_line", bytes: Uint8Array.from(table) });
      },
      elfLines,
      /^\.debug_line: names of sources have more than 67108864 letters$/,
    ],
    [
      "a source with a name without end",
      () => {
        const header = [1, 1, 1, 0xfb, 14, 1, 0, ...times(5000, () => 0x61), 0, 0, 0, 0, 0];
        const table = [...u32(6 + header.length), 4, 0, ...u32(header.length), ...header];
        return elf({ name: ".debug_line", bytes: Uint8Array.from(table) });
      },
      elfLines,
      /the name of a source has 5000 letters$/,
    ],
    [
      "states of a frame that are saved again and again",
      () => {
        const rules = times(3000, (n) => [0x08, ...uleb(n)]).flat();
        const saving = times(5000, () => [0x0a, 0x0b]).flat();
        const common = [...u32(0xffff_ffff), 4, 0, 8, 0, 1, 0x78, 1, ...rules];
        const entry = [...u32(0), ...times(8, () => 0), 0, 1, 0, 0, 0, 0, 0, 0, ...saving];
        const table = [...u32(common.length), ...common, ...u32(entry.length), ...entry];
        return elf({ name: ".debug_frame", bytes: Uint8Array.from(table) });
      },
      (file) => elfFrames(file).at(8n),
      /^a frame saves its states too often$/,
    ],
  ])("%s", (_, make, read, complaint) => {
    const file = make();
    const { steps } = counted();
    expect(() => read(file)).toThrow(complaint);
    // Of lists some may always be read, and each entry has a few numbers.
    expect(steps()).toBeLessThan(40 * file.length + 2_000_000);
  });

  test("packed sections that are all the same bytes", async () => {
    const packed = { name: ".debug_info", flags: 0x800, bytes: new Uint8Array(30_000), times: 500 };
    await expect(unpackedElf(elf(packed))).rejects.toThrow("packed sections lie within each other");
  });

  test("names of a kernel's types within each other", () => {
    const count = 4000;
    const all = new Uint8Array(24 + 12 * count + 200_000).fill(0x61, 24 + 12 * count, 24 + 12 * count + 199_999);
    const view = new DataView(all.buffer);
    view.setUint16(0, 0xeb9f, true);
    view.setUint8(2, 1);
    for (const [at, value] of [
      [4, 24],
      [12, 12 * count],
      [16, 12 * count],
      [20, 200_000],
    ] as const) {
      view.setUint32(at, value, true);
    }
    for (let n = 0; n < count; n++) {
      view.setUint32(24 + 12 * n, n + 1, true);
      view.setUint32(24 + 12 * n + 4, 4 << 24, true);
    }
    const { steps } = counted();
    expect(() => new BtfTypes(all)).toThrow("too many strings lie within each other");
    expect(steps()).toBeLessThan(20 * all.length);
  });
});

describe("read by halves", () => {
  /** Objects whose property is counted when it is read. */
  function watched<T extends object>(objects: readonly T[], property: keyof T) {
    let reads = 0;
    const all = objects.map((object) => {
      const value = object[property];
      return Object.defineProperty({ ...object }, property, {
        get: () => {
          reads++;
          return value;
        },
        enumerable: true,
      }) as T;
    });
    return { all, reads: () => reads, forget: () => (reads = 0) };
  }

  test("symbols of one address", () => {
    const symbol = { name: "s", kind: "object" as const, address: 16n };
    const { all, reads, forget } = watched(
      times(20_000, (n) => ({ ...symbol, name: `s${n}`, size: n + 1 })),
      "address",
    );
    const table = new SymbolTable(all);
    expect(table.at(16n)?.symbol.name).toBe("s0");
    forget();
    const found = times(500, (n) => table.at(16n + BigInt(n * 40))?.symbol.name);
    expect(found.slice(0, 3)).toEqual(["s0", "s40", "s80"]);
    expect(reads()).toBeLessThan(500 * 60);
    expect([table.at(15n), table.at(20_016n)]).toEqual([null, null]);
  });

  test("ranges that hold each other", () => {
    const { all, reads, forget } = watched(
      times(20_000, (n) => ({ first: BigInt(n), end: BigInt(40_000 - n), n })),
      "first",
    );
    const index = new AddressIndex(all);
    forget();
    expect(times(500, (n) => index.at(BigInt(n * 80))?.n)).toEqual(times(500, () => 0));
    expect(reads()).toBeLessThan(500 * 2);
    const apart = new AddressIndex([
      { first: 10n, end: 20n },
      { first: 0n, end: 5n },
      { first: 12n, end: 30n },
    ]);
    expect([4n, 5n, 10n, 19n, 20n, 29n, 30n].map((at) => apart.at(at)?.first)).toEqual([
      0n,
      undefined,
      10n,
      10n,
      12n,
      12n,
      undefined,
    ]);
  });

  test("sections by name", () => {
    const plain: ElfSection = {
      name: ".a",
      type: 1,
      address: 0n,
      bytes: new Uint8Array(0),
      link: 0,
      isCompressed: false,
    };
    const { all, reads } = watched(
      times(5000, (n) => ({ ...plain, address: BigInt(n) })),
      "name",
    );
    const file = { littleEndian: true, wordBytes: 8, sections: all };
    for (let n = 0; n < 100; n++)
      expect(sectionOf(file, n % 2 === 0 ? ".a" : ".b")?.address).toBe(n % 2 === 0 ? 0n : undefined);
    expect(reads()).toBe(5000);
  });

  test("one table of symbols, however often it is there; statements of one line, each once", () => {
    const symbols = new Uint8Array(24 * 2000);
    const view = new DataView(symbols.buffer);
    for (let n = 0; n < 2000; n++) {
      view.setUint32(n * 24, 1, true);
      view.setUint16(n * 24 + 6, 1, true);
      view.setBigUint64(n * 24 + 8, BigInt(n), true);
    }
    const names = { name: ".strtab", type: 3, bytes: new TextEncoder().encode("\0name\0") };
    const file = elf(names, { name: ".symtab", type: 2, bytes: symbols, link: 1, times: 3000 });
    expect(elfSymbols(file).symbols).toHaveLength(2000);
    const starts = times(6000, (n) => ({ file: "a.c", line: 7, column: 0, address: BigInt((n * 7919) % 3000) }));
    expect(new LineTable([], starts).addresses("a.c", 7)).toEqual(times(3000, (n) => BigInt(n)));
  });
});
