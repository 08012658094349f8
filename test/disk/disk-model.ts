/** What a disk may hold after a power loss: of each sector what was flushed last, or anything that was written to it since. */
import { expect } from "vitest";
import type { BlockBackend } from "../../src/host/backends/block.ts";

const SECTOR = 512;

export class DiskModel {
  /** Of each sector the tags that it may hold: first the one that is safe, then those that were written since. */
  private readonly tags: number[][];

  /** At first each sector holds tag 0. */
  constructor(readonly sectors: number) {
    this.tags = Array.from({ length: sectors }, () => [0]);
  }

  write(sector: number, count: number, tag: number): void {
    for (let n = sector; n < sector + count; n++) this.tags[n]!.push(tag);
  }

  /** What a flush makes safe that is asked for now. */
  beginFlush(): number[] {
    return this.tags.map((tags) => tags.length - 1);
  }

  /** The flush is done. Only one is under way at a time. */
  endFlush(begun: readonly number[]): void {
    begun.forEach((at, n) => {
      this.tags[n]!.splice(0, at);
    });
  }

  /** After a power loss: the disk holds `found`, and nothing else any more. */
  restart(found: readonly number[]): void {
    found.forEach((tag, n) => {
      this.tags[n] = [tag];
    });
  }

  /** Tags of all sectors; throws unless each is possible. */
  async verify(disk: BlockBackend): Promise<number[]> {
    const bytes = await disk.read(0n, this.sectors * SECTOR);
    return this.tags.map((allowed, sector) => {
      const content = bytes.subarray(sector * SECTOR, (sector + 1) * SECTOR);
      const tag = tagOf(content, sector);
      if (tag === null || !allowed.includes(tag)) {
        expect.fail(`sector ${sector} holds ${tag ?? "a mixture"}, and may hold ${allowed.join(", ")}`);
      }
      return tag as number;
    });
  }

  /** The sectors as they are when nothing is lost. */
  async verifyLatest(disk: BlockBackend): Promise<void> {
    expect(await this.verify(disk)).toEqual(this.tags.map((tags) => tags.at(-1)));
  }
}

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
function tagOf(content: Uint8Array, sector: number): number | null {
  const words = new Uint32Array(content.slice().buffer);
  if (words.every((word) => word === 0)) return EMPTY;
  const tag = words[0]! - 0x1000_0000;
  return words.every((word, n) => word === pattern(sector, tag, n)) ? tag : null;
}
