/** How many steps a slice may take, so that it ends after about 4 ms of host time whatever the guest does. */

export const SLICE_MS = 4;
const FEWEST_STEPS = 2_000;
const MOST_STEPS = 50_000_000;

export class SliceBudget {
  /** Low at first: nothing is known about the host's speed, and code is not compiled yet. */
  private budget = 50_000;

  get steps(): bigint {
    return BigInt(this.budget);
  }

  /** A slice has executed `steps` steps in `ms` ms. Few steps say nothing, as they may have ended for other reasons. */
  learn(steps: number, ms: number): void {
    if (steps < this.budget / 2 && ms < SLICE_MS) return;
    const fitting = (steps * SLICE_MS) / Math.max(ms, 0.05);
    // Half way towards the measured speed, at most doubling: one slow slice must not make many short ones.
    const next = Math.min((this.budget + fitting) / 2, this.budget * 2);
    this.budget = Math.round(Math.min(Math.max(next, FEWEST_STEPS), MOST_STEPS));
  }
}
