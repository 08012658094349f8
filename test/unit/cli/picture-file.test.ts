/** Pictures as files, byte by byte; what cannot be written says why. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, inflateSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { pngOf, ppmOf, writePicture } from "../../../src/cli/picture-file.ts";

const folder = mkdtempSync(join(tmpdir(), "vitrine-picture-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Two rows of three pixels. */
const PIXELS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 255];
const rgba = Uint8ClampedArray.from(PIXELS.flatMap((value, at) => (at % 3 === 2 ? [value, 255] : [value])));
const picture = { width: 3, height: 2, rgba };

test("PPM", () => {
  expect(Buffer.from(ppmOf(picture))).toEqual(Buffer.concat([Buffer.from("P6\n3 2\n255\n"), Buffer.from(PIXELS)]));
});

test("PNG: signature, header, rows without a filter, checksums", () => {
  const png = Buffer.from(pngOf(picture));
  expect(png.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const chunks: Record<string, Buffer> = {};
  let at = 8;
  while (at < png.length) {
    const end = at + 8 + png.readUInt32BE(at);
    expect(png.readUInt32BE(end)).toBe(crc32(png.subarray(at + 4, end)));
    chunks[png.toString("latin1", at + 4, at + 8)] = png.subarray(at + 8, end);
    at = end + 4;
  }
  expect(Object.keys(chunks)).toEqual(["IHDR", "IDAT", "IEND"]);
  expect([...(chunks.IHDR as Buffer)]).toEqual([0, 0, 0, 3, 0, 0, 0, 2, 8, 2, 0, 0, 0]);
  expect([...inflateSync(chunks.IDAT as Buffer)]).toEqual([0, ...PIXELS.slice(0, 9), 0, ...PIXELS.slice(9)]);
});

test("a file, and why there is none", async () => {
  const path = join(folder, "a.ppm");
  await writePicture(path, picture, "ppm");
  expect(readFileSync(path)).toEqual(Buffer.from(ppmOf(picture)));
  await expect(writePicture(path, picture, "bmp")).rejects.toThrow("there is no format bmp, only ppm and png");
  const nothing = { width: 0, height: 0, rgba: new Uint8ClampedArray(0) };
  await expect(writePicture(path, nothing, "png")).rejects.toThrow("screendump: the guest shows no picture");
  const nowhere = join(folder, "no", "b.png");
  await expect(writePicture(nowhere, picture, "png")).rejects.toThrow(`screendump ${nowhere}: ENOENT`);
});
