import { describe, expect, test } from "vitest";
import { RAM, TestBoard } from "./harness/board.ts";
import { type DriverQueue, REGISTER, VirtioDriver, WRITE } from "./harness/virtio-driver.ts";

const MULTIPORT = 1n << 1n;
const SIZE = 1n << 0n;
const [RECEIVE, TRANSMIT, CONTROL_RECEIVE, CONTROL_TRANSMIT] = [0, 1, 2, 3] as const;
const [DEVICE_READY, DEVICE_ADD, PORT_READY, CONSOLE_PORT, RESIZE, PORT_OPEN] = [0, 1, 3, 4, 5, 6] as const;
const BUFFERS = 0x20_0000;

class ConsoleDriver extends VirtioDriver {
  private readonly seen = [0, 0, 0, 0];

  get receive(): DriverQueue {
    return this.opened[RECEIVE]!;
  }

  opened: DriverQueue[] = [];

  open(without = 0n): this {
    this.opened = this.start(without & MULTIPORT ? 2 : 4, 16, without);
    return this;
  }

  bufferAt(queue: number, descriptor: number): number {
    return BUFFERS + queue * 0x4_0000 + descriptor * 0x2000;
  }

  /** Gives the device `count` buffers of `length` bytes. */
  supply(queue: number, count: number, length: number): void {
    for (let i = 0; i < count; i++) {
      this.opened[queue]!.describe(i, { pa: RAM + BigInt(this.bufferAt(queue, i)), length, flags: WRITE });
      this.opened[queue]!.offer(i);
    }
    this.notify(queue);
  }

  /** What the device wrote since the last call, and gives the buffers back to it if `again`. */
  taken(queue: number, again = false): Buffer[] {
    const { board } = this;
    const result: Buffer[] = [];
    const used = this.opened[queue]!;
    while (this.seen[queue] !== used.usedIndex()) {
      const [head, length] = used.usedEntry(this.seen[queue]!);
      const at = this.bufferAt(queue, head);
      result.push(Buffer.from(board.ram.slice(at, at + length)));
      this.seen[queue] = (this.seen[queue]! + 1) & 0xffff;
      if (again) used.offer(head);
    }
    if (again && result.length) this.notify(queue);
    return result;
  }

  send(queue: number, bytes: Uint8Array): void {
    const at = this.bufferAt(queue, 0);
    this.board.ram.set(bytes, at);
    this.opened[queue]!.describe(0, { pa: RAM + BigInt(at), length: bytes.length });
    this.opened[queue]!.offer(0);
    this.notify(queue);
  }

  control(event: number, value: number, port = 0): void {
    const message = Buffer.alloc(8);
    message.writeUInt32LE(port, 0);
    message.writeUInt16LE(event, 4);
    message.writeUInt16LE(value, 6);
    this.send(CONTROL_TRANSMIT, message);
  }

  /** Control messages since the last call: port, event, value and, of a new size, columns and rows. */
  controls(): number[][] {
    return this.taken(CONTROL_RECEIVE, true).map((bytes) => {
      const words = [bytes.readUInt32LE(0), bytes.readUInt16LE(4), bytes.readUInt16LE(6)];
      for (let at = 8; at < bytes.length; at += 2) words.push(bytes.readUInt16LE(at));
      return words;
    });
  }

  /** All that Linux says until its console works. */
  greet(): this {
    this.supply(CONTROL_RECEIVE, 4, 32);
    this.control(DEVICE_READY, 1);
    this.controls();
    this.control(PORT_READY, 1);
    this.controls();
    this.control(PORT_OPEN, 1);
    return this;
  }
}

async function create(): Promise<ConsoleDriver> {
  return new ConsoleDriver(await TestBoard.create({ slots: { 0: 3 } }));
}

describe("the console", () => {
  test("announces one port, which is an open console, and its size", async () => {
    const driver = await create();
    driver.board.core.consoleResize(100, 30);
    expect(driver.features()).toBe((1n << 32n) | (1n << 28n) | 7n);
    driver.open();
    driver.supply(CONTROL_RECEIVE, 4, 32);
    expect(driver.controls()).toEqual([]);
    driver.control(DEVICE_READY, 1);
    expect(driver.controls()).toEqual([[0, DEVICE_ADD, 1]]);
    driver.control(PORT_READY, 1);
    expect(driver.controls()).toEqual([
      [0, CONSOLE_PORT, 1],
      [0, PORT_OPEN, 1],
      [0, RESIZE, 1, 100, 30],
    ]);
    expect(driver.takeInterrupt()).toBe(1);
  });

  test("keeps messages until there are buffers for them", async () => {
    const driver = (await create()).open();
    driver.control(DEVICE_READY, 1);
    driver.control(PORT_READY, 1);
    driver.supply(CONTROL_RECEIVE, 1, 32);
    expect(driver.controls()).toEqual([[0, DEVICE_ADD, 1]]);
    expect(driver.controls()).toEqual([[0, CONSOLE_PORT, 1]]);
    expect(driver.controls()).toEqual([[0, PORT_OPEN, 1]]);
    expect(driver.controls()).toEqual([[0, RESIZE, 1, 0, 0]]);
    expect(driver.controls()).toEqual([]);
  });

  test("ignores messages of other ports, unknown events and short ones", async () => {
    const driver = (await create()).open();
    driver.supply(CONTROL_RECEIVE, 4, 32);
    driver.control(PORT_READY, 1, 1);
    driver.control(PORT_OPEN, 1, 0xffff_ffff);
    driver.control(99, 1);
    driver.send(CONTROL_TRANSMIT, Buffer.from([0, 0, 0, 0, 3, 0, 1]));
    expect([driver.controls(), driver.broken()]).toEqual([[], false]);
    expect(driver.opened[CONTROL_TRANSMIT]!.usedIndex()).toBe(4);
    driver.supply(RECEIVE, 2, 16);
    driver.board.type("not yet");
    expect(driver.taken(RECEIVE)).toEqual([]);
  });

  test("writes", async () => {
    const driver = (await create()).open();
    driver.send(TRANSMIT, Buffer.from("Hello, "));
    driver.send(TRANSMIT, Buffer.from("world"));
    expect(driver.board.outputText()).toBe("Hello, world");
    expect([driver.opened[TRANSMIT]!.usedEntry(1), driver.takeInterrupt()]).toEqual([[0, 0], 1]);
  });

  test("writes single bytes by its configuration, in an emergency", async () => {
    const driver = await create();
    driver.set(REGISTER.config + 8, 0x121);
    driver.set(REGISTER.config + 4, 0x41);
    expect(driver.board.outputText()).toBe("!");
  });

  test("keeps input until the guest opened the port and gave buffers", async () => {
    const driver = (await create()).open();
    const { board } = driver;
    board.type("early");
    driver.supply(RECEIVE, 2, 4);
    expect([driver.taken(RECEIVE), board.input.length]).toEqual([[], 5]);
    driver.greet();
    expect(driver.taken(RECEIVE).map(String)).toEqual(["earl", "y"]);
    board.type("later");
    expect([driver.taken(RECEIVE), board.input.length]).toEqual([[], 5]);
    driver.supply(RECEIVE, 2, 4);
    expect(driver.taken(RECEIVE).map(String)).toEqual(["late", "r"]);
    expect(driver.taken(RECEIVE)).toEqual([]);
  });

  test("keeps input while the port is closed again", async () => {
    const driver = (await create()).open().greet();
    driver.supply(RECEIVE, 4, 16);
    driver.control(PORT_OPEN, 0);
    driver.board.type("a");
    expect(driver.taken(RECEIVE)).toEqual([]);
    driver.control(PORT_OPEN, 1);
    expect(driver.taken(RECEIVE).map(String)).toEqual(["a"]);
  });

  test("hands 64 KiB over whole", async () => {
    const driver = (await create()).open();
    const pasted = Buffer.from(Array.from({ length: 65_536 }, (_, index) => (index * 7 + (index >> 8)) & 0xff));
    driver.board.type([...pasted.subarray(0, 50_000)]);
    driver.greet();
    driver.supply(RECEIVE, 16, 4096);
    const received = driver.taken(RECEIVE, true);
    driver.board.type([...pasted.subarray(50_000)]);
    for (;;) {
      const more = driver.taken(RECEIVE, true);
      if (more.length === 0) break;
      received.push(...more);
    }
    expect(Buffer.compare(Buffer.concat(received), pasted)).toBe(0);
  });

  test("tells a new size by message, configuration and interrupt, once", async () => {
    const driver = (await create()).open().greet();
    const { board } = driver;
    driver.controls();
    driver.takeInterrupt();
    const generation = driver.get(REGISTER.configGeneration);
    board.core.consoleResize(132, 43);
    expect(driver.controls()).toEqual([[0, RESIZE, 1, 132, 43]]);
    expect(driver.get(REGISTER.config)).toBe(132 | (43 << 16));
    expect([driver.get(REGISTER.config + 2, 2), driver.get(REGISTER.config + 4)]).toEqual([43, 1]);
    expect([driver.get(REGISTER.configGeneration), driver.takeInterrupt()]).toEqual([generation + 1, 3]);
    board.core.consoleResize(132, 43);
    expect([driver.controls(), driver.takeInterrupt()]).toEqual([[], 0]);
  });

  test("tells no size to a guest that does not know of the port yet", async () => {
    const driver = (await create()).open();
    driver.supply(CONTROL_RECEIVE, 4, 32);
    driver.board.core.consoleResize(80, 24);
    expect(driver.controls()).toEqual([]);
  });

  test("drops decoded instructions of pages that input goes to", async () => {
    const driver = (await create()).open().greet();
    driver.board.markDecoded(driver.bufferAt(RECEIVE, 0));
    driver.supply(RECEIVE, 1, 16);
    driver.board.type("code");
    expect(driver.board.core.writtenPages()).toBe(1);
  });

  test("tells only the last of several sizes that found no buffer", async () => {
    const driver = (await create()).open();
    driver.control(DEVICE_READY, 1);
    driver.control(PORT_READY, 1);
    driver.board.core.consoleResize(10, 10);
    driver.board.core.consoleResize(20, 20);
    driver.supply(CONTROL_RECEIVE, 8, 32);
    expect(driver.controls().filter(([, event]) => event === RESIZE)).toEqual([[0, RESIZE, 1, 20, 20]]);
  });

  test("works without control queues: buffers mean that the port is open, size is configuration", async () => {
    const driver = (await create()).open(MULTIPORT);
    driver.supply(RECEIVE, 2, 16);
    driver.takeInterrupt();
    driver.board.core.consoleResize(80, 24);
    expect([driver.takeInterrupt(), driver.get(REGISTER.config)]).toEqual([2, 80 | (24 << 16)]);
    driver.board.type("x");
    expect([driver.taken(RECEIVE).map(String), driver.takeInterrupt()]).toEqual([["x"], 1]);
  });

  test("is quiet about sizes towards a driver that did not ask for them", async () => {
    const driver = (await create()).open(SIZE | MULTIPORT);
    driver.board.core.consoleResize(80, 24);
    expect(driver.takeInterrupt()).toBe(0);
  });

  test("keeps the size, and the input, over a reset", async () => {
    const driver = (await create()).open();
    const { board } = driver;
    board.core.consoleResize(80, 24);
    board.type("kept");
    board.core.reset();
    driver.board.ram.fill(0, 0, 0x10_0000);
    const again = new ConsoleDriver(board).open().greet();
    again.supply(RECEIVE, 2, 16);
    expect(again.get(REGISTER.config)).toBe(80 | (24 << 16));
    expect(again.taken(RECEIVE).map(String)).toEqual(["kept"]);
  });

  test("breaks at output of more than 1 MiB in one buffer", async () => {
    const driver = (await create()).open();
    const queue = driver.opened[TRANSMIT]!;
    queue.describe(0, { pa: RAM, length: 0x10_0001 });
    queue.offer(0);
    driver.notify(TRANSMIT);
    expect([driver.broken(), driver.board.output.length]).toEqual([true, 0]);
  });
});
