/** Disks in a snapshot: by which text each is known again, and what a guest has changed on those whose changes nobody keeps. */
import { type BlockBackend, SECTOR_BYTES } from "../backends/block.ts";
import { MOST_PIECE_BYTES } from "../backends/temporary-overlay.ts";
import { FieldReader, FieldWriter } from "./fields.ts";
import type { Section } from "./file.ts";

/** More changes of one disk are no snapshot's business: they have to be put together in memory. */
const MOST_CHANGED_BYTES = 2 ** 30;
const MOST_PIECES = Math.ceil(MOST_CHANGED_BYTES / MOST_PIECE_BYTES) + 1;
const MOST_DISKS = 64;
const MOST_TEXT_BYTES = 1024;
/** Most bytes of the section "disks". */
export const MOST_DISK_LIST_BYTES = 4 + MOST_DISKS * (MOST_TEXT_BYTES + 8);

interface SavedDisk {
  readonly fingerprint: string;
  /** Sections "disk" that follow. */
  readonly pieces: number;
}

/** Disks of a snapshot, taken in beside the present ones. */
export interface StagedDisks {
  /** Throws an Error if a disk is not what it was when the snapshot was taken. */
  check(): Promise<void>;
  put(): void;
  drop(): void;
}

/** The sections about the disks, which rest. Throws an Error that says which disk cannot be saved, and why. */
export async function takeDisks(disks: readonly BlockBackend[]): Promise<Section[]> {
  const list = new FieldWriter().u32(disks.length);
  const pieces: Section[] = [];
  for (const [number, disk] of disks.entries()) {
    const fingerprint = await disk.fingerprint();
    const changes = (await disk.changes?.save()) ?? [];
    const bytes = changes.reduce((sum, piece) => sum + piece.length, 0);
    if (bytes > MOST_CHANGED_BYTES) {
      throw new Error(
        `disk ${number}: the guest has changed ${Math.round(bytes / 2 ** 20)} MiB of it, more than a snapshot carries (1024 ` +
          "MiB); keep the changes in an overlay instead",
      );
    }
    list.text(fingerprint).u32(changes.length);
    for (const piece of changes) pieces.push({ name: "disk", index: pieces.length, bytes: piece });
  }
  return [{ name: "disks", index: 0, bytes: list.finish() }, ...pieces];
}

/** Takes the saved disks in; `piece(n)` brings section "disk" n. Throws, and nothing has changed, as judgeSnapshot() does. */
export async function stageDisks(
  disks: readonly BlockBackend[],
  list: Uint8Array,
  piece: (index: number, most: number) => Promise<Uint8Array>,
): Promise<StagedDisks> {
  const saved = unpackList(list);
  if (saved.length !== disks.length) throw new Error("damaged snapshot: it has another number of disks than it says");
  const check = async () => {
    for (const [number, disk] of disks.entries()) {
      const now = await disk.fingerprint();
      const { fingerprint } = saved[number]!;
      if (now === fingerprint) continue;
      throw new Error(
        `the snapshot does not fit disk ${number}, which has changed since or is another one (then ${fingerprint}; now ${now}): ` +
          "load it with the disk as it was when the snapshot was saved",
      );
    }
  };
  await check();
  const staged: { put(): void; drop(): void }[] = [];
  const drop = () => {
    for (const each of staged) each.drop();
  };
  let next = 0;
  try {
    for (const [number, disk] of disks.entries()) {
      const { pieces } = saved[number]!;
      if (disk.changes === undefined) {
        if (pieces > 0) throw new Error(`the snapshot carries changes of disk ${number}, and this machine keeps them`);
        continue;
      }
      const first = next;
      next += pieces;
      const most = Math.min(MOST_PIECE_BYTES, 2 * Number(disk.sectors) * SECTOR_BYTES + 0x1_0000);
      const read = async function* () {
        for (let n = first; n < first + pieces; n++) yield await piece(n, most);
      };
      const taken = await disk.changes.stage(read()).catch((error: Error) => {
        throw new Error(`damaged snapshot: disk ${number}: ${error.message}`);
      });
      staged.push(taken);
    }
  } catch (error) {
    drop();
    throw error;
  }
  const put = () => {
    for (const each of staged) each.put();
  };
  return { check, put, drop };
}

function unpackList(bytes: Uint8Array): SavedDisk[] {
  const reader = new FieldReader("disks 0", bytes);
  const disks = Array.from({ length: reader.count(MOST_DISKS) }, () => {
    const fingerprint = reader.text(MOST_TEXT_BYTES);
    return { fingerprint, pieces: reader.count(MOST_PIECES) };
  });
  reader.end();
  return disks;
}
