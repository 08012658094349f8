/** A disk in a file that somebody has picked: its parts are read as the guest asks for them; nothing is written to it. */
import { type BlockBackend, SECTOR_BYTES, sectorsOf } from "./block.ts";

/** A disk over `file`, called `name` in messages. */
export function fileDisk(name: string, file: Blob): BlockBackend {
  const sectors = sectorsOf(name, file.size);
  return {
    sectors,
    readOnly: true,
    read: async (sector, length) => {
      const offset = Number(sector) * SECTOR_BYTES;
      const bytes = await readPart(name, file, offset, length);
      if (bytes.length !== length) throw new Error(`${name} ends after ${offset + bytes.length} bytes: it has changed`);
      return bytes;
    },
    write: async () => {
      throw new Error(`${name} cannot be written to`);
    },
    flush: async () => {},
    close: async () => {},
  };
}

async function readPart(name: string, file: Blob, offset: number, length: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.slice(offset, offset + length).arrayBuffer());
  } catch (error) {
    // A browser reads only the very file that was picked: File API, section 4, "snapshot state".
    throw new Error(
      `${name} has changed or is gone since it was chosen: choose it again and restart the machine (${(error as Error).name})`,
    );
  }
}
