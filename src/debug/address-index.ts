/** What belongs to an address, among things that belong to ranges of them: by halves rather than one by one. */

export interface Ranged {
  readonly first: bigint;
  readonly end: bigint;
}

export class AddressIndex<T extends Ranged> {
  /** By ascending start; of those with the same one the first that was given comes first. */
  private readonly sorted: readonly T[];
  /** The furthest end of those up to each. */
  private readonly furthest: readonly bigint[];

  constructor(all: readonly T[]) {
    this.sorted = [...all].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
    const furthest: bigint[] = [];
    for (const { end } of this.sorted) {
      const before = furthest.at(-1);
      furthest.push(before === undefined || end > before ? end : before);
    }
    this.furthest = furthest;
  }

  get isEmpty(): boolean {
    return this.sorted.length === 0;
  }

  /** The one that begins first of those that hold the address, or null. */
  at(address: bigint): T | null {
    const from = firstWhere(this.furthest, (end) => end > address);
    const found = this.sorted[from];
    return found !== undefined && found.first <= address ? found : null;
  }
}

/** Index of the first for which it holds, and with it for all behind; their number if there is none. */
export function firstWhere<T>(sorted: ArrayLike<T>, holds: (each: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
