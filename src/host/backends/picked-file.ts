/** A file that somebody has picked so that the page can find it again, and replace its content (File System Standard, section 2.5). */
import { type BlockBackend, type ImageVersion, SECTOR_BYTES } from "./block.ts";

/** FileSystemFileHandle, as far as it is used. */
export interface PickedFile {
  readonly name: string;
  getFile(): Promise<Blob>;
  createWritable(options: { readonly keepExistingData: boolean }): Promise<WritableFile>;
}

/** FileSystemWritableFileStream: the file stays as it is until this is closed. */
interface WritableFile {
  write(part: {
    readonly type: "write";
    readonly position: number;
    readonly data: Uint8Array<ArrayBuffer>;
  }): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

export function isPickedFile(image: object): image is PickedFile {
  return "getFile" in image;
}

/** The file as it is now. Throws an Error that says what to do if it is gone or may not be read. */
export async function contentOf(picked: PickedFile): Promise<Blob> {
  try {
    return await picked.getFile();
  } catch (error) {
    const { name, message } = error as Error;
    if (name === "NotFoundError")
      throw new Error(`${picked.name} is not where it was: put it back, or choose it again`);
    if (name === "NotAllowedError") throw new Error(`${picked.name} may not be read any more: choose it again`);
    throw new Error(`${picked.name} cannot be read: ${message}`);
  }
}

/** A new version of the file; `reopen` opens the disk in it once that is in its place. */
export async function beginFileVersion(picked: PickedFile, reopen: () => Promise<BlockBackend>): Promise<ImageVersion> {
  const attempt = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw new Error(`${picked.name} could not be written: ${reasonOf(error as Error)}`);
    }
  };
  const file = await attempt(() => picked.createWritable({ keepExistingData: true }));
  return {
    write: (sector, bytes) => {
      const data = bytes as Uint8Array<ArrayBuffer>;
      return attempt(() => file.write({ type: "write", position: Number(sector) * SECTOR_BYTES, data }));
    },
    finish: async () => {
      await attempt(() => file.close());
      return reopen();
    },
    abandon: () => file.abort(),
  };
}

function reasonOf({ name, message }: Error): string {
  if (name === "QuotaExceededError") return "there is no room beside it for its new version";
  if (name === "NotAllowedError") return "the browser was not allowed to";
  if (name === "NotFoundError") return "it is not where it was";
  return message;
}
