/** Kept overlays: what they show, what survives a power loss at any moment, and what they refuse. */
import { crc32 } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import type { BlockBackend, ImageVersion } from "../../src/host/backends/block.ts";
import { memoryStore } from "../../src/host/backends/byte-store.ts";
import { memoryDisk } from "../../src/host/backends/memory-disk.ts";
import { SlotAllocator } from "../../src/host/backends/cluster-map.ts";
import { openOverlay } from "../../src/host/backends/overlay.ts";
import { FIRST_SLOT, type Move, OverlayLog } from "../../src/host/backends/overlay-log.ts";
import { DiskModel } from "./disk-model.ts";
import { contentOf, EMPTY } from "./sector-content.ts";
import { FaultyStore, type Random, randomNumbers } from "./faulty-store.ts";

/** On a host with ten times as much to do. */
vi.setConfig({ testTimeout: 300_000 });

/** Not a whole number of clusters: the last one is cut. */
const SECTORS = 203;
const image = contentOf(0, SECTORS, 0);
const base = () => memoryDisk("image", image.slice(), true);

/** One change of the disk, and of the model before it: any part of it may be there from its begin on. */
async function change(disk: BlockBackend, model: DiskModel, tag: number, random: Random): Promise<void> {
  const sector = random(SECTORS);
  const most = Math.min(SECTORS - sector, random(3) === 0 ? 100 : 12);
  const count = 1 + random(most);
  const empties = random(5) === 0;
  model.write(sector, count, empties ? EMPTY : tag);
  if (empties) await disk.writeZeroes!(BigInt(sector), BigInt(count));
  else await disk.write(BigInt(sector), contentOf(sector, count, tag));
}

describe("an overlay", () => {
  test("shows what was written over its image, and keeps it", async () => {
    const random = randomNumbers(1);
    const store = new FaultyStore();
    const model = new DiskModel(SECTORS);
    let disk = await openOverlay(base(), store);
    for (let tag = 1; tag <= 600; tag++) {
      await change(disk, model, tag, random);
      if (tag % 50 === 0) await model.verifyLatest(disk);
      if (tag % 120 === 0) {
        await disk.close();
        expect(store.isClosed).toBe(true);
        disk = await openOverlay(base(), store);
      }
    }
    await model.verifyLatest(disk);
    // All clusters at once, and as many more slots as moved before a flush; no slot is lost for good.
    expect(await store.size()).toBeLessThan(40 * SECTORS * 512);
  });

  test("takes concurrent writes of one cluster", async () => {
    const disk = await openOverlay(base(), new FaultyStore());
    const model = new DiskModel(SECTORS);
    const writes = Array.from({ length: 40 }, (_, n) => {
      model.write(n, 1, n + 1);
      return disk.write(BigInt(n), contentOf(n, 1, n + 1));
    });
    await Promise.all(writes);
    await model.verifyLatest(disk);
  });

  test("asks nothing of its store for a flush without writes", async () => {
    const store = new FaultyStore();
    const disk = await openOverlay(base(), store);
    await disk.write(0n, contentOf(0, 1, 1));
    await disk.flush();
    const { flushes } = store;
    await disk.flush();
    expect(store.flushes).toBe(flushes);
    // In place: the record that leads there is safe already.
    await disk.write(0n, contentOf(0, 1, 2));
    await disk.flush();
    expect(store.flushes).toBe(flushes + 1);
  });

  test("survives 300 power losses in a row, each at a random moment", async () => {
    const random = randomNumbers(2);
    const model = new DiskModel(SECTORS);
    let content = new Uint8Array(0);
    let tag = 0;
    for (let crash = 0; crash < 300; crash++) {
      const store = new FaultyStore(content);
      let left = random(60);
      let lost: Uint8Array | null = null;
      store.onMoment = async () => {
        if (left-- === 0) lost = store.crashed(random);
      };
      const disk = await openOverlay(base(), store).catch((error) => expect.fail(`crash ${crash}: ${error}`));
      model.restart(await model.verify(disk));
      while (lost === null) {
        // The model forgets what was possible before only when the flush has ended: a loss on the way is a loss before it.
        if (random(4) === 0) {
          const begun = model.beginFlush();
          await disk.flush();
          if (lost === null) model.endFlush(begun);
        } else await change(disk, model, ++tag, random);
      }
      content = lost;
    }
    expect(tag).toBeGreaterThan(1000);
  });

  test.each([1, 2, 3])("survives power losses while it is committed (%i)", async (seed) => {
    const random = randomNumbers(100 + seed);
    for (let round = 0; round < 40; round++) {
      const under = new VersionedImage(image);
      const store = new FaultyStore();
      const model = new DiskModel(SECTORS);
      const disk = await openOverlay(under.disk(), store);
      for (let tag = 1; tag < 8; tag++) await change(disk, model, tag, random);
      const begun = model.beginFlush();
      await disk.flush();
      model.endFlush(begun);
      // What is not flushed is committed too.
      await change(disk, model, 8, random);
      let left = random(20);
      let lost: [Uint8Array, Uint8Array] | null = null;
      const moment = async () => {
        if (left-- === 0) lost = [store.crashed(random), under.content];
      };
      store.onMoment = moment;
      under.onMoment = moment;
      await disk.commit();
      const [overlay, below] = lost ?? [store.crashed(random), under.content];
      await model.verify(await openOverlay(new VersionedImage(below).disk(), new FaultyStore(overlay)));
      expect(under.opened).toBe(1);
      await model.verifyLatest(under.disk());
      // It goes on, empty, over the new version.
      await model.verifyLatest(disk);
      await change(disk, model, 9, random);
      await disk.close();
      await model.verifyLatest(await openOverlay(under.disk(), new FaultyStore(store.crashed(random))));
    }
  });

  test.each<[string, Fault]>([
    ["begun", "begin"],
    ["written", "write"],
    ["put in its place", "finish"],
  ])("whose image's new version cannot be %s stays what it was, and is committed the next time", async (_, fault) => {
    const under = new VersionedImage(image);
    const store = new FaultyStore();
    const model = new DiskModel(SECTORS);
    const disk = await openOverlay(under.disk(), store);
    model.write(10, 30, 1);
    await disk.write(10n, contentOf(10, 30, 1));
    under.fault = fault;
    await expect(disk.commit()).rejects.toThrow(`no ${fault}`);
    expect(under.content).toBe(image);
    await model.verifyLatest(disk);
    // The overlay still knows its image from others.
    const message = /belongs to another disk image/;
    const other = contentOf(0, SECTORS, 5);
    await expect(
      openOverlay(memoryDisk("other", other, true), new FaultyStore(store.crashed(() => 0))),
    ).rejects.toThrow(message);
    await disk.commit();
    await model.verifyLatest(under.disk());
    await model.verifyLatest(disk);
  });

  test("tells how much of its changes is written while it is committed", async () => {
    const disk = await openOverlay(new VersionedImage(image).disk(), new FaultyStore());
    // Five clusters: one, two that are zero, and two that a gap parts from them.
    await disk.write(0n, contentOf(0, 8, 1));
    await disk.discard(8n, 16n);
    await disk.write(80n, contentOf(80, 16, 1));
    const parts: number[] = [];
    await disk.commit((part) => parts.push(part));
    expect(parts).toEqual([3 / 5, 1]);
    await disk.commit((part) => parts.push(part));
    expect(parts).toEqual([3 / 5, 1]);
  });

  test("over an image that cannot be replaced is not committed, and says so", async () => {
    const disk = await openOverlay(base(), new FaultyStore());
    await disk.write(0n, contentOf(0, 1, 1));
    await expect(disk.commit()).rejects.toThrow("faulty store: the image below it cannot be written to");
    expect(await disk.read(0n, 512)).toEqual(contentOf(0, 1, 1));
  });

  test("whose log has grown long is written anew when it is opened, through power losses", async () => {
    const random = randomNumbers(5);
    const model = new DiskModel(SECTORS);
    const store = new FaultyStore();
    const disk = await openOverlay(base(), store);
    // Each round moves a cluster: a record of 512 bytes.
    for (let tag = 1; tag <= 2200; tag++) {
      const sector = 8 * (tag % 20);
      model.write(sector, 8, tag % 2 ? tag : EMPTY);
      if (tag % 2) await disk.write(BigInt(sector), contentOf(sector, 8, tag));
      else await disk.discard(BigInt(sector), 8n);
      const begun = model.beginFlush();
      await disk.flush();
      model.endFlush(begun);
    }
    const long = store.crashed(random);
    for (let moment = 0; moment < 16; moment++) {
      const again = new FaultyStore(long);
      let left = moment;
      let lost = null as Uint8Array | null;
      again.onMoment = async () => {
        if (left-- === 0) lost = again.crashed(random);
      };
      const opened = await openOverlay(base(), again);
      await model.verifyLatest(opened);
      if (lost !== null) await model.verifyLatest(await openOverlay(base(), new FaultyStore(lost)));
      // Done: the next one has nothing to do, and takes further writes.
      const next = await openOverlay(base(), new FaultyStore(again.crashed(random)));
      await model.verifyLatest(next);
    }
  });
});

test("a record of the log counts only behind the one that it was written behind", async () => {
  const store = new FaultyStore();
  const superblock = { checkpoint: 1, id: new Uint8Array(16), sectors: 8n, base: "", firstRecord: 1 };
  const append = (moves: readonly Move[]) =>
    new OverlayLog(store, superblock).append(moves, new SlotAllocator(FIRST_SLOT));
  const replayed = async () => {
    const moves: Move[] = [];
    await new OverlayLog(store, superblock).replay((some) => moves.push(...some));
    return moves;
  };
  // More than a segment holds: a second record lies at the beginning of the next one.
  const moves = Array.from({ length: 10_000 }, (_, cluster): Move => [cluster, FIRST_SLOT + cluster]);
  await append(moves);
  expect(await replayed()).toEqual(moves);
  // The first one is lost, and another of the same length comes to its place.
  const first = 2 * 4096;
  await store.write(first, new Uint8Array(512));
  expect(await replayed()).toEqual([]);
  const others = moves.slice(0, 8188).map(([cluster]): Move => [cluster, 1]);
  await append(others);
  expect(await replayed()).toEqual(others);
});

describe("an overlay and its image", () => {
  test("belong together: another image is refused, and so is one that has changed", async () => {
    const store = new FaultyStore();
    const disk = await openOverlay(base(), store);
    await disk.write(0n, contentOf(0, 1, 1));
    await disk.close();
    const other = image.slice();
    other[5]! ^= 1;
    const message =
      "faulty store belongs to another disk image, or its image has changed since; with this image its changes make no sense. " +
      "Put back the image as it was, or discard the changes and begin anew";
    await expect(openOverlay(memoryDisk("other", other, true), store)).rejects.toThrow(message);
    await expect(openOverlay(memoryDisk("longer", contentOf(0, SECTORS + 1, 0), true), store)).rejects.toThrow(message);
    await new DiskModel(0).verify(await openOverlay(base(), store));
  });

  test("what is no overlay is left alone", async () => {
    for (const content of [image, image.slice(0, 100), new TextEncoder().encode("a text")]) {
      const store = new FaultyStore(content.slice());
      await expect(openOverlay(base(), store)).rejects.toThrow(
        "faulty store exists and is not an overlay; name another file for the guest's changes",
      );
      expect(store.isClosed).toBe(true);
      expect(store.crashed(() => 0)).toEqual(content);
    }
  });

  test("damage is told", async () => {
    const store = new FaultyStore();
    const disk = await openOverlay(base(), store);
    await disk.write(0n, contentOf(0, 100, 1));
    await disk.close();
    const whole = await store.read(0, await store.size());
    const broken = whole.slice();
    broken[100]! ^= 1;
    await expect(openOverlay(base(), new FaultyStore(broken))).rejects.toThrow(
      "faulty store: the overlay is damaged: neither of its superblocks is whole",
    );
    // Clusters behind the end of the file.
    await expect(openOverlay(base(), new FaultyStore(whole.slice(0, 36 * 4096)))).rejects.toThrow(
      "faulty store: the overlay is damaged: its log makes no sense",
    );
  });
});

describe("faults of the store", () => {
  test("a write that fails changes nothing but its own sectors, and the next one may succeed", async () => {
    const random = randomNumbers(6);
    const store = new FaultyStore();
    const model = new DiskModel(SECTORS);
    const disk = await openOverlay(base(), store);
    for (let tag = 1; tag <= 200; tag++) {
      if (random(3) === 0) {
        store.failures.write = new Error("no room");
        const sector = random(SECTORS - 20);
        model.write(sector, 20, tag);
        await expect(disk.write(BigInt(sector), contentOf(sector, 20, tag))).rejects.toThrow("no room");
        model.restart(await model.verify(disk));
      } else await change(disk, model, tag, random);
    }
    const begun = model.beginFlush();
    await disk.flush();
    model.endFlush(begun);
    await model.verifyLatest(await openOverlay(base(), new FaultyStore(store.crashed(random))));
  });

  test("what failed writes were to take is taken by others", async () => {
    const store = new FaultyStore();
    const disk = await openOverlay(base(), store);
    // The first write makes a record, too.
    await disk.write(80n, contentOf(80, 8, 1));
    for (let n = 0; n < 100; n++) {
      store.failures.write = new Error("no room");
      await expect(disk.write(0n, contentOf(0, 80, 1))).rejects.toThrow("no room");
    }
    await disk.write(0n, contentOf(0, 80, 2));
    expect(await store.size()).toBe((FIRST_SLOT + 11) * 4096);
  });

  test("a record that cannot be written fails the flush, and is written with the next", async () => {
    const store = new FaultyStore();
    const model = new DiskModel(SECTORS);
    const disk = await openOverlay(base(), store);
    await disk.write(0n, contentOf(0, 1, 1));
    await disk.flush();
    model.write(0, 30, 2);
    await disk.write(0n, contentOf(0, 30, 2));
    store.failures.write = new Error("no room");
    await expect(disk.flush()).rejects.toThrow("no room");
    await disk.flush();
    await model.verifyLatest(await openOverlay(base(), new FaultyStore(store.crashed(randomNumbers(7)))));
  });

  test("when the store cannot make safe what it took, nothing more is taken", async () => {
    const store = new FaultyStore();
    const disk = await openOverlay(base(), store);
    await disk.write(0n, contentOf(0, 1, 1));
    await disk.flush();
    await disk.write(0n, contentOf(0, 1, 2));
    store.failures.flush = new Error("EIO");
    const message = "faulty store could not be made safe (EIO): nothing more is written to it";
    await expect(disk.flush()).rejects.toThrow(message);
    await expect(disk.flush()).rejects.toThrow(message);
    await expect(disk.write(0n, contentOf(0, 1, 3))).rejects.toThrow(message);
    expect(await disk.read(0n, 512)).toEqual(contentOf(0, 1, 2));
    await disk.close();
    expect(store.isClosed).toBe(true);
  });
});

test("an overlay's fingerprint is another one after each write, also after it was opened again", async () => {
  const store = new FaultyStore();
  let disk = await openOverlay(base(), store);
  const seen = [await disk.fingerprint()];
  expect(await disk.fingerprint()).toBe(seen[0]);
  for (let tag = 1; tag <= 4; tag++) {
    await disk.write(0n, contentOf(0, 1, tag));
    await disk.flush();
    if (tag % 2 === 0) {
      await disk.close();
      disk = await openOverlay(base(), store);
    }
    seen.push(await disk.fingerprint());
    await disk.read(0n, 512);
    expect(await disk.fingerprint()).toBe(seen.at(-1));
  }
  // In place and not flushed: the power fails, and the write may be there or not.
  await disk.write(0n, contentOf(0, 1, 9));
  const after = await openOverlay(base(), new FaultyStore(store.crashed(() => 0)));
  seen.push(await after.fingerprint());
  expect(new Set(seen).size).toBe(seen.length);
});

test("a store in memory takes what is written, in any order, and becomes shorter", async () => {
  const store = memoryStore("memory");
  await store.write(3 << 20, Uint8Array.of(1, 2, 3));
  await store.write((1 << 20) - 1, Uint8Array.of(7, 8, 9));
  expect(await store.size()).toBe((3 << 20) + 3);
  expect(await store.read((1 << 20) - 2, 5)).toEqual(Uint8Array.of(0, 7, 8, 9, 0));
  expect(await store.read((3 << 20) + 1, 100)).toEqual(Uint8Array.of(2, 3));
  await store.truncate(1 << 20);
  await store.write(2 << 20, Uint8Array.of(5));
  expect(await store.read((1 << 20) - 1, 3)).toEqual(Uint8Array.of(7, 0, 0));
});

type Fault = "begin" | "write" | "finish";

/** An image whose new versions count as a whole, as files do that a page writes. */
class VersionedImage {
  onMoment: () => Promise<void> = async () => {};
  /** What fails the next time. */
  fault: Fault | null = null;
  /** Disks over it that have not been closed. */
  opened = 0;
  private version = 0;

  constructor(public content: Uint8Array) {}

  disk(): BlockBackend {
    const { content, version } = this;
    this.opened++;
    const current = () => {
      if (version !== this.version) throw new Error("the image has changed");
    };
    return {
      sectors: BigInt(SECTORS),
      readOnly: true,
      read: async (sector, length) => {
        current();
        return content.slice(Number(sector) * 512, Number(sector) * 512 + length);
      },
      write: async () => expect.fail("an image below an overlay is not written to"),
      flush: async () => {},
      fingerprint: async () => {
        current();
        return `content ${crc32(content)}`;
      },
      beginVersion: async () => this.begin(content.slice()),
      close: async () => void this.opened--,
    };
  }

  private async begin(next: Uint8Array): Promise<ImageVersion> {
    await this.at("begin");
    return {
      write: async (sector, bytes) => {
        await this.at("write");
        next.set(bytes, Number(sector) * 512);
      },
      finish: async () => {
        await this.at("finish");
        this.content = next;
        this.version++;
        await this.onMoment();
        return this.disk();
      },
      abandon: async () => {},
    };
  }

  private async at(step: Fault): Promise<void> {
    await this.onMoment();
    if (this.fault !== step) return;
    this.fault = null;
    throw new Error(`no ${step}`);
  }
}
