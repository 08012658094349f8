/** Whether the host answers for a file out of its memory: then nobody need wait in another thread for what takes microseconds. */

/** What takes longer than that has waited for a disk, or the host has given the processor to somebody else. */
const SLOW_MS = 2;
/** One is no sign of a slow disk. */
const MOST_SLOW = 2;
/** After these nothing is attempted for so many times as long: what waits here holds up the machine's thread. */
const RESERVE = 20;

export class Promptness {
  private until = 0;
  /** Slow answers in a row. */
  private slow = 0;

  /** What `act` answers; null: it was not called, since the host has been slow of late. */
  attempt<T>(act: () => T): T | null {
    const start = performance.now();
    if (start < this.until) return null;
    try {
      return act();
    } finally {
      const end = performance.now();
      this.slow = end - start > SLOW_MS ? this.slow + 1 : 0;
      if (this.slow >= MOST_SLOW) this.until = end + RESERVE * (end - start);
    }
  }
}
