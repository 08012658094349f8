/** What the tests write to sectors: each says which sector it is, which write it comes from, and whether it is whole. */

export const SECTOR = 512;

/** Tag of a sector that has been emptied. */
export const EMPTY = -1;

/** Content of sectors from `sector` on, all with one tag. Tag 0 is that of the image below. */
export function contentOf(sector: number, count: number, tag: number): Uint8Array {
  const bytes = new Uint8Array(count * SECTOR);
  if (tag === EMPTY) return bytes;
  const words = new Uint32Array(bytes.buffer);
  for (let n = 0; n < words.length; n++) words[n] = pattern(sector + Math.floor(n / 128), tag, n % 128);
  return bytes;
}

/** Two words of each sector say what it is, the others that it is whole. */
function pattern(sector: number, tag: number, word: number): number {
  if (word === 0) return tag + 0x1000_0000;
  return (Math.imul(sector + 1, 0x9e37_79b1) ^ Math.imul(tag + 1, 0x85eb_ca6b) ^ Math.imul(word, 0xc2b2_ae35)) >>> 0;
}

/** null: it is of no tag, or of several. */
export function tagOf(content: Uint8Array, sector: number): number | null {
  const words = new Uint32Array(content.slice().buffer);
  if (words.every((word) => word === 0)) return EMPTY;
  const tag = words[0]! - 0x1000_0000;
  return words.every((word, n) => word === pattern(sector, tag, n)) ? tag : null;
}
