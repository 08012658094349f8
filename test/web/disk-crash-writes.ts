/** The writes of the crash test, which the page makes and the test knows. */

export interface CrashOrder {
  readonly id: string;
  readonly sectors: number;
  readonly seed: number;
  /** Number of the first write, which fills its sectors with it. */
  readonly first: number;
}

/** Where write `n` goes, and whether a flush follows. */
export function writeAt(seed: number, n: number, sectors: number) {
  const at = (salt: number) => mixed(seed ^ Math.imul(n, 0x9e3779b1) ^ salt);
  const count = 1 + (at(1) % 40);
  return { sector: at(2) % (sectors - count), count, flush: at(3) % 5 === 0 };
}

/** 32 bits that look like chance (the finalizer of MurmurHash3). */
function mixed(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
