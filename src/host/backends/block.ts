/** The host end of a disk. */

export const SECTOR_BYTES = 512;

/** A disk's content. All operations may take as long as they like; a rejection is an I/O error for the guest. */
export interface BlockBackend {
  readonly sectors: bigint;
  readonly readOnly: boolean;
  /** `length` bytes from the start of a sector; the caller has checked that they lie on the disk. */
  read(sector: bigint, length: number): Promise<Uint8Array>;
  write(sector: bigint, bytes: Uint8Array): Promise<void>;
  /** Resolves when all that has been written would survive a crash of the host. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Sectors of an image of `bytes` bytes; throws an Error that names the image if these are not whole sectors. */
export function sectorsOf(name: string, bytes: number): bigint {
  if (bytes === 0 || bytes % SECTOR_BYTES !== 0) {
    throw new Error(
      `${name}: its size of ${bytes} bytes is not a multiple of ${SECTOR_BYTES}, so it is no raw disk image`,
    );
  }
  return BigInt(bytes / SECTOR_BYTES);
}

/** `disk`, but each answer comes after up to `most` ms of the host's time, for tests. */
export function delayedDisk(disk: BlockBackend, most: number): BlockBackend {
  const wait = () => new Promise<void>((resolve) => setTimeout(resolve, Math.random() * most));
  return {
    sectors: disk.sectors,
    readOnly: disk.readOnly,
    read: (sector, length) => wait().then(() => disk.read(sector, length)),
    write: (sector, bytes) => wait().then(() => disk.write(sector, bytes)),
    flush: () => wait().then(() => disk.flush()),
    close: () => disk.close(),
  };
}
