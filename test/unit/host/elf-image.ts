/** Makes small ELF files for tests. */

export interface TestSegment {
  pa: bigint;
  va?: bigint;
  bytes: Uint8Array;
  memoryBytes?: bigint;
}

const EHDR = 64;
const PHDR = 56;

/** `elf` with a section .symtab that gives `name` the value `value`. */
export function withSymbol(elf: Uint8Array, name: string, value: bigint): Uint8Array {
  const names = new TextEncoder().encode(`\0${name}\0`);
  const sections = (elf.length + 7) & ~7;
  const symbols = sections + 3 * 64;
  const strings = symbols + 48;
  const bytes = new Uint8Array(strings + names.length);
  bytes.set(elf);
  bytes.set(names, strings);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(40, BigInt(sections), true);
  view.setUint16(60, 3, true);
  const section = (index: number, type: number, offset: number, length: number, link: number) => {
    const at = sections + index * 64;
    view.setUint32(at + 4, type, true);
    view.setBigUint64(at + 24, BigInt(offset), true);
    view.setBigUint64(at + 32, BigInt(length), true);
    view.setUint32(at + 40, link, true);
  };
  section(1, 2, symbols, 48, 2);
  section(2, 3, strings, names.length, 0);
  // The first symbol is empty.
  view.setUint32(symbols + 24, 1, true);
  view.setBigUint64(symbols + 32, value, true);
  return bytes;
}

/** A 64-bit little-endian executable for machine 243, with one PT_LOAD per segment and no sections. */
export function elfFile(entry: bigint, segments: readonly TestSegment[]): Uint8Array {
  const start = EHDR + PHDR * segments.length;
  const bytes = new Uint8Array(start + segments.reduce((sum, segment) => sum + segment.bytes.length, 0));
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 243, true);
  view.setBigUint64(24, entry, true);
  view.setBigUint64(32, BigInt(EHDR), true);
  view.setUint16(54, PHDR, true);
  view.setUint16(56, segments.length, true);
  view.setUint16(58, 64, true);
  let data = start;
  segments.forEach((segment, i) => {
    const at = EHDR + PHDR * i;
    view.setUint32(at, 1, true);
    view.setBigUint64(at + 8, BigInt(data), true);
    view.setBigUint64(at + 16, segment.va ?? segment.pa, true);
    view.setBigUint64(at + 24, segment.pa, true);
    view.setBigUint64(at + 32, BigInt(segment.bytes.length), true);
    view.setBigUint64(at + 40, segment.memoryBytes ?? BigInt(segment.bytes.length), true);
    bytes.set(segment.bytes, data);
    data += segment.bytes.length;
  });
  return bytes;
}

/** Instructions as bytes. */
export function code(...insns: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(insns).buffer);
}
