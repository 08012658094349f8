/** Reads the primitive values of a wasm binary in order, and never beyond its end (WebAssembly specification, Binary Format: Values). */

export class WasmReader {
  private readonly view: DataView;

  /** `offset`: the byte to be read next. */
  constructor(
    private readonly bytes: Uint8Array,
    public offset = 0,
    readonly end = bytes.length,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.offset >= this.end;
  }

  byte(): number {
    const at = this.take(1);
    return this.bytes[at]!;
  }

  u32(): number {
    return Number(BigInt.asUintN(32, this.leb(35, false)));
  }

  i32(): number {
    return Number(BigInt.asIntN(32, this.leb(35, true)));
  }

  i64(): bigint {
    return BigInt.asIntN(64, this.leb(70, true));
  }

  f32(): { readonly value: number; readonly bits: bigint } {
    const at = this.take(4);
    return { value: this.view.getFloat32(at, true), bits: BigInt(this.view.getUint32(at, true)) };
  }

  f64(): { readonly value: number; readonly bits: bigint } {
    const at = this.take(8);
    return { value: this.view.getFloat64(at, true), bits: this.view.getBigUint64(at, true) };
  }

  /** A length and so many bytes. */
  vector(): Uint8Array {
    const length = this.u32();
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  name(): string {
    return new TextDecoder().decode(this.vector());
  }

  /** A count, and what `read` answers so often. */
  list<T>(read: (index: number) => T): T[] {
    const found: T[] = [];
    for (let i = 0, count = this.u32(); i < count; i++) found.push(read(i));
    return found;
  }

  /** A reader for the `length` bytes that follow, which this one skips. */
  part(length: number): WasmReader {
    const at = this.take(length);
    return new WasmReader(this.bytes, at, at + length);
  }

  fail(what: string, at = this.offset): never {
    throw new Error(`wasm: ${what} at byte ${at}`);
  }

  private take(length: number): number {
    const at = this.offset;
    if (at + length > this.end) this.fail("it ends in the middle", this.end);
    this.offset += length;
    return at;
  }

  private leb(bits: number, isSigned: boolean): bigint {
    const start = this.offset;
    let value = 0n;
    for (let shift = 0; shift < bits; shift += 7) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << BigInt(shift);
      if (byte < 0x80) return isSigned ? BigInt.asIntN(shift + 7, value) : value;
    }
    return this.fail("a number is too long", start);
  }
}
