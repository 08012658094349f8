/** Disk requests keep the order that their data depend on, however slow the backend is. */
import { expect, test } from "vitest";
import type { BlockBackend } from "../../../src/host/backends/block.ts";
import { BlockRequests } from "../../../src/host/block-requests.ts";
import { BLOCK_DONE, BLOCK_FLUSH, BLOCK_PENDING, BLOCK_READ, BLOCK_WRITE } from "../../../src/spec/abi.ts";

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
