/** A disk that knows whether what its guest has written would be lost with the machine. */
import type { BlockBackend } from "./block.ts";

export interface WatchedDisk extends BlockBackend {
  /** Something has been written that no flush has made safe, or that nobody keeps. */
  readonly unsaved: boolean;
}

export function watchedDisk(disk: BlockBackend): WatchedDisk {
  const { discard, writeZeroes, changes } = disk;
  let writes = 0;
  let safe = 0;
  const written = <T>(answer: Promise<T>): Promise<T> => {
    writes++;
    return answer;
  };
  return {
    sectors: disk.sectors,
    readOnly: disk.readOnly,
    get unsaved() {
      return writes > safe;
    },
    read: (sector, length) => disk.read(sector, length),
    write: (sector, bytes) => written(disk.write(sector, bytes)),
    ...(discard && { discard: (sector, sectors) => written(discard.call(disk, sector, sectors)) }),
    ...(writeZeroes && { writeZeroes: (sector, sectors) => written(writeZeroes.call(disk, sector, sectors)) }),
    flush: async () => {
      const before = writes;
      await disk.flush();
      // Changes that are carried are those that nobody keeps.
      if (changes === undefined) safe = Math.max(safe, before);
    },
    fingerprint: () => disk.fingerprint(),
    ...(changes && { changes }),
    close: () => disk.close(),
  };
}
