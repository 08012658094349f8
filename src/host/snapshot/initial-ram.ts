/** RAM as the machine's images leave it when it is switched on: a snapshot has only the pages that are otherwise. */
import type { Placement } from "../placement.ts";
import { crc32 } from "./crc32.ts";
import { PAGE_BYTES } from "./ram-pages.ts";

export class InitialRam {
  private sum: number | null = null;
  private readonly images: readonly { readonly start: number; readonly bytes: Uint8Array }[];

  constructor(placements: readonly Placement[], ramStart: bigint) {
    this.images = placements.map(({ pa, bytes }) => ({ start: Number(pa - ramStart), bytes }));
  }

  /** 8 hexadecimal digits over the images and where they lie. */
  get checksum(): string {
    this.sum ??= this.images.reduce(
      (sum, { start, bytes }) => crc32(bytes, crc32(new TextEncoder().encode(`${start} ${bytes.length}\n`), sum)),
      0,
    );
    return this.sum.toString(16).padStart(8, "0");
  }

  /** Whether an image touches page `number` of RAM. */
  has(number: number): boolean {
    const start = number * PAGE_BYTES;
    return this.images.some((image) => image.start < start + PAGE_BYTES && start < image.start + image.bytes.length);
  }

  /** Page `number` of RAM, or null if no image touches it. */
  page(number: number): Uint8Array | null {
    const start = number * PAGE_BYTES;
    let page: Uint8Array | null = null;
    for (const image of this.images) {
      const from = Math.max(start, image.start);
      const to = Math.min(start + PAGE_BYTES, image.start + image.bytes.length);
      if (from >= to) continue;
      const part = image.bytes.subarray(from - image.start, to - image.start);
      if (part.length === PAGE_BYTES) {
        page = part;
        continue;
      }
      page = page === null ? new Uint8Array(PAGE_BYTES) : page.slice();
      page.set(part, from - start);
    }
    return page;
  }
}
