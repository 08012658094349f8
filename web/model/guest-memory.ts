/** Guest memory as panels read it: by page, each read once until the machine has moved or somebody has written. */
import { Store } from "./store.ts";

/** Addresses as the program has them, or of the board. */
export type AddressKind = "virtual" | "physical";

/** What memory panels need of a machine. */
export interface MemorySource {
  readMemory(pa: bigint, length: number): Promise<Uint8Array>;
  writeMemory(pa: bigint, bytes: Uint8Array): Promise<void>;
  readVirtual(va: bigint, length: number): Promise<Uint8Array>;
  writeVirtual(va: bigint, bytes: Uint8Array): Promise<void>;
}

/** Bytes of which some may not be there. */
export interface MemoryPart {
  readonly first: bigint;
  readonly bytes: Uint8Array;
  /** By offset in `bytes`: nothing can be read there, and why. */
  readonly holes: readonly { readonly start: number; readonly end: number; readonly why: string }[];
}

const PAGE = 4096n;
/** Bytes that are copied by one message: the machine waits meanwhile. */
const PIECE = 1 << 20;
/** Pages that are kept at most: a panel shows one or two. */
const KEPT_PAGES = 64;

type Page = Uint8Array | string;

export class GuestMemory {
  /** Raised when what has been read may be old. */
  readonly version = new Store(0);
  #machine: MemorySource | null = null;
  #pages = new Map<string, Promise<Page>>();

  attach(machine: MemorySource | null): void {
    this.#machine = machine;
    this.forget();
  }

  /** The machine has moved, or memory has been written. */
  forget(): void {
    this.#pages = new Map();
    this.version.set(this.version.get() + 1);
  }

  /** Bytes from `first` on, wrapping at no address: what lies beyond the last address is a hole. */
  async read(first: bigint, length: number, kind: AddressKind): Promise<MemoryPart> {
    const bytes = new Uint8Array(length);
    const holes: { start: number; end: number; why: string }[] = [];
    const end = first + BigInt(length);
    for (let page = first - (first % PAGE); page < end; page += PAGE) {
      const content = await this.#page(page, kind);
      const start = Math.max(0, Number(page - first));
      const stop = Math.min(length, Number(page + PAGE - first));
      if (typeof content === "string") holes.push({ start, end: stop, why: content });
      else
        bytes.set(content.subarray(Number(first + BigInt(start) - page), Number(first + BigInt(stop) - page)), start);
    }
    return { first, bytes, holes };
  }

  /** A copy of all these bytes, past what is kept. Throws an Error that names the first address that has none. */
  async copy(first: bigint, length: number, kind: AddressKind): Promise<Uint8Array> {
    const machine = this.#machine;
    if (machine === null) throw new Error("There is no machine.");
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += PIECE) {
      const address = first + BigInt(at);
      const size = Math.min(PIECE, length - at);
      const piece = kind === "virtual" ? machine.readVirtual(address, size) : machine.readMemory(address, size);
      bytes.set(await piece, at);
    }
    return bytes;
  }

  /** Answers why not, or null. */
  async write(address: bigint, bytes: Uint8Array, kind: AddressKind): Promise<string | null> {
    const machine = this.#machine;
    if (machine === null) return "There is no machine.";
    try {
      if (kind === "virtual") await machine.writeVirtual(address, bytes);
      else await machine.writeMemory(address, bytes);
    } catch (error) {
      return (error as Error).message;
    }
    this.forget();
    return null;
  }

  #page(address: bigint, kind: AddressKind): Promise<Page> {
    const key = `${kind} ${address}`;
    const known = this.#pages.get(key);
    if (known !== undefined) return known;
    const page = this.#fetch(address, kind);
    if (this.#pages.size >= KEPT_PAGES) this.#pages.delete(this.#pages.keys().next().value as string);
    this.#pages.set(key, page);
    return page;
  }

  async #fetch(address: bigint, kind: AddressKind): Promise<Page> {
    const machine = this.#machine;
    if (machine === null) return "there is no machine";
    if (address < 0n || address >= 1n << 64n) return "there is no such address";
    try {
      return await (kind === "virtual"
        ? machine.readVirtual(address, Number(PAGE))
        : machine.readMemory(address, Number(PAGE)));
    } catch (error) {
      return (error as Error).message;
    }
  }
}

/** Why there is no byte at an offset, or null. */
export function holeAt(part: MemoryPart, offset: number): string | null {
  return part.holes.find(({ start, end }) => offset >= start && offset < end)?.why ?? null;
}
