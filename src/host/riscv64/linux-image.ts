/** The header of a Linux `Image` for RISC-V (Documentation/arch/riscv/boot-image-header.rst of the kernel). */
import type { LoadedImage } from "../images.ts";

export interface LinuxImageHeader {
  /** Offset from a 2 MiB boundary at which the image must be loaded. */
  readonly textOffset: bigint;
  /** Bytes that the kernel uses from there on, its zeroed data included. */
  readonly imageSize: bigint;
}

const HEADER_BYTES = 64;
/** "RISCV\0\0\0" at offset 48, and "RSC\x05" at offset 56. */
const MAGIC = 0x0000_0056_4353_4952n;
const MAGIC2 = 0x0543_5352;
const FLAG_BIG_ENDIAN = 1n;

export function isLinuxImage(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER_BYTES) return false;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(56, true) === MAGIC2;
}

/** Reads the header; throws an Error that names image and field if the image cannot be started here. */
export function readLinuxImage(image: LoadedImage): LinuxImageHeader {
  const view = new DataView(image.bytes.buffer, image.bytes.byteOffset, image.bytes.byteLength);
  const fail = (message: string): never => {
    throw new Error(`${image.name}: ${message}`);
  };
  const textOffset = view.getBigUint64(8, true);
  const imageSize = view.getBigUint64(16, true);
  const flags = view.getBigUint64(24, true);
  if (view.getBigUint64(48, true) !== MAGIC) fail("the kernel image's header has no magic number RISCV");
  if (flags & FLAG_BIG_ENDIAN) fail("flags: this is a big-endian kernel");
  if (imageSize < BigInt(image.bytes.length)) {
    fail(`image_size is ${imageSize}, smaller than the file's ${image.bytes.length} bytes`);
  }
  // All but zeroed data is in the file. A kernel has more code than that, so a file of less than half has been cut off.
  if (imageSize > 2n * BigInt(image.bytes.length)) {
    fail(
      `the file has only ${image.bytes.length} of the ${imageSize} bytes that its header's image_size gives (truncated?)`,
    );
  }
  return { textOffset, imageSize };
}
