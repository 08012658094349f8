/** Tells what is no raw disk image, or not all of one, from its first bytes, before a guest takes it for a disk. */
import { type BlockBackend, SECTOR_BYTES } from "./block.ts";

export interface ImageFile {
  /** Bytes. */
  readonly size: number;
  /** The guest may not write to it. */
  readonly readOnly: boolean;
  /** `length` bytes, or fewer where it ends. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** The ISO 9660 descriptor at 32 KiB is the farthest that is looked at. */
const HEAD_BYTES = 34 << 10;

type Format = readonly [name: string, offset: number, magic: string, advice: string];

const CONVERT = "convert it, as with: qemu-img convert -O raw IMAGE disk.img";

/** Magic numbers are written as Latin-1 text. */
const FORMATS: readonly Format[] = [
  ["a qcow2 image", 0, "QFI\xfb", CONVERT],
  ["a QED image", 0, "QED\0", CONVERT],
  ["a VMDK image", 0, "KDMV", CONVERT],
  ["a VMDK image", 0, "COWD", CONVERT],
  ["a VMDK image's description", 0, "# Disk DescriptorFile", CONVERT],
  ["a VDI image", 0x40, "\x7f\x10\xda\xbe", CONVERT],
  ["a VHDX image", 0, "vhdxfile", CONVERT],
  ["a VHD image", 0, "conectix", CONVERT],
  ["a Parallels image", 0, "WithoutFreeSpace", CONVERT],
  ["a Parallels image", 0, "WithouFreSpacExt", CONVERT],
  ["a LUKS image of QEMU", 0, "LUKS\xba\xbe", "decrypt it into a raw image"],
  ["a Bochs image", 0, "Bochs Virtual HD Image", CONVERT],
  ["an Android sparse image", 0, "\x3a\xff\x26\xed", "unpack it with simg2img"],
  ["an overlay of Vitrine", 0, "VTRNOVL\n", "name the image that it belongs to, and this file as its overlay"],
  ["a snapshot of a Vitrine machine", 0, "\x93VTRN\r\n\x1a", "load it as a snapshot"],
  ["compressed with gzip", 0, "\x1f\x8b\x08", "unpack it with gunzip"],
  ["compressed with xz", 0, "\xfd7zXZ\0", "unpack it with unxz"],
  ["compressed with zstd", 0, "\x28\xb5\x2f\xfd", "unpack it with unzstd"],
  ["compressed with bzip2", 0, "BZh", "unpack it with bunzip2"],
  ["compressed with lz4", 0, "\x04\x22\x4d\x18", "unpack it with unlz4"],
  ["a zip archive", 0, "PK\x03\x04", "unpack it"],
  ["a 7z archive", 0, "7z\xbc\xaf\x27\x1c", "unpack it"],
  ["a tar archive", 257, "ustar", "make a disk image of its content"],
];
const ISO: Format = ["an ISO 9660 image", 0x8001, "CD001", "a guest can read it, but not write: attach it read-only"];

/**
 * Throws an Error that says which format the image has instead, or that it is shorter than the file system or the partitions in
 * it. `name` is what the message calls it.
 */
export async function checkImage(name: string, file: ImageFile): Promise<void> {
  const head = await file.read(0, HEAD_BYTES);
  const found = FORMATS.find((format) => matches(head, format));
  if (found !== undefined) throw new Error(`${name} is ${found[0]}, not a raw disk image: ${found[3]}`);
  // Images made for both disc and stick have a partition table in front.
  if (!file.readOnly && matches(head, ISO) && !hasPartitions(head)) throw new Error(`${name} is ${ISO[0]}: ${ISO[3]}`);
  const tail = await file.read(Math.max(0, file.size - SECTOR_BYTES), SECTOR_BYTES);
  if (latin1(tail, 0, 8) === "conectix") throw new Error(`${name} is a VHD image, not a raw disk image: ${CONVERT}`);
  const needed = largest([
    extNeeds(head),
    xfsNeeds(head),
    squashfsNeeds(head),
    partitionsNeed(head),
    backupTableNeeds(head),
  ]);
  if (needed !== null && needed.bytes > file.size) {
    throw new Error(
      `${name} has ${file.size} bytes, but ${needed.what} in it needs ${needed.bytes}: it was cut off, and what lies behind its ` +
        `end is lost. Copy it again, all of it`,
    );
  }
}

/** The same of a disk that is open. */
export function checkDisk(name: string, disk: BlockBackend, readOnly: boolean): Promise<void> {
  const size = Number(disk.sectors) * SECTOR_BYTES;
  const read = (offset: number, length: number) =>
    disk.read(BigInt(offset / SECTOR_BYTES), Math.min(length, size - offset));
  return checkImage(name, { size, readOnly, read });
}

interface Need {
  readonly what: string;
  readonly bytes: number;
}

function largest(needs: readonly (Need | null)[]): Need | null {
  return needs.reduce((most, need) => ((need?.bytes ?? 0) > (most?.bytes ?? 0) ? need : most), null);
}

/** Superblock of ext2, ext3 and ext4 (Linux, Documentation/filesystems/ext4/super.rst). */
function extNeeds(head: Uint8Array): Need | null {
  const view = viewOf(head, 1024, 1024);
  if (view === null || view.getUint16(0x38, true) !== 0xef53) return null;
  const is64Bit = (view.getUint32(0x60, true) & 0x80) !== 0;
  const blocks = view.getUint32(4, true) + (is64Bit ? view.getUint32(0x150, true) * 2 ** 32 : 0);
  const shift = view.getUint32(0x18, true);
  // 64 KiB is the largest block.
  return shift > 6 ? null : { what: "the ext file system", bytes: blocks * 2 ** (10 + shift) };
}

function xfsNeeds(head: Uint8Array): Need | null {
  const view = viewOf(head, 0, 512);
  if (view === null || latin1(head, 0, 4) !== "XFSB") return null;
  return { what: "the XFS file system", bytes: Number(view.getBigUint64(8)) * view.getUint32(4) };
}

function squashfsNeeds(head: Uint8Array): Need | null {
  const view = viewOf(head, 0, 96);
  if (view === null || latin1(head, 0, 4) !== "hsqs") return null;
  return { what: "the squashfs file system", bytes: Number(view.getBigUint64(40, true)) };
}

function hasPartitions(head: Uint8Array): boolean {
  return partitionsNeed(head) !== null;
}

/** The four entries of a master boot record; that of a GUID partition table's protects up to 2 TiB, whatever there is. */
function partitionsNeed(head: Uint8Array): Need | null {
  const view = viewOf(head, 0, 512);
  if (view === null || view.getUint16(510, true) !== 0xaa55) return null;
  let end = 0;
  for (let at = 446; at < 510; at += 16) {
    const [status, type] = [view.getUint8(at), view.getUint8(at + 4)];
    // A boot sector of a file system ends with the same two bytes, but has code here.
    if (status !== 0 && status !== 0x80) return null;
    if (type === 0 || type === 0xee) continue;
    end = Math.max(end, view.getUint32(at + 8, true) + view.getUint32(at + 12, true));
  }
  return end === 0 ? null : { what: "a partition", bytes: end * SECTOR_BYTES };
}

/** A GUID partition table says where its second copy is: in the last sector (UEFI 2.10, 5.3.2). */
function backupTableNeeds(head: Uint8Array): Need | null {
  const view = viewOf(head, 512, 512);
  if (view === null || latin1(head, 512, 8) !== "EFI PART") return null;
  return { what: "the partition table", bytes: (Number(view.getBigUint64(32, true)) + 1) * SECTOR_BYTES };
}

function matches(head: Uint8Array, [, offset, magic]: Format): boolean {
  return latin1(head, offset, magic.length) === magic;
}

function viewOf(bytes: Uint8Array, at: number, length: number): DataView | null {
  return at + length > bytes.length ? null : new DataView(bytes.buffer, bytes.byteOffset + at, length);
}

function latin1(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
