/** ELF files are read as they are, and each way in which they can be wrong is named. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseElf } from "../../../src/host/elf-loader.ts";
import { elfFile } from "./elf-image.ts";

const kind = { machine: 243, machineName: "EM_RISCV" };
const RAM = 0x8000_0000n;
const four = Uint8Array.of(1, 2, 3, 4);

function parse(bytes: Uint8Array) {
  return parseElf({ name: "kernel a.elf", bytes }, kind);
}

function broken(change: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = elfFile(RAM, [{ pa: RAM, bytes: four }]);
  change(new DataView(bytes.buffer), bytes);
  return bytes;
}

test("segments are sorted by physical address, and the entry is a physical one", () => {
  const elf = parse(
    elfFile(0xffff_ffc0_0000_1002n, [
      { pa: RAM + 0x1000n, va: 0xffff_ffc0_0000_1000n, bytes: four, memoryBytes: 8n },
      { pa: RAM, bytes: four },
    ]),
  );
  expect(elf.segments.map(({ pa, memoryBytes }) => [pa, memoryBytes])).toEqual([
    [RAM, 4n],
    [RAM + 0x1000n, 8n],
  ]);
  expect([...elf.segments[1].bytes]).toEqual([1, 2, 3, 4]);
  expect(elf.entry).toBe(RAM + 0x1002n);
});

test("an entry point in no segment is null", () => {
  expect(parse(elfFile(0x10n, [{ pa: RAM, bytes: four }])).entry).toBeNull();
});

test("a program of a real linker has its symbols", () => {
  const bytes = new Uint8Array(readFileSync(new URL("../../../public/guests/hello.elf", import.meta.url)));
  const elf = parse(bytes);
  expect(elf.entry).toBe(RAM);
  expect(elf.symbols.get("_start")).toBe(RAM);
});

test.each<[string, Uint8Array, string]>([
  ["not ELF", Uint8Array.of(1, 2, 3), "kernel a.elf: not an ELF file"],
  ["truncated header", broken(() => {}).subarray(0, 40), "kernel a.elf: truncated ELF header: 40 of 64 bytes"],
  [
    "32-bit",
    broken((_, bytes) => bytes.fill(1, 4, 5)),
    "kernel a.elf: EI_CLASS is 1, not 2: this is not a 64-bit ELF file",
  ],
  [
    "big-endian",
    broken((_, bytes) => bytes.fill(2, 5, 6)),
    "kernel a.elf: EI_DATA is 2, not 1: this is not a little-endian ELF file",
  ],
  [
    "other machine",
    broken((view) => view.setUint16(18, 62, true)),
    "kernel a.elf: e_machine is 62, not 243 (EM_RISCV)",
  ],
  [
    "object file",
    broken((view) => view.setUint16(16, 1, true)),
    "kernel a.elf: e_type is 1: this ELF file is not executable",
  ],
  [
    "program headers beyond the end",
    broken((view) => view.setBigUint64(32, 0x1000n, true)),
    "kernel a.elf: e_phoff: ends at offset 0x1038, but the file ends at 0x7c (truncated?)",
  ],
  [
    "short program headers",
    broken((view) => view.setUint16(54, 8, true)),
    "kernel a.elf: e_phentsize is 8, smaller than 56",
  ],
  [
    "truncated segment",
    broken(() => {}).subarray(0, 0x7a),
    "kernel a.elf: program header 0: p_offset: ends at offset 0x7c, but the file ends at 0x7a (truncated?)",
  ],
  [
    "huge p_offset",
    broken((view) => view.setBigUint64(64 + 8, 2n ** 64n - 1n, true)),
    "kernel a.elf: program header 0: p_offset: ends at offset 0x10000000000000003, but the file ends at 0x7c (truncated?)",
  ],
  [
    "more in the file than in memory",
    broken((view) => view.setBigUint64(64 + 40, 2n, true)),
    "kernel a.elf: program header 0: p_filesz 0x4 is larger than p_memsz 0x2",
  ],
  [
    "wraps around",
    broken((view) => view.setBigUint64(64 + 24, 2n ** 64n - 2n, true)),
    "kernel a.elf: program header 0: p_paddr 0xfffffffffffffffe + p_memsz 0x4 wraps around",
  ],
  ["no segment", elfFile(RAM, []), "kernel a.elf: has no loadable segment (PT_LOAD)"],
  [
    "overlap",
    elfFile(RAM, [
      { pa: RAM, bytes: four },
      { pa: RAM + 3n, bytes: four },
    ]),
    "kernel a.elf: segments overlap: one ends at 0x80000004, the next starts at 0x80000003",
  ],
  [
    "section headers beyond the end",
    broken((view) => {
      view.setUint16(60, 2, true);
      view.setBigUint64(40, 0x100n, true);
    }),
    "kernel a.elf: e_shoff: ends at offset 0x180, but the file ends at 0x7c (truncated?)",
  ],
])("%s", (_, bytes, message) => {
  expect(() => parse(bytes)).toThrow(new Error(message));
});
