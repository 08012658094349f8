/** Buffers that are used again: disk requests come by the thousand, and every fresh buffer would be zeroed and then collected. */

/** Buffers are made at least so large, so that most fit most requests; larger ones than the second are not kept. */
const LEAST_BYTES = 1 << 17;
const MOST_BYTES = 1 << 20;
const MOST_SPARE = 16;

export class SpareBuffers {
  private readonly spare: Uint8Array[] = [];

  /** A buffer of at least `length` bytes, whatever is in them. */
  take(length: number): Uint8Array {
    const at = this.spare.findLastIndex((buffer) => buffer.length >= length);
    return at < 0 ? new Uint8Array(Math.max(length, LEAST_BYTES)) : this.spare.splice(at, 1)[0]!;
  }

  /** Nobody looks at `buffer` any more. */
  give(buffer: Uint8Array): void {
    if (buffer.length <= MOST_BYTES && this.spare.length < MOST_SPARE) this.spare.push(buffer);
  }
}
