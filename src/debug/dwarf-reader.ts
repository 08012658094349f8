/** Reads the numbers of DWARF sections (DWARF 5, section 7.6 and 7.4), with every bound checked. */

export class DwarfReader {
  private readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    readonly littleEndian: boolean,
    public at = 0,
    public end = bytes.length,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  i8(): number {
    return this.view.getInt8(this.take(1));
  }

  u16(): number {
    return this.view.getUint16(this.take(2), this.littleEndian);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), this.littleEndian);
  }

  u64(): bigint {
    return this.view.getBigUint64(this.take(8), this.littleEndian);
  }

  /** `size` bytes as an unsigned number. */
  unsigned(size: number): bigint {
    switch (size) {
      case 1:
        return BigInt(this.u8());
      case 2:
        return BigInt(this.u16());
      case 4:
        return BigInt(this.u32());
      case 8:
        return this.u64();
      default:
        throw new Error(`a number of ${size} bytes`);
    }
  }

  uleb(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
      if (shift > 70n) throw new Error("a LEB128 number has no end");
    }
  }

  sleb(): bigint {
    let value = 0n;
    for (let shift = 0n; ; ) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte < 0x80) return byte & 0x40 ? value - (1n << shift) : value;
      if (shift > 77n) throw new Error("a LEB128 number has no end");
    }
  }

  /** Number that counts or measures something in this file. */
  count(): number {
    // Nearly all of them have one byte.
    if (this.at < this.end && (this.bytes[this.at] as number) < 0x80) return this.bytes[this.at++] as number;
    const value = this.uleb();
    if (value > 0xffff_ffffn) throw new Error(`${value} is no count`);
    return Number(value);
  }

  string(): string {
    const from = this.at;
    const found = this.bytes.indexOf(0, from);
    if (found < 0 || found >= this.end) throw new Error("a string has no end");
    this.at = found + 1;
    return new TextDecoder().decode(this.bytes.subarray(from, found));
  }

  /** The next bytes themselves, not a copy. */
  block(length: number): Uint8Array {
    const from = this.take(length);
    return this.bytes.subarray(from, from + length);
  }

  skip(length: number): void {
    this.take(length);
  }

  /** Length of a unit and the bytes of the offsets in it (4 or 8). */
  unitLength(): { readonly length: number; readonly offsetBytes: number } {
    const first = this.u32();
    if (first < 0xffff_fff0) return { length: first, offsetBytes: 4 };
    if (first !== 0xffff_ffff) throw new Error("a reserved unit length");
    return { length: Number(this.u64()), offsetBytes: 8 };
  }

  /** A reader of the next `length` bytes alone, which this one passes over. */
  part(length: number): DwarfReader {
    const from = this.take(length);
    return new DwarfReader(this.bytes, this.littleEndian, from, from + length);
  }

  private take(length: number): number {
    const from = this.at;
    if (!(length >= 0 && from + length <= this.end)) throw new Error(`truncated at offset 0x${this.end.toString(16)}`);
    this.at = from + length;
    return from;
  }
}
