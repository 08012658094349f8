/** What a disk may hold after a power loss: of each sector what was flushed last, or anything that was written to it since. */
import { expect } from "vitest";
import type { BlockBackend } from "../../src/host/backends/block.ts";
import { SECTOR, tagOf } from "./sector-content.ts";

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
