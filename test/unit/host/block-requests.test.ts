/** Disk requests keep the order that their data depend on, however slow the backend is. */
import { expect, test } from "vitest";
import type { BlockBackend } from "../../../src/host/backends/block.ts";
import { BlockRequests } from "../../../src/host/block-requests.ts";
import {
  BLOCK_DONE,
  BLOCK_FAILED,
  BLOCK_FLUSH,
  BLOCK_PENDING,
  BLOCK_READ,
  BLOCK_WRITE,
} from "../../../src/spec/abi.ts";

/** A disk of 8 sectors whose operations end when the test says so; `log` has them in the order in which they began. */
function slowDisk() {
  const content = new Uint8Array(8 * 512);
  const log: string[] = [];
  const waiting: (() => void)[] = [];
  const wait = () => new Promise<void>((resolve) => waiting.push(resolve));
  const disk: BlockBackend = {
    sectors: 8n,
    readOnly: false,
    read: async (sector, length) => {
      log.push(`read ${sector}`);
      await wait();
      return content.slice(Number(sector) * 512, Number(sector) * 512 + length);
    },
    write: async (sector, bytes) => {
      log.push(`write ${sector}`);
      await wait();
      content.set(bytes, Number(sector) * 512);
    },
    flush: async () => {
      log.push("flush");
      await wait();
    },
    fingerprint: async () => "slow",
    close: async () => {},
  };
  const settle = () => new Promise((resolve) => setTimeout(resolve));
  /** Ends the operation that has waited at place `index`. */
  const finish = async (index = 0) => {
    waiting.splice(index, 1)[0]?.();
    await settle();
  };
  return { disk, log, finish, settle };
}

function submit(requests: BlockRequests, tag: number, kind: number, sector: bigint, length: number, fill = 0): void {
  requests.begin(0, tag, kind, sector, length);
  if (kind === BLOCK_WRITE) requests.put(0, tag, new Uint8Array(length).fill(fill));
  requests.start(0, tag);
}

test("a read waits for an earlier write of its sectors, and sees it", async () => {
  const { disk, log, finish, settle } = slowDisk();
  const requests = new BlockRequests([disk], () => {}, expect.unreachable);
  submit(requests, 1, BLOCK_WRITE, 2n, 1024, 7);
  submit(requests, 2, BLOCK_READ, 3n, 512);
  submit(requests, 3, BLOCK_READ, 4n, 512);
  await settle();
  expect(log).toEqual(["write 2", "read 4"]);
  await finish(0);
  expect(log).toEqual(["write 2", "read 4", "read 3"]);
  expect(requests.status(0, 2)).toBe(BLOCK_PENDING);
  await finish(1);
  expect(requests.status(0, 2)).toBe(BLOCK_DONE);
  expect(requests.get(0, 2, 0, 512)).toEqual(new Uint8Array(512).fill(7));
});

test("a write waits for an earlier read of its sectors; reads do not wait for each other", async () => {
  const { disk, log, finish, settle } = slowDisk();
  const requests = new BlockRequests([disk], () => {}, expect.unreachable);
  submit(requests, 1, BLOCK_READ, 0n, 512);
  submit(requests, 2, BLOCK_READ, 0n, 1024);
  submit(requests, 3, BLOCK_WRITE, 1n, 512, 9);
  await settle();
  expect(log).toEqual(["read 0", "read 0"]);
  await finish();
  await finish();
  expect(log).toEqual(["read 0", "read 0", "write 1"]);
});

test("a flush comes after every write before it, and before everything after it", async () => {
  const { disk, log, finish, settle } = slowDisk();
  const requests = new BlockRequests([disk], () => {}, expect.unreachable);
  submit(requests, 1, BLOCK_WRITE, 0n, 512, 1);
  submit(requests, 2, BLOCK_FLUSH, 0n, 0);
  submit(requests, 3, BLOCK_READ, 5n, 512);
  await settle();
  expect(log).toEqual(["write 0"]);
  await finish();
  expect(log).toEqual(["write 0", "flush"]);
  await finish();
  expect(log).toEqual(["write 0", "flush", "read 5"]);
});

test("a write that a reset has made nobody's business still comes before later requests", async () => {
  const { disk, log, finish, settle } = slowDisk();
  const requests = new BlockRequests([disk], () => {}, expect.unreachable);
  submit(requests, 1, BLOCK_WRITE, 0n, 512, 1);
  await settle();
  requests.forgetAll();
  submit(requests, 1, BLOCK_READ, 0n, 512);
  await settle();
  expect(log).toEqual(["write 0"]);
  await finish();
  expect(log).toEqual(["write 0", "read 0"]);
});

/** As slowDisk(), and what `isAtHand` says is read and written at once. */
function diskAtHand(isAtHand: (sector: bigint) => boolean) {
  const slow = slowDisk();
  const content = Uint8Array.from({ length: 8 * 512 }, (_, at) => at >> 9);
  const act = (name: string, sector: bigint, move: (at: number) => void) => {
    if (sector === 7n) throw new Error("sector 7 is bad");
    if (!isAtHand(sector)) return false;
    slow.log.push(`${name} ${sector} now`);
    move(Number(sector) * 512);
    return true;
  };
  const disk: BlockBackend = {
    ...slow.disk,
    readNow: (sector, into) => act("read", sector, (at) => into.set(content.subarray(at, at + into.length))),
    writeNow: (sector, bytes) => act("write", sector, (at) => content.set(bytes, at)),
  };
  return { ...slow, disk };
}

test("what is at hand is done at once, in buffers that are used again; the rest waits for its answer", async () => {
  const { disk, log, finish, settle } = diskAtHand((sector) => sector < 4n);
  const requests = new BlockRequests([disk], () => {}, expect.unreachable);
  submit(requests, 1, BLOCK_READ, 2n, 1024);
  submit(requests, 2, BLOCK_READ, 4n, 512);
  expect([1, 2].map((tag) => requests.status(0, tag))).toEqual([BLOCK_DONE, BLOCK_PENDING]);
  expect(requests.get(0, 1, 512, 2)).toEqual(Uint8Array.of(3, 3));
  const { buffer } = requests.get(0, 1, 0, 1);
  requests.end(0, 1);
  submit(requests, 3, BLOCK_WRITE, 1n, 512, 9);
  submit(requests, 4, BLOCK_READ, 1n, 1024);
  expect([3, 4].map((tag) => requests.status(0, tag))).toEqual([BLOCK_DONE, BLOCK_DONE]);
  expect(requests.get(0, 4, 511, 2)).toEqual(Uint8Array.of(9, 2));
  submit(requests, 5, BLOCK_WRITE, 6n, 512, 1);
  await settle();
  await finish();
  await finish();
  expect(requests.allAnswered).toBe(true);
  expect(log).toEqual(["read 2 now", "write 1 now", "read 1 now", "read 4", "write 6"]);
  expect(requests.get(0, 4, 0, 1).buffer).not.toBe(requests.answered()[0]!.data.buffer);
  requests.end(0, 3);
  expect(requests.get(0, 4, 0, 1)).toEqual(Uint8Array.of(9));
  requests.end(0, 4);
  submit(requests, 6, BLOCK_READ, 0n, 512);
  submit(requests, 7, BLOCK_READ, 0n, 512);
  expect([6, 7].map((tag) => requests.get(0, tag, 0, 1).buffer)).toContain(buffer);
});

test("nothing that is at hand overtakes what it depends on", async () => {
  const { disk, log, finish, settle } = diskAtHand((sector) => sector < 4n);
  const requests = new BlockRequests([disk], () => {}, expect.unreachable);
  submit(requests, 1, BLOCK_FLUSH, 0n, 0);
  submit(requests, 2, BLOCK_READ, 0n, 512);
  await settle();
  expect(log).toEqual(["flush"]);
  expect(requests.status(0, 2)).toBe(BLOCK_PENDING);
  await finish();
  expect(log).toEqual(["flush", "read 0"]);
});

test("a fault of what is at hand is an I/O error like another, and is told once", () => {
  const { disk } = diskAtHand(() => true);
  const told: string[] = [];
  const requests = new BlockRequests([disk], expect.unreachable, (message) => told.push(message));
  submit(requests, 1, BLOCK_READ, 7n, 512);
  submit(requests, 2, BLOCK_WRITE, 7n, 512);
  submit(requests, 3, BLOCK_READ, 6n, 1536);
  expect([1, 2, 3].map((tag) => requests.status(0, tag))).toEqual([BLOCK_FAILED, BLOCK_FAILED, BLOCK_FAILED]);
  expect(told).toEqual([
    "disk 0: the guest gets an I/O error: sector 7 is bad",
    "disk 0: the guest gets an I/O error: sector 6 + 1536 bytes is beyond its end",
  ]);
});

test("who waits for what is under way does not wait for what is asked later", async () => {
  const { disk, finish, settle } = slowDisk();
  const requests = new BlockRequests([disk], () => {}, expect.unreachable);
  submit(requests, 1, BLOCK_WRITE, 0n, 512, 1);
  submit(requests, 2, BLOCK_READ, 0n, 512);
  let isOver = false;
  const settled = requests.settled().then(() => {
    isOver = true;
  });
  submit(requests, 3, BLOCK_READ, 4n, 512);
  await settle();
  await finish();
  expect([isOver, requests.status(0, 1), requests.status(0, 2)]).toEqual([false, BLOCK_DONE, BLOCK_PENDING]);
  // Of what waits by now, the read of sector 4 came first.
  await finish(1);
  await settled;
  expect([2, 3].map((tag) => requests.status(0, tag))).toEqual([BLOCK_DONE, BLOCK_PENDING]);
  await finish();
  expect(requests.allAnswered).toBe(true);
});
