/** Guest RAM in a snapshot: pieces of 16 MiB, each a bitmap of its pages and then those pages that are not all zero. */

const PAGE_BYTES = 4096;
export const PIECE_BYTES = 16 << 20;
const PIECE_PAGES = PIECE_BYTES / PAGE_BYTES;
const BITMAP_BYTES = PIECE_PAGES / 8;
/** Most bytes that a piece takes. */
export const MOST_PACKED_PIECE = BITMAP_BYTES + PIECE_BYTES;

/** The pages of a piece (of at most 16 MiB) that are not zero; null if all are. */
export function packPages(ram: Uint8Array): Uint8Array | null {
  const words = new Int32Array(ram.buffer, ram.byteOffset, ram.length / 4);
  const pages: number[] = [];
  for (let page = 0; page < ram.length / PAGE_BYTES; page++) {
    if (!isZero(words, page)) pages.push(page);
  }
  if (pages.length === 0) return null;
  const packed = new Uint8Array(BITMAP_BYTES + pages.length * PAGE_BYTES);
  pages.forEach((page, n) => {
    packed[page >> 3]! |= 1 << (page & 7);
    packed.set(ram.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES), BITMAP_BYTES + n * PAGE_BYTES);
  });
  return packed;
}

function isZero(words: Int32Array, page: number): boolean {
  const end = (page + 1) * (PAGE_BYTES / 4);
  for (let at = page * (PAGE_BYTES / 4); at < end; at++) if (words[at] !== 0) return false;
  return true;
}

/** The pages that a piece of `bytes` bytes of RAM holds, in order. Throws an Error if it is not such a piece. */
export function listPages(packed: Uint8Array, bytes: number): number[] {
  const pages: number[] = [];
  for (let page = 0; page < Math.min(PIECE_PAGES, packed.length * 8); page++) {
    if (packed[page >> 3]! & (1 << (page & 7))) pages.push(page);
  }
  if (packed.length !== BITMAP_BYTES + pages.length * PAGE_BYTES || (pages.at(-1) ?? 0) >= bytes / PAGE_BYTES) {
    throw new Error("damaged snapshot: the pages of a piece of memory do not match their list");
  }
  return pages;
}

/** Makes `ram` hold the pages that listPages() has found, and zero elsewhere. Pages that are zero already are not touched. */
export function unpackPages(packed: Uint8Array, pages: readonly number[], ram: Uint8Array): void {
  const words = new Int32Array(ram.buffer, ram.byteOffset, ram.length / 4);
  let next = 0;
  for (let page = 0; page < ram.length / PAGE_BYTES; page++) {
    const at = page * PAGE_BYTES;
    if (pages[next] === page) {
      const from = BITMAP_BYTES + next++ * PAGE_BYTES;
      ram.set(packed.subarray(from, from + PAGE_BYTES), at);
    } else if (!isZero(words, page)) {
      ram.fill(0, at, at + PAGE_BYTES);
    }
  }
}
