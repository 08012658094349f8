/** The transport of 9P messages: what the folder's server says to them is in test/shares. */
import { describe, expect, test } from "vitest";
import { RAM, TestBoard } from "./harness/board.ts";
import { type Descriptor, type DriverQueue, REGISTER, VirtioDriver, WRITE } from "./harness/virtio-driver.ts";

const LATENCY = 50_000;
const MESSAGE = 0x20_0000;
const REPLY = 0x30_0000;

class ShareDriver extends VirtioDriver {
  queue!: DriverQueue;

  open(): this {
    [this.queue] = this.start(1) as [DriverQueue];
    return this;
  }

  /** A message of `bytes`, in two pieces, with room for a reply of `room` bytes in two pieces. */
  send(bytes: readonly number[], room: number, first = 0): void {
    this.board.ram.set(bytes, MESSAGE + first * 0x100);
    const at = RAM + BigInt(MESSAGE + first * 0x100);
    const to = RAM + BigInt(REPLY + first * 0x100);
    const half = room >> 1;
    this.offer(first, [
      { pa: at, length: 4 },
      { pa: at + 4n, length: bytes.length - 4 },
      { pa: to, length: half, flags: WRITE },
      { pa: to + BigInt(half), length: room - half, flags: WRITE },
    ]);
  }

  offer(first: number, chain: readonly Descriptor[]): void {
    this.queue.chain(first, chain);
    this.queue.offer(first);
    this.notify(0);
  }

  replyAt(first: number, length: number): number[] {
    return [...this.board.ram.subarray(REPLY + first * 0x100, REPLY + first * 0x100 + length)];
  }
}

const message = (n: number) => [9, 0, 0, 0, 100, n, 0, n, n];

async function create(): Promise<ShareDriver> {
  return new ShareDriver(await TestBoard.create({ slots: { 0: 9 }, units: { 0: 3 } }));
}

describe("the shared folder's device", () => {
  test("tells its tag", async () => {
    const driver = await create();
    expect(driver.get(REGISTER.deviceId)).toBe(9);
    expect(driver.features()).toBe((1n << 32n) | (1n << 28n) | 1n);
    const bytes = Array.from({ length: 8 }, (_, at) => driver.get(REGISTER.config + at, 1));
    expect(Buffer.from(bytes).toString("latin1")).toBe("\x05\0files\0");
  });

  test("hands messages over and replies after a fixed time, in order", async () => {
    const driver = (await create()).open();
    const { backends } = driver.board;
    backends.reply = (bytes) => Uint8Array.of(...bytes, 0xaa);
    driver.send(message(1), 20);
    driver.send(message(2), 20, 8);
    expect(backends.shareLog.slice(-2)).toEqual(["begin 3 0 9 20", "begin 3 1 9 20"]);
    expect(driver.board.advance(LATENCY - 1)).toBe(true);
    expect(driver.queue.usedIndex()).toBe(0);
    driver.board.advance(1);
    expect([driver.queue.usedEntry(0), driver.queue.usedEntry(1), driver.takeInterrupt()]).toEqual([
      [0, 10],
      [8, 10],
      1,
    ]);
    expect(driver.replyAt(0, 11)).toEqual([...message(1), 0xaa, 0]);
    expect(driver.replyAt(8, 11)).toEqual([...message(2), 0xaa, 0]);
    expect(backends.messages.size).toBe(0);
  });

  test("holds the machine until the reply is there", async () => {
    const driver = (await create()).open();
    driver.send(message(1), 20);
    expect(driver.board.advance(LATENCY)).toBe(false);
    driver.board.backends.reply = () => new Uint8Array(11).fill(7);
    expect(driver.board.advance(0)).toBe(true);
    expect(driver.replyAt(0, 11)).toEqual(Array(11).fill(7));
  });

  test("has at most 32 messages under way; further ones follow", async () => {
    const driver = (await create()).open();
    const { backends } = driver.board;
    backends.reply = (bytes) => bytes;
    for (let n = 0; n < 40; n++) {
      driver.board.ram.set(message(n), MESSAGE + n * 0x100);
      const [at, to] = [RAM + BigInt(MESSAGE + n * 0x100), RAM + BigInt(REPLY + n * 0x100)];
      driver.queue.chain(2 * n, [
        { pa: at, length: 9 },
        { pa: to, length: 16, flags: WRITE },
      ]);
      driver.queue.offer(2 * n);
    }
    driver.notify(0);
    expect(backends.messages.size).toBe(32);
    driver.board.advance(2 * LATENCY);
    expect(driver.queue.usedIndex()).toBe(40);
    expect(driver.replyAt(39, 9)).toEqual(message(39));
  });

  test.each<[string, readonly Descriptor[]]>([
    [
      "a message too short",
      [
        { pa: RAM, length: 6 },
        { pa: RAM, length: 64, flags: WRITE },
      ],
    ],
    [
      "one without room for an error",
      [
        { pa: RAM, length: 9 },
        { pa: RAM, length: 10, flags: WRITE },
      ],
    ],
    [
      "one too long",
      [
        { pa: RAM, length: 0x8_1001 },
        { pa: RAM, length: 64, flags: WRITE },
      ],
    ],
    [
      "one outside RAM",
      [
        { pa: RAM - 8n, length: 9 },
        { pa: RAM, length: 64, flags: WRITE },
      ],
    ],
  ])("breaks at %s, and the machine lives on", async (_, chain) => {
    const driver = (await create()).open();
    driver.offer(0, chain);
    expect([driver.broken(), driver.board.backends.messages.size]).toEqual([true, 0]);
    driver.board.ram.fill(0, 0, 0x10_0000);
    driver.open();
    driver.board.backends.reply = (bytes) => bytes;
    driver.send(message(1), 20);
    driver.board.advance(LATENCY);
    expect(driver.replyAt(0, 9)).toEqual(message(1));
  });

  test("looks again where the reply goes: a chain that has become too small breaks the device", async () => {
    const driver = (await create()).open();
    driver.board.backends.reply = () => new Uint8Array(20);
    driver.send(message(1), 20);
    driver.queue.describe(3, { pa: RAM + BigInt(REPLY), length: 1, flags: WRITE });
    driver.board.advance(LATENCY);
    expect([driver.broken(), driver.queue.usedIndex()]).toEqual([true, 0]);
  });

  test("forgets messages under way at a reset, and says so", async () => {
    const driver = (await create()).open();
    const { backends } = driver.board;
    driver.send(message(1), 20);
    driver.send(message(2), 20, 8);
    driver.set(REGISTER.status, 0);
    expect(backends.shareLog.slice(-3)).toEqual(["end 0", "end 1", "reset 3"]);
    expect(driver.board.advance(LATENCY)).toBe(true);
  });
});
