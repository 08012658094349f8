/** ELF files whose debug sections are packed (SHF_COMPRESSED; gABI, "Section Compression"), as files that are not. */
import { type ElfSection, elfSections } from "./elf-sections.ts";

const TYPE_ZLIB = 1;
const TYPE_ZSTD = 2;
const SHF_COMPRESSED = 0x800n;
/** What all sections may become: a small file can claim any size. */
const MOST_BYTES = 512 << 20;

/**
 * The file itself if no debug section of it is packed; else another one, with these sections behind all else. Rejects with an Error
 * that names the section at fault.
 */
export async function unpackedElf(file: Uint8Array): Promise<Uint8Array> {
  const { sections, littleEndian, wordBytes } = elfSections(file);
  const packed = sections.flatMap((section, index) =>
    section.isCompressed && section.name.startsWith(".debug_") ? [{ section, index }] : [],
  );
  if (packed.length === 0) return file;
  // Each of them could be the whole file.
  if (packed.reduce((sum, { section }) => sum + section.bytes.length, 0) > file.length) {
    throw new Error("packed sections lie within each other");
  }
  const unpacked: { readonly index: number; readonly bytes: Uint8Array; readonly at: number }[] = [];
  let end = file.length;
  for (const { section, index } of packed) {
    const bytes = await contentOf(section, littleEndian, wordBytes, MOST_BYTES - (end - file.length));
    unpacked.push({ index, bytes, at: end });
    end += bytes.length;
  }
  const whole = new Uint8Array(end);
  whole.set(file);
  const view = new DataView(whole.buffer);
  const isWide = wordBytes === 8;
  const number = (at: number): bigint =>
    isWide ? view.getBigUint64(at, littleEndian) : BigInt(view.getUint32(at, littleEndian));
  const write = (at: number, value: bigint): void => {
    if (isWide) view.setBigUint64(at, value, littleEndian);
    else view.setUint32(at, Number(value), littleEndian);
  };
  const headers = Number(number(isWide ? 40 : 32));
  const headerBytes = view.getUint16(isWide ? 58 : 46, littleEndian);
  for (const { index, bytes, at } of unpacked) {
    whole.set(bytes, at);
    const header = headers + index * headerBytes;
    write(header + 8, number(header + 8) & ~SHF_COMPRESSED);
    write(header + (isWide ? 24 : 16), BigInt(at));
    write(header + (isWide ? 32 : 20), BigInt(bytes.length));
  }
  return whole;
}

async function contentOf(
  { name, bytes }: ElfSection,
  littleEndian: boolean,
  wordBytes: number,
  most: number,
): Promise<Uint8Array> {
  const headerBytes = wordBytes === 8 ? 24 : 12;
  if (bytes.length < headerBytes) throw new Error(`section ${name} is packed, and shorter than the header of that`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = view.getUint32(0, littleEndian);
  const size = wordBytes === 8 ? Number(view.getBigUint64(8, littleEndian)) : view.getUint32(4, littleEndian);
  if (type !== TYPE_ZLIB) {
    const how = type === TYPE_ZSTD ? "with zstd" : `in a way of number ${type}`;
    throw new Error(
      `section ${name} is packed ${how}, which is not read here: objcopy --decompress-debug-sections makes a file that can be read`,
    );
  }
  if (size > most)
    throw new Error(`section ${name} becomes larger than the ${MOST_BYTES >> 20} MiB that are read here`);
  try {
    return await inflated(bytes.subarray(headerBytes), size);
  } catch {
    throw new Error(`section ${name} is damaged: it does not become ${size} bytes`);
  }
}

/** Throws if it becomes more or less than `size` bytes. */
async function inflated(packed: Uint8Array, size: number): Promise<Uint8Array> {
  const input = new Blob([packed as Uint8Array<ArrayBuffer>]).stream();
  const reader = input.pipeThrough(new DecompressionStream("deflate")).getReader();
  // Nothing is set aside for a size that is only claimed.
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > size) {
      await reader.cancel();
      throw new Error("more");
    }
    parts.push(value);
  }
  if (length !== size) throw new Error("less");
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
