/** A process of killed-process.test.ts: its guest writes to its disk without end, and a line on stdout tells each round that is safe. */
import { writeSync } from "node:fs";
import { createInlineMachine } from "../../src/worker/inline.ts";
import { DiskGuest, diskMachine, FLUSH, OK, OUT } from "./disk-guest.ts";
import { contentOf } from "./sector-content.ts";
import { randomNumbers } from "./faulty-store.ts";

export const SECTORS = 2048;

/** What round `tag` writes: first sectors and counts, in order. */
export function writesOf(tag: number): [sector: number, count: number][] {
  const random = randomNumbers(tag);
  return Array.from({ length: 1 + random(6) }, () => {
    const sector = random(SECTORS);
    return [sector, 1 + random(Math.min(64, SECTORS - sector))];
  });
}

/** `overlay`: empty to write into the image. */
export async function writeLoad(image: string, overlay: string, firstTag: number, coreUrl: string): Promise<never> {
  const options = diskMachine([{ image, ...(overlay !== "" && { overlay }) }]);
  const guest = await DiskGuest.on(await createInlineMachine({ ...options, coreUrl, jit: false }));
  for (let tag = firstTag; ; tag++) {
    const requests = [];
    for (const [sector, count] of writesOf(tag)) {
      requests.push(await guest.submit(OUT, BigInt(sector), contentOf(sector, count, tag)));
    }
    requests.push(await guest.submit(FLUSH, 0n));
    await guest.settle();
    for (const request of requests) {
      const { status } = await guest.answerTo(request);
      if (status !== OK) throw new Error(`round ${tag}: status ${status}`);
    }
    // At once: a pipe that is written to later would not tell the latest.
    writeSync(1, `${tag}\n`);
  }
}
