/** Disks and overlays in files of Node. */
import { randomBytes } from "node:crypto";
import { unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlockBackend, SECTOR_BYTES, sectorsOf } from "../../host/backends/block.ts";
import type { ByteStore } from "../../host/backends/byte-store.ts";
import { contentSample } from "../../host/backends/content-sample.ts";
import { checkImage } from "../../host/backends/image-format.ts";
import { shortError } from "./file-errors.ts";
import { type OpenFile, openFile } from "./open-file.ts";

/** Places that the fingerprint looks at besides beginning and end. */
const SPOTS = 30;

/** A raw image in a file, read and written in place. Throws an Error that names it and what is wrong with it. */
export async function openFileDisk(path: string, readOnly: boolean): Promise<BlockBackend> {
  const file = await openFile(path, readOnly ? "read" : "write");
  try {
    const size = await file.size();
    await checkImage(path, { size, readOnly, read: (offset, length) => file.read(offset, length) });
    return await diskOver(path, file, readOnly);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The disk in `file`, which is open and an image; `path` is for messages. */
export async function diskOver(path: string, file: OpenFile, readOnly: boolean): Promise<BlockBackend> {
  const size = await file.size();
  const sectors = sectorsOf(path, size);
  const read = async (sector: bigint, length: number) => {
    const bytes = await file.read(Number(sector) * SECTOR_BYTES, length);
    if (bytes.length !== length) throw shortError(path);
    return bytes;
  };
  return {
    sectors,
    readOnly,
    read,
    write: (sector, bytes) => file.write(Number(sector) * SECTOR_BYTES, bytes),
    readNow: (sector, bytes) => {
      const length = file.readNow(Number(sector) * SECTOR_BYTES, bytes);
      if (length !== null && length !== bytes.length) throw shortError(path);
      return length !== null;
    },
    writeNow: (sector, bytes) => file.writeNow(Number(sector) * SECTOR_BYTES, bytes),
    flush: async () => {
      if (!readOnly) await file.flush(size);
    },
    fingerprint: async () => {
      if (!readOnly) await file.flush(size);
      return `${await file.version()}, sample ${await contentSample({ sectors, read }, SPOTS)}`;
    },
    close: () => file.close(),
  };
}

/** The file of an overlay that is kept; it is made if there is none. */
export function openFileStore(path: string): Promise<ByteStore> {
  return openFile(path, "create");
}

/** A file without a name, gone with the process. */
export async function openScratchStore(): Promise<ByteStore> {
  const path = join(tmpdir(), `vitrine-${process.pid}-${randomBytes(6).toString("hex")}`);
  const file = await openFile(path, "new");
  await unlink(path);
  return {
    name: `the temporary file for changes in ${tmpdir()}`,
    size: () => file.size(),
    read: (offset, length) => file.read(offset, length),
    readNow: (offset, bytes) => file.readNow(offset, bytes),
    write: (offset, bytes) => file.write(offset, bytes),
    // Nothing of it is to survive.
    flush: async () => {},
    truncate: (size) => file.truncate(size),
    close: () => file.close(),
  };
}
