/** A disk of zeroes, to lie below the changes of a new disk. */
import { type BlockBackend, sectorsOf } from "./block.ts";

export function blankDisk(name: string, bytes: number): BlockBackend {
  return {
    sectors: sectorsOf(name, bytes),
    readOnly: true,
    read: async (_sector, length) => new Uint8Array(length),
    write: async () => {
      throw new Error(`${name} cannot be written to`);
    },
    flush: async () => {},
    fingerprint: async () => `blank, ${bytes} bytes`,
    close: async () => {},
  };
}
