/** The snapshot file: a header, then sections, each packed by itself and checked before it is unpacked (docs/snapshot-format.md). */
import { joinBytes } from "../platform.ts";
import { crc32 } from "./crc32.ts";

/** To be raised by every change of what any section holds, device state and TLB included. */
export const SNAPSHOT_VERSION = 3;

/** Not text, and not left whole by what takes it for text. */
const MAGIC = Uint8Array.from([0x93, 0x56, 0x54, 0x52, 0x4e, 0x0d, 0x0a, 0x1a]);
const HEADER_BYTES = 20;
const SECTION_HEADER_BYTES = 32;
const NAME_BYTES = 8;
/** A section a 16 MiB of RAM and of changes of a disk, one a vCPU, and a few others. */
const MOST_SECTIONS = 1024;

/** A part of the state; `index` tells sections of one name apart. */
export interface Section {
  readonly name: string;
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** A section as it lies in the file. */
export interface PackedSection {
  readonly name: string;
  readonly index: number;
  /** Bytes that it says it unpacks to. */
  readonly length: number;
  readonly packed: Uint8Array;
}

/** What errors call a section. */
export function titleOf({ name, index }: Pick<Section, "name" | "index">): string {
  return `${name} ${index}`;
}

export async function packSections(sections: readonly Section[]): Promise<Uint8Array> {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(MAGIC);
  view.setUint32(8, SNAPSHOT_VERSION, true);
  view.setUint32(12, sections.length, true);
  view.setUint32(16, crc32(header.subarray(0, 16)), true);
  const parts: Uint8Array[] = [header];
  for (const section of sections) parts.push(...(await packSection(section)));
  return joinBytes(
    parts,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
}

async function packSection({ name, index, bytes }: Section): Promise<Uint8Array[]> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream("gzip"));
  const packed = new Uint8Array(await new Response(stream).arrayBuffer());
  const header = new Uint8Array(SECTION_HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(new TextEncoder().encode(name));
  view.setUint32(8, index, true);
  view.setBigUint64(12, BigInt(packed.length), true);
  view.setBigUint64(20, BigInt(bytes.length), true);
  view.setUint32(28, crc32(packed, crc32(header.subarray(0, 28))), true);
  return [header, packed];
}

/** The sections of a file, whole and undamaged but not yet unpacked. Throws an Error that says what is wrong with it. */
export function openSnapshot(file: Uint8Array): PackedSection[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < HEADER_BYTES || !MAGIC.every((byte, i) => file[i] === byte)) {
    throw new Error("this is not a snapshot of a Vitrine machine");
  }
  const version = view.getUint32(8, true);
  if (version !== SNAPSHOT_VERSION) {
    throw new Error(`the snapshot has format ${version}; this version reads format ${SNAPSHOT_VERSION} only`);
  }
  const count = view.getUint32(12, true);
  if (view.getUint32(16, true) !== crc32(file.subarray(0, 16)) || count > MOST_SECTIONS) {
    throw new Error("damaged snapshot: its header");
  }
  const sections: PackedSection[] = [];
  let at = HEADER_BYTES;
  for (let n = 0; n < count; n++) {
    if (file.length - at < SECTION_HEADER_BYTES) throw new Error("damaged snapshot: it ends too soon");
    const packedLength = view.getBigUint64(at + 12, true);
    const length = view.getBigUint64(at + 20, true);
    const data = at + SECTION_HEADER_BYTES;
    if (packedLength > BigInt(file.length - data)) throw new Error("damaged snapshot: it ends too soon");
    const packed = file.subarray(data, data + Number(packedLength));
    const name = sectionName(file.subarray(at, at + NAME_BYTES));
    const index = view.getUint32(at + 8, true);
    const sum = crc32(packed, crc32(file.subarray(at, at + 28)));
    if (name === null || sum !== view.getUint32(at + 28, true) || length > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new Error(`damaged snapshot: section ${n + 1} of ${count}`);
    }
    sections.push({ name, index, length: Number(length), packed });
    at = data + packed.length;
  }
  if (at !== file.length) throw new Error(`damaged snapshot: ${file.length - at} bytes too many`);
  return sections;
}

function sectionName(bytes: Uint8Array): string | null {
  const text = String.fromCharCode(...bytes).replace(/\0+$/, "");
  return /^[a-z]+$/.test(text) ? text : null;
}

/** The content of a section of at most `most` bytes: no more is ever unpacked, whatever it says. */
export async function unpackSection(section: PackedSection, most: number): Promise<Uint8Array> {
  const { length } = section;
  const damage = (what: string) => new Error(`damaged snapshot: section ${titleOf(section)}: ${what}`);
  if (length > most) throw damage(`${length} bytes where at most ${most} are possible`);
  const bytes = new Uint8Array(length);
  let at = 0;
  try {
    const packed = new Blob([section.packed as Uint8Array<ArrayBuffer>]).stream();
    const reader = packed.pipeThrough(new DecompressionStream("gzip")).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (value.length > length - at) {
        reader.cancel().catch(() => {});
        at = Number.POSITIVE_INFINITY;
        break;
      }
      bytes.set(value, at);
      at += value.length;
    }
  } catch (error) {
    throw damage((error as Error).message);
  }
  if (at !== length) throw damage(`it does not unpack to its ${length} bytes`);
  return bytes;
}
