/** The host end of a disk. */

export const SECTOR_BYTES = 512;

/** Hears how much of something that takes its time is done: from 0 to 1, never less than before. */
export type ProgressListener = (part: number) => void;

/**
 * A disk's content. All operations may take as long as they like; a rejection is an I/O error for the guest, and its message goes
 * to the user: it names the disk's file or address and says what to do, and is the same for the same fault. The caller has checked
 * that sectors lie on the disk, and never has two operations under way of which one writes what the other touches.
 */
export interface BlockBackend {
  readonly sectors: bigint;
  readonly readOnly: boolean;
  /** `length` bytes from the start of a sector. */
  read(sector: bigint, length: number): Promise<Uint8Array>;
  write(sector: bigint, bytes: Uint8Array): Promise<void>;
  /**
   * As read() of bytes.length bytes, but done when it returns, for what the host has at hand: without promise and thread. false: it
   * has not; read() is to be asked. Throws what read() would reject with.
   */
  readNow?(sector: bigint, bytes: Uint8Array): boolean;
  /** As write(), in the same way. */
  writeNow?(sector: bigint, bytes: Uint8Array): boolean;
  /** Nobody needs the content of these sectors any more. Without it they stay as they are. */
  discard?(sector: bigint, sectors: bigint): Promise<void>;
  /** These sectors become zero. Without it zeroes are written. */
  writeZeroes?(sector: bigint, sectors: bigint): Promise<void>;
  /** Resolves when all that has been written would survive a crash of the host. */
  flush(): Promise<void>;
  /**
   * One line of text by which a snapshot or an overlay knows the content again, at most 200 characters: as long as it is the
   * same, the content is. Where there are `changes` it is about what lies below them. Flushes.
   */
  fingerprint(): Promise<string>;
  /** Of a disk whose changes are forgotten with the machine: what a snapshot carries. */
  readonly changes?: CarriedChanges;
  /** Of an image that this page may replace by a new version of itself: begins one. `onCopied` hears how many of its bytes are copied. */
  beginVersion?(onCopied?: (bytes: number) => void): Promise<ImageVersion>;
  /**
   * Of an overlay that is kept: its changes become part of the image below, and it is empty. Nobody may read meanwhile. If it
   * throws, or the host crashes on the way, the disk's content is what it was. `onProgress` hears of the bytes that are written; what
   * the host does by itself before and after that is no part of it.
   */
  commit?(onProgress?: ProgressListener): Promise<void>;
  close(): Promise<void>;
}

/** What a guest has changed on a disk that nobody keeps. */
export interface CarriedChanges {
  /** Everything that differs from what the fingerprint is about, in pieces of a little more than 16 MiB at most. */
  save(): Promise<Uint8Array[]>;
  /**
   * Judges pieces one after another and takes them in beside the present changes. Throws an Error that says what is wrong, and nothing has changed.
   * The answer ends that: with the pieces in the place of the changes (while no request is under way), or with them given up.
   */
  stage(pieces: AsyncIterable<Uint8Array>): Promise<{ put(): void; drop(): void }>;
}

/** A new version of an image, which is as the image but for what is written into it. */
export interface ImageVersion {
  write(sector: bigint, bytes: Uint8Array): Promise<void>;
  /** Puts it in the image's place, as a whole or not at all, and answers the image as it is then. */
  finish(): Promise<BlockBackend>;
  /** The image stays as it is. */
  abandon(): Promise<void>;
}

/** Sectors of an image of `bytes` bytes; throws an Error that names the image if these are not whole sectors. */
export function sectorsOf(name: string, bytes: number): bigint {
  if (bytes === 0 || bytes % SECTOR_BYTES !== 0) {
    throw new Error(
      `${name}: its size of ${bytes} bytes is not a multiple of ${SECTOR_BYTES}, so it is no raw disk image, or was cut off`,
    );
  }
  return BigInt(bytes / SECTOR_BYTES);
}

/** `disk`, but each answer comes after up to `most` ms of the host's time, for tests. */
export function delayedDisk(disk: BlockBackend, most: number): BlockBackend {
  const wait = () => new Promise<void>((resolve) => setTimeout(resolve, Math.random() * most));
  const { discard, writeZeroes, changes } = disk;
  return {
    sectors: disk.sectors,
    readOnly: disk.readOnly,
    read: (sector, length) => wait().then(() => disk.read(sector, length)),
    write: (sector, bytes) => wait().then(() => disk.write(sector, bytes)),
    ...(discard && { discard: (sector, sectors) => wait().then(() => discard.call(disk, sector, sectors)) }),
    ...(writeZeroes && {
      writeZeroes: (sector, sectors) => wait().then(() => writeZeroes.call(disk, sector, sectors)),
    }),
    flush: () => wait().then(() => disk.flush()),
    fingerprint: () => disk.fingerprint(),
    ...(changes && { changes }),
    close: () => disk.close(),
  };
}
