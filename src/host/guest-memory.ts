/** Guest physical memory as the host reads and writes it, with its bounds checked. */
import { RAM_BASE, ROM_BASE } from "../spec/abi.ts";
import type { RamRange } from "./placement.ts";

/** Most bytes that one call moves. */
const MOST_BYTES = 16 << 20;

/** A bank of flash: its guest physical addresses, and where its content lies in the wasm memory. null: nowhere, it reads as zeros. */
export interface FlashRange extends RamRange {
  readonly ptr: number | null;
}

export class GuestMemory {
  /** Nobody but a guest that has run since has written to RAM since the images were put there. */
  isAsImages = false;
  private readonly bytes: Uint8Array;

  /** Of flash its array is shown, whatever the chips answer to the guest at the moment. */
  constructor(
    memory: ArrayBufferLike,
    private readonly ram: RamRange,
    private readonly rom: RamRange,
    private readonly flash: readonly FlashRange[] = [],
  ) {
    this.bytes = new Uint8Array(memory);
  }

  /** A copy of `length` bytes at `pa`, in RAM, ROM or a bank of flash. Throws a RangeError that names the addresses. */
  read(pa: bigint, length: number): Uint8Array {
    const at = this.readableAt(pa, length);
    if (at !== null) return this.bytes.slice(at, at + length);
    if (this.memoryAt(pa, length) === null) throw outside(pa, length, "RAM, ROM and flash");
    return new Uint8Array(length);
  }

  /** Copies `bytes` to `pa` in RAM. Who calls this tells the core, which may have decoded what was there. */
  write(pa: bigint, bytes: Uint8Array): void {
    this.checkWritable(pa, bytes.length);
    this.isAsImages = false;
    this.bytes.set(bytes, this.locate(pa, bytes.length, this.ram, RAM_BASE)!);
  }

  /** Throws a RangeError that says what is there instead unless all of it lies in RAM. */
  checkWritable(pa: bigint, length: number): void {
    if (this.isRam(pa, length)) return;
    if (this.memoryAt(pa, length) === null) throw outside(pa, length, "RAM");
    throw new RangeError(`physical address 0x${pa.toString(16)}: ${this.whyNot(pa, length)}`);
  }

  /** Why somebody who is no guest cannot read, or write, `length` bytes at `pa`. */
  whyNot(pa: bigint, length: number): string {
    const memory = this.memoryAt(pa, length);
    if (memory === null) return "there is no memory";
    return memory === "flash" ? "this is flash, which only the guest's commands to it change" : `this is ${memory}`;
  }

  isRam(pa: bigint, length: number): boolean {
    return this.locate(pa, length, this.ram, RAM_BASE) !== null;
  }

  /** What holds all `length` bytes at `pa`. */
  memoryAt(pa: bigint, length: number): "RAM" | "ROM" | "flash" | null {
    if (this.isRam(pa, length)) return "RAM";
    if (this.locate(pa, length, this.rom, ROM_BASE) !== null) return "ROM";
    return this.flash.some((bank) => this.locate(pa, length, bank, 0) !== null) ? "flash" : null;
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

  /** Whether the byte at `pa` lies in the wasm memory. */
  holds(pa: bigint): boolean {
    return this.readableAt(pa, 1) !== null;
  }

  /** Where the byte at `pa` lies in the wasm memory. Throws a RangeError if it is in no memory of the guest's. */
  pointerOf(pa: bigint): number {
    const at = this.readableAt(pa, 1);
    if (at === null) throw outside(pa, 1, "RAM, ROM and flash");
    return at;
  }

  /** Physical address of the byte of RAM, ROM or flash at `ptr` in the wasm memory. */
  addressOf(ptr: number): bigint {
    const bank = this.flash.find((flash) => flash.ptr !== null && ptr >= flash.ptr && ptr - flash.ptr < flash.bytes);
    if (bank !== undefined) return bank.start + BigInt(ptr - bank.ptr!);
    return ptr < RAM_BASE ? this.rom.start + BigInt(ptr - ROM_BASE) : this.ram.start + BigInt(ptr - RAM_BASE);
  }

  /** Byte in the wasm memory of `pa`, or null where nothing of it lies there. */
  private readableAt(pa: bigint, length: number): number | null {
    const at = this.locate(pa, length, this.ram, RAM_BASE) ?? this.locate(pa, length, this.rom, ROM_BASE);
    if (at !== null) return at;
    for (const bank of this.flash) {
      const found = bank.ptr === null ? null : this.locate(pa, length, bank, bank.ptr);
      if (found !== null) return found;
    }
    return null;
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
