/** Guest physical memory as the host reads and writes it, with its bounds checked. */
import { RAM_BASE, ROM_BASE } from "../spec/abi.ts";
import type { RamRange } from "./placement.ts";

/** Most bytes that one call moves. */
const MOST_BYTES = 16 << 20;

export class GuestMemory {
  private readonly bytes: Uint8Array;

  constructor(
    memory: ArrayBufferLike,
    private readonly ram: RamRange,
    private readonly rom: RamRange,
  ) {
    this.bytes = new Uint8Array(memory);
  }

  /** A copy of `length` bytes at `pa`, in RAM or ROM. Throws a RangeError that names the addresses. */
  read(pa: bigint, length: number): Uint8Array {
    const at = this.locate(pa, length, this.ram, RAM_BASE) ?? this.locate(pa, length, this.rom, ROM_BASE);
    if (at === null) throw outside(pa, length, "RAM and ROM");
    return this.bytes.slice(at, at + length);
  }

  /** Copies `bytes` to `pa` in RAM. Who calls this tells the core, which may have decoded what was there. */
  write(pa: bigint, bytes: Uint8Array): void {
    const at = this.locate(pa, bytes.length, this.ram, RAM_BASE);
    if (at === null) throw outside(pa, bytes.length, "RAM");
    this.bytes.set(bytes, at);
  }

  /** Throws a RangeError unless all of it lies in RAM. */
  checkWritable(pa: bigint, length: number): void {
    if (!this.isRam(pa, length)) throw outside(pa, length, "RAM");
  }

  isRam(pa: bigint, length: number): boolean {
    return this.locate(pa, length, this.ram, RAM_BASE) !== null;
  }

  writeRom(bytes: Uint8Array): void {
    if (BigInt(bytes.length) > this.rom.bytes)
      throw new RangeError(`the boot ROM's ${bytes.length} bytes do not fit it`);
    this.bytes.fill(0, ROM_BASE, ROM_BASE + Number(this.rom.bytes));
    this.bytes.set(bytes, ROM_BASE);
  }

  clearRam(): void {
    // In words: shared memory is filled element by element.
    new BigUint64Array(this.bytes.buffer, RAM_BASE, Number(this.ram.bytes) / 8).fill(0n);
  }

  /** Where the byte at `pa` lies in the wasm memory. Throws a RangeError if it is neither in RAM nor in ROM. */
  pointerOf(pa: bigint): number {
    const at = this.locate(pa, 1, this.ram, RAM_BASE) ?? this.locate(pa, 1, this.rom, ROM_BASE);
    if (at === null) throw outside(pa, 1, "RAM and ROM");
    return at;
  }

  /** Physical address of the byte of RAM or ROM at `ptr` in the wasm memory. */
  addressOf(ptr: number): bigint {
    return ptr < RAM_BASE ? this.rom.start + BigInt(ptr - ROM_BASE) : this.ram.start + BigInt(ptr - RAM_BASE);
  }

  /** Byte in the wasm memory of `pa`, or null if not all `length` bytes lie in `range`. */
  private locate(pa: bigint, length: number, range: RamRange, base: number): number | null {
    if (!Number.isInteger(length) || length < 0 || length > MOST_BYTES) {
      throw new RangeError(`${length} bytes cannot be moved at once; at most ${MOST_BYTES} can`);
    }
    const offset = pa - range.start;
    if (offset < 0n || offset + BigInt(length) > range.bytes) return null;
    return base + Number(offset);
  }
}

function outside(pa: bigint, length: number, where: string): RangeError {
  return new RangeError(`physical address 0x${pa.toString(16)} + ${length} bytes lies outside ${where}`);
}
