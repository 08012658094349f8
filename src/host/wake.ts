/** Lets the run loop sleep until something happens. */

/** Timers of the host hold at most so many ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Wake {
  private signalled = false;
  private resolve: (() => void) | null = null;

  /** Ends the wait that is under way, or else the next one at once. */
  signal(): void {
    this.signalled = true;
    this.resolve?.();
  }

  /** Waits up to `ms` ms (Infinity: without end); true when signalled, false when the time is over. */
  async wait(ms: number): Promise<boolean> {
    if (!this.signalled) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.resolve = resolve;
        if (ms !== Number.POSITIVE_INFINITY) timer = setTimeout(resolve, Math.min(Math.ceil(ms), LONGEST_TIMER_MS));
      });
      this.resolve = null;
      clearTimeout(timer);
    }
    const signalled = this.signalled;
    this.signalled = false;
    return signalled;
  }
}
