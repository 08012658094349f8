/** New images made of disks: in a file beside their place, which they take as a whole when all of it is safe. */
import { chmod, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type BlockBackend,
  type ImageVersion,
  type ProgressListener,
  SECTOR_BYTES,
} from "../../host/backends/block.ts";
import { diskOver, openFileDisk } from "./file-disks.ts";
import { openError } from "./file-errors.ts";
import { type OpenFile, openFile, syncFolder } from "./open-file.ts";

const COPY_BYTES = 1 << 20;
/** Blocks of zeros are not written; no file system has smaller ones to leave out. */
const BLOCK = Buffer.alloc(4096);

/** The image at `path`, which nobody else may write to meanwhile, and which may be replaced by a new version of itself. */
export async function openReplaceableDisk(path: string): Promise<BlockBackend> {
  const disk = await openFileDisk(path, false);
  return { ...disk, beginVersion: (onCopied) => beginVersion(path, disk, onCopied) };
}

async function beginVersion(
  path: string,
  image: BlockBackend,
  onCopied?: (bytes: number) => void,
): Promise<ImageVersion> {
  const real = await realpath(path);
  const { mode } = await stat(real);
  const file = await NewFile.open(real);
  await file.attempt(() => file.copy(image, onCopied));
  return {
    write: (sector, bytes) => file.content.write(Number(sector) * SECTOR_BYTES, bytes),
    finish: async () => {
      await chmod(file.path, mode & 0o7777);
      await file.takePlace();
      return diskOver(path, file.content, false);
    },
    abandon: () => file.remove(),
  };
}

/** Writes all of `disk` into a new file. Throws an Error, and there is no such file, if there is one already or it cannot be written. */
export async function writeImage(path: string, disk: BlockBackend, onProgress?: ProgressListener): Promise<void> {
  const bytes = Number(disk.sectors) * SECTOR_BYTES;
  if (await stat(path).catch(() => null)) throw new Error(`${path} exists: name another file, or remove it`);
  const file = await NewFile.open(path);
  await file.attempt(async () => {
    await file.copy(disk, (copied) => onProgress?.(copied / bytes));
    await file.takePlace();
  });
  await file.content.close();
}

class NewFile {
  private constructor(
    /** Where it is until it is whole. */
    readonly path: string,
    private readonly place: string,
    readonly content: OpenFile,
  ) {}

  static async open(place: string): Promise<NewFile> {
    const path = `${place}.vitrine-new`;
    // What a crash has left.
    await rm(path, { force: true });
    return new NewFile(path, place, await openFile(path, "new"));
  }

  /** Holes are where the disk is zero. */
  async copy(disk: BlockBackend, onCopied?: (bytes: number) => void): Promise<void> {
    const end = Number(disk.sectors) * SECTOR_BYTES;
    await this.content.truncate(end);
    for (let at = 0; at < end; at += COPY_BYTES) {
      const bytes = await disk.read(BigInt(at / SECTOR_BYTES), Math.min(COPY_BYTES, end - at));
      for (const [from, to] of written(bytes)) await this.content.write(at + from, bytes.subarray(from, to));
      onCopied?.(at + bytes.length);
    }
  }

  async takePlace(): Promise<void> {
    await this.content.flush();
    await rename(this.path, this.place).catch((error) => {
      throw openError(this.place, error);
    });
    await syncFolder(dirname(this.place));
  }

  async attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      await this.remove();
      throw error;
    }
  }

  async remove(): Promise<void> {
    await this.content.close();
    await rm(this.path, { force: true });
  }
}

/** Begin and end of each run of blocks that are not all zero. */
function written(bytes: Uint8Array): [number, number][] {
  const runs: [number, number][] = [];
  for (let from = 0; from < bytes.length; from += BLOCK.length) {
    const to = Math.min(from + BLOCK.length, bytes.length);
    if (BLOCK.subarray(0, to - from).equals(bytes.subarray(from, to))) continue;
    const last = runs.at(-1);
    if (last?.[1] === from) last[1] = to;
    else runs.push([from, to]);
  }
  return runs;
}
