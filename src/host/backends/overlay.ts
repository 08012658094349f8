/**
 * A copy-on-write overlay that is kept: what a guest writes over an image that stays as it is, in a store, such that whatever has
 * been flushed survives a crash at any moment (docs/disks.md).
 */
import { type BlockBackend, type ImageVersion, type ProgressListener, SECTOR_BYTES } from "./block.ts";
import type { ByteStore } from "./byte-store.ts";
import { CLUSTER_BYTES, SlotAllocator, ZERO } from "./cluster-map.ts";
import { OverlayContent } from "./overlay-content.ts";
import {
  EMPTY_BYTES,
  FIRST_SLOT,
  isPossible,
  newId,
  OverlayLog,
  readSuperblock,
  slotsOf,
  type Superblock,
  writeSuperblock,
} from "./overlay-log.ts";

/** A log longer than that, and longer than four times what it has to say, is written anew when the overlay is opened. */
const LONG_LOG_BYTES = 1 << 20;
const MOVE_BYTES = 8;
const COPY_BYTES = 1 << 20;
/** Clusters are counted in 32 bits. */
const MOST_SECTORS = 2n ** 32n * BigInt(CLUSTER_BYTES / SECTOR_BYTES);

/**
 * The overlay in `store` over `base`; a store without content becomes a new one. Both belong to the overlay from now on, also if
 * it throws: an Error that says what is wrong with the store, or that it belongs to another image or the image has changed.
 */
export async function openOverlay(base: BlockBackend, store: ByteStore): Promise<Overlay> {
  try {
    return await Overlay.open(base, store);
  } catch (error) {
    await store.close();
    await base.close();
    throw error;
  }
}

export class Overlay implements BlockBackend {
  readonly sectors: bigint;
  readonly readOnly = false;
  private content: OverlayContent;
  /** Clusters that have moved since the last record, and slots that are free once a record says so. */
  private moved = new Set<number>();
  private freed: number[] = [];
  /** Something has been written since the last flush. */
  private isDirty = false;
  /** Somebody may know the content by the log's present number: the next write raises it first. */
  private isNamed = true;
  /** The store failed to make safe what it had taken: nothing that is written is safe any more. */
  private failure: Error | null = null;
  private last: Promise<unknown> = Promise.resolve();

  private constructor(
    base: BlockBackend,
    private readonly store: ByteStore,
    private superblock: Superblock,
    private log: OverlayLog,
  ) {
    this.sectors = base.sectors;
    this.content = this.newContent(base, new SlotAllocator(FIRST_SLOT));
  }

  static async open(base: BlockBackend, store: ByteStore): Promise<Overlay> {
    if (base.sectors > MOST_SECTORS) throw new Error(`${store.name}: the image below is larger than 16 TiB`);
    const fingerprint = await base.fingerprint();
    const found = await readSuperblock(store);
    const superblock = found ?? (await create(store, base, fingerprint));
    if (superblock.sectors !== base.sectors || (superblock.base !== "" && superblock.base !== fingerprint)) {
      throw new Error(
        `${store.name} belongs to another disk image, or its image has changed since; with this image its changes make no ` +
          "sense. Put back the image as it was, or discard the changes and begin anew",
      );
    }
    const overlay = new Overlay(base, store, superblock, new OverlayLog(store, superblock));
    await overlay.recover();
    if (superblock.base === "") overlay.superblock = { ...superblock, base: fingerprint };
    return overlay;
  }

  read(sector: bigint, length: number): Promise<Uint8Array> {
    return this.content.read(Number(sector) * SECTOR_BYTES, length);
  }

  readNow(sector: bigint, bytes: Uint8Array): boolean {
    return this.content.readNow(Number(sector) * SECTOR_BYTES, bytes);
  }

  write(sector: bigint, bytes: Uint8Array): Promise<void> {
    return this.changing(() => this.content.write(Number(sector) * SECTOR_BYTES, bytes));
  }

  discard(sector: bigint, sectors: bigint): Promise<void> {
    return this.writeZeroes(sector, sectors);
  }

  writeZeroes(sector: bigint, sectors: bigint): Promise<void> {
    return this.changing(() => this.content.clear(Number(sector) * SECTOR_BYTES, Number(sectors) * SECTOR_BYTES));
  }

  flush(): Promise<void> {
    return this.exclusive(() => this.makeRecord());
  }

  fingerprint(): Promise<string> {
    return this.exclusive(async () => {
      await this.makeRecord();
      this.isNamed = true;
      const id = [...this.superblock.id].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      return `overlay ${id} record ${this.log.nextNumber}`;
    });
  }

  commit(onProgress: ProgressListener = () => {}): Promise<void> {
    return this.exclusive(async () => {
      const { content, superblock } = this;
      const before = content.base;
      if (before.beginVersion === undefined) {
        throw new Error(`${this.store.name}: the image below it cannot be written to`);
      }
      await this.makeRecord();
      const changed = content.map.size * CLUSTER_BYTES;
      // Where the host copies the image by itself, nothing is heard of it.
      let copied = 0;
      const version = await before.beginVersion((bytes) => {
        copied = bytes;
        onProgress(bytes / (content.bytes + changed));
      });
      try {
        await this.copyChanges(version, (bytes) => onProgress((copied + bytes) / (copied + changed)));
        // From now on the image below may be this one or the new one: the changes over either give the same content.
        await this.checkpoint({ base: "" });
      } catch (error) {
        await version.abandon().catch(() => {});
        throw error;
      }
      try {
        content.base = await version.finish();
      } catch (error) {
        const isAsBefore = (await before.fingerprint().catch(() => null)) === superblock.base;
        if (isAsBefore) await this.checkpoint({ base: superblock.base });
        throw error;
      }
      await this.beginAnew(await content.base.fingerprint());
      await before.close();
    });
  }

  async close(): Promise<void> {
    try {
      if (this.failure === null) await this.flush();
    } finally {
      await this.store.close();
      await this.content.base.close();
    }
  }

  private changing(change: () => Promise<void>): Promise<void> {
    return this.exclusive(async () => {
      this.checkWhole();
      if (this.isNamed) {
        await this.log.append([], this.content.slots);
        await this.makeSafe();
        this.isNamed = false;
      }
      this.isDirty = true;
      await change();
    });
  }

  /** Makes all changes safe: first the clusters, then the records that lead to them. */
  private async makeRecord(): Promise<void> {
    this.checkWhole();
    if (!this.isDirty) return;
    await this.makeSafe();
    if (this.moved.size > 0) {
      const { map, slots } = this.content;
      await this.log.append(
        [...this.moved].map((cluster) => [cluster, map.get(cluster)]),
        slots,
      );
      await this.makeSafe();
      this.moved.clear();
      slots.give(this.freed.splice(0));
    }
    this.isDirty = false;
  }

  private async makeSafe(): Promise<void> {
    try {
      await this.store.flush();
    } catch (error) {
      // The host may have dropped what it could not write, and would not say so a second time.
      this.failure = new Error(
        `${this.store.name} could not be made safe (${(error as Error).message}): nothing more is written to it; restart the ` +
          "machine when its disk is in order",
      );
      throw this.failure;
    }
  }

  private checkWhole(): void {
    if (this.failure !== null) throw this.failure;
  }

  private async recover(): Promise<void> {
    const { store, log, content } = this;
    const clusters = Math.ceil(content.bytes / CLUSTER_BYTES);
    const storeSlots = Math.ceil((await store.size()) / CLUSTER_BYTES);
    let isDamaged = false;
    await log.replay((moves) => {
      for (const move of moves) {
        if (isPossible(move, clusters, storeSlots)) content.map.set(...move);
        else isDamaged = true;
      }
    });
    const used = new Set(log.segments.flatMap(slotsOf));
    let count = used.size;
    let length = 0;
    for (const [, slot] of content.map.entries()) {
      length++;
      if (slot === ZERO) continue;
      used.add(slot);
      count++;
    }
    if (isDamaged || used.size !== count)
      throw new Error(`${store.name}: the overlay is damaged: its log makes no sense`);
    let end = FIRST_SLOT;
    for (const slot of used) end = Math.max(end, slot + 1);
    content.slots = new SlotAllocator(end);
    const free: number[] = [];
    for (let slot = FIRST_SLOT; slot < end; slot++) if (!used.has(slot)) free.push(slot);
    content.slots.give(free);
    if (log.bytes > LONG_LOG_BYTES && log.bytes > 4 * MOVE_BYTES * length) await this.checkpoint({});
  }

  /** Writes the log anew, as short as it can be, and a superblock that leads to it. */
  private async checkpoint(changes: Partial<Superblock>): Promise<void> {
    const { store, content, log } = this;
    const superblock = { ...this.superblock, ...changes, ...this.next() };
    const fresh = new OverlayLog(store, superblock);
    await fresh.append([...content.map.entries()], content.slots);
    await this.makeSafe();
    await writeSuperblock(store, superblock);
    content.slots.give(log.segments.flatMap(slotsOf));
    this.log = fresh;
    this.superblock = superblock;
  }

  /** An empty overlay over an image with that fingerprint. */
  private async beginAnew(base: string): Promise<void> {
    const { store, content } = this;
    const superblock = { ...this.superblock, ...this.next(), base, id: newId() };
    await writeSuperblock(store, superblock);
    this.superblock = superblock;
    this.log = new OverlayLog(store, superblock);
    this.content = this.newContent(content.base, new SlotAllocator(FIRST_SLOT));
    this.moved.clear();
    this.freed = [];
    this.isDirty = false;
    this.isNamed = true;
    await store.truncate(EMPTY_BYTES);
    await store.flush();
  }

  private next() {
    return { checkpoint: this.superblock.checkpoint + 1, firstRecord: this.log.nextNumber };
  }

  private newContent(base: BlockBackend, slots: SlotAllocator): OverlayContent {
    return new OverlayContent(base, this.store, slots, (cluster, before) => {
      this.moved.add(cluster);
      // The slot stays as it is until no record leads to it.
      if (before > ZERO) this.freed.push(before);
    });
  }

  /** `onWritten` hears how many bytes of clusters are there. */
  private async copyChanges(target: Pick<ImageVersion, "write">, onWritten: (bytes: number) => void): Promise<void> {
    const { content } = this;
    const most = COPY_BYTES / CLUSTER_BYTES;
    let written = 0;
    const write = async (first: number, count: number) => {
      const start = first * CLUSTER_BYTES;
      const length = Math.min(count * CLUSTER_BYTES, content.bytes - start);
      await target.write(BigInt(start / SECTOR_BYTES), await content.read(start, length));
      written += count * CLUSTER_BYTES;
      onWritten(written);
    };
    let [first, count] = [0, 0];
    for (const [cluster] of content.map.entries()) {
      if (count > 0 && (cluster !== first + count || count === most)) {
        await write(first, count);
        count = 0;
      }
      if (count++ === 0) first = cluster;
    }
    if (count > 0) await write(first, count);
  }

  /** One change at a time: two writes may concern the same cluster though not the same sectors. */
  private exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => {});
    return result;
  }
}

async function create(store: ByteStore, base: BlockBackend, fingerprint: string): Promise<Superblock> {
  const superblock = { checkpoint: 1, id: newId(), sectors: base.sectors, base: fingerprint, firstRecord: 1 };
  await writeSuperblock(store, superblock);
  return superblock;
}
