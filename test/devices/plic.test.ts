import { describe, expect, test } from "vitest";
import { TestBoard } from "./harness/board.ts";

const PLIC = 0xc00_0000;
const MEIP = 1 << 11;
const SEIP = 1 << 9;

/** Lines of a CPU that the interrupt controller drives. */
const lines = (board: TestBoard, cpu = 0) => board.lines(cpu) & (MEIP | SEIP);

const priority = (source: number) => PLIC + source * 4;
const pending = (word: number) => PLIC + 0x1000 + word * 4;
const enable = (context: number, word: number) => PLIC + 0x2000 + context * 0x80 + word * 4;
const threshold = (context: number) => PLIC + 0x20_0000 + context * 0x1000;
const claim = (context: number) => PLIC + 0x20_0004 + context * 0x1000;

describe("the interrupt controller", () => {
  test("interrupts the contexts that enabled the source, each on its own line", async () => {
    const board = await TestBoard.create({ cpuCount: 2 });
    board.write(priority(5), 1);
    board.write(enable(0, 0), 1 << 5);
    board.write(enable(3, 0), 1 << 5);
    board.core.setInterruptLine(5, 1);
    expect([lines(board, 0), lines(board, 1)]).toEqual([MEIP, SEIP]);
    board.write(enable(3, 0), 0);
    expect([lines(board, 0), lines(board, 1)]).toEqual([MEIP, 0]);
  });

  test("serves the highest priority first, then the lowest number, and nothing of priority 0", async () => {
    const board = await TestBoard.create();
    for (const [source, value] of [
      [3, 2],
      [4, 7],
      [40, 7],
      [95, 3],
      [6, 0],
    ] as const) {
      board.write(priority(source), value);
      board.core.setInterruptLine(source, 1);
    }
    for (const word of [0, 1, 2]) board.write(enable(1, word), 0xffff_ffff);
    const order = Array.from({ length: 5 }, () => board.read(claim(1)));
    expect(order).toEqual([4, 40, 95, 3, 0]);
    expect(lines(board)).toBe(0);
    expect([0, 1, 2].map((word) => board.read(pending(word)))).toEqual([1 << 6, 0, 0]);
  });

  test("interrupts above the threshold only; a claim looks at all", async () => {
    const board = await TestBoard.create();
    board.write(priority(10), 3);
    board.write(enable(0, 0), 1 << 10);
    board.write(threshold(0), 3);
    board.core.setInterruptLine(10, 1);
    expect(lines(board)).toBe(0);
    board.write(threshold(0), 2);
    expect(lines(board)).toBe(MEIP);
    board.write(threshold(0), 7);
    expect([lines(board), board.read(claim(0))]).toEqual([0, 10]);
  });

  test("asks once per claim while a line is high, and again after completion", async () => {
    const board = await TestBoard.create();
    board.write(priority(8), 1);
    board.write(enable(1, 0), 1 << 8);
    board.core.setInterruptLine(8, 1);
    expect([board.read(claim(1)), board.read(claim(1)), lines(board)]).toEqual([8, 0, 0]);
    board.core.setInterruptLine(8, 1);
    expect(board.read(pending(0))).toBe(0);
    board.write(claim(1), 8);
    expect([lines(board), board.read(claim(1))]).toEqual([SEIP, 8]);
    board.core.setInterruptLine(8, 0);
    board.write(claim(1), 8);
    expect([lines(board), board.read(claim(1))]).toEqual([0, 0]);
  });

  test("keeps a request that was forwarded, though the line falls (as QEMU)", async () => {
    const board = await TestBoard.create();
    board.write(priority(1), 1);
    board.write(enable(0, 0), 2);
    board.core.setInterruptLine(1, 1);
    board.core.setInterruptLine(1, 0);
    expect([board.read(pending(0)), lines(board), board.read(claim(0)), board.read(claim(0))]).toEqual([2, MEIP, 1, 0]);
  });

  test("ignores completions of what was not claimed", async () => {
    const board = await TestBoard.create();
    board.write(priority(1), 1);
    board.write(enable(0, 0), 2);
    board.core.setInterruptLine(1, 1);
    board.read(claim(0));
    for (const wrong of [0, 2, 95, 96, 0xffff_ffff]) board.write(claim(0), wrong);
    expect(lines(board)).toBe(0);
    board.write(claim(0), 1);
    expect(lines(board)).toBe(MEIP);
  });

  test("has three bits of priority and threshold, and no source 0", async () => {
    const board = await TestBoard.create();
    board.write(priority(10), 0xffff_ffff);
    board.write(threshold(1), 0xff);
    board.write(priority(0), 7);
    board.write(enable(0, 0), 0xffff_ffff);
    board.write(pending(0), 0xffff_ffff);
    expect([priority(10), threshold(1), priority(0), enable(0, 0), pending(0)].map((pa) => board.read(pa))).toEqual([
      7, 7, 0, 0xffff_fffe, 0,
    ]);
  });

  test("reads 0 and ignores writes at offsets that hold no register", async () => {
    const board = await TestBoard.create({ cpuCount: 2 });
    const holes = [
      ...[priority(96), pending(3), enable(0, 3), enable(4, 0), enable(0x3fff, 31)],
      ...[threshold(4), claim(4), threshold(0x3ff), PLIC + 0x20_0008, PLIC + 0x5f_fffc],
    ];
    const before = board.deviceState();
    for (const hole of holes) {
      board.write(hole, 0xffff_ffff);
      expect(board.read(hole), hole.toString(16)).toBe(0);
    }
    expect(board.deviceState()).toEqual(before);
  });

  test("is empty after a reset", async () => {
    const board = await TestBoard.create();
    board.write(priority(1), 1);
    board.write(enable(0, 0), 2);
    board.core.setInterruptLine(1, 1);
    board.core.reset();
    expect([lines(board), board.read(pending(0)), board.read(enable(0, 0)), board.read(priority(1))]).toEqual([
      0, 0, 0, 0,
    ]);
  });
});
