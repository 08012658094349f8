/** Writes and reads the fields of a snapshot's sections: little-endian, without padding, every length checked before use. */

export class FieldWriter {
  private bytes = new Uint8Array(256);
  private length = 0;

  u32(value: number): this {
    const at = this.take(4);
    new DataView(this.bytes.buffer).setUint32(at, value, true);
    return this;
  }

  u64(value: bigint): this {
    const at = this.take(8);
    new DataView(this.bytes.buffer).setBigUint64(at, value, true);
    return this;
  }

  /** Its length, then the bytes. */
  block(bytes: Uint8Array): this {
    const at = this.u32(bytes.length).take(bytes.length);
    this.bytes.set(bytes, at);
    return this;
  }

  text(text: string): this {
    return this.block(new TextEncoder().encode(text));
  }

  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  /** Room for `count` bytes, perhaps in a new buffer: their place. */
  private take(count: number): number {
    const at = this.length;
    if (at + count > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, at + count));
      larger.set(this.bytes.subarray(0, at));
      this.bytes = larger;
    }
    this.length = at + count;
    return at;
  }
}

export class FieldReader {
  private at = 0;

  /** `name` is what errors call the section. */
  constructor(
    private readonly name: string,
    private readonly bytes: Uint8Array,
  ) {}

  u32(): number {
    return this.view(4).getUint32(0, true);
  }

  u64(): bigint {
    return this.view(8).getBigUint64(0, true);
  }

  /** A whole number of at most `most`. */
  count(most: number): number {
    const value = this.u32();
    if (value > most) throw this.damage(`${value} where at most ${most} is possible`);
    return value;
  }

  /** A copy of a block of at most `most` bytes. */
  block(most: number): Uint8Array {
    const length = this.count(most);
    const at = this.take(length);
    return this.bytes.slice(at, at + length);
  }

  text(most: number): string {
    return new TextDecoder().decode(this.block(most));
  }

  /** All of the section has been read. */
  end(): void {
    if (this.at !== this.bytes.length) throw this.damage(`${this.bytes.length - this.at} bytes too many`);
  }

  damage(what: string): Error {
    return new Error(`damaged snapshot: section ${this.name}: ${what}`);
  }

  private view(count: number): DataView {
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + this.take(count), count);
  }

  private take(count: number): number {
    const { at } = this;
    if (count > this.bytes.length - at) throw this.damage("it ends too soon");
    this.at += count;
    return at;
  }
}
