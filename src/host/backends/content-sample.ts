/** A checksum of parts of an image, to tell it from another version of itself without reading all of it. */
import { crc32 } from "../snapshot/crc32.ts";
import { SECTOR_BYTES } from "./block.ts";

/** Enough for a file system's superblock, which changes each time it is mounted for writing. */
const END_BYTES = 64 << 10;
const SPOT_BYTES = 4096;

/** 8 hexadecimal digits over the beginning, the end and `spots` places between them, spread evenly. */
export async function contentSample(
  disk: { readonly sectors: bigint; read(sector: bigint, length: number): Promise<Uint8Array> },
  spots: number,
): Promise<string> {
  const bytes = Number(disk.sectors) * SECTOR_BYTES;
  let sum = 0;
  const add = async (offset: number, length: number) => {
    const sector = Math.floor(offset / SECTOR_BYTES);
    sum = crc32(await disk.read(BigInt(sector), Math.min(length, bytes - sector * SECTOR_BYTES)), sum);
  };
  await add(0, END_BYTES);
  for (let spot = 1; spot <= spots; spot++) await add((bytes / (spots + 1)) * spot, SPOT_BYTES);
  await add(Math.max(0, bytes - END_BYTES), END_BYTES);
  return (sum >>> 0).toString(16).padStart(8, "0");
}
