import { describe, expect, test } from "vitest";
import { TestBoard } from "./harness/board.ts";

const MSWI = 0x200_0000;
const MTIMECMP = 0x200_4000;
const MTIME = 0x200_bff8;
const MSIP = 1 << 3;
const MTIP = 1 << 7;
const NEVER = 0xffff_ffff_ffff_ffffn;

describe("timer and software interrupts", () => {
  test("count 10 MHz of virtual time, from 0", async () => {
    const board = await TestBoard.create();
    expect(board.read64(MTIME)).toBe(0n);
    board.advance(1_000_000_099);
    expect(board.read64(MTIME)).toBe(10_000_000n);
    board.advance(1);
    expect(board.read64(MTIME)).toBe(10_000_001n);
  });

  test("are pending from the start, as in QEMU, and not before mtimecmp once that is set", async () => {
    const board = await TestBoard.create();
    expect([board.read64(MTIMECMP), board.lines()]).toEqual([0n, MTIP]);
    board.write(MTIMECMP, 1000n, 8);
    expect(board.lines()).toBe(0);
  });

  test("raise the line at the very tick", async () => {
    const board = await TestBoard.create();
    board.write(MTIMECMP, 123n, 8);
    board.advance(12_299);
    expect(board.lines()).toBe(0);
    board.advance(1);
    expect([board.lines(), board.read64(MTIME)]).toEqual([MTIP, 123n]);
    board.write(MTIMECMP, 124n, 8);
    expect(board.lines()).toBe(0);
    expect(board.core.nextDeadline()).toBe(12_400n);
  });

  test("take 32-bit halves", async () => {
    const board = await TestBoard.create();
    board.write(MTIMECMP + 4, 0x1234_5678);
    board.write(MTIMECMP, 0x9abc_def0);
    expect(board.read64(MTIMECMP)).toBe(0x1234_5678_9abc_def0n);
    expect([board.read(MTIMECMP), board.read(MTIMECMP + 4)]).toEqual([0x9abc_def0, 0x1234_5678]);
    board.write(MTIME + 4, 1);
    board.write(MTIME, 5);
    expect([board.read64(MTIME), board.read(MTIME), board.read(MTIME + 4)]).toEqual([0x1_0000_0005n, 5, 1]);
  });

  test("belong to one CPU each", async () => {
    const board = await TestBoard.create({ cpuCount: 2 });
    board.write(MTIMECMP, 10n, 8);
    board.write(MTIMECMP + 8, 20n, 8);
    expect([board.lines(0), board.lines(1)]).toEqual([0, 0]);
    board.advance(1000);
    expect([board.lines(0), board.lines(1)]).toEqual([MTIP, 0]);
    board.advance(1000);
    expect([board.lines(0), board.lines(1)]).toEqual([MTIP, MTIP]);
  });

  test("follow a write of mtime, which tells the CPUs that time jumped", async () => {
    const board = await TestBoard.create();
    board.write(MTIMECMP, 1000n, 8);
    board.advance(500);
    board.write(MTIME, 1000n, 8);
    expect([board.lines(), board.core.jumps()]).toEqual([MTIP, 1]);
    board.write(MTIME, 990n, 8);
    expect(board.lines()).toBe(0);
    board.advance(999);
    expect(board.lines()).toBe(0);
    board.advance(1);
    expect([board.lines(), board.read64(MTIME)]).toEqual([MTIP, 1000n]);
  });

  test("fall when mtime wraps", async () => {
    const board = await TestBoard.create();
    board.write(MTIMECMP, 5n, 8);
    board.write(MTIME, NEVER - 1n, 8);
    expect(board.lines()).toBe(MTIP);
    board.advance(200);
    expect([board.lines(), board.read64(MTIME)]).toEqual([0, 0n]);
    board.advance(500);
    expect(board.lines()).toBe(MTIP);
  });

  test("schedule nothing that virtual time cannot reach", async () => {
    const board = await TestBoard.create();
    for (const compare of [NEVER, NEVER / 100n + 1n, 1n << 60n]) {
      board.write(MTIMECMP, compare, 8);
      expect(board.core.nextDeadline()).toBe(-1n);
    }
    board.write(MTIMECMP, NEVER / 100n - 1n, 8);
    expect(BigInt.asUintN(64, board.core.nextDeadline())).toBe((NEVER / 100n - 1n) * 100n);
  });

  test("pass software interrupts on", async () => {
    const board = await TestBoard.create({ cpuCount: 2 });
    board.write(MTIMECMP, NEVER, 8);
    board.write(MTIMECMP + 8, NEVER, 8);
    board.write(MSWI + 4, 0xffff_ffff);
    expect([board.lines(0), board.lines(1), board.read(MSWI), board.read(MSWI + 4)]).toEqual([0, MSIP, 0, 1]);
    board.write(MSWI + 4, 0xffff_fffe);
    expect([board.lines(1), board.read(MSWI + 4)]).toEqual([0, 0]);
  });

  test("ignore CPUs that the machine has not", async () => {
    const board = await TestBoard.create();
    const before = board.deviceState();
    for (const pa of [MSWI + 4, MSWI + 0x3ffc]) board.write(pa, 1);
    for (const pa of [MTIMECMP + 8, MTIMECMP + 0x7ff0]) board.write(pa, 1n, 8);
    expect(board.deviceState()).toEqual(before);
    expect([board.read(MSWI + 4), board.read64(MTIMECMP + 8)]).toEqual([0, 0n]);
  });

  test("start anew at a reset", async () => {
    const board = await TestBoard.create();
    board.write(MSWI, 1);
    board.write(MTIME, 77n, 8);
    board.advance(1000);
    board.core.reset();
    expect([board.lines(), board.read64(MTIME), board.read(MSWI)]).toEqual([MTIP, 0n, 0]);
  });
});
