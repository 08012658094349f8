/** Brings firmware, kernel, initial RAM disk and other images into memory, unpacking gzip. */
import { joinBytes, type Platform } from "./platform.ts";

/** Bytes, or the URL or path where they are. */
export type ImageSource = Uint8Array | ArrayBuffer | string;

/** An image in memory; `name` is what messages call it, as in `kernel public/Image.gz`. */
export interface LoadedImage {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Loads several images at once and adds up their progress. */
export class ImageLoader {
  private readonly progress = new Map<string, { loaded: number; total: number }>();

  constructor(
    private readonly platform: Platform,
    private readonly onProgress: (loaded: number, total: number) => void,
  ) {}

  /** `role` names the image in messages: "kernel", "firmware", … Throws an Error that names role and address. */
  async load(role: string, source: ImageSource): Promise<LoadedImage> {
    if (typeof source !== "string") return { name: role, bytes: new Uint8Array(source as ArrayBuffer) };
    const report = (loaded: number, total: number) => {
      this.progress.set(role, { loaded, total });
      const all = [...this.progress.values()];
      this.onProgress(
        all.reduce((sum, image) => sum + image.loaded, 0),
        all.reduce((sum, image) => sum + image.total, 0),
      );
    };
    const bytes = await loadAddress(role, () => this.platform.read(source, report));
    return { name: `${role} ${source}`, bytes };
  }
}

/** What `load` brings; its errors say for which part of the machine it was. */
export async function loadAddress<T>(role: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new Error(`${role}: ${(error as Error).message}`);
  }
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Whether a gzip stream that holds `length` bytes ends with the file (RFC 1952, section 2.3.1: ISIZE). */
function endsWithLength(packed: Uint8Array, length: number): boolean {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  return view.getUint32(packed.length - 4, true) === length % 2 ** 32;
}

/** The image itself, or what it unpacks to. Throws an Error if it is damaged or unpacks to more than `limit` bytes. */
export async function unpackImage(image: LoadedImage, limit: number): Promise<LoadedImage> {
  if (!isGzip(image.bytes)) return image;
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    const packed = new Blob([image.bytes as Uint8Array<ArrayBuffer>]).stream();
    const reader = packed.pipeThrough(new DecompressionStream("gzip")).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > limit) {
        // The rest is not wanted; a failing cancel would only repeat that.
        reader.cancel().catch(() => {});
        break;
      }
      parts.push(value);
    }
  } catch (error) {
    throw new Error(`${image.name}: damaged gzip data: ${(error as Error).message}`);
  }
  // Some hosts unpack what follows the first stream, some skip it, some refuse it.
  if (length <= limit && !endsWithLength(image.bytes, length)) {
    throw new Error(`${image.name}: damaged gzip data: there is more behind the end of the stream`);
  }
  if (length > limit) throw new Error(`${image.name}: unpacks to more than the ${limit} bytes that it may have`);
  return { name: image.name, bytes: joinBytes(parts, length) };
}
