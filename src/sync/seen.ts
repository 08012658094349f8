/** What one client knows of the slots. */
import { MAX_GROUP_REGISTERS } from "../spec/slot-layout.ts";

/** What a client has read last: versions of registers, stamps and sequence words of groups. */
export class Seen {
  readonly versions = new Int32Array(32 * MAX_GROUP_REGISTERS);
  /** Sequence words of groups at their last copy; -1 (odd): never copied. */
  readonly sequences = new Int32Array(32).fill(-1);
  /** Epoch and the two halves of the instruction count of each group's copy. */
  readonly stamps = new Int32Array(32 * 3);

  /** Whether the copies of two groups come from the same boundary. */
  sameCut(a: number, b: number): boolean {
    for (let word = 0; word < 3; word++) if (this.stamps[a * 3 + word] !== this.stamps[b * 3 + word]) return false;
    return true;
  }

  /** Count of resumes before the boundary that a group's copy comes from. */
  epoch(group: number): number {
    return this.stamps[group * 3] >>> 0;
  }

  /** Instructions retired at that boundary. */
  instret(group: number): bigint {
    return (BigInt(this.stamps[group * 3 + 2] >>> 0) << 32n) | BigInt(this.stamps[group * 3 + 1] >>> 0);
  }
}
