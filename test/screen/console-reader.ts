/** Reads the text console of the bundled kernel off a picture, pixel by pixel: what is not exactly a glyph of its font is "?". */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const GLYPH_WIDTH = 8;
const GLYPH_HEIGHT = 16;
/** Four words of bookkeeping come before the glyphs (struct font_data). */
const FONT_HEADER = 16;
const GLYPHS = 256;
const PRINTABLE = Array.from({ length: 0x7f - 0x20 }, (_, i) => 0x20 + i);

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** RGBA, row by row. */
  readonly rgba: Uint8Array | Uint8ClampedArray;
}

export class ConsoleReader {
  /** Characters by their glyphs: the rows as text. */
  private readonly characters = new Map<string, string>();

  constructor(font: Uint8Array) {
    for (const character of PRINTABLE) {
      const rows = font.subarray(character * GLYPH_HEIGHT, (character + 1) * GLYPH_HEIGHT);
      this.characters.set([...rows].join(), String.fromCharCode(character));
    }
  }

  /** With the font as it lies in the bundled kernel. */
  static ofBundledKernel(): ConsoleReader {
    const read = (name: string) =>
      gunzipSync(readFileSync(new URL(`../../public/guests/linux/${name}`, import.meta.url)));
    const symbols = read("vmlinux.symbols.gz").toString();
    const address = (name: string): bigint => {
      const found = new RegExp(`^([0-9a-f]+) \\w ${name}$`, "m").exec(symbols);
      if (found === null) throw new Error(`the bundled kernel has no symbol ${name}`);
      return BigInt(`0x${found[1]}`);
    };
    const at = Number(address("fontdata_8x16") - address("_start")) + FONT_HEADER;
    return new ConsoleReader(read("Image.gz").subarray(at, at + GLYPHS * GLYPH_HEIGHT));
  }

  /** Lines without blanks at their ends. */
  lines({ width, height, rgba }: Picture): string[] {
    const pixels = new Uint32Array(rgba.buffer, rgba.byteOffset, width * height);
    return Array.from({ length: Math.floor(height / GLYPH_HEIGHT) }, (_, row) =>
      Array.from({ length: Math.floor(width / GLYPH_WIDTH) }, (_, column) =>
        this.character(pixels, width, column * GLYPH_WIDTH, row * GLYPH_HEIGHT),
      )
        .join("")
        .trimEnd(),
    );
  }

  private character(pixels: Uint32Array, width: number, x: number, y: number): string {
    // In the font's glyphs the corner is ground.
    const ground = pixels[y * width + x];
    const ink = new Set<number>();
    const rows: number[] = [];
    for (let row = 0; row < GLYPH_HEIGHT; row++) {
      let bits = 0;
      for (let column = 0; column < GLYPH_WIDTH; column++) {
        const pixel = pixels[(y + row) * width + x + column] as number;
        bits = (bits << 1) | (pixel === ground ? 0 : 1);
        if (pixel !== ground) ink.add(pixel);
      }
      rows.push(bits);
    }
    return (ink.size <= 1 ? this.characters.get(rows.join()) : undefined) ?? "?";
  }
}
