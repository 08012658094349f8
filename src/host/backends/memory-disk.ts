/** A disk over an image in memory; what is written to it is forgotten with the machine. */
import { crc32 } from "../snapshot/crc32.ts";
import { type BlockBackend, SECTOR_BYTES, sectorsOf } from "./block.ts";
import { memoryStore } from "./byte-store.ts";
import { temporaryOverlay } from "./temporary-overlay.ts";

/** A disk over `bytes`, which stay as they are. `name` is for messages. */
export function memoryDisk(name: string, bytes: Uint8Array, readOnly: boolean): BlockBackend {
  const image = imageInMemory(name, bytes);
  return readOnly ? image : temporaryOverlay(image, memoryStore(name));
}

function imageInMemory(name: string, bytes: Uint8Array): BlockBackend {
  let sum: number | null = null;
  return {
    sectors: sectorsOf(name, bytes.length),
    readOnly: true,
    read: async (sector, length) => {
      const offset = Number(sector) * SECTOR_BYTES;
      return bytes.slice(offset, offset + length);
    },
    readNow: (sector, into) => {
      const offset = Number(sector) * SECTOR_BYTES;
      into.set(bytes.subarray(offset, offset + into.length));
      return true;
    },
    write: async () => {
      throw new Error(`${name} is read-only`);
    },
    flush: async () => {},
    fingerprint: async () => {
      sum ??= crc32(bytes);
      return `${bytes.length} bytes, crc32 ${sum.toString(16).padStart(8, "0")}`;
    },
    close: async () => {},
  };
}
