/** Symbols of the bundled programs and of the bundled kernel, by address, name and beginning. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { elfSections } from "../../src/debug/elf-sections.ts";
import { packSymbols, unpackSymbols } from "../../src/debug/packed-symbols.ts";
import { elfSymbols, listedSymbols } from "../../src/debug/symbols.ts";
import { path } from "../boot/machines.ts";

const hello = readFileSync(path("public/guests/hello.elf"));

describe("ELF", () => {
  const table = elfSymbols(hello);

  test("name and offset of an address", () => {
    expect(table.text(0x8000_0210n)).toBe("square");
    expect(table.text(0x8000_0216n)).toBe("square+0x6");
    expect(table.text(0x8000_0000n)).toBe("_start");
    expect(table.text(0x7fff_ffffn)).toBeNull();
    expect(table.at(0x8000_0224n)?.symbol).toMatchObject({ name: "main", kind: "function", address: 0x8000_0220n });
    // At one address a thing comes before a mere mark.
    expect(table.text(0x8000_1000n)).toBe("sum");
    expect(elfSymbols(readFileSync(path("public/guests/hang.elf"))).text(0x8000_1000n)).toBe("ticks");
    // Behind the end of a sized object nothing is near.
    expect(table.at(0x8000_1008n)?.symbol.name).not.toBe("sum");
  });

  test("by name and beginning", () => {
    expect(table.find("main")?.address).toBe(0x8000_0220n);
    expect(table.find("nobody")).toBeNull();
    expect(table.withPrefix("print").map(({ name }) => name)).toEqual([
      "print",
      "print_char",
      "print_hex",
      "print_in_base",
      "print_number",
    ]);
    expect(table.withPrefix("print", 2)).toHaveLength(2);
    expect(table.withPrefix("zzz")).toEqual([]);
  });

  test("damaged files are refused, wherever they are cut", () => {
    expect(() => elfSymbols(new Uint8Array(0))).toThrow("not an ELF file");
    for (let length = 0; length < hello.length; length += 997) {
      expect(() => elfSections(hello.subarray(0, length))).toThrow(/not an ELF file|truncated|ends behind/);
    }
  });
});

describe("a kernel's list", () => {
  const text = gunzipSync(readFileSync(path("public/guests/linux/vmlinux.symbols.gz"))).toString();
  const table = listedSymbols(text);

  test("symbols reach to the next one", () => {
    expect(table.text(0xffff_ffff_8000_0110n)).toBe("_start_kernel");
    expect(table.text(0xffff_ffff_8000_1030n)).toBe("rootfs_init_fs_context");
    expect(table.text(0xffff_ffff_8000_105cn)).toBe("rootfs_init_fs_context+0x2c");
    expect(table.text(0x1000n)).toBeNull();
    expect(table.find("do_idle")?.kind).toBe("function");
    // Where a linker's section ends another function begins.
    for (const name of ["rest_init", "ret_from_fork"]) expect(table.text(table.find(name)?.address ?? 0n)).toBe(name);
    expect(table.symbols.length).toBeGreaterThan(20_000);
    expect(table.withPrefix("handle_exception")[0]?.name).toBe("handle_exception");
  });

  test("a line that is none is named", () => {
    expect(() => listedSymbols("ffffffff80000000 T a\nnonsense here\n")).toThrow(
      'line 2 is not "address type name": nonsense',
    );
    expect(listedSymbols("0000000000001000 t f\t[module]\n").find("f")?.address).toBe(0x1000n);
  });
});

test("symbols that are packed for another thread come out as they were, in parts or at once", () => {
  const { symbols } = elfSymbols(hello);
  const packed = packSymbols(symbols);
  expect([...unpackSymbols(packed)]).toEqual([symbols]);
  const parts = [...unpackSymbols(packed, 7)];
  expect(parts.map(({ length }) => length).slice(0, 2)).toEqual([7, 7]);
  expect(parts.flat()).toEqual(symbols);
  expect([...unpackSymbols(packSymbols([]))]).toEqual([]);
});
