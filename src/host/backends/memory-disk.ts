/** A disk whose content is in memory and forgotten with the machine. */
import { type BlockBackend, SECTOR_BYTES, sectorsOf } from "./block.ts";

/** A disk over `bytes`, which it keeps and writes to. `name` is for messages. */
export function memoryDisk(name: string, bytes: Uint8Array, readOnly: boolean): BlockBackend {
  const sectors = sectorsOf(name, bytes.length);
  return {
    sectors,
    readOnly,
    read: async (sector, length) => {
      const offset = Number(sector) * SECTOR_BYTES;
      // A copy: the guest gets its data later, and may have written the same sectors by then.
      return bytes.slice(offset, offset + length);
    },
    write: async (sector, written) => bytes.set(written, Number(sector) * SECTOR_BYTES),
    flush: async () => {},
    close: async () => {},
  };
}
