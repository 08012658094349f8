/** A disk that knows whether what its guest has written would be lost with the machine, and that does not leave it so for long. */
import type { BlockBackend } from "./block.ts";

/** A guest that flushes nothing loses no more than what it has written in this time. */
const SETTLE_MS = 1000;

export interface WatchedDisk extends BlockBackend {
  /** Something has been written that no flush has made safe, or that nobody keeps. */
  readonly unsaved: boolean;
}

/** `settles`: what is written is made safe after a while without the guest's asking. */
export function watchedDisk(disk: BlockBackend, settles: boolean): WatchedDisk {
  const { readNow, writeNow, discard, writeZeroes, changes } = disk;
  let writes = 0;
  let safe = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = async () => {
    const before = writes;
    await disk.flush();
    // Changes that are carried are those that nobody keeps.
    if (changes === undefined) safe = Math.max(safe, before);
  };
  const settle = () => {
    timer = undefined;
    // Who asks for a flush will hear of the same fault.
    if (writes > safe) flush().catch(() => {});
  };
  const written = <T>(answer: T): T => {
    writes++;
    if (settles) timer ??= setTimeout(settle, SETTLE_MS);
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
    ...(readNow && { readNow: (sector, bytes) => readNow.call(disk, sector, bytes) }),
    ...(writeNow && { writeNow: (sector, bytes) => writeNow.call(disk, sector, bytes) && written(true) }),
    ...(discard && { discard: (sector, sectors) => written(discard.call(disk, sector, sectors)) }),
    ...(writeZeroes && { writeZeroes: (sector, sectors) => written(writeZeroes.call(disk, sector, sectors)) }),
    flush,
    fingerprint: () => disk.fingerprint(),
    ...(changes && { changes }),
    ...(disk.commit && { commit: (onProgress) => disk.commit!(onProgress) }),
    close: async () => {
      clearTimeout(timer);
      await disk.close();
    },
  };
}
