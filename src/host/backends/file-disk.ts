/** A disk in a file that somebody has picked: its parts are read as the guest asks for them; what the guest writes goes elsewhere. */
import { type BlockBackend, SECTOR_BYTES, sectorsOf } from "./block.ts";
import { contentSample } from "./content-sample.ts";
import { checkImage } from "./image-format.ts";
import { beginFileVersion, contentOf, type PickedFile } from "./picked-file.ts";

/** Places that the fingerprint looks at besides beginning and end. */
const SPOTS = 30;

/** A disk over `file`, called `name` in messages. Throws an Error that says what it is if it is no raw image, or not all of one. */
export async function openFileDisk(name: string, file: Blob, readOnly: boolean): Promise<BlockBackend> {
  await checkImage(name, {
    size: file.size,
    readOnly,
    read: (offset, length) => readPart(name, file, offset, length),
  });
  return fileDisk(name, file);
}

/** The same over a file as it is now; it can be replaced by a new version of itself. */
export async function openPickedDisk(picked: PickedFile, readOnly: boolean): Promise<BlockBackend> {
  return replaceable(picked, await openFileDisk(picked.name, await contentOf(picked), readOnly));
}

function replaceable(picked: PickedFile, disk: BlockBackend): BlockBackend {
  // What a guest has written may look like another format.
  const reopen = async () => replaceable(picked, fileDisk(picked.name, await contentOf(picked)));
  return { ...disk, beginVersion: () => beginFileVersion(picked, reopen) };
}

function fileDisk(name: string, file: Blob): BlockBackend {
  const sectors = sectorsOf(name, file.size);
  const read = (sector: bigint, length: number) => readPart(name, file, Number(sector) * SECTOR_BYTES, length);
  return {
    sectors,
    readOnly: true,
    read,
    write: async () => {
      throw new Error(`${name} cannot be written to`);
    },
    flush: async () => {},
    fingerprint: async () => {
      const { lastModified = 0 } = file as Partial<File>;
      return `${file.size} bytes, changed ${lastModified}, sample ${await contentSample({ sectors, read }, SPOTS)}`;
    },
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
