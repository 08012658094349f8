/** Sections of an ELF file of either width and byte order, for what a debugger reads of it. Every offset is checked. */
import { stringAt } from "./string-table.ts";

export interface ElfSection {
  readonly name: string;
  readonly type: number;
  /** Address in memory; 0 if it is not loaded. */
  readonly address: bigint;
  /** Content; empty for sections without any in the file. */
  readonly bytes: Uint8Array;
  /** Section that this one refers to, such as a symbol table's strings. */
  readonly link: number;
  /** The content is packed (SHF_COMPRESSED), with a header of its own in front. */
  readonly isCompressed: boolean;
}

export interface ElfSections {
  readonly littleEndian: boolean;
  /** 4 or 8. */
  readonly wordBytes: number;
  readonly sections: readonly ElfSection[];
}

const SHT_NOBITS = 8;
const SHF_COMPRESSED = 0x800n;

/** Reads the section headers. Throws an Error that names the field at fault. */
export function elfSections(file: Uint8Array): ElfSections {
  if (!(file[0] === 0x7f && file[1] === 0x45 && file[2] === 0x4c && file[3] === 0x46))
    throw new Error("not an ELF file");
  const wide = file[4] === 2;
  const littleEndian = file[5] === 1;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const half = (at: number): number => view.getUint16(check(at, 2), littleEndian);
  const word = (at: number): number => view.getUint32(check(at, 4), littleEndian);
  const long = (at: number): bigint => (wide ? view.getBigUint64(check(at, 8), littleEndian) : BigInt(word(at)));
  const check = (at: number, bytes: number): number => {
    if (!(at + bytes <= file.length)) throw new Error(`truncated at offset 0x${file.length.toString(16)}`);
    return at;
  };
  const offset = Number(long(wide ? 40 : 32));
  const entryBytes = half(wide ? 58 : 46);
  const count = offset === 0 ? 0 : half(wide ? 60 : 48);
  const namesIndex = half(wide ? 62 : 50);
  if (count > 0 && entryBytes < (wide ? 64 : 40)) throw new Error(`e_shentsize is ${entryBytes}`);
  const headers = Array.from({ length: count }, (_, index) => {
    const at = offset + index * entryBytes;
    check(at, wide ? 64 : 40);
    return {
      nameOffset: word(at),
      type: word(at + 4),
      flags: long(at + 8),
      address: long(at + (wide ? 16 : 12)),
      offset: Number(long(at + (wide ? 24 : 16))),
      bytes: Number(long(at + (wide ? 32 : 20))),
      link: word(at + (wide ? 40 : 24)),
    };
  });
  const content = ({ type, offset: from, bytes }: (typeof headers)[number], index: number): Uint8Array => {
    if (type === SHT_NOBITS || type === 0) return new Uint8Array(0);
    if (!(from + bytes <= file.length)) throw new Error(`section ${index} ends behind the end of the file`);
    return file.subarray(from, from + bytes);
  };
  const namesHeader = headers[namesIndex];
  const names = namesHeader === undefined ? new Uint8Array(0) : content(namesHeader, namesIndex);
  const sections = headers.map((header, index) => ({
    name: stringAt(names, header.nameOffset),
    type: header.type,
    address: header.address,
    bytes: content(header, index),
    link: header.link,
    isCompressed: (header.flags & SHF_COMPRESSED) !== 0n,
  }));
  return { littleEndian, wordBytes: wide ? 8 : 4, sections };
}

const byName = new WeakMap<readonly ElfSection[], ReadonlyMap<string, ElfSection>>();

/** The first section of a name, or null. */
export function sectionOf({ sections }: ElfSections, name: string): ElfSection | null {
  let index = byName.get(sections);
  if (index === undefined) {
    index = new Map(sections.map((section) => [section.name, section] as const).reverse());
    byName.set(sections, index);
  }
  return index.get(name) ?? null;
}
