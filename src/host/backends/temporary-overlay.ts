/** A copy-on-write overlay that is forgotten with its machine; a snapshot carries what is in it. */
import { type BlockBackend, type CarriedChanges, SECTOR_BYTES } from "./block.ts";
import type { ByteStore } from "./byte-store.ts";
import { CLUSTER_BYTES, ClusterMap, SlotAllocator, ZERO } from "./cluster-map.ts";
import { OverlayContent } from "./overlay-content.ts";

/** Clusters with content in a piece, and bytes of its header and of an entry. */
const PIECE_CLUSTERS = 4096;
const HEADER_BYTES = 4;
const ENTRY_BYTES = 8;
/** Most bytes of a piece. */
export const MOST_PIECE_BYTES = HEADER_BYTES + PIECE_CLUSTERS * (ENTRY_BYTES + CLUSTER_BYTES);

/** Writes to the disk go to `store`, which belongs to it, and `base` stays as it is. */
export function temporaryOverlay(base: BlockBackend, store: ByteStore): BlockBackend & { changes: CarriedChanges } {
  const content = new OverlayContent(base, store, new SlotAllocator(ZERO + 1), (_, before) => {
    if (before > ZERO) content.slots.give([before]);
  });
  let last: Promise<unknown> = Promise.resolve();
  // One change at a time: two writes may concern the same cluster though not the same sectors.
  const exclusive = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
  const clear = (sector: bigint, sectors: bigint) =>
    exclusive(() => content.clear(Number(sector) * SECTOR_BYTES, Number(sectors) * SECTOR_BYTES));
  return {
    sectors: base.sectors,
    readOnly: false,
    read: (sector, length) => content.read(Number(sector) * SECTOR_BYTES, length),
    readNow: (sector, bytes) => content.readNow(Number(sector) * SECTOR_BYTES, bytes),
    write: (sector, bytes) => exclusive(() => content.write(Number(sector) * SECTOR_BYTES, bytes)),
    discard: clear,
    writeZeroes: clear,
    // Nothing of it is to survive.
    flush: () => exclusive(async () => {}),
    fingerprint: () => base.fingerprint(),
    changes: { save: () => savePieces(content), stage: (pieces) => stagePieces(content, pieces) },
    close: async () => {
      await store.close();
      await base.close();
    },
  };
}

async function savePieces(content: OverlayContent): Promise<Uint8Array[]> {
  const entries = [...content.map.entries()];
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < entries.length; from += PIECE_CLUSTERS) {
    pieces.push(await packPiece(content, entries.slice(from, from + PIECE_CLUSTERS)));
  }
  return pieces;
}

async function packPiece(content: OverlayContent, entries: readonly [number, number][]): Promise<Uint8Array> {
  const stored = entries.filter(([, slot]) => slot !== ZERO);
  const heads = HEADER_BYTES + entries.length * ENTRY_BYTES;
  const piece = new Uint8Array(heads + stored.length * CLUSTER_BYTES);
  const view = new DataView(piece.buffer);
  view.setUint32(0, entries.length, true);
  entries.forEach(([cluster, slot], n) => {
    view.setUint32(HEADER_BYTES + n * ENTRY_BYTES, cluster, true);
    view.setUint32(HEADER_BYTES + n * ENTRY_BYTES + 4, slot === ZERO ? 0 : 1, true);
  });
  for (const [n, [, slot]] of stored.entries()) {
    piece.set(await content.store.read(slot * CLUSTER_BYTES, CLUSTER_BYTES), heads + n * CLUSTER_BYTES);
  }
  return piece;
}

async function stagePieces(content: OverlayContent, pieces: AsyncIterable<Uint8Array>) {
  const clusters = Math.ceil(content.bytes / CLUSTER_BYTES);
  const map = new ClusterMap();
  const taken: number[] = [];
  const drop = () => content.slots.give(taken);
  try {
    let previous = -1;
    for await (const piece of pieces) {
      const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
      const count = piece.length < HEADER_BYTES ? 0 : view.getUint32(0, true);
      let at = HEADER_BYTES + count * ENTRY_BYTES;
      if (count === 0 || count > PIECE_CLUSTERS || at > piece.length) throw new Error("its changes make no sense");
      for (let n = 0; n < count; n++) {
        const cluster = view.getUint32(HEADER_BYTES + n * ENTRY_BYTES, true);
        const kind = view.getUint32(HEADER_BYTES + n * ENTRY_BYTES + 4, true);
        const end = at + (kind === 0 ? 0 : CLUSTER_BYTES);
        if (cluster <= previous || cluster >= clusters || kind > 1 || end > piece.length) {
          throw new Error("its changes make no sense");
        }
        previous = cluster;
        let slot = ZERO;
        if (kind === 1) {
          [slot] = content.slots.take(1) as [number];
          taken.push(slot);
          await content.store.write(slot * CLUSTER_BYTES, piece.subarray(at, end));
        }
        map.set(cluster, slot);
        at = end;
      }
      if (at !== piece.length) throw new Error("its changes make no sense");
    }
  } catch (error) {
    drop();
    throw error;
  }
  return {
    put: () => {
      const before = [...content.map.entries()].map(([, slot]) => slot).filter((slot) => slot !== ZERO);
      content.map = map;
      content.slots.give(before);
    },
    drop,
  };
}
