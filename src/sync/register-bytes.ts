/** Bytes of registers, read and written by the layout of the slots. */
import type { RegisterSlot } from "../spec/slot-layout.ts";

/** Bytes of registers, in shared memory or in a client's own copy, as 32-bit words so that comparing allocates nothing. */
export class RegisterBytes {
  readonly #origin: number;
  readonly #bytes: Uint8Array;
  readonly #halves: Uint16Array;
  readonly #words: Int32Array;

  /** `origin`: byte at which the registers of the layout begin. */
  constructor(buffer: ArrayBufferLike, origin: number) {
    this.#origin = origin;
    this.#bytes = new Uint8Array(buffer);
    this.#halves = new Uint16Array(buffer);
    this.#words = new Int32Array(buffer);
  }

  /** Word `index` of a register: its only one, zero-extended, if it has at most 32 bits. */
  word(slot: RegisterSlot, index: number): number {
    const at = this.#origin + slot.offset;
    if (slot.bytes === 1) return this.#bytes[at];
    if (slot.bytes === 2) return this.#halves[at >> 1];
    return this.#words[(at >> 2) + index];
  }

  setWord(slot: RegisterSlot, index: number, value: number): void {
    const at = this.#origin + slot.offset;
    if (slot.bytes === 1) this.#bytes[at] = value;
    else if (slot.bytes === 2) this.#halves[at >> 1] = value;
    else this.#words[(at >> 2) + index] = value;
  }

  // The next two move words without handing them out, since a number that leaves a function may need memory of its own.

  /** Whether a register has the same bytes there. */
  equals(other: RegisterBytes, slot: RegisterSlot): boolean {
    const a = this.#origin + slot.offset;
    const b = other.#origin + slot.offset;
    if (slot.bytes === 1) return this.#bytes[a] === other.#bytes[b];
    if (slot.bytes === 2) return this.#halves[a >> 1] === other.#halves[b >> 1];
    for (let word = 0; word < slot.bytes >> 2; word++) {
      if (this.#words[(a >> 2) + word] !== other.#words[(b >> 2) + word]) return false;
    }
    return true;
  }

  /** Takes a register's bytes over from there. */
  copy(other: RegisterBytes, slot: RegisterSlot): void {
    const a = this.#origin + slot.offset;
    const b = other.#origin + slot.offset;
    if (slot.bytes === 1) this.#bytes[a] = other.#bytes[b];
    else if (slot.bytes === 2) this.#halves[a >> 1] = other.#halves[b >> 1];
    else {
      for (let word = 0; word < slot.bytes >> 2; word++) {
        this.#words[(a >> 2) + word] = other.#words[(b >> 2) + word];
      }
    }
  }

  /** A register's bytes as an unsigned number. */
  value(slot: RegisterSlot): bigint {
    let value = 0n;
    for (let word = wordCount(slot) - 1; word >= 0; word--)
      value = (value << 32n) | BigInt(this.word(slot, word) >>> 0);
    return value;
  }

  setValue(slot: RegisterSlot, value: bigint): void {
    for (let word = 0; word < wordCount(slot); word++) {
      this.setWord(slot, word, Number((value >> BigInt(32 * word)) & 0xffff_ffffn));
    }
  }
}

function wordCount(slot: RegisterSlot): number {
  return slot.bytes <= 4 ? 1 : slot.bytes >> 2;
}
