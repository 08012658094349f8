/** Pixels as a guest's GPU has them, made into those of a canvas. */
import type { Rectangle, ScreenPixels } from "./machine-types.ts";

/** Of each format of virtio-gpu (virtio 1.2, 5.7.6.8): which byte of a pixel is red, green and blue, and alpha if there is any. */
const FORMATS: Readonly<Record<number, readonly [red: number, green: number, blue: number, alpha?: number]>> = {
  1: [2, 1, 0, 3],
  2: [2, 1, 0],
  3: [1, 2, 3, 0],
  4: [1, 2, 3],
  67: [0, 1, 2, 3],
  68: [3, 2, 1],
  121: [3, 2, 1, 0],
  134: [0, 1, 2],
};

export function hasAlpha(format: number): boolean {
  return FORMATS[format]?.[3] !== undefined;
}

/**
 * The pixels of a rectangle of the picture at `source`, RGBA, row by row, from the machine's memory. Without `alpha` they are
 * opaque, as a screen is.
 */
export function readPixels(
  memory: ArrayBufferLike,
  source: ScreenPixels,
  { x, y, width, height }: Rectangle,
  alpha: boolean,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint32Array(width * height);
  const [red, green, blue, opacity = 0] = FORMATS[source.format] ?? [0, 0, 0];
  const [r, g, b, a] = [8 * red, 8 * green, 8 * blue, 8 * opacity];
  let to = 0;
  for (let row = 0; row < height; row++) {
    const from = new Uint32Array(memory, source.ptr + (y + row) * source.stride + 4 * x, width);
    for (let at = 0; at < width; at++) {
      const pixel = from[at] as number;
      const color = ((pixel >>> r) & 0xff) | (((pixel >>> g) & 0xff) << 8) | (((pixel >>> b) & 0xff) << 16);
      pixels[to++] = alpha ? color | (((pixel >>> a) & 0xff) << 24) : color | 0xff000000;
    }
  }
  return new Uint8ClampedArray(pixels.buffer);
}
