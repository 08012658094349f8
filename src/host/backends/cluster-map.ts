/** Where the clusters of an overlay are: in the image below, nowhere since they are zero, or in a slot of its store. */

/** A cluster has as many bytes as a page of most guests, and so has a slot: what is written is rarely less. */
export const CLUSTER_BYTES = 4096;

/** What stands in the place of a slot: the cluster is as in the image below; it is zero. */
export const BELOW = 0;
export const ZERO = 1;

const PAGE_ENTRIES = 1024;

/** Sparse table from cluster to slot, BELOW or ZERO; a u32 each. */
export class ClusterMap {
  private readonly pages = new Map<number, Uint32Array>();

  get(cluster: number): number {
    return this.pages.get(Math.floor(cluster / PAGE_ENTRIES))?.[cluster % PAGE_ENTRIES] ?? BELOW;
  }

  set(cluster: number, slot: number): void {
    const number = Math.floor(cluster / PAGE_ENTRIES);
    let page = this.pages.get(number);
    if (page === undefined) {
      if (slot === BELOW) return;
      page = new Uint32Array(PAGE_ENTRIES);
      this.pages.set(number, page);
    }
    page[cluster % PAGE_ENTRIES] = slot;
  }

  /** How many clusters are not BELOW. */
  get size(): number {
    let size = 0;
    for (const page of this.pages.values()) for (const slot of page) if (slot !== BELOW) size++;
    return size;
  }

  /** All clusters that are not BELOW, ascending, each with its slot or ZERO. */
  *entries(): Generator<[cluster: number, slot: number]> {
    for (const number of [...this.pages.keys()].sort((a, b) => a - b)) {
      const page = this.pages.get(number)!;
      for (let at = 0; at < PAGE_ENTRIES; at++) {
        if (page[at] !== BELOW) yield [number * PAGE_ENTRIES + at, page[at]!];
      }
    }
  }
}

/** Which slots of a store are free: those that were given back, then all from `end` on. */
export class SlotAllocator {
  /** Descending, so that the lowest is taken first. */
  private free: number[] = [];

  constructor(private next: number) {}

  /** The slot behind the last that was ever taken. */
  get end(): number {
    return this.next;
  }

  /** `count` slots, in a row if none were given back. */
  take(count: number): number[] {
    return Array.from({ length: count }, () => this.free.pop() ?? this.next++);
  }

  /** The first of `count` slots in a row. */
  takeRow(count: number): number {
    const first = this.next;
    this.next += count;
    return first;
  }

  give(slots: readonly number[]): void {
    if (slots.length === 0) return;
    this.free = [...this.free, ...slots].sort((a, b) => b - a);
  }
}
