/** Keyboard, tablet and mouse: what they say they are, and how reports reach a driver, or do not. */
import { beforeEach, describe, expect, test } from "vitest";
import { INPUT_KEYBOARD, INPUT_MOUSE, INPUT_TABLET } from "../../src/spec/abi.ts";
import { RAM, TestBoard } from "./harness/board.ts";
import { type DriverQueue, REGISTER, VirtioDriver, WRITE } from "./harness/virtio-driver.ts";

const INPUT = 18;
const [NAME, SERIAL, IDS, PROPERTIES, BITS, ABSOLUTE] = [1, 2, 3, 0x10, 0x11, 0x12] as const;
const [EV_SYN, EV_KEY, EV_REL, EV_ABS, EV_MSC, EV_LED, EV_REP] = [0, 1, 2, 3, 4, 0x11, 0x14] as const;
const BUFFERS = 0x20_0000;
const SLOTS = { keyboard: 0, tablet: 1, mouse: 2 } as const;

class InputDriver extends VirtioDriver {
  events: DriverQueue | null = null;
  private seen = 0;

  /** What the device answers to a question of its configuration. */
  ask(select: number, subselect = 0): Buffer {
    this.set(REGISTER.config, select, 1);
    this.set(REGISTER.config + 1, subselect, 1);
    const size = this.get(REGISTER.config + 2, 1);
    return Buffer.from(Array.from({ length: size }, (_, i) => this.get(REGISTER.config + 8 + i, 1)));
  }

  open(): this {
    this.events = this.start(2, 64)[0]!;
    return this;
  }

  supply(count: number, length = 8): void {
    for (let i = 0; i < count; i++) {
      this.events!.describe(i, { pa: RAM + BigInt(BUFFERS + 64 * i), length, flags: WRITE });
      this.events!.offer(i);
    }
    this.notify(0);
  }

  /** Events since the last call: type, code, value. */
  taken(): number[][] {
    const events: number[][] = [];
    for (; this.seen !== this.events!.usedIndex(); this.seen++) {
      const [head, length] = this.events!.usedEntry(this.seen);
      const at = BUFFERS + 64 * head;
      const { view } = this.board;
      expect(length).toBe(8);
      events.push([view.getUint16(at, true), view.getUint16(at + 2, true), view.getInt32(at + 4, true)]);
    }
    return events;
  }
}

let board: TestBoard;
let keyboard: InputDriver;
let tablet: InputDriver;
let mouse: InputDriver;
beforeEach(async () => {
  const units = { 0: INPUT_KEYBOARD, 1: INPUT_TABLET, 2: INPUT_MOUSE };
  board = await TestBoard.create({ slots: { 0: INPUT, 1: INPUT, 2: INPUT }, units });
  [keyboard, tablet, mouse] = Object.values(SLOTS).map((slot) => new InputDriver(board, slot)) as [
    InputDriver,
    InputDriver,
    InputDriver,
  ];
});

/** Numbers of the bits that are set. */
function bits(bytes: Buffer): number[] {
  return [...bytes].flatMap((byte, i) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (byte >> bit) & 1).map((bit) => 8 * i + bit),
  );
}

const A_DOWN = [
  [EV_KEY, 30, 1],
  [EV_SYN, 0, 0],
] as const;

describe("the configuration", () => {
  test("names and numbers", () => {
    const names = [keyboard, tablet, mouse].map((device) => device.ask(NAME).toString());
    expect(names).toEqual(["Vitrine keyboard", "Vitrine tablet", "Vitrine mouse"]);
    const ids = [keyboard, tablet, mouse].map((device) => device.ask(IDS).toString("hex"));
    expect(ids).toEqual(["0600000001000100", "0600000002000100", "0600000003000100"]);
  });

  test("a keyboard has every key but number 0, three lights, and lets the guest repeat", () => {
    expect(bits(keyboard.ask(BITS, EV_KEY))).toEqual(Array.from({ length: 255 }, (_, i) => i + 1));
    expect(bits(keyboard.ask(BITS, EV_LED))).toEqual([0, 1, 2]);
    expect(keyboard.ask(BITS, EV_REP)).toHaveLength(1);
    expect([EV_REL, EV_ABS].map((type) => keyboard.ask(BITS, type).length)).toEqual([0, 0]);
  });

  test("a tablet has three buttons, two wheels, and two axes from 0 to 32767", () => {
    expect(bits(tablet.ask(BITS, EV_KEY))).toEqual([0x110, 0x111, 0x112]);
    expect(bits(tablet.ask(BITS, EV_REL))).toEqual([6, 8]);
    expect(bits(tablet.ask(BITS, EV_ABS))).toEqual([0, 1]);
    for (const axis of [0, 1]) {
      const answer = tablet.ask(ABSOLUTE, axis);
      expect([0, 4, 8, 12, 16].map((at) => answer.readUInt32LE(at))).toEqual([0, 0x7fff, 0, 0, 0]);
    }
    expect(tablet.ask(ABSOLUTE, 2)).toHaveLength(0);
    // By which Linux knows that it is no joystick.
    expect(bits(tablet.ask(BITS, EV_MSC))).toEqual([4]);
    expect(mouse.ask(BITS, EV_MSC)).toHaveLength(0);
  });

  test("a mouse moves instead", () => {
    expect(bits(mouse.ask(BITS, EV_REL))).toEqual([0, 1, 6, 8]);
    expect([mouse.ask(BITS, EV_ABS).length, mouse.ask(ABSOLUTE, 0).length]).toEqual([0, 0]);
  });

  test("answers nothing to other questions, and beyond an answer's end", () => {
    for (const select of [0, SERIAL, PROPERTIES, 0x13, 0xff]) expect(keyboard.ask(select)).toHaveLength(0);
    keyboard.ask(IDS);
    expect(keyboard.get(REGISTER.config + 8 + 8)).toBe(0);
    expect(keyboard.get(REGISTER.config + 0xfc)).toBe(0);
  });
});

describe("reports", () => {
  test("reach the devices of their kind, an event a buffer, with one interrupt", () => {
    const turn = [
      [EV_ABS, 0, 5],
      [EV_ABS, 1, 32767],
      [EV_REL, 8, -1],
      [EV_SYN, 0, 0],
    ] as const;
    tablet.open().supply(8);
    board.report(INPUT_KEYBOARD, A_DOWN);
    board.report(INPUT_MOUSE, turn);
    expect([tablet.taken(), tablet.takeInterrupt()]).toEqual([[], 0]);
    board.report(INPUT_TABLET, turn);
    expect([tablet.taken(), tablet.takeInterrupt()]).toEqual([turn, 1]);
  });

  test("wait for buffers, in order", () => {
    keyboard.open();
    board.report(INPUT_KEYBOARD, A_DOWN);
    board.report(INPUT_KEYBOARD, [
      [EV_KEY, 30, 0],
      [EV_SYN, 0, 0],
    ]);
    keyboard.supply(3);
    expect(keyboard.taken().map(([, code, value]) => [code, value])).toEqual([
      [30, 1],
      [0, 0],
      [30, 0],
    ]);
    keyboard.supply(1);
    expect(keyboard.taken()).toEqual([[EV_SYN, 0, 0]]);
  });

  test("that do not fit are lost as a whole; 128 events wait", () => {
    keyboard.open();
    for (let i = 0; i < 63; i++) board.report(INPUT_KEYBOARD, [[EV_KEY, i + 1, 1], A_DOWN[1]]);
    board.report(INPUT_KEYBOARD, [[EV_KEY, 200, 1], [EV_KEY, 201, 1], A_DOWN[1]]);
    board.report(INPUT_KEYBOARD, [[EV_KEY, 64, 1], A_DOWN[1]]);
    board.report(INPUT_KEYBOARD, A_DOWN);
    const codes: number[] = [];
    for (let i = 0; i < 3; i++) {
      keyboard.supply(64);
      codes.push(...keyboard.taken().flatMap(([type, code]) => (type === EV_KEY ? [code!] : [])));
    }
    expect(codes).toEqual(Array.from({ length: 64 }, (_, i) => i + 1));
  });

  test("are not seen without a driver, and forgotten by a reset", () => {
    board.report(INPUT_KEYBOARD, A_DOWN);
    keyboard.open();
    board.report(INPUT_KEYBOARD, A_DOWN);
    keyboard.open().supply(8);
    expect(keyboard.taken()).toEqual([]);
  });

  test("a buffer that is too small breaks the device, until a reset", () => {
    keyboard.open().supply(1, 7);
    board.report(INPUT_KEYBOARD, A_DOWN);
    expect(keyboard.broken()).toBe(true);
    board.ram.fill(0, 0x1_0000, 0x4_0000);
    const again = new InputDriver(board, SLOTS.keyboard).open();
    again.supply(2);
    board.report(INPUT_KEYBOARD, A_DOWN);
    expect([again.broken(), again.taken()]).toEqual([false, A_DOWN]);
  });

  test("what the guest says about lights is given back, and nobody sees it", () => {
    const [, status] = keyboard.start(2, 64) as [DriverQueue, DriverQueue];
    status.describe(0, { pa: RAM + BigInt(BUFFERS), length: 8 });
    status.offer(0);
    keyboard.notify(1);
    expect([status.usedIndex(), status.usedEntry(0), keyboard.takeInterrupt()]).toEqual([1, [0, 0], 1]);
  });
});
