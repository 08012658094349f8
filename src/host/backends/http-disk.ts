/** A disk behind an HTTP address, read in parts as the guest asks for them; nothing is written to it. */
import { type BlockBackend, SECTOR_BYTES, sectorsOf } from "./block.ts";
import { contentSample } from "./content-sample.ts";
import { HttpRanges, type HttpRangesOptions } from "./http-range.ts";

const CHUNK_BYTES = 256 << 10;
const CACHE_BYTES = 64 << 20;
/** Chunks that are asked for beyond those that the guest wants when it reads one after another. */
const READ_AHEAD = 4;
/** Characters of a server's word for the file's version that go into the fingerprint. */
const MOST_VERSION = 100;

export interface HttpDiskOptions extends HttpRangesOptions {
  readonly chunkBytes?: number;
  /** Most bytes that are kept in memory. */
  readonly cacheBytes?: number;
}

/** Throws an Error that names the address and what is wrong with it or its server. */
export async function httpDisk(address: string, options: HttpDiskOptions = {}): Promise<HttpDisk> {
  const { chunkBytes = CHUNK_BYTES, cacheBytes = CACHE_BYTES } = options;
  const ranges = new HttpRanges(address, options);
  const first = await ranges.read(0, chunkBytes);
  return new HttpDisk(ranges, first, chunkBytes, Math.max(READ_AHEAD + 1, Math.floor(cacheBytes / chunkBytes)));
}

export class HttpDisk implements BlockBackend {
  readonly sectors: bigint;
  readonly readOnly = true;
  /** By number, the one that was used last at the end. */
  private readonly chunks = new Map<number, Promise<Uint8Array>>();
  /** The chunk after the latest that was read. */
  private next = 1;

  constructor(
    private readonly ranges: HttpRanges,
    first: Uint8Array,
    private readonly chunkBytes: number,
    private readonly mostChunks: number,
  ) {
    this.sectors = sectorsOf(ranges.address, ranges.file.bytes);
    this.chunks.set(0, Promise.resolve(first));
  }

  get bytes(): number {
    return this.ranges.file.bytes;
  }

  read(sector: bigint, length: number): Promise<Uint8Array> {
    return this.readBytes(Number(sector) * SECTOR_BYTES, length);
  }

  /** `length` bytes from `offset` on, or fewer where it ends. */
  async readBytes(start: number, length: number): Promise<Uint8Array> {
    const { chunkBytes } = this;
    const end = Math.min(start + length, this.bytes);
    const numbers: number[] = [];
    for (let number = Math.floor(start / chunkBytes); number * chunkBytes < end; number++) numbers.push(number);
    const wanted = numbers.map((number) => this.chunk(number));
    this.readAhead(numbers);
    const bytes = new Uint8Array(Math.max(0, end - start));
    for (const [index, chunk] of (await Promise.all(wanted)).entries()) {
      const at = numbers[index]! * chunkBytes;
      const from = Math.max(start, at);
      bytes.set(chunk.subarray(from - at, end - at), from - start);
    }
    return bytes;
  }

  async write(): Promise<void> {
    throw new Error(`${this.ranges.address} cannot be written to`);
  }

  async flush(): Promise<void> {}

  async fingerprint(): Promise<string> {
    const { bytes, version } = this.ranges.file;
    // Each further place would be a request.
    return `${bytes} bytes, version ${version.slice(0, MOST_VERSION)}, sample ${await contentSample(this, 0)}`;
  }

  async close(): Promise<void> {
    this.ranges.close();
    this.chunks.clear();
  }

  private chunk(number: number): Promise<Uint8Array> {
    let chunk = this.chunks.get(number);
    if (chunk === undefined) {
      const asked = this.ranges.read(number * this.chunkBytes, this.chunkBytes);
      // What failed is asked for again when the guest asks again.
      asked.catch(() => this.chunks.get(number) === asked && this.chunks.delete(number));
      chunk = asked;
    } else {
      this.chunks.delete(number);
    }
    this.chunks.set(number, chunk);
    for (const oldest of this.chunks.keys()) {
      if (this.chunks.size <= this.mostChunks) break;
      this.chunks.delete(oldest);
    }
    return chunk;
  }

  /** Who reads on where the last one ended will go on reading. */
  private readAhead(numbers: readonly number[]): void {
    const [first, last] = [numbers[0], numbers.at(-1)];
    if (first === undefined || last === undefined) return;
    const isSequential = first === this.next || first === this.next - 1;
    this.next = last + 1;
    if (!isSequential) return;
    const end = Math.ceil(this.bytes / this.chunkBytes);
    for (let number = last + 1; number < Math.min(end, last + 1 + READ_AHEAD); number++) {
      if (!this.chunks.has(number)) this.chunk(number);
    }
  }
}
