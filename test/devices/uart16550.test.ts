import { describe, expect, test } from "vitest";
import { TestBoard } from "./harness/board.ts";

const UART = 0x1000_0000;
const [RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR] = [0, 1, 2, 3, 4, 5, 6, 7].map((offset) => UART + offset) as number[];
const PENDING = 0xc00_1000;
const IRQ_BIT = 1 << 10;
const MS = 1_000_000;

const get = (board: TestBoard, register: number) => board.read(register, 1);
const set = (board: TestBoard, register: number, value: number) => board.write(register, value, 1);

/** The line of the UART: the PLIC latches it, so it is claimed and completed until it is seen to be low. */
function line(board: TestBoard): boolean {
  board.write(0xc00_0028, 1);
  board.write(0xc00_2000, IRQ_BIT);
  board.read(0xc20_0004);
  board.write(0xc20_0004, 10);
  return (board.read(PENDING) & IRQ_BIT) !== 0;
}

/** Register accesses of Linux' 8250 driver between opening the port and enabling the receive interrupt. */
function startLikeLinux(board: TestBoard): void {
  for (const fcr of [0x01, 0x07, 0x00]) set(board, IIR, fcr);
  for (const register of [LSR, RBR, IIR, MSR]) get(board, register!);
  set(board, LCR!, 0x03);
  set(board, IER!, 0x02);
  board.advance(1000);
  get(board, IIR!);
  set(board, IER!, 0x00);
  set(board, MCR!, 0x0b);
  for (const register of [LSR, RBR, IIR, MSR]) get(board, register!);
  set(board, IIR!, 0x01);
  set(board, IIR!, 0x81);
  set(board, IER!, 0x05);
}

describe("the serial port", () => {
  test("has the reset state of QEMU's", async () => {
    const board = await TestBoard.create();
    expect([IER, IIR, LCR, MCR, LSR, MSR, SCR].map((register) => get(board, register!))).toEqual([
      0x00, 0x01, 0x00, 0x08, 0x60, 0xb0, 0x00,
    ]);
    set(board, LCR!, 0x80);
    expect([get(board, RBR!), get(board, IER!)]).toEqual([12, 0]);
  });

  test("keeps what is written, as wide as it is", async () => {
    const board = await TestBoard.create();
    for (const register of [IER, LCR, MCR, SCR]) set(board, register!, 0xff);
    expect([LCR, MCR, SCR].map((register) => get(board, register!))).toEqual([0xff, 0x1f, 0xff]);
    set(board, RBR!, 0x34);
    set(board, IER!, 0x12);
    expect([get(board, RBR!), get(board, IER!)]).toEqual([0x34, 0x12]);
    set(board, LCR!, 0);
    expect(get(board, IER!)).toBe(0x0f);
  });

  test("sends bytes at once and is always ready to send", async () => {
    const board = await TestBoard.create();
    for (const byte of Buffer.from("hello")) set(board, RBR!, byte);
    board.write(UART, 0x121, 4);
    expect(board.outputText()).toBe("hello!");
    expect(get(board, LSR!)).toBe(0x60);
  });

  test("raises the transmitter-empty interrupt when it is enabled and after each byte, until IIR is read", async () => {
    const board = await TestBoard.create();
    expect(line(board)).toBe(false);
    set(board, IER!, 0x02);
    expect(line(board)).toBe(true);
    expect(get(board, IIR!)).toBe(0x02);
    expect(get(board, IIR!)).toBe(0x01);
    expect(line(board)).toBe(false);
    set(board, RBR!, 0x41);
    expect(line(board)).toBe(true);
    set(board, IER!, 0x00);
    expect(line(board)).toBe(false);
  });

  test("loops output back when told so, with as much room as the FIFO has", async () => {
    const board = await TestBoard.create();
    set(board, MCR!, 0x1a);
    expect(get(board, MSR!)).toBe(0x90);
    set(board, RBR!, 0x41);
    expect(get(board, LSR!)).toBe(0x61);
    set(board, RBR!, 0x42);
    expect(get(board, LSR!)).toBe(0x63);
    expect([get(board, LSR!), get(board, RBR!), get(board, LSR!)]).toEqual([0x61, 0x41, 0x60]);
    set(board, IIR!, 0x01);
    for (let byte = 0; byte < 20; byte++) set(board, RBR!, byte);
    const read: number[] = [];
    while (get(board, LSR!) & 1) read.push(get(board, RBR!));
    expect(read).toEqual(Array.from({ length: 16 }, (_, byte) => byte));
    expect(board.output).toEqual([]);
  });

  test("reports an overrun as a line-status interrupt", async () => {
    const board = await TestBoard.create();
    set(board, MCR!, 0x10);
    set(board, IER!, 0x04);
    set(board, RBR!, 1);
    expect(get(board, IIR!)).toBe(0x01);
    set(board, RBR!, 2);
    expect(get(board, IIR!)).toBe(0x06);
    expect(line(board)).toBe(true);
    get(board, LSR!);
    expect(get(board, IIR!)).toBe(0x01);
    expect(line(board)).toBe(false);
  });

  test("does not take the host's input while it loops back", async () => {
    const board = await TestBoard.create();
    board.advance(20 * MS);
    board.type("x");
    set(board, MCR!, 0x10);
    expect([get(board, LSR!), get(board, RBR!)]).toEqual([0x60, 0]);
    set(board, MCR!, 0x00);
    expect([get(board, LSR!), get(board, RBR!)]).toEqual([0x61, 0x78]);
  });

  test("shows no input for 10 virtual ms after reset and after a write of FCR, and loses none", async () => {
    const board = await TestBoard.create();
    board.type("ab");
    expect([get(board, LSR!), get(board, RBR!)]).toEqual([0x60, 0]);
    board.advance(10 * MS - 1);
    expect(get(board, LSR!)).toBe(0x60);
    board.advance(1);
    expect([get(board, LSR!), get(board, RBR!)]).toEqual([0x61, 0x61]);
    set(board, IIR!, 0x07);
    expect([get(board, LSR!), get(board, RBR!)]).toEqual([0x60, 0]);
    board.advance(10 * MS);
    expect([get(board, LSR!), get(board, RBR!), get(board, LSR!)]).toEqual([0x61, 0x62, 0x60]);
  });

  test("shows input as soon as the receive interrupt is enabled", async () => {
    const board = await TestBoard.create();
    board.type("a");
    set(board, IER!, 0x01);
    expect([get(board, LSR!), get(board, RBR!)]).toEqual([0x61, 0x61]);
  });

  test("names received data by trigger level: reached 0x04, below 0x0c, without FIFO 0x04", async () => {
    const board = await TestBoard.create();
    set(board, IIR!, 0x81);
    set(board, IER!, 0x01);
    expect(get(board, IIR!)).toBe(0xc1);
    board.type("1234567");
    expect(line(board)).toBe(true);
    expect(get(board, IIR!)).toBe(0xcc);
    board.type("8");
    expect(get(board, IIR!)).toBe(0xc4);
    get(board, RBR!);
    expect(get(board, IIR!)).toBe(0xcc);
    set(board, IIR!, 0x00);
    expect(get(board, IIR!)).toBe(0x04);
    for (let i = 0; i < 7; i++) get(board, RBR!);
    expect(get(board, IIR!)).toBe(0x01);
    expect(line(board)).toBe(false);
  });

  test("hands 64 KiB that were pasted before Linux' start-up over whole, by interrupts", async () => {
    const board = await TestBoard.create();
    const pasted = Array.from({ length: 65_536 }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
    board.type(pasted.slice(0, 40_000));
    startLikeLinux(board);
    const received: number[] = [];
    let late = false;
    for (;;) {
      if (!line(board)) {
        if (late) break;
        late = true;
        board.type(pasted.slice(40_000));
        continue;
      }
      expect([0xc4, 0xcc]).toContain(get(board, IIR!));
      for (let count = 0; count < 256 && get(board, LSR!) & 1; count++) received.push(get(board, RBR!));
    }
    expect(received).toEqual(pasted);
    expect(board.input).toEqual([]);
  });

  test("leaves the input to a virtio console where there is one", async () => {
    const board = await TestBoard.create({ slots: { 7: 3 } });
    board.type("a");
    set(board, IER!, 0x01);
    expect([get(board, LSR!), get(board, RBR!), board.input.length]).toEqual([0x60, 0, 1]);
    board.core.configureDevice(7, 0, 0);
    expect([get(board, LSR!), get(board, RBR!), board.input.length]).toEqual([0x61, 0x61, 0]);
  });
});
