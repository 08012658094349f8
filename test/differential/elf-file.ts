/** Writes executables: ELF-64, little-endian, statically linked, one loadable segment for each piece of memory. */

export interface ElfSegment {
  /** Physical, and virtual, address. */
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;

/** The file's bytes. `machine` is the ELF number of the processor (e_machine), as 243 for RISC-V. */
export function elfFile(machine: number, entry: bigint, segments: readonly ElfSegment[]): Uint8Array {
  const align = (n: number) => Math.ceil(n / 4096) * 4096;
  let end = align(HEADER_BYTES + PROGRAM_HEADER_BYTES * segments.length);
  const offsets = segments.map(({ bytes }) => {
    const offset = end;
    end = align(end + bytes.length);
    return offset;
  });
  const file = new Uint8Array(end);
  const view = new DataView(file.buffer);
  // Magic number, 64 bits, little-endian, version 1.
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true); // e_type: executable
  view.setUint16(18, machine, true);
  view.setUint32(20, 1, true); // e_version
  view.setBigUint64(24, entry, true);
  view.setBigUint64(32, BigInt(HEADER_BYTES), true); // e_phoff
  view.setUint16(52, HEADER_BYTES, true);
  view.setUint16(54, PROGRAM_HEADER_BYTES, true);
  view.setUint16(56, segments.length, true);
  view.setUint16(58, 64, true); // e_shentsize; there are no sections
  segments.forEach(({ address, bytes }, i) => {
    const at = HEADER_BYTES + PROGRAM_HEADER_BYTES * i;
    view.setUint32(at, 1, true); // PT_LOAD
    view.setUint32(at + 4, 7, true); // read, write, execute
    view.setBigUint64(at + 8, BigInt(offsets[i]), true);
    view.setBigUint64(at + 16, address, true);
    view.setBigUint64(at + 24, address, true);
    view.setBigUint64(at + 32, BigInt(bytes.length), true);
    view.setBigUint64(at + 40, BigInt(bytes.length), true);
    view.setBigUint64(at + 48, 4096n, true);
    file.set(bytes, offsets[i]);
  });
  return file;
}
