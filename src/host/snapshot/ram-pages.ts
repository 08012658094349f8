/**
 * Guest RAM in a snapshot: pieces of 16 MiB, each a bitmap of the pages that it holds, a bitmap of those that are as the images
 * leave them, and then the pages that it holds. All others are zero.
 */
import type { InitialRam } from "./initial-ram.ts";

export const PAGE_BYTES = 4096;
export const PIECE_BYTES = 16 << 20;
export const PIECE_PAGES = PIECE_BYTES / PAGE_BYTES;
const BITMAP_BYTES = PIECE_PAGES / 8;
/** Most bytes that a piece takes. */
export const MOST_PACKED_PIECE = 2 * BITMAP_BYTES + PIECE_BYTES;

/** The pages of a piece, numbered in it, ascending. */
export interface PagesOfPiece {
  readonly held: readonly number[];
  readonly asInitially: readonly number[];
}

/** The piece of at most 16 MiB that begins at page `first`, packed; null if all of it is zero. */
export function packPages(ram: Uint8Array, first: number, initial: InitialRam): Uint8Array | null {
  const words = new Int32Array(ram.buffer, ram.byteOffset, ram.length / 4);
  const held: number[] = [];
  const asInitially: number[] = [];
  for (let page = 0; page < ram.length / PAGE_BYTES; page++) {
    if (isZero(words, page)) continue;
    const before = initial.page(first + page);
    (before !== null && isEqual(ram, page * PAGE_BYTES, before) ? asInitially : held).push(page);
  }
  if (held.length + asInitially.length === 0) return null;
  const packed = new Uint8Array(2 * BITMAP_BYTES + held.length * PAGE_BYTES);
  for (const page of asInitially) packed[BITMAP_BYTES + (page >> 3)]! |= 1 << (page & 7);
  held.forEach((page, n) => {
    packed[page >> 3]! |= 1 << (page & 7);
    packed.set(ram.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES), 2 * BITMAP_BYTES + n * PAGE_BYTES);
  });
  return packed;
}

function isZero(words: Int32Array, page: number): boolean {
  const end = (page + 1) * (PAGE_BYTES / 4);
  for (let at = page * (PAGE_BYTES / 4); at < end; at++) if (words[at] !== 0) return false;
  return true;
}

function isEqual(ram: Uint8Array, at: number, page: Uint8Array): boolean {
  for (let n = 0; n < PAGE_BYTES; n++) if (ram[at + n] !== page[n]) return false;
  return true;
}

/**
 * Which pages a piece, which is of `bytes` bytes of RAM from page `first` on, is about. Throws an Error if it is not such a piece,
 * or takes pages from images that do not have them.
 */
export function listPages(packed: Uint8Array, bytes: number, first: number, initial: InitialRam): PagesOfPiece {
  const held = pagesOf(packed.subarray(0, BITMAP_BYTES));
  const asInitially = pagesOf(packed.subarray(BITMAP_BYTES, 2 * BITMAP_BYTES));
  const end = Math.max(held.at(-1) ?? 0, asInitially.at(-1) ?? 0);
  if (packed.length !== 2 * BITMAP_BYTES + held.length * PAGE_BYTES || end >= bytes / PAGE_BYTES) {
    throw new Error("damaged snapshot: the pages of a piece of memory do not match their list");
  }
  const isHeld = new Set(held);
  if (asInitially.some((page) => isHeld.has(page) || initial.page(first + page) === null)) {
    throw new Error("damaged snapshot: pages of memory are said to be as in images that do not have them");
  }
  return { held, asInitially };
}

function pagesOf(bitmap: Uint8Array): number[] {
  const pages: number[] = [];
  for (let page = 0; page < bitmap.length * 8; page++) {
    if (bitmap[page >> 3]! & (1 << (page & 7))) pages.push(page);
  }
  return pages;
}

/**
 * Makes `ram` what the piece says; no piece: zero. Pages that are so already are not touched. `isInitial`: it is as the images have
 * left it, so that nobody has to look at pages of which the images have nothing: most of a large memory.
 */
export function unpackPages(
  packed: Uint8Array,
  { held, asInitially }: PagesOfPiece,
  ram: Uint8Array,
  first: number,
  initial: InitialRam,
  isInitial: boolean,
): void {
  const words = new Int32Array(ram.buffer, ram.byteOffset, ram.length / 4);
  let [nextHeld, nextInitial] = [0, 0];
  for (let page = 0; page < ram.length / PAGE_BYTES; page++) {
    const at = page * PAGE_BYTES;
    if (held[nextHeld] === page) {
      const from = 2 * BITMAP_BYTES + nextHeld++ * PAGE_BYTES;
      ram.set(packed.subarray(from, from + PAGE_BYTES), at);
    } else if (asInitially[nextInitial] === page) {
      nextInitial++;
      if (!isInitial) ram.set(initial.page(first + page)!, at);
    } else if (isInitial ? initial.has(first + page) : !isZero(words, page)) {
      ram.fill(0, at, at + PAGE_BYTES);
    }
  }
}
