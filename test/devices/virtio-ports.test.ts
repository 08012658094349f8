/** Several ports of the console device. The terminal alone is in virtio-console.test.ts. */
import { describe, expect, test } from "vitest";
import { PORTS_TERMINAL } from "../../src/spec/abi.ts";
import { RAM, TestBoard } from "./harness/board.ts";
import { type DriverQueue, REGISTER, VirtioDriver, WRITE } from "./harness/virtio-driver.ts";

const [CONTROL_RECEIVE, CONTROL_TRANSMIT] = [2, 3] as const;
const [DEVICE_READY, DEVICE_ADD, PORT_READY, CONSOLE_PORT, RESIZE, PORT_OPEN, PORT_NAME] = [
  0, 1, 3, 4, 5, 6, 7,
] as const;
const BUFFERS = 0x40_0000;
/** Ports 0 (the terminal), 1, 3 (a console) and 7. */
const PORTS = PORTS_TERMINAL | 0b1000_1011 | (0b0000_1001 << 8);

/** Queue for a port's input; the next is for its output. */
const inputOf = (port: number) => (port === 0 ? 0 : 2 + 2 * port);

class PortsDriver extends VirtioDriver {
  queuesOpen: DriverQueue[] = [];
  private readonly seen: number[] = [];

  open(count: number): this {
    this.queuesOpen = this.start(count, 16);
    return this;
  }

  private bufferAt(queue: number, descriptor: number): number {
    return BUFFERS + queue * 0x1_0000 + descriptor * 0x100;
  }

  supply(queue: number, count: number): void {
    for (let i = 0; i < count; i++) {
      this.queuesOpen[queue]!.describe(i, { pa: RAM + BigInt(this.bufferAt(queue, i)), length: 0x80, flags: WRITE });
      this.queuesOpen[queue]!.offer(i);
    }
    this.notify(queue);
  }

  taken(queue: number): Buffer[] {
    const used = this.queuesOpen[queue]!;
    const result: Buffer[] = [];
    for (let index = this.seen[queue] ?? 0; index !== used.usedIndex(); index++) {
      const [head, length] = used.usedEntry(index);
      const at = this.bufferAt(queue, head);
      result.push(Buffer.from(this.board.ram.slice(at, at + length)));
    }
    this.seen[queue] = used.usedIndex();
    return result;
  }

  send(queue: number, bytes: Uint8Array): void {
    const at = this.bufferAt(queue, 0);
    this.board.ram.set(bytes, at);
    this.queuesOpen[queue]!.describe(0, { pa: RAM + BigInt(at), length: bytes.length });
    this.queuesOpen[queue]!.offer(0);
    this.notify(queue);
  }

  control(port: number, event: number, value: number): void {
    const message = Buffer.alloc(8);
    message.writeUInt32LE(port, 0);
    message.writeUInt16LE(event, 4);
    message.writeUInt16LE(value, 6);
    this.send(CONTROL_TRANSMIT, message);
  }

  /** Port, event, value, and the rest as text. */
  controls(): (number | string)[][] {
    return this.taken(CONTROL_RECEIVE).map((bytes) => [
      ...[bytes.readUInt32LE(0), bytes.readUInt16LE(4), bytes.readUInt16LE(6)],
      ...(bytes.length > 8 ? [bytes.subarray(8).toString("latin1")] : []),
    ]);
  }
}

async function create(ports = PORTS): Promise<PortsDriver> {
  const board = await TestBoard.create({ slots: { 0: 3 }, units: { 0: ports } });
  board.backends.names.set(1, "org.example.log").set(7, "n".repeat(64));
  return new PortsDriver(board);
}

describe("ports", () => {
  test("are announced, each as what it is", async () => {
    const driver = (await create()).open(18);
    expect(driver.get(REGISTER.config + 4)).toBe(8);
    driver.supply(CONTROL_RECEIVE, 16);
    driver.control(0, DEVICE_READY, 1);
    expect(driver.controls()).toEqual([0, 1, 3, 7].map((port) => [port, DEVICE_ADD, 1]));
    for (const port of [7, 3, 2, 1, 0, 8, 0xffff_ffff]) driver.control(port, PORT_READY, 1);
    expect(driver.controls()).toEqual([
      [7, PORT_NAME, 1, "n".repeat(64)],
      [7, PORT_OPEN, 1],
      [3, CONSOLE_PORT, 1],
      [3, PORT_OPEN, 1],
      [1, PORT_NAME, 1, "org.example.log"],
      [1, PORT_OPEN, 1],
      [0, CONSOLE_PORT, 1],
      [0, PORT_OPEN, 1],
      [0, RESIZE, 1, "\0\0\0\0"],
    ]);
  });

  test("carry bytes both ways, each its own, once the guest has opened them", async () => {
    const driver = (await create()).open(18);
    const { board } = driver;
    board.backends.waiting.set(1, [...Buffer.from("to one")]).set(7, [...Buffer.from("to seven")]);
    board.type("to the terminal");
    driver.supply(CONTROL_RECEIVE, 16);
    driver.control(0, DEVICE_READY, 1);
    for (const port of [0, 1, 7]) driver.supply(inputOf(port), 2);
    expect([0, 1, 7].flatMap((port) => driver.taken(inputOf(port)))).toEqual([]);
    for (const port of [0, 7]) driver.control(port, PORT_OPEN, 1);
    expect([0, 1, 7].map((port) => driver.taken(inputOf(port)).join())).toEqual(["to the terminal", "", "to seven"]);
    driver.control(1, PORT_OPEN, 1);
    expect(driver.taken(inputOf(1)).join()).toBe("to one");
    board.backends.waiting.set(7, [...Buffer.from("more")]);
    board.core.consoleInput();
    expect(driver.taken(inputOf(7)).join()).toBe("more");
    for (const port of [0, 1, 7]) driver.send(inputOf(port) + 1, Buffer.from(`from ${port}`));
    expect([board.outputText(), board.backends.textOf(1), board.backends.textOf(7)]).toEqual([
      "from 0",
      "from 1",
      "from 7",
    ]);
    // Port 2 does not exist: its queues are there, and nothing comes of them.
    board.backends.waiting.set(2, [1, 2, 3]);
    driver.supply(inputOf(2), 1);
    driver.control(2, PORT_OPEN, 1);
    driver.send(inputOf(2) + 1, Buffer.from("lost"));
    expect([driver.taken(inputOf(2)), board.backends.written.has(2), driver.broken()]).toEqual([[], false, false]);
  });

  test("may be without the terminal, which then is at the serial port", async () => {
    const driver = (await create(0b10)).open(6);
    const { board } = driver;
    expect(driver.get(REGISTER.config + 4)).toBe(2);
    driver.supply(CONTROL_RECEIVE, 4);
    driver.control(0, DEVICE_READY, 1);
    expect(driver.controls()).toEqual([[1, DEVICE_ADD, 1]]);
    board.type("A");
    board.advance(20_000_000);
    expect(board.read(0x1000_0000, 1)).toBe(0x41);
    driver.set(REGISTER.config + 8, 0x21);
    expect([board.outputText(), board.backends.written.size]).toEqual(["", 0]);
  });

  test("with a port 0 that is not the terminal, an emergency is written there", async () => {
    const driver = (await create(0x101)).open(4);
    driver.set(REGISTER.config + 8, 0x121);
    expect([driver.board.outputText(), driver.board.backends.textOf(0)]).toEqual(["", "!"]);
  });
});
