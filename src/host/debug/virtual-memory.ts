/** Guest memory by virtual address, as a debugger reads and writes it: nothing but the bytes changes, permissions do not matter. */
import type { AccessKind, AddressRange, PageTable } from "../../debug/page-tables.ts";
import type { GuestMemory } from "../guest-memory.ts";
import type { CoreExports } from "../core-instance.ts";
import type { CoreRegisters } from "./core-registers.ts";
import type { DebugTarget } from "./debug-target.ts";
import type { AddressOptions, SpaceChoice, TranslateOptions, Translation } from "./debug-types.ts";

const PAGE = 0x1000n;
const NOWHERE = 2n ** 64n - 1n;
const MOST_BYTES = 16 << 20;
/** Numbers of the kinds of access in the core's inspection. */
const ACCESS_NUMBERS = { fetch: 0, load: 1, store: 2 } as const;
/** info of a TLB entry: log2 of the page's size below this bit, which marks a device (wasm-core/mmu/tlb.ts). */
const INFO_DEVICE = 0x100;

/** A run of bytes that lie together in physical memory. */
interface Piece {
  readonly pa: bigint;
  readonly at: number;
  readonly length: number;
}

export class VirtualMemory {
  private readonly view: DataView;

  constructor(
    memory: ArrayBufferLike,
    private readonly core: CoreExports,
    private readonly guest: GuestMemory,
    private readonly target: DebugTarget,
    private readonly cpus: readonly CoreRegisters[],
  ) {
    this.view = new DataView(memory);
  }

  read(va: bigint, length: number, options: AddressOptions = {}): Uint8Array {
    const bytes = new Uint8Array(this.checkLength(length));
    for (const piece of this.pieces(va, length, options)) {
      bytes.set(
        this.at(va, piece, () => this.guest.read(piece.pa, piece.length)),
        piece.at,
      );
    }
    return bytes;
  }

  write(va: bigint, bytes: Uint8Array, options: AddressOptions = {}): void {
    this.checkLength(bytes.length);
    const pieces = [...this.pieces(va, bytes.length, options)];
    for (const piece of pieces) this.at(va, piece, () => this.guest.checkWritable(piece.pa, piece.length));
    for (const { pa, at, length } of pieces) {
      this.guest.write(pa, bytes.subarray(at, at + length));
      this.core.wrote(pa, length);
    }
  }

  /** `size` (1, 2, 4, 8) bytes in the present mode of a CPU, little-endian. Throws a RangeError that names the address. */
  value(va: bigint, size: number, cpu: number): bigint {
    return littleEndian(this.read(va, size, { cpu }));
  }

  physicalValue(pa: bigint, size: number): bigint {
    return littleEndian(this.guest.read(pa, size));
  }

  addressSpace(cpu = 0, of: SpaceChoice = "present"): bigint {
    return this.target.addressSpace(this.cpu(cpu), of);
  }

  translate(va: bigint, { cpu = 0, space, access = "load" }: TranslateOptions = {}): Translation {
    checkAddress(va);
    const translation = this.target.translate(this.cpu(cpu), va, access, this.entryReader, space);
    return { ...translation, cached: space === undefined ? this.cached(cpu, va, access) : null };
  }

  addressRanges({ cpu = 0, space }: AddressOptions = {}): AddressRange[] {
    return this.target.addressRanges(this.cpu(cpu), this.entryReader, space);
  }

  pageTable(path: readonly number[], { cpu = 0, space }: AddressOptions = {}): PageTable | null {
    return this.target.pageTable(this.cpu(cpu), this.entryReader, path, space);
  }

  private readonly entryReader = (pa: bigint): bigint | null => {
    return this.guest.isRam(pa, 8) ? littleEndian(this.guest.read(pa, 8)) : null;
  };

  private cpu(cpu: number): CoreRegisters {
    const registers = this.cpus[cpu];
    if (registers === undefined) throw new RangeError(`there is no CPU ${cpu}`);
    return registers;
  }

  private checkLength(length: number): number {
    if (Number.isInteger(length) && length >= 0 && length <= MOST_BYTES) return length;
    throw new RangeError(`${length} bytes cannot be moved at once; at most ${MOST_BYTES} can`);
  }

  /** The parts of a range, page by page. Throws a RangeError that names the first address that is not mapped. */
  private *pieces(va: bigint, length: number, { cpu = 0, space }: AddressOptions): Generator<Piece> {
    checkAddress(va);
    this.cpu(cpu);
    for (let at = 0; at < length; ) {
      const here = BigInt.asUintN(64, va + BigInt(at));
      const left = Number(PAGE - (here & (PAGE - 1n)));
      const part = Math.min(left, length - at);
      yield { pa: this.translated(here, cpu, space), at, length: part };
      at += part;
    }
  }

  private translated(va: bigint, cpu: number, space: bigint | undefined): bigint {
    if (space === undefined) {
      const pa = BigInt.asUintN(64, this.core.translateVa(cpu, va));
      if (pa !== NOWHERE) return pa;
    }
    let why = "";
    // A page that may only be executed, or only by the other privilege, is there to be looked at all the same.
    for (const access of ["load", "fetch"] as const) {
      const { pa, fault, levels } = this.target.translate(this.cpu(cpu), va, access, this.entryReader, space);
      if (pa !== null) return pa;
      const last = levels.at(-1);
      if (last?.leaf && fault !== null && last.flags.includes("V")) {
        const size = 1n << BigInt(12 + 9 * last.level);
        return (last.pa & ~(size - 1n)) | (va & (size - 1n));
      }
      why ||= fault?.why ?? "";
    }
    throw new RangeError(`address 0x${va.toString(16)} is not mapped: ${why}`);
  }

  /** Says of a physical failure which virtual address it is about. */
  private at<T>(va: bigint, piece: Piece, access: () => T): T {
    try {
      return access();
    } catch {
      const here = BigInt.asUintN(64, va + BigInt(piece.at));
      const where = here === piece.pa ? "" : ` (physical 0x${piece.pa.toString(16)})`;
      throw new RangeError(`address 0x${here.toString(16)}${where}: ${this.guest.whyNot(piece.pa, piece.length)}`);
    }
  }

  private cached(cpu: number, va: bigint, access: AccessKind): Translation["cached"] {
    const entry = this.core.cachedTranslation(cpu, va, ACCESS_NUMBERS[access]) >>> 0;
    if (entry === 0) return null;
    const host = this.view.getUint32(entry + 8, true);
    const info = this.view.getUint32(entry + 12, true);
    const device = (info & INFO_DEVICE) !== 0;
    const pa = device
      ? (BigInt(host) << 12n) | (va & (PAGE - 1n))
      : this.guest.addressOf((Number(va & 0xffff_ffffn) + host) >>> 0);
    return { pa, pageBytes: 1n << BigInt(info & 0xff), device };
  }
}

function checkAddress(va: bigint): void {
  if (va < 0n || va >> 64n !== 0n) throw new RangeError(`${va} is not an address of 64 bits`);
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  return value;
}
