/** A store that may lose power: what was written since the last completed flush is dropped, torn and put in another order. */
import type { ByteStore } from "../../src/host/backends/byte-store.ts";

export type Random = (below: number) => number;

/** Numbers from 0 to `below` - 1, the same for the same seed. */
export function randomNumbers(seed: number): Random {
  let state = BigInt(seed) * 0x9e37_79b9_7f4a_7c15n + 1n;
  return (below) => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number((state >> 33n) % BigInt(below));
  };
}

const SECTOR = 512;

interface Write {
  readonly at: number;
  readonly bytes: Uint8Array;
}

export class FaultyStore implements ByteStore {
  readonly name = "faulty store";
  /** As of the last completed flush, and with everything that was written since. */
  private stable: Uint8Array;
  private present: Uint8Array;
  private pending: Write[] = [];
  private isTruncated = false;
  /** Called with each moment at which the power may fail: in the middle of each operation, and around it. */
  onMoment: () => Promise<void> = async () => {};
  /** What the next operation of this kind fails with. */
  failures: Partial<Record<"read" | "write" | "flush", Error>> = {};
  flushes = 0;
  isClosed = false;

  constructor(content: Uint8Array = new Uint8Array(0)) {
    this.stable = content;
    this.present = content.slice();
  }

  async size(): Promise<number> {
    return this.present.length;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    await this.fail("read");
    return this.present.slice(offset, offset + length);
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    await this.fail("write");
    await this.onMoment();
    this.pending.push({ at: offset, bytes: bytes.slice() });
    this.present = grown(this.present, offset + bytes.length);
    this.present.set(bytes, offset);
    await this.onMoment();
  }

  async flush(): Promise<void> {
    await this.fail("flush");
    const { length } = this.pending;
    const content = this.present.slice();
    await this.onMoment();
    this.flushes++;
    this.stable = content;
    this.pending = this.pending.slice(length);
    this.isTruncated = false;
    await this.onMoment();
  }

  async truncate(size: number): Promise<void> {
    this.isTruncated = true;
    this.present = size < this.present.length ? this.present.slice(0, size) : grown(this.present, size);
    await this.onMoment();
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  /** What may be there when the power comes back. */
  crashed(random: Random): Uint8Array {
    // That a file became shorter may be lost or not; what else would be lost then is told by the other cases.
    if (this.isTruncated) return (random(2) === 0 ? this.stable : this.present).slice();
    const sizes = [this.stable.length, ...this.pending.map(({ at, bytes }) => at + bytes.length)];
    const size = random(2) === 0 ? Math.max(...sizes) : Math.max(this.stable.length, sizes[random(sizes.length)]!);
    const content = grown(this.stable, size).slice();
    const writes = [...this.pending];
    // In their order, or in any other.
    if (random(2) === 0) shuffle(writes, random);
    const kept = [0, 50, 90, 100][random(4)]!;
    for (const { at, bytes } of writes) {
      for (let from = 0; from < bytes.length; ) {
        const to = Math.min(bytes.length, from + SECTOR - ((at + from) % SECTOR));
        if (random(100) < kept && at + to <= size) content.set(bytes.subarray(from, to), at + from);
        from = to;
      }
    }
    return content;
  }

  private async fail(operation: "read" | "write" | "flush"): Promise<void> {
    const error = this.failures[operation];
    if (error === undefined) return;
    delete this.failures[operation];
    throw error;
  }
}

function grown(bytes: Uint8Array, size: number): Uint8Array {
  if (size <= bytes.length) return bytes;
  const larger = new Uint8Array(size);
  larger.set(bytes);
  return larger;
}

function shuffle<T>(items: T[], random: Random): void {
  for (let n = items.length - 1; n > 0; n--) {
    const other = random(n + 1);
    [items[n], items[other]] = [items[other]!, items[n]!];
  }
}
