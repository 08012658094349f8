/**
 * What a kept overlay has in its store beside the clusters: two superblocks and a log of records, each of which moves clusters.
 * docs/disks.md describes the format. A record counts only when it follows the one before it: its checksum goes on from that one's.
 */
import { crc32 } from "../snapshot/crc32.ts";
import type { ByteStore } from "./byte-store.ts";
import { CLUSTER_BYTES, type SlotAllocator, ZERO } from "./cluster-map.ts";

const MAGIC = new TextEncoder().encode("VTRNOVL\n");
const FORMAT = 1;
const ID_BYTES = 16;
const MOST_TEXT_BYTES = 1024;
/** A superblock lies in a slot of its own: the odd checkpoint's in slot 0, the even one's in slot 1. */
const SUPERBLOCKS = 2;
/** The log goes on from segment to segment; the first one of each superblock has its fixed place. */
const SEGMENT_SLOTS = 16;
const SEGMENT_BYTES = SEGMENT_SLOTS * CLUSTER_BYTES;
/** The first slot that clusters may have. */
export const FIRST_SLOT = SUPERBLOCKS + 2 * SEGMENT_SLOTS;
/** Most bytes of an overlay's store in which nothing is changed. */
export const EMPTY_BYTES = FIRST_SLOT * CLUSTER_BYTES;
/** A record takes whole sectors, so that no write of the next one touches it. */
const RECORD_ALIGNMENT = 512;
const RECORD_HEADER = 32;
const ENTRY_BYTES = 8;
const RECORD_MAGIC = 0x4352_4c56;
/** A new segment lies behind slots that were taken, of which fewer than that have not been written. */
const MOST_AHEAD_BYTES = 1 << 28;

export interface Superblock {
  readonly checkpoint: number;
  /** Random: tells one content from another that grew out of the same beginning. */
  readonly id: Uint8Array;
  readonly sectors: bigint;
  /** Fingerprint of the image below; empty while the overlay is being written into it. */
  readonly base: string;
  /** Number of the first record of its log. */
  readonly firstRecord: number;
}

export type Move = readonly [cluster: number, slot: number];

/** The superblock that counts, or null if there is none yet. Throws an Error if the store holds something else. */
export async function readSuperblock(store: ByteStore): Promise<Superblock | null> {
  const size = await store.size();
  const blocks = await store.read(0, SUPERBLOCKS * CLUSTER_BYTES);
  const [odd, even] = [0, 1].map((n) => unpackSuperblock(blocks.subarray(n * CLUSTER_BYTES, (n + 1) * CLUSTER_BYTES)));
  const latest = [odd, even].sort((a, b) => (b?.checkpoint ?? 0) - (a?.checkpoint ?? 0))[0];
  if (latest) return latest;
  // A crash while it was made: nothing else is ever written before the first superblock is safe.
  const isUnfinished = MAGIC.every((byte, at) => at >= blocks.length || blocks[at] === byte || blocks[at] === 0);
  if (size <= CLUSTER_BYTES && isUnfinished) return null;
  const isOverlay = MAGIC.every((byte, at) => blocks[at] === byte || blocks[CLUSTER_BYTES + at] === byte);
  throw new Error(
    isOverlay
      ? `${store.name}: the overlay is damaged: neither of its superblocks is whole`
      : `${store.name} exists and is not an overlay; name another file for the guest's changes`,
  );
}

export async function writeSuperblock(store: ByteStore, superblock: Superblock): Promise<void> {
  const { checkpoint, id, sectors, base, firstRecord } = superblock;
  const bytes = new Uint8Array(CLUSTER_BYTES);
  const view = new DataView(bytes.buffer);
  const text = new TextEncoder().encode(base);
  if (text.length > MOST_TEXT_BYTES) throw new Error(`${store.name}: the fingerprint of the image below is too long`);
  bytes.set(MAGIC);
  view.setUint32(8, FORMAT, true);
  view.setUint32(12, text.length, true);
  view.setBigUint64(16, BigInt(checkpoint), true);
  view.setBigUint64(24, BigInt(firstRecord), true);
  view.setBigUint64(32, sectors, true);
  bytes.set(id, 40);
  bytes.set(text, 64);
  view.setUint32(CLUSTER_BYTES - 4, crc32(bytes.subarray(0, CLUSTER_BYTES - 4)), true);
  await store.write(checkpoint % 2 === 1 ? 0 : CLUSTER_BYTES, bytes);
  await store.flush();
}

function unpackSuperblock(bytes: Uint8Array): Superblock | null {
  if (bytes.length < CLUSTER_BYTES || !MAGIC.every((byte, at) => bytes[at] === byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(12, true);
  if (view.getUint32(CLUSTER_BYTES - 4, true) !== crc32(bytes.subarray(0, CLUSTER_BYTES - 4))) return null;
  if (view.getUint32(8, true) !== FORMAT || length > MOST_TEXT_BYTES) return null;
  return {
    checkpoint: Number(view.getBigUint64(16, true)),
    firstRecord: Number(view.getBigUint64(24, true)),
    sectors: view.getBigUint64(32, true),
    id: bytes.slice(40, 40 + ID_BYTES),
    base: new TextDecoder().decode(bytes.subarray(64, 64 + length)),
  };
}

export function newId(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(ID_BYTES));
}

/** The log of one checkpoint: read from its beginning on, then written at its end. */
export class OverlayLog {
  /** Number and place of the next record, and the checksum that it goes on from. */
  private number: number;
  private at: number;
  private sum: number;
  /** First slot of the segment in which that lies. */
  private segment: number;
  /** First slots of the segments behind the fixed one. */
  readonly segments: number[] = [];
  /** Bytes that the records take. */
  bytes = 0;

  constructor(
    private readonly store: ByteStore,
    superblock: Superblock,
  ) {
    this.number = superblock.firstRecord;
    this.segment = SUPERBLOCKS + (superblock.checkpoint % 2 === 1 ? 0 : SEGMENT_SLOTS);
    this.at = this.segment * CLUSTER_BYTES;
    this.sum = crc32(superblock.id);
  }

  get nextNumber(): number {
    return this.number;
  }

  /** Gives the moves of each record to `apply`, up to where the log ends. */
  async replay(apply: (moves: readonly Move[]) => void): Promise<void> {
    for (let segment = -1, content = new Uint8Array(0); ; ) {
      if (segment !== this.segment) {
        segment = this.segment;
        content = new Uint8Array(await this.store.read(segment * CLUSTER_BYTES, SEGMENT_BYTES));
      }
      const record = unpackRecord(content.subarray(this.at - segment * CLUSTER_BYTES), this.number, this.sum);
      if (record === null) return;
      const isFar = record.next > (await this.store.size()) + MOST_AHEAD_BYTES;
      if (isFar || (record.next !== this.at + record.length && record.next % CLUSTER_BYTES !== 0)) {
        throw new Error(`${this.store.name}: the overlay is damaged: its log leads nowhere`);
      }
      apply(record.moves);
      this.advance(record.length, record.next, record.sum);
    }
  }

  /** Writes moves to the end of the log. They count when the store has been flushed. Room for segments comes from `slots`. */
  async append(moves: readonly Move[], slots: SlotAllocator): Promise<void> {
    // What a failed append has left must not be taken for a record that follows another one: no two are alike.
    const nonce = crypto.getRandomValues(new Uint32Array(1))[0]!;
    const { number, at, sum, segment, bytes } = this;
    const segments = this.segments.length;
    try {
      for (let from = 0; from === 0 || from < moves.length; ) {
        const room = this.segment * CLUSTER_BYTES + SEGMENT_BYTES - this.at;
        const count = Math.min(moves.length - from, Math.floor((room - RECORD_HEADER) / ENTRY_BYTES));
        const length = align(RECORD_HEADER + count * ENTRY_BYTES);
        const next = length < room ? this.at + length : slots.takeRow(SEGMENT_SLOTS) * CLUSTER_BYTES;
        const part = moves.slice(from, from + count);
        const record = packRecord({ number: this.number, next, nonce, moves: part, length, sum: this.sum });
        await this.store.write(this.at, record.bytes);
        this.advance(length, next, record.sum);
        from += Math.max(1, count);
      }
    } catch (error) {
      slots.give(this.segments.splice(segments).flatMap(slotsOf));
      Object.assign(this, { number, at, sum, segment, bytes });
      throw error;
    }
  }

  private advance(length: number, next: number, sum: number): void {
    // A new segment may lie just behind the old one.
    if (next !== this.at + length || next === this.segment * CLUSTER_BYTES + SEGMENT_BYTES) {
      this.segment = next / CLUSTER_BYTES;
      this.segments.push(this.segment);
    }
    this.bytes += length;
    this.at = next;
    this.number++;
    this.sum = sum;
  }
}

/** The slots of the segment that begins at slot `first`. */
export function slotsOf(first: number): number[] {
  return Array.from({ length: SEGMENT_SLOTS }, (_, n) => first + n);
}

/** Whether the log could have this entry. */
export function isPossible([cluster, slot]: Move, clusters: number, slots: number): boolean {
  return cluster < clusters && (slot === ZERO || (slot >= FIRST_SLOT && slot < slots));
}

interface RecordContent {
  readonly number: number;
  readonly next: number;
  readonly nonce: number;
  readonly moves: readonly Move[];
  readonly length: number;
  /** Checksum of the record before it. */
  readonly sum: number;
}

function packRecord({ number, next, nonce, moves, length, sum }: RecordContent): { bytes: Uint8Array; sum: number } {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, RECORD_MAGIC, true);
  view.setBigUint64(8, BigInt(number), true);
  view.setUint32(16, moves.length, true);
  view.setUint32(20, nonce, true);
  view.setBigUint64(24, BigInt(next), true);
  moves.forEach(([cluster, slot], n) => {
    view.setUint32(RECORD_HEADER + n * ENTRY_BYTES, cluster, true);
    view.setUint32(RECORD_HEADER + n * ENTRY_BYTES + 4, slot, true);
  });
  const own = crc32(bytes.subarray(4), sum);
  view.setUint32(0, own, true);
  return { bytes, sum: own };
}

function unpackRecord(bytes: Uint8Array, number: number, sum: number) {
  if (bytes.length < RECORD_HEADER) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(16, true);
  const length = align(RECORD_HEADER + count * ENTRY_BYTES);
  const next = Number(view.getBigUint64(24, true));
  if (view.getUint32(4, true) !== RECORD_MAGIC || Number(view.getBigUint64(8, true)) !== number) return null;
  if (length > bytes.length || next % RECORD_ALIGNMENT !== 0) return null;
  const own = crc32(bytes.subarray(4, length), sum);
  if (own !== view.getUint32(0, true)) return null;
  const moves = Array.from({ length: count }, (_, n): Move => {
    const at = RECORD_HEADER + n * ENTRY_BYTES;
    return [view.getUint32(at, true), view.getUint32(at + 4, true)];
  });
  return { moves, length, next, sum: own };
}

function align(bytes: number): number {
  return Math.ceil(bytes / RECORD_ALIGNMENT) * RECORD_ALIGNMENT;
}
