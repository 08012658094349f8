/** What an overlay shows: clusters of its store where there are any, and the image below elsewhere. Knows nothing of crashes. */
import { type BlockBackend, SECTOR_BYTES } from "./block.ts";
import type { ByteStore } from "./byte-store.ts";
import { BELOW, CLUSTER_BYTES, ClusterMap, type SlotAllocator, ZERO } from "./cluster-map.ts";

/** Bytes of a request that lie together: in the image below, in the store, or nowhere since they are zero. */
interface Extent {
  readonly kind: "below" | "store" | "zero";
  /** In the image, or in the store. */
  readonly from: number;
  length: number;
}

interface StoreWrite {
  readonly at: number;
  bytes: Uint8Array;
}

export class OverlayContent {
  map = new ClusterMap();

  constructor(
    public base: BlockBackend,
    readonly store: ByteStore,
    public slots: SlotAllocator,
    /** Hears of each cluster that has another slot now, and of the slot that it had. */
    private readonly onMove: (cluster: number, before: number) => void,
  ) {}

  get bytes(): number {
    return Number(this.base.sectors) * SECTOR_BYTES;
  }

  async read(start: number, length: number): Promise<Uint8Array> {
    const extents = this.extents(start, length);
    const parts = await Promise.all(extents.map((extent) => this.readExtent(extent)));
    if (parts.length === 1) return parts[0]!;
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  /** As read(), into `bytes`, where image and store have all of it at hand. */
  readNow(start: number, bytes: Uint8Array): boolean {
    let at = 0;
    return this.extents(start, bytes.length).every((extent) => {
      const part = bytes.subarray(at, at + extent.length);
      at += extent.length;
      return this.readExtentNow(extent, part);
    });
  }

  /** Nothing has moved if it throws; in clusters that had slots already, any part may have been written. */
  async write(start: number, bytes: Uint8Array): Promise<void> {
    const moves: [cluster: number, slot: number][] = [];
    const writes: StoreWrite[] = [];
    try {
      for (let at = 0; at < bytes.length; ) {
        const cluster = Math.floor((start + at) / CLUSTER_BYTES);
        const within = (start + at) % CLUSTER_BYTES;
        const length = Math.min(CLUSTER_BYTES - within, bytes.length - at);
        const part = bytes.subarray(at, at + length);
        const slot = this.map.get(cluster);
        if (slot > ZERO) {
          addWrite(writes, slot * CLUSTER_BYTES + within, part);
        } else {
          const [taken] = this.slots.take(1) as [number];
          moves.push([cluster, taken]);
          const whole = length === CLUSTER_BYTES ? part : await this.merged(cluster, within, part);
          addWrite(writes, taken * CLUSTER_BYTES, whole);
        }
        at += length;
      }
      for (const { at, bytes: part } of writes) await this.store.write(at, part);
    } catch (error) {
      this.slots.give(moves.map(([, slot]) => slot));
      throw error;
    }
    for (const [cluster, slot] of moves) this.move(cluster, slot);
  }

  /** Whole clusters of the range have no place any more, others are written. */
  async clear(start: number, length: number): Promise<void> {
    const end = start + length;
    const first = Math.ceil(start / CLUSTER_BYTES);
    const last = end === this.bytes ? Math.ceil(end / CLUSTER_BYTES) : Math.floor(end / CLUSTER_BYTES);
    if (first >= last) return this.write(start, new Uint8Array(length));
    if (first * CLUSTER_BYTES > start) await this.write(start, new Uint8Array(first * CLUSTER_BYTES - start));
    if (last * CLUSTER_BYTES < end) {
      await this.write(last * CLUSTER_BYTES, new Uint8Array(end - last * CLUSTER_BYTES));
    }
    for (let cluster = first; cluster < last; cluster++) {
      if (this.map.get(cluster) !== ZERO) this.move(cluster, ZERO);
    }
  }

  private move(cluster: number, slot: number): void {
    const before = this.map.get(cluster);
    this.map.set(cluster, slot);
    this.onMove(cluster, before);
  }

  /** A cluster that has no slot as it is now, with `part` in it. */
  private async merged(cluster: number, within: number, part: Uint8Array): Promise<Uint8Array> {
    const whole = new Uint8Array(CLUSTER_BYTES);
    if (this.map.get(cluster) === BELOW) {
      const start = cluster * CLUSTER_BYTES;
      const length = Math.min(CLUSTER_BYTES, this.bytes - start);
      whole.set(await this.readExtent({ kind: "below", from: start, length }));
    }
    whole.set(part, within);
    return whole;
  }

  private async readExtent({ kind, from, length }: Extent): Promise<Uint8Array> {
    if (kind === "zero") return new Uint8Array(length);
    const below = kind === "below";
    const bytes = below
      ? await this.base.read(BigInt(from / SECTOR_BYTES), length)
      : await this.store.read(from, length);
    if (bytes.length !== length) throw this.shortError(kind);
    return bytes;
  }

  private readExtentNow({ kind, from }: Extent, into: Uint8Array): boolean {
    const { base, store } = this;
    if (kind === "below") return base.readNow?.(BigInt(from / SECTOR_BYTES), into) ?? false;
    if (kind === "store") {
      const length = store.readNow?.(from, into) ?? null;
      if (length !== null && length !== into.length) throw this.shortError(kind);
      return length !== null;
    }
    into.fill(0);
    return true;
  }

  private shortError(kind: Extent["kind"]): Error {
    return new Error(
      kind === "below"
        ? `the image below ${this.store.name} has become shorter: put back the image to which the overlay belongs`
        : `${this.store.name} has become shorter while it was in use: its disk cannot be relied on, restart the machine`,
    );
  }

  private extents(start: number, length: number): Extent[] {
    const extents: Extent[] = [];
    for (let at = start; at < start + length; ) {
      const slot = this.map.get(Math.floor(at / CLUSTER_BYTES));
      const within = at % CLUSTER_BYTES;
      const part = Math.min(CLUSTER_BYTES - within, start + length - at);
      const kind = slot === BELOW ? "below" : slot === ZERO ? "zero" : "store";
      const from = kind === "store" ? slot * CLUSTER_BYTES + within : at;
      const last = extents.at(-1);
      if (last?.kind === kind && last.from + last.length === from) last.length += part;
      else extents.push({ kind, from, length: part });
      at += part;
    }
    return extents;
  }
}

/** Adds a write, to the one before it if both together are one. */
function addWrite(writes: StoreWrite[], at: number, bytes: Uint8Array): void {
  const last = writes.at(-1);
  const follows = last !== undefined && last.at + last.bytes.length === at;
  if (follows && last.bytes.buffer === bytes.buffer && last.bytes.byteOffset + last.bytes.length === bytes.byteOffset) {
    last.bytes = new Uint8Array(bytes.buffer, last.bytes.byteOffset, last.bytes.length + bytes.length);
  } else {
    writes.push({ at, bytes });
  }
}
