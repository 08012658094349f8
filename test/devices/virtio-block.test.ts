import { describe, expect, test } from "vitest";
import { Disk, RAM, TestBoard } from "./harness/board.ts";
import { type Descriptor, type DriverQueue, REGISTER, VirtioDriver, WRITE } from "./harness/virtio-driver.ts";

const LATENCY = 100_000;
const [IN, OUT, FLUSH, GET_ID, DISCARD, WRITE_ZEROES] = [0, 1, 4, 8, 11, 13] as const;
const FEATURE_FLUSH = 1n << 9n;
const FEATURE_DISCARD = 1n << 13n;
const FEATURE_WRITE_ZEROES = 1n << 14n;
const [OK, IOERR, UNSUPPORTED] = [0, 1, 2] as const;
/** Offsets in RAM: headers and status bytes by number of the request, then data. */
const headerAt = (n: number) => 0x10_0000 + n * 32;
const statusAt = (n: number) => headerAt(n) + 16;
const DATA = 0x20_0000;

class BlockDriver extends VirtioDriver {
  queue!: DriverQueue;

  open(size = 128, without = 0n): this {
    [this.queue] = this.start(1, size, without) as [DriverQueue];
    return this;
  }

  /** Describes request `n` at descriptor `first` and offers it, without notification. */
  offer(n: number, first: number, type: number, sector: bigint, data: readonly Descriptor[]): void {
    const { board, queue } = this;
    board.view.setUint32(headerAt(n), type, true);
    board.view.setBigUint64(headerAt(n) + 8, sector, true);
    board.view.setUint8(statusAt(n), 0xff);
    queue.chain(first, [
      { pa: RAM + BigInt(headerAt(n)), length: 16 },
      ...data,
      { pa: RAM + BigInt(statusAt(n)), length: 1, flags: WRITE },
    ]);
    queue.offer(first);
  }

  status(n: number): number {
    return this.board.view.getUint8(statusAt(n));
  }

  /** One request on its own: its status and the bytes that were written. */
  request(type: number, sector: bigint, data: readonly Descriptor[]): [number, number] {
    const before = this.queue.usedIndex();
    this.offer(0, 0, type, sector, data);
    this.notify(0);
    this.board.advance(LATENCY);
    expect(this.queue.usedIndex()).toBe((before + 1) & 0xffff);
    return [this.status(0), this.queue.usedEntry(before)[1]];
  }
}

async function create(disk = new Disk(64)): Promise<BlockDriver> {
  disk.bytes.forEach((_, i) => {
    disk.bytes[i] = (i >> 9) ^ i;
  });
  return new BlockDriver(await TestBoard.create({ slots: { 0: 2 }, disk }));
}

const into = (offset: number, length: number): Descriptor => ({ pa: RAM + BigInt(offset), length, flags: WRITE });
const from = (offset: number, length: number): Descriptor => ({ pa: RAM + BigInt(offset), length });

describe("the block device", () => {
  test("tells capacity, segments, block size and what it can discard", async () => {
    const driver = await create(new Disk(0x123));
    const config = (offset: number, size = 4) => driver.get(REGISTER.config + offset, size);
    expect([config(0), config(4), config(8), config(12), config(20)]).toEqual([0x123, 0, 0, 126, 512]);
    expect([config(0, 1), config(1, 1), config(0, 2), config(0, 8), config(0xfc)]).toEqual([
      0x23, 0x01, 0x123, 0x123, 0,
    ]);
    expect([36, 40, 44, 48, 52, 56, 60].map((offset) => config(offset))).toEqual([0x3f_ffff, 1, 8, 0x2_0000, 1, 1, 0]);
    expect([config(37, 1), config(38, 1), config(56, 1), config(57, 1)]).toEqual([0xff, 0x3f, 1, 0]);
    const always = (1n << 32n) | (1n << 28n) | FEATURE_FLUSH | (1n << 6n) | (1n << 2n);
    expect(driver.features()).toBe(always | FEATURE_DISCARD | FEATURE_WRITE_ZEROES);
    driver.board.disk.readOnly = true;
    expect(driver.features()).toBe(always | (1n << 5n));
  });

  test("reads into several pieces, at the fixed virtual time and not before", async () => {
    const driver = (await create()).open();
    const { board, queue } = driver;
    driver.offer(0, 0, IN, 3n, [into(DATA, 100), into(DATA + 0x1000, 924)]);
    driver.notify(0);
    expect(board.disk.log).toEqual(["read 3 1024"]);
    board.advance(LATENCY - 1);
    expect([queue.usedIndex(), driver.get(REGISTER.interruptStatus), board.view.getUint8(DATA + 99)]).toEqual([
      0, 0, 0,
    ]);
    board.advance(1);
    expect([queue.usedIndex(), queue.usedEntry(0), driver.status(0), driver.takeInterrupt()]).toEqual([
      1,
      [0, 1025],
      OK,
      1,
    ]);
    const expected = board.disk.bytes.subarray(3 * 512, 5 * 512);
    expect(Buffer.compare(board.ram.subarray(DATA, DATA + 100), expected.subarray(0, 100))).toBe(0);
    expect(Buffer.compare(board.ram.subarray(DATA + 0x1000, DATA + 0x1000 + 924), expected.subarray(100))).toBe(0);
    expect(board.disk.requests.size).toBe(0);
  });

  test("drops decoded instructions of pages that it reads into", async () => {
    const driver = (await create()).open();
    driver.board.markDecoded(DATA);
    driver.board.markDecoded(statusAt(0));
    expect(driver.request(IN, 0n, [into(DATA, 512)])).toEqual([OK, 513]);
    expect(driver.board.core.writtenPages()).toBe(2);
  });

  test("writes what was there at the notification", async () => {
    const driver = (await create()).open();
    const { board } = driver;
    board.ram.fill(0xa5, DATA, DATA + 300);
    board.ram.fill(0x5a, DATA + 0x1000, DATA + 0x1000 + 212);
    driver.offer(0, 0, OUT, 7n, [from(DATA, 300), from(DATA + 0x1000, 212)]);
    driver.notify(0);
    board.ram.fill(0, DATA, DATA + 300);
    board.advance(LATENCY);
    expect([driver.status(0), driver.queue.usedEntry(0)]).toEqual([OK, [0, 1]]);
    const sector = board.disk.bytes.subarray(7 * 512, 8 * 512);
    expect([sector[0], sector[299], sector[300], sector[511]]).toEqual([0xa5, 0xa5, 0x5a, 0x5a]);
    expect(board.disk.log).toEqual(["write 7 512"]);
  });

  test("takes the header in pieces, and data and header in one", async () => {
    const driver = (await create()).open();
    const { board, queue } = driver;
    board.view.setUint32(headerAt(0), OUT, true);
    board.view.setBigUint64(headerAt(0) + 8, 2n, true);
    board.ram.fill(0x77, headerAt(0) + 16, headerAt(0) + 16 + 512);
    queue.chain(0, [from(headerAt(0), 7), from(headerAt(0) + 7, 9 + 512), into(DATA, 1)]);
    queue.offer(0);
    driver.notify(0);
    board.advance(LATENCY);
    expect([board.view.getUint8(DATA), board.disk.log]).toEqual([OK, ["write 2 512"]]);
    expect(board.disk.bytes.subarray(2 * 512, 3 * 512).every((byte) => byte === 0x77)).toBe(true);
  });

  test("flushes, and tells its name", async () => {
    const driver = (await create()).open();
    expect(driver.request(FLUSH, 0n, [])).toEqual([OK, 1]);
    expect(driver.board.disk.log).toEqual(["flush 0 0"]);
    expect(driver.request(GET_ID, 0n, [into(DATA, 20)])).toEqual([OK, 21]);
    expect(Buffer.from(driver.board.ram.subarray(DATA, DATA + 20)).toString("latin1")).toBe(
      "board-disk".padEnd(20, "\0"),
    );
  });

  test.each([
    ["a read behind the end", IN, 64n, 512],
    ["a read across the end", IN, 63n, 1024],
    ["a read at a wrapping sector", IN, 0xffff_ffff_ffff_ffffn, 512],
    ["a read of half a sector", IN, 0n, 256],
    ["a write behind the end", OUT, 64n, 512],
    ["a write of half a sector", OUT, 0n, 511],
  ] as const)("answers %s with an I/O error", async (_name, type, sector, length) => {
    const driver = (await create()).open();
    const before = driver.board.disk.bytes.slice();
    const data = type === IN ? into(DATA, length) : from(DATA, length);
    expect(driver.request(type, sector, [data])).toEqual([IOERR, 1]);
    expect(driver.board.disk.log).toEqual([]);
    expect(Buffer.compare(driver.board.disk.bytes, before)).toBe(0);
    expect(driver.request(IN, 63n, [into(DATA, 512)])).toEqual([OK, 513]);
  });

  test("answers what the disk or the host refuses, and what it does not know, with errors", async () => {
    const driver = (await create()).open();
    driver.board.disk.readOnly = true;
    expect(driver.request(OUT, 0n, [from(DATA, 512)])).toEqual([IOERR, 1]);
    driver.board.disk.readOnly = false;
    driver.board.disk.failing = true;
    expect(driver.request(IN, 0n, [into(DATA, 512)])).toEqual([IOERR, 1]);
    expect(driver.request(99, 0n, [])).toEqual([UNSUPPORTED, 1]);
    expect(driver.broken()).toBe(false);
  });

  /** The range of a discard or zeroing, at DATA. */
  function range(driver: BlockDriver, sector: bigint, sectors: number, flags = 0): Descriptor {
    const { view } = driver.board;
    view.setBigUint64(DATA, sector, true);
    view.setUint32(DATA + 8, sectors, true);
    view.setUint32(DATA + 12, flags, true);
    return from(DATA, 16);
  }

  test("discards, and writes zeroes", async () => {
    const driver = (await create()).open();
    const { disk } = driver.board;
    expect(driver.request(DISCARD, 0n, [range(driver, 8n, 16)])).toEqual([OK, 1]);
    expect(driver.request(WRITE_ZEROES, 0n, [range(driver, 62n, 2)])).toEqual([OK, 1]);
    expect(driver.request(WRITE_ZEROES, 0n, [range(driver, 1n, 1, 1)])).toEqual([OK, 1]);
    expect(driver.request(DISCARD, 0n, [range(driver, 64n, 0)])).toEqual([OK, 1]);
    expect(disk.log).toEqual(["discard 8 8192", "write zeroes 62 1024", "write zeroes 1 512", "discard 64 0"]);
    expect(disk.bytes.subarray(62 * 512).every((byte) => byte === 0)).toBe(true);
    expect([disk.bytes[61 * 512 + 1], disk.bytes[513]]).toEqual([61 ^ 1, 0]);
  });

  test.each([
    ["one sector behind the end", 63n, 2, 0, IOERR],
    ["one at a wrapping sector", 0xffff_ffff_ffff_ffffn, 2, 0, IOERR],
    ["one of 2 TiB", 0n, 0xffff_ffff, 0, IOERR],
    ["one of more than it says", 0n, 0x40_0000, 0, IOERR],
    ["one with an unknown flag", 0n, 8, 2, UNSUPPORTED],
  ] as const)("of ranges to empty refuses %s", async (_name, sector, sectors, flags, status) => {
    const driver = (await create()).open();
    expect(driver.request(DISCARD, 0n, [range(driver, sector, sectors, flags)])).toEqual([status, 1]);
    expect(driver.request(WRITE_ZEROES, 0n, [range(driver, sector, sectors, flags)])).toEqual([status, 1]);
    expect(driver.board.disk.log).toEqual([]);
    expect(driver.broken()).toBe(false);
  });

  test("of ranges to empty takes one, whole, without flags where there are none, on a disk that can be written to", async () => {
    const driver = (await create()).open();
    expect(driver.request(DISCARD, 0n, [range(driver, 0n, 8, 1)])).toEqual([UNSUPPORTED, 1]);
    expect(driver.request(DISCARD, 0n, [])).toEqual([IOERR, 1]);
    expect(driver.request(DISCARD, 0n, [from(DATA, 15)])).toEqual([IOERR, 1]);
    expect(driver.request(WRITE_ZEROES, 0n, [from(DATA, 32)])).toEqual([IOERR, 1]);
    driver.board.disk.readOnly = true;
    expect(driver.request(DISCARD, 0n, [range(driver, 0n, 8)])).toEqual([IOERR, 1]);
    expect(driver.request(WRITE_ZEROES, 0n, [range(driver, 0n, 8)])).toEqual([IOERR, 1]);
    expect(driver.board.disk.log).toEqual([]);
    const without = (await create()).open(128, FEATURE_DISCARD | FEATURE_WRITE_ZEROES);
    expect(without.request(DISCARD, 0n, [range(without, 0n, 8)])).toEqual([UNSUPPORTED, 1]);
    expect(without.request(WRITE_ZEROES, 0n, [range(without, 0n, 8)])).toEqual([UNSUPPORTED, 1]);
  });

  test("makes each write safe for a driver that knows no flush", async () => {
    const driver = (await create()).open(128, FEATURE_FLUSH);
    driver.board.ram.fill(0x3c, DATA, DATA + 512);
    expect(driver.request(OUT, 3n, [from(DATA, 512)])).toEqual([OK, 1]);
    expect(driver.board.disk.log).toEqual(["write safely 3 512"]);
    expect(driver.board.disk.bytes[3 * 512 + 511]).toBe(0x3c);
  });

  test("refuses requests of more than 16 MiB made of overlapping pieces", async () => {
    const driver = (await create(new Disk(40_000))).open();
    const piece = into(DATA, 8 << 20);
    expect(driver.request(IN, 0n, [piece, piece, into(DATA, 512)])).toEqual([IOERR, 1]);
    expect(driver.request(IN, 0n, [piece, piece])).toEqual([OK, (16 << 20) + 1]);
  });

  test("breaks at a request without header or status", async () => {
    const cases: Descriptor[][] = [
      [from(DATA, 15), into(DATA, 1)],
      [from(DATA, 16)],
      [into(DATA, 1)],
      [from(DATA, 16), into(DATA, 0)],
    ];
    for (const chain of cases) {
      const driver = (await create()).open();
      driver.queue.chain(0, chain);
      driver.queue.offer(0);
      driver.notify(0);
      expect([driver.broken(), driver.board.disk.requests.size]).toEqual([true, 0]);
    }
  });

  test("completes in order of submission, each at its own time", async () => {
    const driver = (await create()).open();
    const { board, queue } = driver;
    driver.offer(0, 0, IN, 0n, [into(DATA, 512)]);
    driver.offer(1, 3, IN, 99n, [into(DATA, 512)]);
    driver.notify(0);
    board.advance(40_000);
    driver.offer(2, 6, FLUSH, 0n, []);
    driver.notify(0);
    board.advance(60_000);
    expect([queue.usedIndex(), queue.usedEntry(0), queue.usedEntry(1)]).toEqual([2, [0, 513], [3, 1]]);
    board.advance(39_999);
    expect(queue.usedIndex()).toBe(2);
    board.advance(1);
    expect([queue.usedIndex(), queue.usedEntry(2)]).toEqual([3, [6, 1]]);
  });

  test("holds the machine at the due instant until the host is done", async () => {
    const driver = (await create()).open();
    const { board, queue } = driver;
    board.disk.pending = true;
    driver.offer(0, 0, IN, 5n, [into(DATA, 512)]);
    driver.notify(0);
    expect(board.advance(LATENCY - 1)).toBe(true);
    const due = board.core.now() + 1n;
    for (let i = 0; i < 3; i++) {
      expect(board.advance(1_000_000)).toBe(false);
      expect([board.core.now(), queue.usedIndex(), driver.get(REGISTER.interruptStatus)]).toEqual([due, 0, 0]);
    }
    board.disk.pending = false;
    expect(board.core.advanceTo(due)).toBe(0);
    expect([board.core.now(), queue.usedIndex(), driver.status(0)]).toEqual([due, 1, OK]);
  });

  test("state is the same whether the host was fast or late", async () => {
    const run = async (late: boolean) => {
      const driver = (await create()).open();
      const { board } = driver;
      for (let n = 0; n < 4; n++)
        driver.offer(n, n * 3, n % 2 ? OUT : IN, BigInt(n), [(n % 2 ? from : into)(DATA + n * 512, 512)]);
      driver.notify(0);
      board.disk.pending = late;
      if (late) expect(board.advance(LATENCY)).toBe(false);
      board.disk.pending = false;
      board.core.advanceTo(200_000n);
      return [board.deviceState(), Buffer.from(board.ram.subarray(0, 0x30_0000)).toString("base64")];
    };
    const [early, late] = [await run(false), await run(true)];
    expect(late[0] === early[0] && late[1] === early[1]).toBe(true);
  });

  test("keeps 128 requests under way, and those that exceed its room in their ring", async () => {
    const driver = (await create(new Disk(40_000))).open();
    const { board, queue } = driver;
    for (let n = 0; n < 42; n++) driver.offer(n, n * 3, IN, BigInt(n), [into(DATA, 4 << 20)]);
    driver.notify(0);
    expect(board.disk.requests.size).toBe(4);
    for (let round = 1; round <= 11; round++) {
      board.advance(LATENCY);
      expect(queue.usedIndex()).toBe(Math.min(round * 4, 42));
    }
    expect(Array.from({ length: 42 }, (_, n) => driver.status(n))).toEqual(Array(42).fill(OK));
    // Flushes of two descriptors: as many as fit the table, submitted at once.
    for (let n = 0; n < 64; n++) driver.offer(n, n * 2, FLUSH, 0n, []);
    driver.notify(0);
    expect(board.disk.requests.size).toBe(64);
    board.advance(LATENCY);
    expect([queue.usedIndex(), board.disk.requests.size]).toEqual([106, 0]);
  });

  test("offered the same chain over and over, takes no more than 128 at a time", async () => {
    const driver = (await create()).open();
    const { board, queue } = driver;
    driver.offer(0, 0, FLUSH, 0n, []);
    for (let n = 1; n < 128; n++) queue.offer(0);
    driver.notify(0);
    for (let n = 0; n < 100; n++) queue.offer(0);
    driver.notify(0);
    expect(board.disk.requests.size).toBe(128);
    board.advance(LATENCY);
    expect([queue.usedIndex(), board.disk.requests.size]).toEqual([128, 100]);
    board.advance(LATENCY);
    expect([queue.usedIndex(), board.disk.requests.size, driver.broken()]).toEqual([228, 0, false]);
  });

  test("checks the chain anew when it completes: the guest may have changed it", async () => {
    const changes: ((driver: BlockDriver) => void)[] = [
      (driver) => driver.queue.describe(1, { pa: 0x1000n, length: 512, flags: WRITE | 1, next: 2 }),
      (driver) => driver.queue.describe(1, { pa: RAM + BigInt(DATA), length: 8, flags: WRITE | 1, next: 2 }),
      (driver) => driver.queue.describe(1, { pa: RAM + BigInt(DATA), length: 512, flags: 1, next: 2 }),
      (driver) => driver.queue.describe(0, { pa: RAM, length: 16, flags: 1, next: 0 }),
    ];
    for (const change of changes) {
      const driver = (await create()).open();
      driver.offer(0, 0, IN, 1n, [into(DATA, 512)]);
      driver.notify(0);
      change(driver);
      driver.board.advance(LATENCY);
      expect([driver.broken(), driver.queue.usedIndex(), driver.get(REGISTER.interruptStatus)]).toEqual([true, 0, 2]);
      expect(driver.board.core.bytesWritten()).toBe(0n);
    }
  });

  test("completes nothing once its queue is taken away, or it is broken", async () => {
    const ends: ((driver: BlockDriver) => void)[] = [
      (driver) => driver.set(REGISTER.queueReady, 0),
      (driver) => {
        driver.queue.offer(999);
        driver.notify(0);
      },
    ];
    for (const end of ends) {
      const driver = (await create()).open();
      driver.offer(0, 0, IN, 1n, [into(DATA, 512)]);
      driver.notify(0);
      end(driver);
      driver.board.advance(2 * LATENCY);
      expect([driver.queue.usedIndex(), driver.status(0), driver.board.core.bytesWritten()]).toEqual([0, 0xff, 0n]);
      driver.set(REGISTER.status, 0);
      expect(driver.board.disk.requests.size).toBe(0);
    }
  });

  test("gives up its requests when the driver resets it, and starts anew", async () => {
    const driver = (await create()).open();
    const { board } = driver;
    driver.offer(0, 0, IN, 1n, [into(DATA, 512)]);
    driver.notify(0);
    driver.set(REGISTER.status, 0);
    expect([board.disk.requests.size, board.core.nextDeadline()]).toEqual([0, -1n]);
    board.advance(LATENCY);
    expect(board.view.getUint8(statusAt(0))).toBe(0xff);
    board.view.setUint16(driver.queue.available + 2, 0, true);
    board.view.setUint16(driver.queue.used + 2, 0, true);
    driver.open();
    expect(driver.request(IN, 1n, [into(DATA, 512)])).toEqual([OK, 513]);
  });
});
