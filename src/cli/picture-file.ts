/** The guest's picture as a file: PPM, as QEMU's screendump writes it, or PNG. */
import { writeFile } from "node:fs/promises";
import { crc32, deflateSync } from "node:zlib";
import type { ScreenPicture } from "../worker/node.ts";

const ENCODERS: Readonly<Record<string, (picture: ScreenPicture) => Uint8Array>> = { ppm: ppmOf, png: pngOf };

/** Throws an Error that names the file or the format, or says that there is nothing to see. */
export async function writePicture(path: string, picture: ScreenPicture, format: string): Promise<void> {
  const encode = Object.hasOwn(ENCODERS, format) ? ENCODERS[format] : undefined;
  if (encode === undefined) throw new Error(`screendump: there is no format ${format}, only ppm and png`);
  if (picture.width === 0) throw new Error("screendump: the guest shows no picture");
  try {
    await writeFile(path, encode(picture));
  } catch (error) {
    throw new Error(`screendump ${path}: ${(error as Error).message}`);
  }
}

/** Red, green and blue of each pixel, row by row, behind a header in letters. */
export function ppmOf({ width, height, rgba }: ScreenPicture): Uint8Array {
  return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), rgbRows(rgba, 3 * width * height, 0)]);
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Bits a colour; the colour type of red, green and blue; compression, filter and interlace as usual (PNG, 11.2.1). */
const TRUE_COLOUR = [8, 2, 0, 0, 0];

export function pngOf({ width, height, rgba }: ScreenPicture): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set(TRUE_COLOUR, 8);
  // Each row begins with the number of its filter: 0 is none.
  const rows = Array.from({ length: height }, (_, row) =>
    rgbRows(rgba.subarray(4 * row * width, 4 * (row + 1) * width), 1 + 3 * width, 1),
  );
  return Buffer.concat([
    Buffer.from(SIGNATURE),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(rows))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** RGBA without A, from byte `at` of so many. */
function rgbRows(rgba: Uint8ClampedArray, bytes: number, at: number): Uint8Array {
  const rgb = new Uint8Array(bytes);
  for (let from = 0, to = at; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from] as number;
    rgb[to + 1] = rgba[from + 1] as number;
    rgb[to + 2] = rgba[from + 2] as number;
  }
  return rgb;
}

/** Length, name, content, and the checksum of the latter two (PNG, 5.3). */
function chunk(name: string, content: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const body = Buffer.concat([Buffer.from(name, "latin1"), content]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
