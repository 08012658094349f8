/** The fields of 9P messages: little-endian, strings with a length of two bytes. */
import { FolderError } from "./folder.ts";

const LENGTH_AND_HEAD = 7;

/** Reads a message that came from a guest: every length is checked; what does not fit is EINVAL. */
export class MessageReader {
  private at = LENGTH_AND_HEAD;
  private readonly view: DataView;

  /** `bytes`: the whole message, its head of 7 bytes included. */
  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  u64(): bigint {
    return this.view.getBigUint64(this.take(8), true);
  }

  /** An offset or size in a file: EINVAL beyond 2^53. */
  offset(): number {
    const value = this.u64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new FolderError("EINVAL");
    return Number(value);
  }

  text(): string {
    const length = this.u16();
    const at = this.take(length);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.bytes.subarray(at, at + length));
    } catch {
      throw new FolderError("EINVAL", "a name is not UTF-8");
    }
  }

  block(length: number): Uint8Array {
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  private take(count: number): number {
    const { at } = this;
    if (count > this.bytes.length - at) throw new FolderError("EINVAL", "the message ends too soon");
    this.at += count;
    return at;
  }
}

/** Puts a reply together. */
export class MessageWriter {
  private bytes = new Uint8Array(256);
  private view = new DataView(this.bytes.buffer);
  length = LENGTH_AND_HEAD;

  u8(value: number): this {
    const at = this.take(1);
    this.view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.take(2);
    this.view.setUint16(at, value, true);
    return this;
  }

  u32(value: number): this {
    const at = this.take(4);
    this.view.setUint32(at, value, true);
    return this;
  }

  u64(value: bigint | number): this {
    const at = this.take(8);
    this.view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
    return this;
  }

  text(text: string): this {
    const bytes = new TextEncoder().encode(text);
    return this.u16(bytes.length).block(bytes);
  }

  block(bytes: Uint8Array): this {
    const at = this.take(bytes.length);
    this.bytes.set(bytes, at);
    return this;
  }

  /** The whole message with its head. */
  finish(type: number, tag: number): Uint8Array {
    this.view.setUint32(0, this.length, true);
    this.view.setUint8(4, type);
    this.view.setUint16(5, tag, true);
    return this.bytes.slice(0, this.length);
  }

  /** Room for `count` bytes, perhaps in a new buffer: their place. */
  private take(count: number): number {
    const at = this.length;
    if (at + count > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, at + count));
      larger.set(this.bytes.subarray(0, at));
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    this.length = at + count;
    return at;
  }
}
