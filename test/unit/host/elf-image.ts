/** Makes small ELF files for tests. */

export interface TestSegment {
  pa: bigint;
  va?: bigint;
  bytes: Uint8Array;
  memoryBytes?: bigint;
}

const EHDR = 64;
const PHDR = 56;

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
