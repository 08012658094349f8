/** Runs in a worker of a page that is going to crash: writes to a kept disk without end, and tells what has been flushed. */
import { openDisk } from "../../src/host/backends/open-disks.ts";
import { pagePlatform } from "../../src/worker/page-platform.ts";
import { type CrashOrder, writeAt } from "./disk-crash-writes.ts";

self.onmessage = async ({ data }: MessageEvent<CrashOrder>) => {
  const { id, sectors, seed, first } = data;
  const disk = await openDisk("disk", { image: { blank: sectors * 512 }, overlay: id }, pagePlatform);
  const words = new Uint32Array((await disk.read(0n, sectors * 512)).buffer);
  // Of each sector the number of the write that it is from; -1: of several.
  const found = Array.from({ length: sectors }, (_, sector) => {
    const sectorWords = words.subarray(sector * 128, sector * 128 + 128);
    return sectorWords.every((word) => word === sectorWords[0]) ? (sectorWords[0] as number) : -1;
  });
  self.postMessage({ kind: "found", found });
  for (let n = first; ; n++) {
    const { sector, count, flush } = writeAt(seed, n, sectors);
    await disk.write(BigInt(sector), new Uint8Array(new Uint32Array(count * 128).fill(n).buffer));
    if (!flush) continue;
    await disk.flush();
    self.postMessage({ kind: "flushed", n });
  }
};
