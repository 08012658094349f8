/** The power fails while a guest writes: everything that it was told is safe is there, whatever else is. */
import { afterEach, expect, test, vi } from "vitest";
import { memoryDisk } from "../../src/host/backends/memory-disk.ts";
import { openOverlay } from "../../src/host/backends/overlay.ts";
import type { Platform } from "../../src/host/platform.ts";
import { nodePlatform } from "../../src/worker/node-adapter.ts";
import { DEPTH, DISCARD, DiskGuest, FLUSH, IN, OK, OUT, rangeOf, WRITE_ZEROES } from "./disk-guest.ts";
import { DiskModel } from "./disk-model.ts";
import { contentOf, EMPTY } from "./sector-content.ts";
import { FaultyStore, randomNumbers } from "./faulty-store.ts";

/** On a host with ten times as much to do. */
vi.setConfig({ testTimeout: 300_000 });

const SECTORS = 1024;
const LOSSES = 240;
const image = contentOf(0, SECTORS, 0);
const base = () => memoryDisk("image", image, true);

const guests: DiskGuest[] = [];
afterEach(async () => {
  for (const guest of guests.splice(0)) await guest.machine.dispose();
});

test(`${LOSSES} times, at random moments of a load of writes, discards and flushes`, async () => {
  const random = randomNumbers(11);
  const store = new FaultyStore();
  const model = new DiskModel(SECTORS);
  let losses = 0;
  let left = 10;
  store.onMoment = async () => {
    if (left-- > 0) return;
    left = random(30);
    losses++;
    const disk = await openOverlay(base(), new FaultyStore(store.crashed(random)));
    await model.verify(disk);
  };
  const platform: Platform = { ...nodePlatform, openStore: async () => store };
  const guest = await DiskGuest.create([{ image, overlay: "changes", delay: 0 }], platform);
  guests.push(guest);
  for (let tag = 1; losses < LOSSES; tag++) {
    // Some requests at once; those about the same sectors take effect in their order.
    const requests: (() => Promise<void>)[] = [];
    const count = 1 + random(DEPTH - 1);
    for (let n = 0; n < count; n++) {
      const sector = random(SECTORS);
      const sectors = 1 + random(Math.min(SECTORS - sector, random(4) === 0 ? 200 : 24));
      const kind = random(8);
      if (kind < 6) {
        const content = contentOf(sector, sectors, tag * 8 + n);
        model.write(sector, sectors, tag * 8 + n);
        requests.push(await expectOk(guest, OUT, BigInt(sector), content));
      } else {
        model.write(sector, sectors, EMPTY);
        requests.push(await expectOk(guest, kind === 6 ? DISCARD : WRITE_ZEROES, 0n, rangeOf(sector, sectors)));
      }
    }
    const begun = model.beginFlush();
    const flushes = random(2) === 0;
    if (flushes) requests.push(await expectOk(guest, FLUSH, 0n));
    await guest.settle();
    for (const request of requests) await request();
    if (flushes) model.endFlush(begun);
  }
  expect(losses).toBeGreaterThanOrEqual(LOSSES);
  const all = await guest.submit(IN, 0n, SECTORS * 512);
  await guest.settle();
  const { bytes } = await guest.answerTo(all);
  await model.verifyLatest(memoryDisk("what the guest reads", bytes, true));
  expect(guest.notices).toEqual([]);
});

/** Submits a request; the answer waits for its end. */
async function expectOk(
  guest: DiskGuest,
  type: number,
  sector: bigint,
  data?: Uint8Array,
): Promise<() => Promise<void>> {
  const submitted = await guest.submit(type, sector, data);
  return async () => expect((await guest.answerTo(submitted)).status).toBe(OK);
}

test("a flush is done when the store has made safe what was written, and not before", async () => {
  const store = new FaultyStore();
  const platform: Platform = { ...nodePlatform, openStore: async () => store };
  const guest = await DiskGuest.create([{ image, overlay: "changes" }], platform);
  guests.push(guest);
  expect(await guest.writeSectors(0, contentOf(0, 8, 1))).toBe(OK);
  let goOn = () => {};
  const waiting = new Promise<void>((resolve) => {
    store.onMoment = async () => {
      store.onMoment = async () => {};
      resolve();
      await new Promise<void>((go) => {
        goOn = go;
      });
    };
  });
  const flush = await guest.submit(FLUSH, 0n);
  const settled = guest.settle();
  await waiting;
  // The machine holds at the instant at which the answer is due, and can be looked at.
  const { virtualNs } = await guest.machine.statistics();
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect((await guest.machine.statistics()).virtualNs - virtualNs).toBeLessThan(1_000_000n);
  expect(guest.machine.state.kind).toBe("running");
  const before = await openOverlay(base(), new FaultyStore(store.crashed(() => 0)));
  expect(await before.read(0n, 512)).toEqual(contentOf(0, 1, 0));
  goOn();
  await settled;
  expect((await guest.answerTo(flush)).status).toBe(OK);
  const after = await openOverlay(base(), new FaultyStore(store.crashed(() => 0)));
  expect(await after.read(0n, 4096)).toEqual(contentOf(0, 8, 1));
});
