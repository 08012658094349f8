/** Reads ELF files: what must be loaded where, where to start, and the addresses of symbols. */
import type { LoadedImage } from "./images.ts";

/** What a target accepts; the numbers are those of the ELF header. */
export interface ElfKind {
  /** e_machine and its name, as in 243 "EM_RISCV". */
  readonly machine: number;
  readonly machineName: string;
}

export interface ElfSegment {
  /** Physical address (p_paddr), bytes from the file, bytes in memory (the rest is zero). */
  readonly pa: bigint;
  readonly va: bigint;
  readonly bytes: Uint8Array;
  readonly memoryBytes: bigint;
}

export interface ElfFile {
  /** Physical address of the entry point; null if e_entry lies in no segment. */
  readonly entry: bigint | null;
  /** Loadable segments that are not empty, by ascending physical address. */
  readonly segments: readonly ElfSegment[];
  /** Values of the symbols of .symtab by name. */
  readonly symbols: ReadonlyMap<string, bigint>;
}

const EI_CLASS = 4;
const EI_DATA = 5;
const ELFCLASS64 = 2;
const ELFDATA2LSB = 1;
const ET_EXEC = 2;
const ET_DYN = 3;
const PT_LOAD = 1;
const SHT_SYMTAB = 2;
const EHDR_BYTES = 64;
const PHDR_BYTES = 56;
const SHDR_BYTES = 64;
const SYM_BYTES = 24;

export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** Parses a 64-bit little-endian ELF file; throws an Error that names the file and the field at fault. */
export function parseElf(image: LoadedImage, kind: ElfKind): ElfFile {
  const { bytes } = image;
  const fail = (message: string): never => {
    throw new Error(`${image.name}: ${message}`);
  };
  const hex = (value: number | bigint) => `0x${value.toString(16)}`;
  if (!isElf(bytes)) fail("not an ELF file");
  if (bytes.length < EHDR_BYTES) fail(`truncated ELF header: ${bytes.length} of ${EHDR_BYTES} bytes`);
  if (bytes[EI_CLASS] !== ELFCLASS64) fail(`EI_CLASS is ${bytes[EI_CLASS]}, not 2: this is not a 64-bit ELF file`);
  if (bytes[EI_DATA] !== ELFDATA2LSB) fail(`EI_DATA is ${bytes[EI_DATA]}, not 1: this is not a little-endian ELF file`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const machine = view.getUint16(18, true);
  if (machine !== kind.machine) fail(`e_machine is ${machine}, not ${kind.machine} (${kind.machineName})`);
  const type = view.getUint16(16, true);
  if (type !== ET_EXEC && type !== ET_DYN) fail(`e_type is ${type}: this ELF file is not executable`);

  /** Bytes `offset` to `offset + length` of the file, which `field` gave. */
  const slice = (field: string, offset: bigint, length: bigint): Uint8Array => {
    if (offset + length > BigInt(bytes.length)) {
      fail(`${field}: ends at offset ${hex(offset + length)}, but the file ends at ${hex(bytes.length)} (truncated?)`);
    }
    return bytes.subarray(Number(offset), Number(offset + length));
  };
  const table = (name: string, at: number, count: number, entryBytes: number, minimum: number): DataView[] => {
    if (count === 0) return [];
    if (entryBytes < minimum) fail(`${name}entsize is ${entryBytes}, smaller than ${minimum}`);
    const all = slice(`${name}off`, view.getBigUint64(at, true), BigInt(count * entryBytes));
    return Array.from({ length: count }, (_, i) => new DataView(all.buffer, all.byteOffset + i * entryBytes, minimum));
  };

  const headers = table("e_ph", 32, view.getUint16(56, true), view.getUint16(54, true), PHDR_BYTES);
  const segments: ElfSegment[] = [];
  headers.forEach((header, index) => {
    const fileBytes = header.getBigUint64(32, true);
    const memoryBytes = header.getBigUint64(40, true);
    if (header.getUint32(0, true) !== PT_LOAD || memoryBytes === 0n) return;
    const field = `program header ${index}`;
    if (fileBytes > memoryBytes)
      fail(`${field}: p_filesz ${hex(fileBytes)} is larger than p_memsz ${hex(memoryBytes)}`);
    const pa = header.getBigUint64(24, true);
    const data = slice(`${field}: p_offset`, header.getBigUint64(8, true), fileBytes);
    if (pa + memoryBytes > 2n ** 64n) fail(`${field}: p_paddr ${hex(pa)} + p_memsz ${hex(memoryBytes)} wraps around`);
    segments.push({ pa, va: header.getBigUint64(16, true), bytes: data, memoryBytes });
  });
  if (segments.length === 0) fail("has no loadable segment (PT_LOAD)");
  segments.sort((a, b) => (a.pa < b.pa ? -1 : a.pa > b.pa ? 1 : 0));
  for (let i = 1; i < segments.length; i++) {
    const [low, high] = [segments[i - 1]!, segments[i]!];
    if (low.pa + low.memoryBytes > high.pa) {
      fail(`segments overlap: one ends at ${hex(low.pa + low.memoryBytes)}, the next starts at ${hex(high.pa)}`);
    }
  }

  const sections = table("e_sh", 40, view.getUint16(60, true), view.getUint16(58, true), SHDR_BYTES);
  const symbols = new Map<string, bigint>();
  for (const [index, section] of sections.entries()) {
    if (section.getUint32(4, true) !== SHT_SYMTAB) continue;
    const field = `section header ${index}: sh_offset`;
    const data = slice(field, section.getBigUint64(24, true), section.getBigUint64(32, true));
    const strings = sections[section.getUint32(40, true)];
    if (strings === undefined) fail(`section header ${index}: sh_link names no section`);
    const names = slice("symbol names: sh_offset", strings!.getBigUint64(24, true), strings!.getBigUint64(32, true));
    readSymbols(data, names, symbols);
  }

  const start = view.getBigUint64(24, true);
  const holder = segments.find(({ va, memoryBytes }) => start >= va && start < va + memoryBytes);
  return { entry: holder === undefined ? null : start - holder.va + holder.pa, segments, symbols };
}

function readSymbols(data: Uint8Array, names: Uint8Array, into: Map<string, bigint>): void {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const decoder = new TextDecoder();
  for (let at = 0; at + SYM_BYTES <= data.length; at += SYM_BYTES) {
    const name = view.getUint32(at, true);
    if (name === 0 || name >= names.length) continue;
    const end = names.indexOf(0, name);
    if (end < 0) continue;
    into.set(decoder.decode(names.subarray(name, end)), view.getBigUint64(at + 8, true));
  }
}
