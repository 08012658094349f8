import { describe, expect, test } from "vitest";
import { RAM, RAM_BYTES, TestBoard } from "./harness/board.ts";
import {
  type Descriptor,
  DriverQueue,
  INDIRECT,
  NEXT,
  REGISTER,
  STATUS,
  VirtioDriver,
  WRITE,
} from "./harness/virtio-driver.ts";

const ENTROPY = 4;
const INDIRECT_FEATURE = 1n << 28n;
const VERSION_1 = 1n << 32n;

async function entropy(): Promise<VirtioDriver> {
  return new VirtioDriver(await TestBoard.create({ slots: { 0: ENTROPY } }));
}

/** A line of the PLIC as latched now. */
const pending = (board: TestBoard) => board.read(0xc00_1000);

describe("virtio-mmio registers", () => {
  test("tell magic, version, kind and vendor, of empty slots too", async () => {
    const board = await TestBoard.create({ slots: { 0: 2, 6: 3, 7: 4 } });
    const identity = (slot: number) => {
      const driver = new VirtioDriver(board, slot);
      return [driver.get(0), driver.get(4), driver.get(8), driver.get(12)];
    };
    expect(identity(0)).toEqual([0x7472_6976, 2, 2, 0x554d_4551]);
    expect(identity(6)).toEqual([0x7472_6976, 2, 3, 0x554d_4551]);
    expect(identity(7)).toEqual([0x7472_6976, 2, 4, 0x554d_4551]);
    expect(identity(3)).toEqual([0x7472_6976, 2, 0, 0x554d_4551]);
    const empty = new VirtioDriver(board, 3);
    const before = board.deviceState();
    for (const register of [REGISTER.status, REGISTER.deviceFeaturesSel, REGISTER.queueSel]) empty.set(register, 1);
    expect(board.deviceState()).toBe(before);
    expect([empty.get(REGISTER.status), empty.get(REGISTER.queueNumMax), empty.features()]).toEqual([0, 0, 0n]);
  });

  test("take 32-bit accesses only", async () => {
    const driver = await entropy();
    expect([driver.get(REGISTER.magic, 1), driver.get(REGISTER.magic, 2), driver.get(REGISTER.magic, 8)]).toEqual([
      0, 0, 0,
    ]);
    driver.set(REGISTER.status, 1, 1);
    expect(driver.get(REGISTER.status)).toBe(0);
  });

  test("offer features in two words, and nothing beyond", async () => {
    const driver = await entropy();
    expect(driver.features()).toBe(VERSION_1 | INDIRECT_FEATURE);
    driver.set(REGISTER.deviceFeaturesSel, 2);
    expect(driver.get(REGISTER.deviceFeatures)).toBe(0);
  });

  test("keep FEATURES_OK only for features that were offered, VERSION_1 among them", async () => {
    const driver = await entropy();
    const agree = (features: bigint) => {
      driver.set(REGISTER.status, 0);
      driver.set(REGISTER.status, 3);
      driver.accept(features);
      driver.set(REGISTER.status, 11);
      return driver.get(REGISTER.status);
    };
    expect(agree(VERSION_1)).toBe(11);
    expect(agree(VERSION_1 | INDIRECT_FEATURE)).toBe(11);
    expect(agree(INDIRECT_FEATURE)).toBe(3);
    expect(agree(VERSION_1 | 1n)).toBe(3);
    expect(agree(VERSION_1 | (1n << 63n))).toBe(3);
  });

  test("show queues that exist, each with its size and state", async () => {
    const driver = await entropy();
    expect(driver.get(REGISTER.queueNumMax)).toBe(128);
    for (const queue of [1, 4, 1000, 0xffff_ffff]) {
      driver.set(REGISTER.queueSel, queue);
      const before = driver.board.deviceState();
      expect(driver.get(REGISTER.queueNumMax)).toBe(0);
      driver.set(REGISTER.queueNum, 8);
      driver.setAddress(REGISTER.queueDesc, -1n);
      driver.set(REGISTER.queueReady, 1);
      expect(driver.get(REGISTER.queueReady)).toBe(0);
      expect(driver.board.deviceState()).toBe(before);
    }
  });

  test("show no shared memory, and 0 where no register is", async () => {
    const driver = await entropy();
    expect([0xb0, 0xb4, 0xb8, 0xbc].map((offset) => driver.get(offset))).toEqual(Array(4).fill(0xffff_ffff));
    expect([0x18, 0x28, 0x48, 0xc0, 0xf8].map((offset) => driver.get(offset))).toEqual([0, 0, 0, 0, 0]);
  });

  test("forget everything when 0 is written to Status", async () => {
    const driver = await entropy();
    const fresh = driver.board.deviceState();
    const [queue] = driver.start(1);
    queue!.chain(0, [{ pa: RAM, length: 8, flags: WRITE }]);
    queue!.offer(0);
    driver.notify(0);
    expect(driver.takeInterrupt()).toBe(1);
    driver.set(REGISTER.status, 0);
    expect([driver.get(REGISTER.status), driver.get(REGISTER.queueReady)]).toEqual([0, 0]);
    driver.board.core.reset();
    expect(driver.board.deviceState()).toEqual(fresh);
  });

  test("raise the slot's interrupt until every cause is acknowledged", async () => {
    const driver = await entropy();
    const { board } = driver;
    board.write(0xc00_0004, 1);
    board.write(0xc00_2000, 2);
    const [queue] = driver.start(1);
    queue!.chain(0, [{ pa: RAM, length: 8, flags: WRITE }]);
    queue!.offer(0);
    driver.notify(0);
    expect([pending(board), driver.get(REGISTER.interruptStatus)]).toEqual([2, 1]);
    driver.set(REGISTER.interruptAck, 2);
    expect(driver.get(REGISTER.interruptStatus)).toBe(1);
    expect(board.read(0xc20_0004)).toBe(1);
    driver.set(REGISTER.interruptAck, 1);
    board.write(0xc20_0004, 1);
    expect([pending(board), driver.get(REGISTER.interruptStatus)]).toEqual([0, 0]);
  });
});

describe("split queues", () => {
  test("hand buffers back with what was written, and wrap around", async () => {
    const driver = await entropy();
    const [queue] = driver.start(1, 4);
    queue!.chain(1, [{ pa: RAM + 0x100n, length: 5, flags: WRITE }]);
    for (let round = 1; round <= 10; round++) {
      queue!.offer(1);
      driver.notify(0);
      expect([queue!.usedIndex(), queue!.usedEntry(round - 1)]).toEqual([round, [1, 5]]);
    }
    expect(driver.broken()).toBe(false);
  });

  test("take what was offered before the start", async () => {
    const driver = await entropy();
    driver.negotiate();
    const queue = new DriverQueue(driver.board, 0, 4);
    driver.setUpQueue(queue);
    queue.chain(0, [{ pa: RAM, length: 8, flags: WRITE }]);
    queue.offer(0);
    driver.notify(0);
    expect(queue.usedIndex()).toBe(0);
    driver.driverOk();
    expect(queue.usedIndex()).toBe(1);
  });

  test("interrupt unless the driver does not want it", async () => {
    const driver = await entropy();
    const [queue] = driver.start(1, 4);
    queue!.chain(0, [{ pa: RAM, length: 8, flags: WRITE }]);
    driver.board.view.setUint16(queue!.available, 1, true);
    queue!.offer(0);
    driver.notify(0);
    expect([queue!.usedIndex(), driver.takeInterrupt()]).toEqual([1, 0]);
  });

  test("tell the code cache of each page that they write", async () => {
    const driver = await entropy();
    const [queue] = driver.start(1, 4);
    const { board } = driver;
    board.markDecoded(0x5000);
    board.markDecoded(0x6000);
    board.markDecoded(0x7000);
    queue!.chain(0, [{ pa: RAM + 0x5ff8n, length: 16, flags: WRITE }]);
    queue!.offer(0);
    driver.notify(0);
    expect(board.core.writtenPages()).toBe(2);
    // 16 bytes of data, an entry and the index of the used ring.
    expect(board.core.bytesWritten()).toBe(16n + 8n + 4n);
  });

  test("follow an indirect table as long as the queue", async () => {
    const driver = await entropy();
    const [queue] = driver.start(1, 8);
    const table = 0x9_0000;
    const parts = Array.from({ length: 8 }, (_, i) => ({ pa: RAM + BigInt(0x1000 * i), length: 4, flags: WRITE }));
    queue!.chain(0, parts, table);
    queue!.chain(3, [{ pa: RAM + BigInt(table), length: 128, flags: INDIRECT }]);
    queue!.offer(3);
    driver.notify(0);
    expect([queue!.usedEntry(0), driver.broken()]).toEqual([[3, 32], false]);
  });

  const end = RAM + BigInt(RAM_BYTES);
  /** What a wild driver writes: a change of the queue, a chain at descriptor 0, or the head to offer. */
  const attacks: Record<
    string,
    { chain?: Descriptor[]; head?: number; without?: bigint; after?: (queue: DriverQueue) => void }
  > = {
    "a loop of descriptors": {
      after: (queue) => {
        queue.describe(0, { pa: RAM, length: 4, flags: NEXT | WRITE, next: 1 });
        queue.describe(1, { pa: RAM, length: 4, flags: NEXT | WRITE, next: 0 });
      },
    },
    "a descriptor that leads to itself": {
      after: (queue) => queue.describe(0, { pa: RAM, length: 4, flags: NEXT | WRITE, next: 0 }),
    },
    "a next index outside the table": {
      after: (queue) => queue.describe(0, { pa: RAM, length: 4, flags: NEXT | WRITE, next: 8 }),
    },
    "a head outside the table": { head: 8 },
    "a head far outside the table": { head: 0xffff },
    "a buffer below RAM": { chain: [{ pa: RAM - 1n, length: 4, flags: WRITE }] },
    "a buffer at 0": { chain: [{ pa: 0n, length: 4, flags: WRITE }] },
    "a buffer in a device": { chain: [{ pa: 0x1000_1000n, length: 4, flags: WRITE }] },
    "a buffer in ROM": { chain: [{ pa: 0x1000n, length: 4, flags: WRITE }] },
    "a buffer across the end of RAM": { chain: [{ pa: end - 4n, length: 5, flags: WRITE }] },
    "a buffer behind RAM": { chain: [{ pa: end, length: 1, flags: WRITE }] },
    "a buffer that wraps at 2^64": { chain: [{ pa: -1n, length: 2, flags: WRITE }] },
    "a buffer that wraps into RAM": { chain: [{ pa: -0x1000n, length: 0xffff_ffff, flags: WRITE }] },
    "a buffer whose low half alone looks like RAM": { chain: [{ pa: (1n << 32n) + RAM, length: 4, flags: WRITE }] },
    "a buffer of 4 GiB": { chain: [{ pa: RAM, length: 0xffff_ffff, flags: WRITE }] },
    "a part to read behind one to write": {
      chain: [
        { pa: RAM, length: 4, flags: WRITE },
        { pa: RAM, length: 4 },
      ],
    },
    "an indirect table of odd size": { chain: [{ pa: RAM, length: 24, flags: INDIRECT }] },
    "an empty indirect table": { chain: [{ pa: RAM, length: 0, flags: INDIRECT }] },
    "an indirect table outside RAM": { chain: [{ pa: end - 16n, length: 32, flags: INDIRECT }] },
    "an indirect table that leads on": {
      after: (queue) => queue.describe(0, { pa: RAM, length: 16, flags: INDIRECT | NEXT, next: 1 }),
    },
    "an indirect table in an indirect table": {
      chain: [{ pa: RAM + 0x9_0000n, length: 16, flags: INDIRECT }],
      after: (queue) => queue.describe(0, { pa: RAM, length: 16, flags: INDIRECT }, 0x9_0000),
    },
    "a loop in an indirect table": {
      chain: [{ pa: RAM + 0x9_0000n, length: 16, flags: INDIRECT }],
      after: (queue) => queue.describe(0, { pa: RAM, length: 4, flags: WRITE | NEXT, next: 0 }, 0x9_0000),
    },
    "an index outside the indirect table": {
      chain: [{ pa: RAM + 0x9_0000n, length: 16, flags: INDIRECT }],
      after: (queue) => queue.describe(0, { pa: RAM, length: 4, flags: WRITE | NEXT, next: 1 }, 0x9_0000),
    },
    "an indirect table longer than the queue": {
      chain: [{ pa: RAM + 0x9_0000n, length: 16 * 9, flags: INDIRECT }],
      after: (queue) =>
        queue.chain(
          0,
          Array.from({ length: 9 }, () => ({ pa: RAM, length: 4, flags: WRITE })),
          0x9_0000,
        ),
    },
    "an indirect table that was not agreed on": {
      without: INDIRECT_FEATURE,
      chain: [{ pa: RAM + 0x9_0000n, length: 16, flags: INDIRECT }],
      after: (queue) => queue.describe(0, { pa: RAM, length: 4, flags: WRITE }, 0x9_0000),
    },
    "more available entries than the queue has": {
      chain: [{ pa: RAM, length: 4, flags: WRITE }],
      after: (queue) => queue.board.view.setUint16(queue.available + 2, 9, true),
    },
  };

  test.each(Object.entries(attacks))("break the device, and nothing else, at %s", async (_name, attack) => {
    const driver = await entropy();
    const { board } = driver;
    const [queue] = driver.start(1, 8, attack.without);
    queue!.chain(0, attack.chain ?? [{ pa: RAM, length: 4, flags: WRITE }]);
    queue!.offer(attack.head ?? 0);
    attack.after?.(queue!);
    const everything = new Uint8Array(board.memory.buffer);
    const ramBefore = board.ram.slice();
    const tailBefore = everything.slice(0, board.ram.byteOffset);
    driver.notify(0);
    expect(driver.broken()).toBe(true);
    expect(driver.get(REGISTER.interruptStatus)).toBe(2);
    expect(Buffer.compare(board.ram, ramBefore)).toBe(0);
    // Of the core's own memory only the state of devices and scratch may differ.
    expect(board.core.bytesWritten()).toBe(0n);
    expect(Buffer.compare(everything.subarray(0x8_0000, board.ram.byteOffset), tailBefore.subarray(0x8_0000))).toBe(0);
    // It does nothing until it is reset, and works afterwards.
    driver.set(REGISTER.interruptAck, 3);
    driver.notify(0);
    expect(driver.get(REGISTER.interruptStatus)).toBe(0);
    queue!.chain(0, [{ pa: RAM, length: 4, flags: WRITE }]);
    board.view.setUint16(queue!.available + 4, 0, true);
    board.view.setUint16(queue!.available + 2, 1, true);
    driver.notify(0);
    expect(queue!.usedIndex()).toBe(0);
    driver.set(REGISTER.status, STATUS.acknowledge);
    expect(driver.broken()).toBe(true);
    board.view.setUint16(queue!.available + 2, 0, true);
    const [again] = driver.start(1, 8);
    expect(driver.broken()).toBe(false);
    again!.chain(0, [{ pa: RAM, length: 4, flags: WRITE }]);
    again!.offer(0);
    driver.notify(0);
    expect(again!.usedEntry(again!.usedIndex() - 1)).toEqual([0, 4]);
  });

  test("break the device when table and indirect table together are longer than any queue", async () => {
    const driver = await entropy();
    const [queue] = driver.start(1, 128);
    const part = { pa: RAM + 0x20_0000n, length: 4, flags: WRITE };
    queue!.chain(0, [...Array(127).fill(part), { pa: RAM + 0x9_0000n, length: 128 * 16, flags: INDIRECT }]);
    queue!.chain(0, Array(128).fill(part), 0x9_0000);
    queue!.offer(0);
    driver.notify(0);
    expect([driver.broken(), queue!.usedIndex()]).toEqual([true, 0]);
  });

  test("tell once that the device is broken", async () => {
    const driver = await entropy();
    driver.start(1, 8);
    driver.set(REGISTER.queueReady, 0);
    driver.set(REGISTER.queueNum, 3);
    driver.set(REGISTER.queueReady, 1);
    expect(driver.takeInterrupt()).toBe(2);
    driver.set(REGISTER.queueReady, 1);
    expect(driver.takeInterrupt()).toBe(0);
  });

  test.each([0, 3, 129, 256, 0x8000_0000, 0xffff_ffff])("refuse size %i", async (size) => {
    const driver = await entropy();
    driver.negotiate();
    const queue = new DriverQueue(driver.board, 0, size);
    driver.setUpQueue(queue);
    expect([driver.get(REGISTER.queueReady), driver.broken()]).toEqual([0, true]);
  });

  test.each([
    ["descriptors", REGISTER.queueDesc],
    ["available ring", REGISTER.queueDriver],
    ["used ring", REGISTER.queueDevice],
  ])("break the device when their %s lie outside RAM", async (_name, register) => {
    for (const pa of [0n, RAM - 16n, end - 16n, end, -16n, -1n]) {
      const driver = await entropy();
      driver.negotiate();
      const queue = new DriverQueue(driver.board, 0, 128);
      driver.setUpQueue(queue);
      driver.set(REGISTER.queueReady, 0);
      driver.setAddress(register, pa);
      driver.set(REGISTER.queueReady, 1);
      driver.driverOk();
      queue.chain(0, [{ pa: RAM + 0x20_0000n, length: 4, flags: WRITE }]);
      queue.offer(0);
      driver.notify(0);
      expect([driver.broken(), queue.usedIndex()], pa.toString(16)).toEqual([true, 0]);
    }
  });

  test("keep their place while they are in use", async () => {
    const driver = await entropy();
    const [queue] = driver.start(1, 4);
    driver.set(REGISTER.queueNum, 3);
    driver.setAddress(REGISTER.queueDesc, 0n);
    queue!.chain(0, [{ pa: RAM, length: 8, flags: WRITE }]);
    queue!.offer(0);
    driver.notify(0);
    expect([queue!.usedIndex(), driver.broken()]).toEqual([1, false]);
  });

  test("ignore notifications of queues that do not exist", async () => {
    const driver = await entropy();
    const [queue] = driver.start(1, 4);
    queue!.chain(0, [{ pa: RAM, length: 8, flags: WRITE }]);
    queue!.offer(0);
    const before = driver.board.deviceState();
    for (const other of [1, 4, 0xffff, 0xffff_ffff]) driver.notify(other);
    expect(driver.board.deviceState()).toBe(before);
    driver.notify(0);
    expect(queue!.usedIndex()).toBe(1);
  });
});
