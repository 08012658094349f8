/** How fast the guest executes, from the step counter in shared memory. */

/** Shorter spans show the length of slices rather than the machine's pace. */
const SPAN_MS = 500;

export class InstructionRate {
  #since = 0;
  #steps = 0n;
  #rate: number | null = null;

  /** Counting begins; nothing is known yet. */
  restart(now: number, steps: bigint): void {
    this.#since = now;
    this.#steps = steps;
    this.#rate = null;
  }

  /** Instructions a second over the last span, or null while the first one lasts. */
  update(now: number, steps: bigint): number | null {
    const ms = now - this.#since;
    // Steps count from 0 again when the machine is reset.
    if (steps < this.#steps) this.restart(now, steps);
    else if (ms >= SPAN_MS) {
      this.#rate = (Number(steps - this.#steps) * 1000) / ms;
      this.#since = now;
      this.#steps = steps;
    }
    return this.#rate;
  }
}
